"""EdgeConnect's two generators, against figures of the published code; and the network that they make."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage.feature import canny
from torch import nn

from pconv_cli.core.adversarial.patch import Patch
from pconv_cli.core.networks.edge_connect.canny import canny_edges, grey_of
from pconv_cli.core.networks.edge_connect.generators import Generator
from pconv_cli.core.networks.edge_connect.network import EdgeConnect, EdgeConnectSpec, coloured
from pconv_cli.core.weights import load_weights, save_weights
from pconv_cli.errors import ModelError

# What the published modules (knazeri/edge-connect 3142579) give in float64 for the weights and inputs below.
PUBLISHED = {
    "encoder": (0.31253390205893095, 0.6328778983050957, 2.2372494089078097, 0.9807670261122184),
    "middle": (0.312533902058931, 0.760444144139324, 1.5023460847777885, 0.8890984865100797),
    "completed": (0.5008723825145579, 0.06872123518185273, 0.4696814705579561, 0.5189114766883454),
    "edges": (0.4940479372614472, 0.037088144844258174, 0.5197504213055416, 0.5164981715364148),
}


def with_given_weights(network: nn.Module) -> nn.Module:
    for k, parameter in enumerate(network.parameters()):
        i = torch.arange(parameter.numel(), dtype=torch.float64)
        if parameter.dim() > 1:
            values = torch.sin(0.7 * i + k) * math.sqrt(
                2 / parameter[0].numel() * len(parameter[0]) / parameter.shape[1]
            )
        else:
            values = 0.01 * torch.cos(i + k)
        parameter.data = values.view_as(parameter)
    return network


def waves(channels: int) -> torch.Tensor:
    c, y, x = (axis.double() for axis in torch.meshgrid(*map(torch.arange, (channels, 64, 64)), indexing="ij"))
    return (0.5 + 0.5 * torch.sin(0.13 * y + 0.29 * x + c))[None]


def figures(values: torch.Tensor) -> tuple[float, ...]:
    """Mean, deviation, the third value and the last."""
    flat = values.detach().flatten()
    return flat.mean().item(), flat.std(correction=0).item(), flat[2].item(), flat[-1].item()


def test_the_completion_network_computes_what_the_published_one_does():
    network = with_given_weights(Generator(4, 3, 64, 8, spectral=False))
    encoded = network.encoder(waves(4))
    refined = network.middle(encoded)
    found = {"encoder": encoded, "middle": refined, "completed": coloured(network.decoder(refined))}
    for name, values in found.items():
        np.testing.assert_allclose(figures(values), PUBLISHED[name], rtol=1e-9)


def test_the_edge_generator_computes_what_the_published_one_does():
    """Without spectral norm, for which the published one has biases everywhere."""
    network = with_given_weights(Generator(3, 1, 64, 8, spectral=False))
    np.testing.assert_allclose(figures(torch.sigmoid(network(waves(3)))), PUBLISHED["edges"], rtol=1e-9)


def test_there_are_as_many_parameters_as_in_the_paper():
    network = EdgeConnect(EdgeConnectSpec())
    parts = (network.edge, network.completion, Patch(2), Patch(3))
    counts = [sum(p.numel() for p in part.parameters()) for part in parts]
    assert counts == [10_761_089, 10_774_595, 2_762_752, 2_763_776]


def test_each_value_of_the_discriminator_judges_70_pixels():
    judge = Patch(1, 2).eval()
    x = torch.zeros(1, 1, 128, 128, requires_grad=True)
    judged = judge(x)
    judged.logits[0, 0, 7, 7].backward()
    rows = x.grad[0, 0].any(1).nonzero().ravel()
    assert len(rows) == rows[-1] - rows[0] + 1 == 70
    assert [tuple(f.shape[1:]) for f in judged.features] == [
        (2, 64, 64),
        (4, 32, 32),
        (8, 16, 16),
        (16, 15, 15),
        (1, 14, 14),
    ]
    assert judged.features[-1] is judged.logits


def test_spectral_norm_is_on_all_convolutions_of_the_edge_generator_but_the_last():
    torch.manual_seed(0)
    network = Generator(3, 1, 4, 2, spectral=True).train()
    for _ in range(60):  # the power method settles
        network(torch.rand(1, 3, 16, 16))
    norms = []
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            kernel = layer.weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else layer.weight
            norms.append(torch.linalg.matrix_norm(kernel.flatten(1), 2).item())
    assert len(norms) == 10
    np.testing.assert_allclose(norms[:-1], 1, atol=0.02)
    assert norms[-1] < 0.6


@pytest.fixture
def network() -> EdgeConnect:
    torch.manual_seed(1)
    return EdgeConnect(EdgeConnectSpec(width=4, blocks=1)).eval()


@pytest.fixture
def damaged() -> tuple[torch.Tensor, torch.Tensor]:
    """Two images with an edge through them, and a hole each."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(2, 3, 32, 40, generator=generator) / 10
    x[..., 20:] += 0.8
    mask = torch.ones(2, 1, 32, 40)
    mask[0, :, 8:20, 10:30] = 0
    mask[1, :, 4:9, 3:30] = 0
    return x, mask


def test_canny_sees_the_edges_of_the_image_and_none_of_the_hole(damaged):
    x, mask = damaged
    grey = grey_of(x)
    found = canny_edges(grey, mask, 2.0)
    painted = canny_edges(torch.where(mask > 0, grey, 0.5), mask, 2.0)
    assert torch.equal(found, painted)
    assert not found[mask == 0].any()
    for one in range(2):
        whole = canny(grey[one, 0].double().numpy(), 2.0)
        far = ndimage.distance_transform_edt(mask[one, 0].numpy()) > 9  # 4 sigma, and the gradient's pixel
        assert whole[far].any()
        np.testing.assert_array_equal(found[one, 0].numpy()[far] > 0, whole[far])
    assert torch.equal(canny_edges(grey[1:], mask[1:], 2.0), found[1:])


def test_the_second_stage_sees_known_edges_where_valid_and_generated_ones_in_holes(network, damaged):
    x, mask = damaged
    with torch.inference_mode():
        made = network(x, mask)
        generated = network.draw(grey_of(x), canny_edges(grey_of(x), mask, 2.0), mask)
        wanted = network.colour(x, made.extras["edges"], mask)
    known = canny_edges(grey_of(x), mask, 2.0)
    assert torch.equal(made.extras["edges"], torch.where(mask > 0, known, generated))
    assert torch.equal(made.output, wanted)
    assert made.output.min() >= 0
    assert made.output.max() <= 1


def test_what_stands_in_a_hole_is_not_looked_at(network, damaged):
    x, mask = damaged
    with torch.inference_mode():
        assert torch.equal(network(x, mask).output, network(torch.where(mask > 0, x, 0.7), mask).output)


@pytest.mark.parametrize("size", [(1, 1), (5, 30), (12, 12), (31, 41)])
def test_any_size_goes(network, size):
    with torch.inference_mode():
        made = network(torch.rand(1, 3, *size), torch.ones(1, 1, *size))
    assert made.output.shape == (1, 3, *size)
    assert made.extras["edges"].shape == (1, 1, *size)


def test_weights_are_saved_and_loaded(network, damaged, tmp_path):
    save_weights(tmp_path / "w.safetensors", network)
    loaded = load_weights(tmp_path / "w.safetensors")
    assert loaded.spec == EdgeConnectSpec(width=4, blocks=1)
    with torch.inference_mode():
        assert torch.equal(loaded(*damaged).output, network(*damaged).output)


@pytest.mark.parametrize("wrong", [{"width": 0}, {"width": 1.5}, {"blocks": 0}, {"sigma": 0.0}, {"sigma": math.nan}])
def test_what_there_is_not_is_refused(wrong):
    with pytest.raises(ModelError, match="no edge-connect network has width"):
        EdgeConnectSpec(**wrong)
