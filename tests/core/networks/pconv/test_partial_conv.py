"""The layer against an independent per-pixel implementation, an ordinary convolution, and its own promises."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from pconv_cli import PartialConv2d


def naive_partial_conv(x, masks, channels, weight, bias, stride, padding):
    """Equations (1) and (2), one output value at a time in float64; each source's mask expanded to all its channels."""
    n, c, h, w = x.shape
    full = np.concatenate([np.repeat(m, k, axis=1) for m, k in zip(masks, channels, strict=True)], axis=1)
    pad = ((0, 0), (0, 0), (padding[0], padding[0]), (padding[1], padding[1]))
    x, full = np.pad(x.astype(np.float64), pad), np.pad(full.astype(np.float64), pad)
    out_channels, _, kh, kw = weight.shape
    rows, columns = (h + 2 * padding[0] - kh) // stride[0] + 1, (w + 2 * padding[1] - kw) // stride[1] + 1
    y, new = np.zeros((n, out_channels, rows, columns)), np.zeros((n, 1, rows, columns))
    for b in range(n):
        for i in range(rows):
            for j in range(columns):
                place = (
                    b,
                    slice(None),
                    slice(i * stride[0], i * stride[0] + kh),
                    slice(j * stride[1], j * stride[1] + kw),
                )
                s = full[place].sum()
                if s > 0:
                    new[b, 0, i, j] = 1
                    for o in range(out_channels):
                        y[b, o, i, j] = (weight[o] * x[place] * full[place]).sum() * (c * kh * kw) / s
                        y[b, o, i, j] += 0 if bias is None else bias[o]
    return y, new


def random_mask(rng, shape, share):
    return (rng.random(shape) < share).astype(np.float32)


@settings(max_examples=40)
@given(
    channels=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    out_channels=st.integers(1, 3),
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    bias=st.booleans(),
    share=st.sampled_from([0.0, 0.03, 0.5, 0.97, 1.0]),
    seed=st.integers(0, 2**31),
)
def test_equals_the_naive_implementation(channels, out_channels, kernel, stride, padding, bias, share, seed):
    rng = np.random.default_rng(seed)
    h, w = rng.integers(5, 9, 2)
    x = rng.standard_normal((2, sum(channels), h, w)).astype(np.float32)
    masks = [random_mask(rng, (2, 1, h, w), share) for _ in channels]
    layer = PartialConv2d(channels, out_channels, kernel, stride, padding, bias)
    if layer.bias is not None:
        torch.nn.init.normal_(layer.bias)
    with torch.no_grad():
        y, new = layer(torch.from_numpy(x), [torch.from_numpy(m) for m in masks])
    wanted, wanted_mask = naive_partial_conv(
        x,
        masks,
        channels,
        layer.weight.detach().double().numpy(),
        None if layer.bias is None else layer.bias.detach().double().numpy(),
        stride,
        padding,
    )
    scale = max(1.0, np.abs(wanted).max())
    assert np.abs(y.numpy() - wanted).max() < 1e-5 * scale
    assert np.array_equal(new.numpy(), wanted_mask)
    assert (y.numpy()[np.broadcast_to(wanted_mask == 0, y.shape)] == 0).all()


def test_difference_is_below_1e_5_in_the_networks_widest_row():
    """512 + 512 channels and weights of the size that a trained layer's have."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 1024, 6, 6)).astype(np.float32)
    masks = [random_mask(rng, (1, 1, 6, 6), 0.2), random_mask(rng, (1, 1, 6, 6), 0.8)]
    layer = PartialConv2d((512, 512), 2, 3, padding=1)
    with torch.no_grad():
        layer.weight.mul_(0.5)
        y, _ = layer(torch.from_numpy(x), [torch.from_numpy(m) for m in masks])
    weight = layer.weight.detach().double().numpy()
    wanted, _ = naive_partial_conv(x, masks, (512, 512), weight, np.zeros(2), (1, 1), (1, 1))
    assert np.abs(y.numpy() - wanted).max() < 1e-5


def test_is_an_ordinary_convolution_where_all_is_valid():
    layer = PartialConv2d(5, 6, 3, stride=1, padding=1)
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 5, 10, 11)
    with torch.no_grad():
        y, new = layer(x, torch.ones(2, 1, 10, 11))
        wanted = F.conv2d(x, layer.weight, layer.bias, padding=1)
    inner = (..., slice(1, -1), slice(1, -1))
    torch.testing.assert_close(y[inner], wanted[inner], rtol=1e-5, atol=1e-5)
    assert not torch.allclose(y, wanted)  # at the border padding counts as hole and is made up for
    assert (new == 1).all()


def test_a_concatenated_tensor_and_its_sources_give_the_same():
    layer = PartialConv2d((3, 2), 4, 3, padding=1)
    a, b = torch.randn(1, 3, 8, 8), torch.randn(1, 2, 8, 8)
    masks = [(torch.rand(1, 1, 8, 8) > 0.5).float() for _ in range(2)]
    with torch.no_grad():
        apart, together = layer((a, b), masks), layer(torch.cat([a, b], 1), masks)
    assert torch.equal(apart[0], together[0])
    assert torch.equal(apart[1], together[1])


def test_what_stands_in_a_hole_does_not_matter():
    layer = PartialConv2d(3, 4, 5, 2, 2)
    mask = (torch.rand(1, 1, 16, 16) > 0.5).float()
    x = torch.randn(1, 3, 16, 16)
    with torch.no_grad():
        assert torch.equal(layer(x, mask)[0], layer(torch.where(mask > 0, x, 1e6), mask)[0])


def test_the_product_with_the_mask_is_left_out_on_request():
    layer = PartialConv2d((3, 2), 4, 3, padding=1)
    sources = [torch.randn(1, channels, 8, 8) for channels in layer.in_channels]
    masks = [(torch.rand(1, 1, 8, 8) > 0.5).float() for _ in sources]
    masked = [x * m for x, m in zip(sources, masks, strict=True)]
    with torch.no_grad():
        wanted = layer(sources, masks)[0]
        assert torch.equal(layer(masked, masks, masked=True)[0], wanted)
        assert not torch.allclose(layer(sources, masks, masked=True)[0], wanted)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 1.0])
def test_is_finite_in_half_precision(dtype, share):
    torch.manual_seed(0)
    layer = PartialConv2d((512, 512), 8, 3, padding=1).to(dtype)
    x = torch.rand(1, 1024, 24, 24, dtype=dtype)
    masks = [(torch.rand(1, 1, 24, 24) < share).to(dtype) for _ in range(2)]
    with torch.no_grad():
        y, new = layer(x, masks)
    assert y.dtype == dtype
    assert new.dtype == torch.float32
    assert torch.isfinite(y).all()
    assert (y[(new == 0).expand_as(y)] == 0).all()


def test_the_ratio_is_exact_under_autocast():
    layer = PartialConv2d((3, 61), 2, 7, padding=3, bias=False)
    masks = [(torch.rand(1, 1, 20, 20) > 0.3).float() for _ in range(2)]
    x = torch.rand(1, 64, 20, 20)
    with torch.no_grad():
        wanted, _ = layer(x, masks)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y, new = layer(x, masks)
    assert new.dtype == torch.float32
    assert y.dtype == torch.bfloat16
    assert (y.float() - wanted).abs().max() < 0.02 * wanted.abs().max()


@pytest.mark.parametrize("bias", [True, False])
def test_gradients(bias):
    torch.manual_seed(0)
    layer = PartialConv2d((2, 1), 2, 3, stride=2, padding=1, bias=bias).double()
    masks = [(torch.rand(1, 1, 5, 6) > 0.6).double() for _ in range(2)]
    x = torch.randn(1, 3, 5, 6, dtype=torch.float64, requires_grad=True)
    parameters = [layer.weight, *([layer.bias] if bias else [])]
    assert torch.autograd.gradcheck(lambda x, *_: layer(x, masks)[0], (x, *parameters))


@pytest.mark.parametrize("channels", [0, (), (3, 0), -1])
def test_channels_below_one_are_refused(channels):
    with pytest.raises(ValueError, match="channels must be 1 or more"):
        PartialConv2d(channels, 4, 3)


def test_a_mask_for_each_source_is_asked_for():
    layer = PartialConv2d((3, 2), 4, 3)
    with pytest.raises(ValueError, match="2 sources expected, got 2 and 1 masks"):
        layer(torch.rand(1, 5, 8, 8), torch.ones(1, 1, 8, 8))


@pytest.mark.parametrize("shape", [(1, 3, 8, 8), (1, 1, 8, 9), (2, 1, 8, 8), (1, 8, 8)])
def test_a_mask_of_another_shape_is_refused(shape):
    """Above all the many-channel mask of other implementations, which would be taken for another ratio."""
    with pytest.raises(ValueError, match=r"its mask \(N, 1, H, W\) of one size expected"):
        PartialConv2d(3, 4, 3)(torch.rand(1, 3, 8, 8), torch.ones(shape))


def test_other_channels_are_refused():
    with pytest.raises(ValueError, match="3 channels expected"):
        PartialConv2d(3, 4, 3)(torch.rand(1, 4, 8, 8), torch.ones(1, 1, 8, 8))
    with pytest.raises(ValueError, match="a source of 2 channels"):
        PartialConv2d((3, 2), 4, 3)((torch.rand(1, 3, 8, 8),) * 2, (torch.ones(1, 1, 8, 8),) * 2)
