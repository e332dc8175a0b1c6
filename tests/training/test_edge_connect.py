"""Training of EdgeConnect, in three stages: who learns, and from what."""

import numpy as np
import pytest
import torch
from torch import nn

from pconv_cli.core.networks.edge_connect.network import EdgeConnect, EdgeConnectSpec
from pconv_cli.core.weights import load_weights, save_weights
from pconv_cli.training.recipes.recipe import StepInfo
from pconv_cli.training.trainer import train

from .sittings import same
from .steps import EDGES, batch_of, joined, recipe_of


def edge_connect() -> EdgeConnect:
    torch.manual_seed(0)
    return EdgeConnect(EdgeConnectSpec(4, 1))


def moved(recipe, at, batch):
    before = {name: [p.clone() for p in module.parameters()] for name, module in recipe.modules.items()}
    figures = recipe.step([batch], joined(recipe), at)
    after = {name: list(module.parameters()) for name, module in recipe.modules.items()}
    return {name for name in before if not all(map(torch.equal, before[name], after[name]))}, figures


def test_each_stage_moves_its_own_side_alone(small):
    options = small(**EDGES, steps=12, finetune_steps=4)
    recipe = recipe_of(options, edge_connect())
    edges, figures = moved(recipe, StepInfo(1, 1e-3, 0.0), batch_of())
    assert edges == {"edge", "edge_discriminator"}
    assert figures.terms.keys() == {
        *("edge_discriminator", "edge_discriminator_accuracy", "edge_adversarial", "edge_matching")
    }
    assert figures.loss == pytest.approx(figures.terms["edge_adversarial"] + 10 * figures.terms["edge_matching"])
    assert moved(recipe, StepInfo(4, 1e-3, 3 / 12), batch_of())[0] == edges
    colours, figures = moved(recipe, StepInfo(5, 1e-3, 4 / 12), batch_of())
    assert colours == {"completion", "discriminator"}
    assert {"hole", "valid", "adversarial", "discriminator_accuracy"} <= figures.terms.keys()
    assert moved(recipe, StepInfo(8, 1e-3, 7 / 12), batch_of())[0] == colours
    recipe.begin(options.phases[1])
    assert moved(recipe, StepInfo(9, 1e-3, 8 / 12), batch_of())[0] == edges | colours


def test_without_a_second_phase_there_are_two_stages_and_with_it_alone_one(small, tmp_path):
    options = small(**EDGES, steps=10, finetune_steps=0)
    recipe = recipe_of(options, edge_connect())
    assert [len(recipe.resting(StepInfo(1, 1.0, share))) for share in (0.0, 0.49, 0.5, 0.9)] == [1] * 4
    assert recipe.resting(StepInfo(5, 1.0, 0.4)) == {"discriminator"}
    assert recipe.resting(StepInfo(6, 1.0, 0.5)) == {"edge_discriminator"}
    save_weights(tmp_path / "w.safetensors", edge_connect())
    options = small(init=str(tmp_path / "w.safetensors"), phase="finetune", crop=24, steps=2)
    assert not recipe_of(options, edge_connect()).resting(StepInfo(1, 1.0, 0.0))


def test_in_the_last_stage_what_colours_miss_reaches_the_edges(small):
    options = small(**EDGES, steps=2, finetune_steps=1)
    recipe = recipe_of(options, edge_connect())
    recipe.begin(options.phases[1])
    made = recipe.predict(joined(recipe), batch_of(), StepInfo(2, 1e-3, 0.5))
    made.output.sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in recipe.modules["edge"].decoder.parameters() if p.dim() > 1)


def test_colours_are_learnt_between_true_edges_and_used_between_drawn_ones(small, monkeypatch):
    options = small(**EDGES, steps=2, finetune_steps=0)
    network = edge_connect()
    recipe = recipe_of(options, network)
    seen = []
    network.completion.register_forward_pre_hook(lambda _, given: seen.append(given[0][:, 3:]))
    batch = batch_of()
    made = recipe.predict(joined(recipe), batch, StepInfo(2, 1e-3, 0.5))
    assert torch.equal(seen[0], made.extras["edges"])
    assert seen[0][batch.mask.expand_as(seen[0]) == 0].any()
    recipe._phase = options.phases[0].phase.__class__.FINETUNE
    made = recipe.predict(joined(recipe), batch, StepInfo(2, 1e-3, 0.5))
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
            moves.append((moved(recipe, StepInfo(1, 1e-3, share), batch)[1], recipe.modules["edge"].state_dict()))
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
