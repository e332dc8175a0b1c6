"""Runs of EdgeConnect and of diffusion networks resume, join processes, and are refused in one line."""

import numpy as np
import pytest

from pconv_cli.errors import ModelError, UsageError
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.trainer import train

from .pairs import run_two
from .sittings import trained_in_one_and_two_sittings
from .steps import EDGES, NOISE


@pytest.mark.parametrize(("network", "stop_at"), [(EDGES, 2), (EDGES, 6), (NOISE, 3)])
def test_runs_resume_bit_for_bit(small, recorder, tmp_path, network, stop_at):
    """Of EdgeConnect while edges learn, and when the last stage has just begun."""
    given = {**network, "accumulate": 2, "clip": 1.0}
    given |= {"steps": 8, "finetune_steps": 3} if network is EDGES else {"steps": 5}
    trained_in_one_and_two_sittings(lambda out: small(**given, out=out), recorder, tmp_path, stop_at)


REFUSED = [
    ({**EDGES, "crop": 26}, "`crop` 26: for edge-connect networks it must be a multiple of 4, and 24 px or more"),
    ({**EDGES, "crop": 20}, "`crop` 20: for edge-connect networks it must be a multiple of 4, and 24 px or more"),
    ({**EDGES, "depth": 3}, "`depth`: edge-connect networks have no such option; leave it out"),
    ({**EDGES, "adversarial": "sn-patch"}, "edge-connect networks learn against discriminators of their own"),
    ({**NOISE, "adversarial": "sn-patch"}, "`adversarial` sn-patch: repaint networks do not learn so; leave it out"),
    ({**NOISE, "ssim_weight": 1.0}, "`loss_weights` ssim=1: repaint networks learn by the simple loss of diffusion"),
    ({**NOISE, "network_options": {"size": 128}}, "`crop` 64: this network takes 128 px, no more and no less"),
    ({**NOISE, "crop": 32}, "`crop` 32: a network of 32 px fills nothing, since tiles have 64 px or more; take one"),
    ({**NOISE, "network_options": {"size": 32}}, "`network_options` size=32: a network of 32 px fills nothing"),
]


@pytest.mark.parametrize(("given", "message"), REFUSED)
def test_what_does_not_fit_is_one_line(small, tmp_path, given, message):
    with pytest.raises(UsageError, match=message) as caught:
        train(small(**given))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run" / "state.pt").exists()


def test_networks_that_there_are_not_are_refused(small):
    with pytest.raises(ModelError, match="no edge-connect network has width 4, blocks 8 and sigma 0"):
        train(small(**{**EDGES, "network_options": {"sigma": 0}}))
    with pytest.raises(ModelError, match="has size 65: that is a multiple of 4"):
        train(small(**{**NOISE, "crop": 65}))


def test_the_papers_fill_in_what_is_not_given(tmp_path):
    options = resolve_options(None, {"data": tmp_path, "network": "repaint"})
    assert (options.crop, options.batch, options.ema, options.style_weight, options.steps) == (
        128,
        16,
        0.9999,
        0,
        500_000,
    )
    assert [plan.length for plan in options.phases] == [500_000]
    options = resolve_options(None, {"data": tmp_path, "network": "edge-connect", "crop": 64})
    assert (options.crop, options.batch) == (64, 8)
    assert [plan.learning_rate for plan in options.phases] == [1e-4, 1e-5]


SCRIPT = """
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.trainer import train

reported = []
for run in given:
    meet()
    observer = Losses()
    train(resolve_options(None, run), observer)
    reported.append(observer.losses)
"""


def test_two_processes_go_through_all_stages(images, tmp_path):
    usual = {"data": str(images), "batch": 2, "steps": 6, "validation": 0.0, "perceptual_weight": 0.0}
    usual |= {"style_weight": 0.0, "precision": "float32", "device": "cpu", "accumulate": 2}
    runs = [{**usual, **EDGES, "finetune_steps": 2, "out": str(tmp_path / "e")}]
    runs += [{**usual, **NOISE, "steps": 2, "out": str(tmp_path / "n")}]
    reported = run_two(SCRIPT, runs, 2, tmp_path)
    assert [len(losses) for losses in reported[0]] == [6, 2]
    assert np.isfinite(reported[0][0] + reported[0][1]).all()
