"""A recipe of two modules and two optimisers trains, saves and resumes without a change of the loop."""

import json
import math

import pytest
import torch
from torch import nn

from pconv_cli.core.losses import InpaintingLoss, LossWeights
from pconv_cli.core.networks.pconv.spec import ModelSpec
from pconv_cli.core.networks.pconv.unet import PConvUNet
from pconv_cli.errors import UsageError
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.recipes import registry
from pconv_cli.training.recipes.recipe import Figures, Recipe
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.trainer import train

from .sittings import state_of, trained_in_one_and_two_sittings


class Adversarial(Recipe):
    """A generator and a discriminator, by the hinge loss; noise keeps the latter from being sure too soon."""

    def __init__(self, options, team):
        torch.manual_seed(options.seed)
        self.team = team
        self.network = PConvUNet(ModelSpec(4, 3)).train()
        self.discriminator = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.LeakyReLU(0.2), nn.Conv2d(8, 1, 3, 2))
        self.loss = InpaintingLoss(LossWeights(**options.weights))

    @classmethod
    def make(cls, options, known, spec, dtype, team):
        return cls(options, team)

    @property
    def modules(self):
        return {"model": self.network, "discriminator": self.discriminator}

    def begin(self, plan):
        self.optimizers = [torch.optim.Adam(module.parameters()) for module in self.modules.values()]

    def step(self, batches, joined, at):
        generate, judge = joined["model"], joined["discriminator"]
        (truth, mask, _), *_ = (batch.to(self.team.device) for batch in batches)
        output = generate(truth * mask, mask).output
        comp = torch.lerp(output, truth, mask)
        real, fake = (judge(x + 0.05 * torch.randn_like(x)) for x in (truth, comp.detach()))
        doubt = torch.relu(1 - real).mean() + torch.relu(1 + fake).mean()
        self._move(1, doubt, 4 * at.learning_rate)
        total = self.loss(output, truth, mask).total - 0.1 * judge(comp).mean()
        self._move(0, total, at.learning_rate)
        loss, doubt = self.team.mean(torch.stack([total.detach(), doubt.detach()])).tolist()
        return Figures(loss, {"discriminator": doubt})

    def _move(self, number, loss, rate):
        optimizer = self.optimizers[number]
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def state_dict(self):
        return {"optimizers": [optimizer.state_dict() for optimizer in self.optimizers]}

    def load_state_dict(self, state):
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)


@pytest.fixture
def adversarial(monkeypatch):
    monkeypatch.setitem(registry.RECIPES, "pconv", Adversarial)


@pytest.mark.usefixtures("adversarial")
@pytest.mark.parametrize("stop_at", [3, 5])
def test_generator_and_discriminator_resume_bit_for_bit(tiny, recorder, tmp_path, stop_at):
    """In the first phase, and at the end of it, after which both optimisers are fresh."""
    given = {"steps": 8, "finetune_steps": 3, "warmup": 1}
    _, saved = trained_in_one_and_two_sittings(lambda out: tiny(**given, out=out), recorder, tmp_path, stop_at)
    assert {"model", "discriminator", "average", "optimizers"} <= saved.keys()
    assert len(saved["optimizers"]) == 2


@pytest.mark.usefixtures("adversarial")
def test_what_a_recipe_reports_is_recorded_and_validated(tiny, recorder, tmp_path):
    observer = recorder()
    report = train(tiny(steps=10), observer)
    records = [json.loads(line) for line in (report.folder / "metrics.jsonl").read_text().splitlines()]
    assert [record["discriminator"] for record in records if "discriminator" in record] == [
        observer.statuses[9].terms["discriminator"]
    ]
    assert observer.validations[-1][1].keys() >= {"loss", "psnr"}
    # Its kernels: while the hinge is open on both sides, the gradients of the last bias cancel out.
    before = Adversarial(tiny(), Team(torch.device("cpu"))).discriminator.state_dict()
    after = state_of(report.folder)["discriminator"]
    assert not any(torch.equal(before[name], after[name]) for name in ("0.weight", "2.weight"))


def test_a_loss_not_finite_stops_a_recipe_of_any_kind(tiny, monkeypatch, recorder):
    def breaks(self, batches, joined, at):
        return Figures(math.nan if at.step == 2 else 1.0, {})

    monkeypatch.setattr(Adversarial, "step", breaks)
    monkeypatch.setitem(registry.RECIPES, "pconv", Adversarial)
    observer = recorder()
    with pytest.raises(Exception, match="the loss is nan at step 2"):
        train(tiny(), observer)
    assert len(observer.statuses) == 1


def test_weights_by_the_names_of_terms_are_those_of_their_options(tiny, tmp_path):
    by_name, by_option = tiny(loss_weights={"ssim": 0.3, "tv": 1}), tiny(ssim_weight=0.3, tv_weight=1.0)
    assert by_name == by_option
    assert by_name.weights["ssim"] == 0.3
    assert by_name.loss_weights == ()
    with pytest.raises(UsageError, match=r"`ssim_weight` and `loss_weights` ssim=\.\.\.: both"):
        resolve_options(None, {"data": tmp_path, "ssim_weight": 1.0, "loss_weights": {"ssim": 2.0}})
    for bad in (-1.0, math.inf, math.nan, True, "1"):
        with pytest.raises(UsageError, match=r"`loss_weights` tv=.*: must be a finite number, 0 or more"):
            tiny(loss_weights={"tv": bad})
    with pytest.raises(UsageError, match=r"`loss_weights` nonesuch=1.0: no loss term has this name; take"):
        train(tiny(loss_weights={"nonesuch": 1.0}))
    assert not (tmp_path / "run" / "state.pt").exists()
