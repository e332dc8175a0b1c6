"""The recipe of globally and locally consistent completion: its stages, what it minimises, and that it resumes."""

import pytest
import torch

from pconv_cli import load_weights
from pconv_cli.errors import Interrupted
from pconv_cli.training.trainer import train

from .sittings import interrupt, trained_in_one_and_two_sittings

OWN = {"network": "global-local", "width": 2, "depth": None}


@pytest.fixture
def small(tiny):
    return lambda **given: tiny(**{**OWN, **given})


def test_the_stages_are_the_papers_shares_of_the_run(small, recorder):
    """Of 50 steps 9 are the network's; then what the discriminators say of it is recorded, whichever side learns."""
    observer = recorder(12, interrupt)
    with pytest.raises(Interrupted):
        train(small(steps=50, ema=0.0), observer)
    first = {
        name: next(s.step for s in observer.statuses if name in s.terms) for name in ("discriminator", "adversarial")
    }
    assert first == {"discriminator": 10, "adversarial": 10}


def test_each_stage_moves_its_sides_and_no_other(small, tmp_path, recorder):
    folder, values = tmp_path / "run", {}

    def kept(status):  # the state of the step before, which is saved by now
        state = torch.load(folder / "state.pt", weights_only=True)
        sides = ("model", "discriminator")
        values[state["step"]] = [[v for k, v in state[name].items() if "weight" in k] for name in sides]

    observer = recorder(12, interrupt)
    usual = observer.stepped
    observer.stepped = lambda status: (usual(status), kept(status))
    with pytest.raises(Interrupted):
        train(small(steps=50, save_every=1, out=folder), observer)

    def same(a, b):
        return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))

    (early, asleep), (alone, still), (rested, awake), (on, further) = (values[step] for step in (8, 9, 10, 11))
    assert not same(early, alone)
    assert same(asleep, still)
    assert same(alone, rested)
    assert not same(still, awake)
    assert not same(rested, on)
    assert not same(awake, further)


def test_the_loss_is_the_squared_difference_in_holes_and_a_little_of_the_adversarial_term(small, recorder):
    observer = recorder()
    report = train(small(steps=12, learning_rate=1e-3, ema=0.5), observer)
    for status in observer.statuses:
        adversarial = status.terms.get("adversarial", 0)
        assert status.loss == pytest.approx(status.terms["hole_l2"] + 0.0004 * adversarial, rel=1e-4)
    assert observer.validations[-1][1].keys() >= {"loss_hole_l2", "psnr"}
    assert load_weights(report.weights).spec.width == 2


def test_it_resumes_bit_for_bit_through_stages_and_phases(small, recorder, tmp_path):
    given = {"steps": 12, "finetune_steps": 3, "accumulate": 2}
    whole, saved = trained_in_one_and_two_sittings(lambda out: small(**given, out=out), recorder, tmp_path, 3)
    assert "adversarial" in whole.statuses[-1].terms
    assert saved.keys() >= {"model", "discriminator", "average"}
