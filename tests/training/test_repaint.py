"""Training of diffusion networks: levels of noise, damage, and fills that are measured."""

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from pconv_cli.core.networks.engine import Sampling
from pconv_cli.core.networks.repaint.network import RePaint, RePaintSpec
from pconv_cli.core.weights import load_weights, save_weights
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.training.adapt import AdaptOptions, adapt
from pconv_cli.training.devices.joining import JoinedModule
from pconv_cli.training.recipes.recipe import StepInfo
from pconv_cli.training.recipes.repaint import RePaintRecipe
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.trainer import train

from .steps import NOISE, batch_of, joined, recipe_of, team


@pytest.fixture
def unet() -> RePaint:
    torch.manual_seed(0)
    return RePaint(RePaintSpec(16, 8, (1, 2), 1, (2,), head_channels=8))


def test_the_loss_is_that_of_the_noise_at_random_levels(small, unet):
    """A network that says nothing is off by the noise's variance, and one that says the noise by nothing."""
    options = small(**NOISE)
    recipe = recipe_of(options, unet, RePaintRecipe)
    batch = batch_of(16)
    asked = []

    class Knows(nn.Module):
        def __init__(self, share):
            super().__init__()
            self.share = nn.Parameter(torch.tensor(share))

        def forward(self, noisy, levels):
            asked.append(levels)
            kept = torch.from_numpy(unet.schedule.kept)[levels].float()[:, None, None, None]
            return self.share * (noisy - kept.sqrt() * (2 * batch.truth - 1)) / (1 - kept).sqrt()

    losses = {}
    for share in (0.0, 1.0):
        recipe.side.forget()
        found = [
            recipe.step([batch], {"model": JoinedModule(Knows(share), team, False)}, StepInfo(n, 0.0))
            for n in range(40)
        ]
        losses[share] = np.mean([figures.loss for figures in found])
    assert losses[0.0] == pytest.approx(1, abs=0.02)
    assert losses[1.0] == pytest.approx(0, abs=1e-4)
    levels = torch.cat(asked[:40])
    assert 0 <= levels.min() < 150
    assert 850 < levels.max() < 1000
    assert len(levels.unique()) > 60


def test_noise_follows_from_run_step_and_process(small, unet):
    def loss(seed=0, step=1, rank=0, number=1):
        recipe = recipe_of(small(**NOISE, seed=seed), unet, RePaintRecipe)
        recipe.team = team._replace(rank=rank) if hasattr(team, "_replace") else team
        return recipe.step([batch_of(16)] * number, joined(recipe), StepInfo(step, 0.0)).loss

    assert loss() == loss()
    assert len({loss(), loss(seed=1), loss(step=2), loss(number=2)}) == 4


def test_damage_is_not_learnt(small, unet):
    known = torch.ones(2, 1, 16, 16)
    known[..., 2:5, 3:12] = 0
    losses = []
    for damage in (0.0, 0.9):
        batch = batch_of(16, known)
        batch = batch._replace(truth=torch.where(known > 0, batch.truth, damage))
        recipe = recipe_of(small(**NOISE), unet, RePaintRecipe)
        losses.append(recipe.step([batch], joined(recipe), StepInfo(1, 0.0)).loss)
    assert losses[0] == losses[1]


def test_a_small_network_learns_and_is_measured_by_quick_fills(small, recorder, monkeypatch):
    sampled = []
    usual = RePaint.predict
    monkeypatch.setattr(
        RePaint, "predict", lambda self, *given, **more: sampled.append(self.sampling) or usual(self, *given, **more)
    )
    observer = recorder()
    report = train(small(**NOISE, steps=40, validation=0.1), observer)
    assert np.mean(observer.losses[-10:]) < 0.85 * np.mean(observer.losses[:5])
    assert set(sampled) == {Sampling(steps=5)}
    assert observer.validations[-1][1].keys() >= {"psnr", "hole_l1", "loss"}
    network = load_weights(report.weights)
    assert isinstance(network, RePaint)
    assert (network.spec.size, network.spec.attention, network.sampling) == (64, (4,), Sampling())


def test_weights_are_adapted_to_damaged_images_by_the_loss_that_they_were_trained_by(images, tmp_path):
    unet = RePaint(RePaintSpec(64, 8, (1, 2), 1, (), head_channels=8))
    for path in images.iterdir():
        mask = np.ones(cv2.imread(str(path)).shape[:2], bool)
        mask[8:12, 4:20] = False
        write_mask(tmp_path / "m" / path.name, mask)
    save_weights(tmp_path / "w.safetensors", unet)
    target = tmp_path / "adapted.safetensors"
    made = adapt(AdaptOptions(images, tmp_path / "m", target, 2, tmp_path / "w.safetensors", device="cpu"))
    assert made.steps == 2
    assert load_weights(target).spec == unet.spec
    given = {"data": images, "damage": tmp_path / "m", "init": str(target), "crop": 64}
    assert resolve_options(None, given).ssim_weight == 0
