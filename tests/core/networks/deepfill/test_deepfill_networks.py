"""DeepFill v1 and v2: layer by layer as the originals are, by an oracle in NumPy and by golden numbers."""

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from pconv_cli import load_weights, save_weights
from pconv_cli.core.networks.contextual_attention.network import ContextualAttention, ContextualAttentionSpec
from pconv_cli.core.networks.deepfill.attention import contextual_attention, nearest_aligned
from pconv_cli.core.networks.deepfill.same import SameConv2d, same_padding
from pconv_cli.core.networks.gated.network import Gated, GatedSpec
from pconv_cli.core.networks.registry import architecture
from pconv_cli.errors import ModelError
from pconv_cli.methods.tiled.coarse import plan_at
from pconv_cli.methods.tiled.network_windows import limits_of

NETWORKS = {"contextual-attention": (ContextualAttention, ContextualAttentionSpec), "gated": (Gated, GatedSpec)}
both = pytest.mark.parametrize("name", NETWORKS)


def waves(channels, height, width):
    """A smooth image of any channels in 0 to 1, ``(1, C, H, W)``."""
    y, x = torch.meshgrid(torch.arange(height).double(), torch.arange(width).double(), indexing="ij")
    return torch.stack([0.5 + 0.5 * torch.sin(0.13 * y + 0.29 * x + c) for c in range(channels)])[None]


def with_waves(network):
    """The network in float64, with values that anybody can compute."""
    for k, parameter in enumerate(network.parameters()):
        i = torch.arange(parameter.numel()).double()
        if parameter.ndim > 1:
            values = torch.sin(0.7 * i + k) * math.sqrt(2 / parameter[0].numel())
        else:
            values = 0.01 * torch.cos(i + k)
        parameter.data = values.view(parameter.shape)
    return network.eval()


def make(name, width=None):
    network, spec = NETWORKS[name]
    return network(spec() if width is None else spec(width))


def layer_of(network):
    """Of a layer's name, its kernel and bias."""
    found = {}
    for name, parameter in network.named_parameters():
        _, layer, *_, kind = name.split(".")
        found.setdefault(layer, {})[kind] = parameter.detach().double().numpy()
    return lambda layer: (found[layer]["weight"], found[layer]["bias"])


@pytest.mark.parametrize(
    ("name", "stages"),
    [("contextual-attention", (1448227, 880480, 695968, 576867)), ("gated", (1631151, 990000, 782352, 648975))],
)
def test_parameters_are_as_many_as_the_originals(name, stages):
    network = make(name)
    counts = {child: sum(p.numel() for p in module.parameters()) for child, module in network.named_children()}
    attended = counts["before_attention"] + counts["after_attention"]
    assert (counts["coarse"], counts["convolved"], attended, counts["decoded"]) == stages
    assert sum(stages) == {"contextual-attention": 3_601_542, "gated": 4_052_478}[name]


@both
def test_both_stages_are_those_of_the_oracle(name, oracle):
    torch.manual_seed(0)
    network = make(name, 4).double().eval()
    for parameter in network.parameters():
        parameter.data = torch.randn_like(parameter) / math.sqrt(parameter[0].numel() if parameter.ndim > 1 else 20)
    x, mask = torch.rand(2, 3, 24, 40, dtype=torch.float64), torch.ones(2, 1, 24, 40, dtype=torch.float64)
    mask[0, :, 5:19, 9:21] = 0
    mask[1, :, 12:, 30:] = 0  # each image its own, whatever else is in the batch
    with torch.no_grad():
        output, coarse, _ = network(x, mask)
    for i in range(2):
        first, second = oracle.forward(2 * x[i].numpy() - 1, 1 - mask[i].numpy(), layer_of(network), name == "gated")
        np.testing.assert_allclose(2 * coarse[i].numpy() - 1, first, atol=1e-12)
        np.testing.assert_allclose(2 * output[i].numpy() - 1, second, atol=1e-12)


@both
@pytest.mark.skipif("PCONV_GOLDEN" not in os.environ, reason="PCONV_GOLDEN does not name the folder of golden numbers")
def test_layers_are_those_of_the_golden_numbers(name):
    golden = json.loads(Path(os.environ["PCONV_GOLDEN"], "golden-deepfill-global-local.json").read_text())
    golden = golden["deepfill_v2_64x96" if name == "gated" else "deepfill_v1_64x96"]
    network = with_waves(make(name).double())
    found = {}

    def keep(name):
        return lambda module, given, made: found.__setitem__(name, made)

    for stage, layer in (("coarse", "conv1"), ("coarse", "conv10_atrous"), ("before_attention", "pmconv6")):
        network.get_submodule(f"{stage}.{layer}").register_forward_hook(keep(layer))
    network.after_attention.register_forward_pre_hook(
        lambda module, given: found.__setitem__("contextual_attention", given[0])
    )
    mask = torch.ones(1, 1, 64, 96, dtype=torch.float64)
    mask[..., 16:32, 24:72] = 0
    with torch.no_grad():
        output, coarse, _ = network(waves(3, 64, 96), mask)
    found |= {"stage1": 2 * coarse - 1, "stage2": 2 * output - 1}
    assert len(found) == 6
    for layer, values in found.items():
        _same(values, golden[layer])


@pytest.mark.skipif("PCONV_GOLDEN" not in os.environ, reason="PCONV_GOLDEN does not name the folder of golden numbers")
@pytest.mark.parametrize("fuse", [True, False])
def test_attention_alone_is_that_of_the_golden_numbers(fuse):
    golden = json.loads(Path(os.environ["PCONV_GOLDEN"], "golden-deepfill-global-local.json").read_text())
    hole = torch.zeros(1, 1, 16, 24, dtype=torch.float64)
    hole[..., 4:8, 6:14] = 1
    made = contextual_attention(waves(4, 16, 24) - 0.5, hole, fuse=fuse)
    _same(made, golden["CA_alone_4x16x24"]["fuse" if fuse else "no_fuse"])


def _same(values, golden):
    assert list(values.shape) == golden["shape"]
    flat = values.flatten().numpy()
    assert flat.mean() == pytest.approx(golden["mean"], abs=1e-7)
    assert flat.std() == pytest.approx(golden["std"], abs=1e-7)
    np.testing.assert_allclose(flat[:5], golden["first5"], atol=1e-7)
    np.testing.assert_allclose(flat[-5:], golden["last5"], atol=1e-7)


@pytest.mark.parametrize("size", [(2, 2), (2, 8), (8, 2), (4, 4), (12, 16), (14, 10)])
@pytest.mark.parametrize("fuse", [True, False])
def test_attention_is_that_of_the_oracle(size, fuse, oracle):
    rng = np.random.default_rng(size)
    features = rng.normal(size=(3, 5, *size)) / 3
    features[1, :, :4] = 0  # patches without a length
    hole = np.zeros((3, 1, *size))
    hole[0, :, 1:3, 1:5] = 1
    hole[1, :, -1, -1] = 1
    made = contextual_attention(torch.from_numpy(features), torch.from_numpy(hole), fuse=fuse).numpy()
    for i in range(3):
        np.testing.assert_allclose(made[i], oracle.attention(features[i], hole[i], fuse), atol=1e-12)


@pytest.mark.parametrize("rows_at_once", [1, 2, 3, 5])
def test_memory_is_bounded_without_a_change_of_the_result(rows_at_once):
    """A few rows at a time, the first and last ones among them, whose neighbours are at the other end."""
    torch.manual_seed(0)
    features, hole = torch.randn(2, 3, 12, 16).double(), (torch.rand(2, 1, 12, 16) > 0.9).double()
    scores = rows_at_once * 2 * 8 * 48
    torch.testing.assert_close(
        contextual_attention(features, hole, scores=scores), contextual_attention(features, hole), atol=1e-13, rtol=0
    )


def test_no_more_scores_are_held_than_are_asked_for(monkeypatch):
    """Of a large image: 64 x 64 positions, 4,096 patches each."""
    seen = []
    softmax = torch.Tensor.softmax
    monkeypatch.setattr(torch.Tensor, "softmax", lambda x, dim: seen.append(x.numel()) or softmax(x, dim))
    contextual_attention(torch.rand(1, 1, 128, 128), torch.zeros(1, 1, 128, 128), scores=2**20)
    assert len(seen) == 16
    assert max(seen) == 2**20


def test_shares_that_would_be_denormal_are_0(monkeypatch):
    """A product of matrices with such numbers takes 20 times as long; what they stand for is nothing."""
    kept = []
    fold = torch.nn.functional.fold
    monkeypatch.setattr(
        torch.nn.functional, "fold", lambda x, *given, **named: kept.append(x) or fold(x, *given, **named)
    )
    for share in (1e-40, 1e-20):
        monkeypatch.setattr(torch.Tensor, "softmax", lambda x, dim, share=share: torch.full_like(x, share))
        contextual_attention(torch.ones(1, 1, 8, 8), torch.zeros(1, 1, 8, 8))
    assert not kept[0].any()
    assert kept[1].all(0).any()


def test_attention_without_a_valid_patch_gives_nothing():
    features = torch.rand(1, 2, 8, 8)
    assert not contextual_attention(features, torch.ones(1, 1, 8, 8)).any()


@pytest.mark.parametrize("n", [2, 8, 10, 64, 256])
def test_halving_takes_even_pixels_first_and_odd_ones_then(n, oracle):
    x = torch.arange(float(n)).view(1, 1, 1, n)
    halved = nearest_aligned(x, 1, n // 2).flatten()
    assert np.array_equal(halved.numpy(), oracle.aligned(x[0].numpy(), 1, n // 2).ravel())
    half = n // 4 if n > 2 else 1
    assert (halved[:half] % 2 == 0).all()
    assert (halved[n // 4 + 1 :] % 2 == 1).all()
    quarters = nearest_aligned(torch.arange(256.0).view(1, 1, 1, 256), 1, 64).flatten()
    assert quarters[[0, 20, 40, 63]].tolist() == [0, 81, 162, 255]


@pytest.mark.parametrize(("kernel", "stride", "dilation"), [(3, 1, 1), (5, 1, 1), (3, 1, 4), (3, 2, 1), (5, 2, 1)])
def test_zeros_that_cannot_be_shared_evenly_stand_at_the_end(kernel, stride, dilation):
    for side in (7, 8, 33, 64):
        before, after = same_padding(side, kernel, stride, dilation)
        covered = side + before + after - (kernel - 1) * dilation - 1
        assert covered // stride + 1 == -(-side // stride)
        assert 0 <= after - before <= 1
    layer = SameConv2d(1, 1, kernel, stride, dilation)
    assert layer(torch.rand(1, 1, 8, 33)).shape[-2:] == (8 // stride, -(-33 // stride))
    assert not layer.bias.any()


@both
def test_reach_is_how_far_the_first_stage_sees(name):
    """By the gradient: a pixel depends on one at that distance in each direction, and on none much farther."""
    network = make(name, 4)
    reach, middle = network.spec.reach, 200
    for parameter in network.coarse.parameters():
        parameter.data = parameter.data.abs() if parameter.ndim > 1 else torch.ones_like(parameter)
    x = torch.rand(1, 5, 1, 400).expand(-1, -1, 8, -1).clone().requires_grad_()
    for place in range(middle, middle + 4):
        network.coarse(x)[0, 0, 4, place].backward()
        seen = np.flatnonzero(x.grad.abs().sum((0, 1, 2)).numpy())
        x.grad = None
        assert place - seen[0] >= reach
        assert seen[-1] - place >= reach
        assert max(place - seen[0], seen[-1] - place) <= reach + 8


@both
def test_windows_are_as_wide_as_the_originals_crops(name):
    """Ten small holes far from one another: each is seen with 256 pixels of its surroundings."""
    spec = NETWORKS[name][1](4)
    mask = np.ones((600, 1400), bool)
    mask[[40, 500]] = np.arange(1400) % 280 > 5
    plan, _, _ = plan_at(mask, limits_of(spec, 512, 128))
    assert len(plan.windows) > 1
    assert min(min(window.rect.size) for window in plan.windows) == 256


@both
def test_weights_are_saved_with_their_spec(name, tmp_path):
    network = make(name, 8)
    save_weights(tmp_path / "w.safetensors", network)
    loaded = load_weights(tmp_path / "w.safetensors")
    assert loaded.spec == network.spec
    x, mask = torch.rand(1, 3, 24, 16), torch.ones(1, 1, 24, 16)
    mask[..., 8:12, 4:9] = 0
    with torch.no_grad():
        assert torch.equal(loaded(x, mask).output, network.eval()(x, mask).output)
    assert architecture(name).network is type(loaded)


@pytest.mark.parametrize(
    ("name", "width"), [("contextual-attention", 3), ("gated", 6), ("gated", 0), ("gated", 2000), ("gated", 8.0)]
)
def test_a_width_that_no_network_has_is_one_line(name, width):
    with pytest.raises(ModelError, match=rf"no such network has width {width}: widths are multiples of [24] up to 512"):
        NETWORKS[name][1](width)


@both
def test_half_precision_of_the_convolutions_leaves_attention_exact(name):
    network = make(name, 8).eval()
    x, mask = torch.rand(1, 3, 32, 32), torch.ones(1, 1, 32, 32)
    mask[..., 8:20, 8:20] = 0
    with torch.no_grad():
        exact = network(x, mask).output
        with torch.autocast("cpu", torch.bfloat16):
            near = network(x, mask).output
    torch.testing.assert_close(near.float(), exact, atol=0.03, rtol=0)
