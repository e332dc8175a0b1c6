"""Two processes train the networks of other papers as one run."""

import pytest

from .pairs import run_two

SCRIPT = """
from pconv_cli.training.learner import Learner
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.trainer import train

reported, kept, usual = [], [], Learner.__init__
def init(self, *arguments):
    usual(self, *arguments)
    kept.append(self)
Learner.__init__ = init
for run in given:
    meet()
    report = train(resolve_options(None, run))
    values = [p.detach().flatten() for m in kept[-1].recipe.modules.values() for p in m.parameters()]
    reported.append([report.steps, torch.cat(values).double().sum().item()])
"""


@pytest.fixture(scope="module")
def reported(images, tmp_path_factory):
    small = {"data": str(images), "width": 2, "batch": 2, "validation": 0.2, "precision": "float32", "device": "cpu"}
    encoder = {**small, "network": "context-encoder", "crop": 64, "steps": 2}
    own = {"size": "64", "bottleneck": "5"}
    runs = [
        {**encoder, "network_options": {**own, "output": "image"}},
        {**encoder, "network_options": {**own, "output": "centre"}},
        {**small, "network": "global-local", "crop": 32, "steps": 12},
    ]
    out = tmp_path_factory.mktemp("two")
    runs = [{**run, "out": str(out / str(number))} for number, run in enumerate(runs)]
    return run_two(SCRIPT, runs, len(runs), out)


def test_weights_of_all_sides_do_not_part(reported):
    """Through windows that only some images have, and stages in which sides rest."""
    leader, follower = reported
    assert [steps for steps, _ in leader] == [2, 2, 12]
    assert leader == follower
