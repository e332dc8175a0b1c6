"""Training of EdgeConnect, in three stages, and of diffusion networks: who learns, from what, and that runs repeat."""

import json
import os
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from pconv_cli.core.losses import InpaintingLoss, LossWeights
from pconv_cli.core.networks.edge_connect.network import EdgeConnect, EdgeConnectSpec
from pconv_cli.core.networks.engine import Sampling
from pconv_cli.core.networks.repaint.network import RePaint, RePaintSpec
from pconv_cli.core.weights import load_weights, save_weights
from pconv_cli.errors import Interrupted, ModelError, UsageError
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.training.adapt import AdaptOptions, adapt
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.distributed import Team
from pconv_cli.training.joining import Joined
from pconv_cli.training.presets import Preset
from pconv_cli.training.recipes.edge_connect import EdgeConnectRecipe
from pconv_cli.training.recipes.recipe import Moment
from pconv_cli.training.recipes.repaint import RePaintRecipe
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.trainer import resume, train

EDGES = {"network": "edge-connect", "width": 4, "network_options": {"blocks": 1}, "crop": 24}
NOISE = {"network": "repaint", "width": 8, "crop": 64, "learning_rate": 1e-3}
NOISE |= {"network_options": {"multipliers": "1,2,2", "blocks": 1, "attention": 4, "head_channels": 8}}


@pytest.fixture
def small(images, tmp_path):
    """Options of a run of a second, of the network that is given."""

    def options(**given):
        usual = {"data": images, "out": tmp_path / "run", "batch": 2, "steps": 6, "validation": 0.2}
        usual |= {"perceptual_weight": 0.0, "style_weight": 0.0, "precision": "float32", "device": "cpu"}
        return resolve_options(Preset.PAPER, {**usual, **given})

    return options


def state_of(folder):
    state = torch.load(folder / "state.pt", weights_only=True)
    return {name: value for name, value in state.items() if name not in ("seconds", "spent", "options")}


def same(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize(("network", "stop_at"), [(EDGES, 2), (EDGES, 6), (NOISE, 3)])
def test_runs_resume_bit_for_bit(small, recorder, tmp_path, network, stop_at):
    """Of EdgeConnect while edges learn, and when the last stage has just begun."""
    given = {**network, "steps": 8, "accumulate": 2, "clip": 1.0}
    given |= {"finetune_steps": 3} if network is EDGES else {}
    whole, first, second = recorder(), recorder(stop_at, lambda: os.kill(os.getpid(), signal.SIGINT)), recorder()
    train(small(**given, out=tmp_path / "whole"), whole)
    with pytest.raises(Interrupted):
        train(small(**given, out=tmp_path / "parts"), first)
    torch.manual_seed(99)  # whatever another program has drawn in between
    resume(tmp_path / "parts", observer=second)
    assert first.losses + second.losses == whole.losses
    assert same(*(state_of(tmp_path / name) for name in ("whole", "parts")))


# EdgeConnect.


def batch_of(size=24, known=None):
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(2, 3, size, size, generator=generator) / 10
    truth[..., size // 2 :] += 0.7
    mask = torch.ones(2, 1, size, size)
    mask[..., 6:16, 8:18] = 0
    return Batch(truth, mask if known is None else mask * known, known)


def edge_connect() -> EdgeConnect:
    torch.manual_seed(0)
    return EdgeConnect(EdgeConnectSpec(4, 1))


def recipe_of(options, network, kind=EdgeConnectRecipe):
    torch.manual_seed(1)
    recipe = kind(options, network.train(), InpaintingLoss(LossWeights(**options.weights)), torch.float32, team)
    recipe.begin(options.phases[0])
    return recipe


team = Team(torch.device("cpu"))


def joined(recipe):
    return {name: Joined(module, team, False) for name, module in recipe.modules.items()}


def moved(recipe, moment, batch):
    before = {name: [p.clone() for p in module.parameters()] for name, module in recipe.modules.items()}
    figures = recipe.step([batch], joined(recipe), moment)
    after = {name: list(module.parameters()) for name, module in recipe.modules.items()}
    return {name for name in before if not all(map(torch.equal, before[name], after[name]))}, figures


def test_each_stage_moves_its_own_side_alone(small):
    options = small(**EDGES, steps=12, finetune_steps=4)
    recipe = recipe_of(options, edge_connect())
    edges, figures = moved(recipe, Moment(1, 1e-3, 0.0), batch_of())
    assert edges == {"edge", "edge_discriminator"}
    assert figures.terms.keys() == {
        *("edge_discriminator", "edge_discriminator_accuracy", "edge_adversarial", "edge_matching")
    }
    assert figures.loss == pytest.approx(figures.terms["edge_adversarial"] + 10 * figures.terms["edge_matching"])
    assert moved(recipe, Moment(4, 1e-3, 3 / 12), batch_of())[0] == edges
    colours, figures = moved(recipe, Moment(5, 1e-3, 4 / 12), batch_of())
    assert colours == {"completion", "discriminator"}
    assert {"hole", "valid", "adversarial", "discriminator_accuracy"} <= figures.terms.keys()
    assert moved(recipe, Moment(8, 1e-3, 7 / 12), batch_of())[0] == colours
    recipe.begin(options.phases[1])
    assert moved(recipe, Moment(9, 1e-3, 8 / 12), batch_of())[0] == edges | colours


def test_without_a_second_phase_there_are_two_stages_and_with_it_alone_one(small, tmp_path):
    options = small(**EDGES, steps=10, finetune_steps=0)
    recipe = recipe_of(options, edge_connect())
    assert [len(recipe.resting(Moment(1, 1.0, share))) for share in (0.0, 0.49, 0.5, 0.9)] == [1] * 4
    assert recipe.resting(Moment(5, 1.0, 0.4)) == {"discriminator"}
    assert recipe.resting(Moment(6, 1.0, 0.5)) == {"edge_discriminator"}
    save_weights(tmp_path / "w.safetensors", edge_connect())
    options = small(init=str(tmp_path / "w.safetensors"), phase="finetune", crop=24, steps=2)
    assert not recipe_of(options, edge_connect()).resting(Moment(1, 1.0, 0.0))


def test_in_the_last_stage_what_colours_miss_reaches_the_edges(small):
    options = small(**EDGES, steps=2, finetune_steps=1)
    recipe = recipe_of(options, edge_connect())
    recipe.begin(options.phases[1])
    made = recipe.predict(joined(recipe), batch_of(), Moment(2, 1e-3, 0.5))
    made.output.sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in recipe.modules["edge"].decoder.parameters() if p.dim() > 1)


def test_colours_are_learnt_between_true_edges_and_used_between_drawn_ones(small, monkeypatch):
    options = small(**EDGES, steps=2, finetune_steps=0)
    network = edge_connect()
    recipe = recipe_of(options, network)
    seen = []
    network.completion.register_forward_pre_hook(lambda _, given: seen.append(given[0][:, 3:]))
    batch = batch_of()
    made = recipe.predict(joined(recipe), batch, Moment(2, 1e-3, 0.5))
    assert torch.equal(seen[0], made.extras["edges"])
    assert seen[0][batch.mask.expand_as(seen[0]) == 0].any()
    recipe._phase = options.phases[0].phase.__class__.FINETUNE
    made = recipe.predict(joined(recipe), batch, Moment(2, 1e-3, 0.5))
    wanted = torch.where(batch.mask > 0, made.extras["edges"], made.extras["drawn"])
    torch.testing.assert_close(seen[1], wanted)


def test_nothing_is_learnt_from_damage(small):
    """Values of damaged pixels change no gradient of any stage."""
    known = torch.ones(2, 1, 24, 24)
    known[..., 2:5, 3:20] = 0
    options = small(**EDGES, steps=12, finetune_steps=4)
    for share in (0.0, 0.4, 0.9):
        moves = []
        for damage in (0.0, 0.9):
            recipe = recipe_of(options, edge_connect())
            if share == 0.9:
                recipe.begin(options.phases[1])
            batch = batch_of(known=known)
            batch = batch._replace(truth=torch.where(known > 0, batch.truth, damage))
            moves.append((moved(recipe, Moment(1, 1e-3, share), batch)[1], recipe.modules["edge"].state_dict()))
        assert moves[0][0] == moves[1][0]
        assert same(moves[0][1], moves[1][1])


def test_its_average_is_normalised_as_its_weights_are(small):
    """Averages of singular vectors are none; what is saved must still have convolutions of norm 1."""
    report = train(small(**EDGES, steps=16, finetune_steps=4, ema=0.9, learning_rate=1e-3))
    network = load_weights(report.weights)
    norms = []
    for name, layer in network.edge.named_modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and name != "decoder.7":
            kernel = layer.weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else layer.weight
            norms.append(torch.linalg.matrix_norm(kernel.flatten(1), 2).item())
    np.testing.assert_allclose(norms, 1, atol=0.1)


# Diffusion.


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
        found = [recipe.step([batch], {"model": Joined(Knows(share), team, False)}, Moment(n, 0.0)) for n in range(40)]
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
        return recipe.step([batch_of(16)] * number, joined(recipe), Moment(step, 0.0)).loss

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
        losses.append(recipe.step([batch], joined(recipe), Moment(1, 0.0)).loss)
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


# What is refused.


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


# Several processes.

SCRIPT = """
import json, os, sys
from pconv_cli.training.records.report import SilentObserver
from pconv_cli.training.resolving import resolve_options
from pconv_cli.training.trainer import train

class Losses(SilentObserver):
    def __init__(self):
        self.losses = []
    def stepped(self, status):
        self.losses.append(status.loss)

runs, ports = json.loads(sys.argv[1])
reported = []
for given in runs:
    os.environ["MASTER_PORT"] = str(ports.pop())
    observer = Losses()
    train(resolve_options(None, given), observer)
    reported.append(observer.losses)
print(json.dumps(reported))
"""


def test_two_processes_go_through_all_stages(images, tmp_path):
    from tests.training.test_distributed import free_ports

    usual = {"data": str(images), "batch": 2, "steps": 6, "validation": 0.0, "perceptual_weight": 0.0}
    usual |= {"style_weight": 0.0, "precision": "float32", "device": "cpu", "accumulate": 2}
    runs = [{**usual, **EDGES, "finetune_steps": 2, "out": str(tmp_path / "e")}]
    runs += [{**usual, **NOISE, "out": str(tmp_path / "n")}]
    command = [sys.executable, "-c", SCRIPT, json.dumps([runs, free_ports(2)])]
    processes = []
    for rank in range(2):
        environment = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
        environment = {**os.environ, **environment, "OMP_NUM_THREADS": "1"}
        processes.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
    reported = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    assert [len(losses) for losses in reported[0]] == [6, 6]
    assert np.isfinite(reported[0][0] + reported[0][1]).all()
