"""Adversarial recipes in two processes."""

import re
from pathlib import Path

import pytest
import torch

from pconv_cli.training.trainer import train

from .pairs import run_two
from .sides import Critic
from .sittings import state_of

SCRIPT = """
import sys
sys.path.insert(0, {here!r})
from sides import Critic, Patches
from pconv_cli.training.learner import Learner
from pconv_cli.training.recipes import registry
from pconv_cli.training.records.report import SilentObserver
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.trainer import train

class Losses(SilentObserver):
    def __init__(self):
        self.seen = []
    def stepped(self, status):
        self.seen.append([status.loss, *status.terms.values()])

reported, kept = {{}}, []
usual = Learner.__init__
def init(self, *arguments):
    usual(self, *arguments)
    kept.append(self)
Learner.__init__ = init
for kind in (Critic, Patches):
    meet()
    registry.RECIPES["pconv"] = kind
    observer = Losses()
    train(resolve_options(None, {{**given, "out": given["out"] + kind.__name__}}), observer)
    recipe = kept[-1].recipe
    values = torch.cat([p.detach().flatten() for m in recipe.modules.values() for p in m.parameters()])
    reported[kind.__name__] = {{"seen": observer.seen, "sum": values.double().sum().item()}}
"""


@pytest.fixture(scope="module")
def two(images, tmp_path_factory):
    out = tmp_path_factory.mktemp("two")
    given = {"data": str(images), "out": f"{out}/", "width": 4, "depth": 3, "crop": 32, "batch": 2, "steps": 6}
    given |= {"finetune_steps": 0, "validation": 0.2, "perceptual_weight": 0.0, "style_weight": 0.0, "accumulate": 2}
    given |= {"precision": "float32", "device": "cpu", "clip": 1.0, "mask_kind": "randomwalk"}
    return out, run_two(SCRIPT.format(here=str(Path(__file__).parent)), given, 2, out)


def test_two_processes_are_one_that_accumulates(two, trained_by, tiny, recorder):
    """Several times through a discriminator of BatchNorm, whose gradient is differentiated too, and half of all steps
    without the network: the mean of the processes' gradients is that of one with all batches.
    """
    out, (leader, follower) = two
    trained_by(Critic)
    observer = recorder()
    options = tiny(accumulate=4, clip=1.0, steps=6)
    train(options, observer)
    alone = [[status.loss, *status.terms.values()] for status in observer.statuses]
    assert leader["Critic"]["seen"] == [pytest.approx(row, rel=1e-4, abs=1e-6) for row in alone]
    ours, theirs = (state_of(folder) for folder in (options.out, out / "Critic"))
    for name in ("model", "critic"):
        for key, value in ours[name].items():
            # A bias before BatchNorm has no gradient but rounding errors, of which Adam makes whole steps.
            if not re.search(r"running|batches|convs.*bias", key):
                torch.testing.assert_close(theirs[name][key], value, rtol=1e-3, atol=1e-5)
    assert follower["Critic"]["seen"] == []


def test_two_processes_stay_one_with_spectral_norm(two):
    """Its power iterations are not those of one process, which takes more of them; but weights do not part."""
    _, (leader, follower) = two
    assert {kind: reported["sum"] for kind, reported in leader.items()} == {
        kind: reported["sum"] for kind, reported in follower.items()
    }
    assert len(leader["Patches"]["seen"]) == 6
