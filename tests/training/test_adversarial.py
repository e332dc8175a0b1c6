"""The base of adversarial recipes: who learns when, and that runs repeat and resume."""

import math
from copy import deepcopy
from itertools import pairwise
from typing import ClassVar

import pytest
import torch

from pconv_cli.core.adversarial import Judgement
from pconv_cli.core.adversarial.losses import BCE
from pconv_cli.core.adversarial.sn_patch import SNPatch
from pconv_cli.core.losses import Loss
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.devices.joining import JoinedModule
from pconv_cli.training.learner import Learner
from pconv_cli.training.phases import PhasePlan
from pconv_cli.training.presets import Phase
from pconv_cli.training.recipes import registry
from pconv_cli.training.recipes.adversarial import Adversarial
from pconv_cli.training.recipes.pconv import PConvRecipe
from pconv_cli.training.recipes.recipe import StepInfo
from pconv_cli.training.state import RUN_NAMES
from pconv_cli.training.trainer import train

from .sides import Critic, Patches
from .sittings import state_of, trained_in_one_and_two_sittings


class Stages(Adversarial, PConvRecipe):
    """The network alone, then the discriminator alone, then both."""

    adversary = BCE

    def discriminators(self):
        return {"discriminator": SNPatch(4, 2)}

    def adversarial_weight(self, at):
        return 0.1

    def resting(self, at):
        return {"discriminator"} if at.share < 1 / 3 else {"model"} if at.share < 2 / 3 else ()


@pytest.mark.parametrize("kind", [Patches, Critic, Stages])
def test_all_sides_resume_bit_for_bit(trained_by, tiny, recorder, tmp_path, kind):
    trained_by(kind)
    given = {"steps": 8, "finetune_steps": 3, "accumulate": 2}
    _, saved = trained_in_one_and_two_sittings(lambda out: tiny(**given, out=out), recorder, tmp_path, 3)
    assert saved["sides"].keys() > {"model"}


def test_each_side_is_recorded_and_learns_at_its_rate(trained_by, tiny, recorder):
    trained_by(Patches)
    observer = recorder()
    report = train(tiny(steps=10), observer)
    terms = observer.statuses[-1].terms
    assert terms.keys() >= {"adversarial", "discriminator", "discriminator_accuracy", "second", "second_accuracy"}
    assert 0 <= terms["second_accuracy"] <= 1
    sides = state_of(report.folder)["sides"]
    rates = {name: side["optimizer"]["param_groups"][0]["lr"] for name, side in sides.items()}
    assert rates == pytest.approx({"model": 2e-4, "discriminator": 2e-4, "second": 2e-5})


class Watched(Stages):
    """Keeps what its sides were like after each step."""

    def step(self, batches, joined, at):
        figures = super().step(batches, joined, at)
        now = {name: [p.detach().clone() for p in side.module.parameters()] for name, side in self.sides.items()}
        self.seen = [*getattr(self, "seen", []), (set(figures.terms), now)]
        return figures


def moved(before, after):
    return any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_who_rests_does_not_move_and_is_not_asked(trained_by, tiny, monkeypatch):
    trained_by(Watched)
    kept = []
    monkeypatch.setattr(Learner, "__init__", _keeping(kept, Learner.__init__))
    train(tiny(steps=9))
    seen = kept[0].recipe.seen
    who = [{name for name in after if moved(before[name], after[name])} for (_, before), (_, after) in pairwise(seen)]
    both = {"model", "discriminator"}
    assert who == [{"model"}] * 2 + [{"discriminator"}] * 3 + [both] * 3
    asked = ["discriminator" in terms for terms, _ in seen]
    assert asked == [False] * 3 + [True] * 6
    assert ["adversarial" in terms for terms, _ in seen] == [False] * 3 + [True] * 6


def _keeping(kept, usual):
    def init(self, *given, **named):
        usual(self, *given, **named)
        kept.append(self)

    return init


@pytest.mark.parametrize("side", ["model", "discriminator"])
def test_a_loss_not_finite_on_one_side_changes_neither(trained_by, tiny, monkeypatch, side):
    trained_by(Watched)
    kept, calls = [], []
    monkeypatch.setattr(Learner, "__init__", _keeping(kept, Learner.__init__))
    monkeypatch.setattr(Watched, "resting", lambda self, at: ())
    broken = "generator_loss" if side == "model" else "discriminator_loss"
    real = getattr(Watched, broken)

    def breaks(self, *given, **named):
        calls.append(1)
        loss = real(self, *given, **named)
        return Loss(loss.total * math.nan, loss.terms) if len(calls) == 3 else loss

    monkeypatch.setattr(Watched, broken, breaks)
    with pytest.raises(Exception, match="the loss is nan at step 3"):
        train(tiny())
    (_, before), (_, after) = kept[0].recipe.seen[-2:]
    assert not any(moved(before[name], after[name]) for name in before)


def test_names_of_a_state_are_refused_for_modules(trained_by, tiny, monkeypatch):
    assert state_of(train(tiny(steps=1)).folder).keys() - {"model", "optimizer", "scaler"} <= RUN_NAMES
    for name in sorted({*RUN_NAMES, "sides"}):
        trained_by(type("Bad", (Stages,), {"discriminators": lambda self, name=name: {name: SNPatch(2, 2)}}))
        with pytest.raises(ValueError, match=f"{name}: a run's state uses this name for something else"):
            train(tiny(out=f"{tiny().out}-{name}"))


class Plain(torch.nn.Module):
    """A discriminator of one convolution, without anything that a call changes."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(4, 2, 5, stride=4)

    def forward(self, image, mask):
        return Judgement(self.conv(torch.cat([image, mask], 1)))


class Judged(Adversarial, PConvRecipe):
    """See above; half the network's learning rate."""

    ratios: ClassVar = {"discriminator": 0.5}

    def discriminators(self):
        return {"discriminator": Plain()}

    def adversarial_weight(self, at):
        return 0.3


def test_a_step_is_that_of_both_sides_from_the_same_weights(tiny, monkeypatch):
    """By hand: two gradients, each of its own loss and side alone, and then two steps of Adam."""
    monkeypatch.setitem(registry.RECIPES, "pconv", Judged)
    recipe = registry.make_recipe(tiny(), None, torch.float32, Team(torch.device("cpu")))
    network, judge = deepcopy(recipe.network), deepcopy(recipe.judged["discriminator"])
    torch.manual_seed(1)
    truth, mask = torch.rand(2, 3, 32, 32), torch.ones(2, 1, 32, 32)
    mask[..., 8:20, 4:24] = 0

    output = network(truth * mask, mask).output
    comp = mask * truth + (1 - mask) * output
    real, fake = judge(truth, mask).logits, judge(comp.detach(), mask).logits
    doubt = (torch.relu(1 - real).mean() + torch.relu(1 + fake).mean()) / 2
    total = recipe.loss(output, truth, mask).total - 0.3 * judge(comp, mask).logits.mean()
    sides = ((judge, doubt, 5e-4), (network, total, 1e-3))
    gradients = [torch.autograd.grad(loss, list(side.parameters()), retain_graph=True) for side, loss, _ in sides]
    for (side, _, rate), found in zip(sides, gradients, strict=True):
        for parameter, gradient in zip(side.parameters(), found, strict=True):
            parameter.grad = gradient
        torch.optim.Adam(side.parameters(), lr=rate, betas=(0.5, 0.999)).step()

    recipe.begin(PhasePlan(Phase.FIT, 1, 1e-3))
    joined = {name: JoinedModule(module, recipe.team, False) for name, module in recipe.modules.items()}
    figures = recipe.step([Batch(truth, mask)], joined, StepInfo(1, 1e-3))
    assert figures.loss == pytest.approx(total.item(), rel=1e-5)
    assert figures.terms["discriminator"] == pytest.approx(doubt.item(), rel=1e-5)
    for ours, theirs in ((recipe.network, network), (recipe.judged["discriminator"], judge)):
        for (name, value), wanted in zip(ours.named_parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(
                value, wanted, rtol=1e-4, atol=1e-5, msg=lambda text, name=name: f"{name}: {text}"
            )
