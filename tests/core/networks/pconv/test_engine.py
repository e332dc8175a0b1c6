"""The engine gives what the network gives: on any network, size, batch and mask."""

import threading
from contextvars import copy_context
from unittest.mock import patch

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from pconv_cli import ModelSpec, PConvUNet
from pconv_cli.core.networks.pconv.engine import PConvEngine
from pconv_cli.core.networks.pconv.fused import fill_pyramid_fused
from pconv_cli.core.networks.pconv.kernels import Kernel, UpKernel, _Layouts, window_sum
from pconv_cli.core.networks.pconv.partial_conv import box_mean
from pconv_cli.core.pyramid import fill_pyramid
from pconv_cli.cores import Dropped, until_dropped

# Values range over some 1, so that this is 1e-4 of the value range.
TOLERANCE = 1e-4

foreign = st.builds(
    ModelSpec,
    width=st.integers(1, 8),
    depth=st.integers(2, 5),
    values=st.sampled_from(["unit", "imagenet", "signed"]),
    batch_norm=st.booleans(),
    head=st.sampled_from(["linear", "tanh", "sigmoid", "ratio"]),
)
specs = st.one_of(
    st.builds(ModelSpec, width=st.integers(1, 20), depth=st.integers(2, 7), base=st.sampled_from(["none", "pyramid"])),
    foreign,
)


def trained(spec, seed):
    """A network as training leaves it: every BatchNorm with gains, shifts and statistics of its own."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    model = PConvUNet(spec).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.3, generator=generator)
            nn.init.normal_(module.bias, 0.0, 0.5, generator=generator)
            nn.init.normal_(module.running_mean, 0.0, 0.5, generator=generator)
            nn.init.uniform_(module.running_var, 0.3, 2.0, generator=generator)
    for name, value in model.named_parameters():
        if name.endswith("conv.bias"):
            nn.init.normal_(value, 0.0, 0.2, generator=generator)
    return model


@st.composite
def images(draw):
    """A batch of images of any size, and masks: no hole, all hole, the first of the batch all hole and the others
    whole, noise, one box for each, lines at the borders."""
    batch, height, width = draw(st.integers(1, 3)), draw(st.integers(1, 100)), draw(st.integers(1, 100))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    x = torch.rand(batch, 3, height, width, generator=generator)
    mask = torch.ones(batch, 1, height, width)
    kind = draw(st.sampled_from(["none", "all", "first", "noise", "box", "border"]))
    if kind == "all":
        mask.zero_()
    elif kind == "first":
        mask[0] = 0
    elif kind == "noise":
        mask = (torch.rand(batch, 1, height, width, generator=generator) > draw(st.floats(0.01, 0.99))).float()
    elif kind == "box":
        for one in mask:
            top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
            one[:, top : top + draw(st.integers(1, 40)), left : left + draw(st.integers(1, 40))] = 0
    elif kind == "border":
        mask[..., 0, :] = mask[..., -1] = 0
    return x, mask


def assert_close(actual, expected):
    scale = max(1.0, expected.abs().max().item())
    assert actual.shape == expected.shape
    assert (actual - expected).abs().max().item() <= TOLERANCE * scale


def uncompiled():
    """The engine's functions that are made to be compiled, run as they are, which takes no compiler and no time."""
    return patch("pconv_cli.core.networks.pconv.fused.compiled", lambda function: function)


@given(specs, st.integers(0, 2**31), images(), st.booleans())
def test_the_engine_equals_the_network(spec, seed, image, fused):
    x, mask = image
    model = trained(spec, seed)
    engine = PConvEngine(model, compile=fused)
    with torch.no_grad():
        expected = model(x, mask).output
    with uncompiled():
        assert_close(engine(x, mask), expected)
        filled = engine.fill(torch.where(mask > 0, x, float("nan")), mask)
    assert_close(filled, torch.where(mask > 0, x, expected))
    assert torch.equal(filled * mask, x * mask)


@given(specs, st.integers(0, 2**31), images())
def test_without_a_look_at_the_masks_the_engine_equals_the_network(spec, seed, image):
    """What CUDA graphs are made of."""
    x, mask = image
    model = trained(spec, seed)
    with torch.no_grad():
        assert_close(PConvEngine(model)._run_blindly(x, mask), model(x, mask).output)


@pytest.mark.parametrize("base", ["none", "pyramid"])
def test_parts_of_the_decoder_equal_the_whole(base):
    """Small holes in an image so large that most of the decoder is left out, at its corners and in its middle."""
    model = trained(ModelSpec(width=4, depth=4, base=base), 0)
    engine = PConvEngine(model)
    x = torch.rand(2, 3, 300, 260)
    for top, left in ((0, 0), (290, 250), (131, 97), (64, 0), (31, 255)):
        mask = torch.ones(2, 1, 300, 260)
        mask[0, :, top : top + 9, left : left + 5] = 0
        mask[1, :, top : top + 3, left : left + 17] = 0
        with torch.no_grad():
            assert_close(engine.fill(x, mask), torch.where(mask > 0, x, model(x, mask).output))


@settings(max_examples=40)
@given(images())
def test_the_pyramid_as_it_is_compiled_for_gpus_is_the_pyramid(image):
    x, mask = image
    with uncompiled():
        torch.testing.assert_close(fill_pyramid_fused(x, mask), fill_pyramid(x, mask))


def test_the_batch_makes_no_difference():
    engine = PConvEngine(trained(ModelSpec(width=6, depth=4, base="pyramid"), 1))
    x, mask = torch.rand(4, 3, 64, 64), torch.ones(4, 1, 64, 64)
    for index in range(4):
        mask[index, :, 10 * index : 10 * index + 15, 5:25] = 0
    apart = torch.cat([engine.fill(x[i : i + 1], mask[i : i + 1]) for i in range(4)])
    torch.testing.assert_close(engine.fill(x, mask), apart, rtol=1e-5, atol=1e-5)


def test_later_changes_of_the_network_are_not_seen():
    model = trained(ModelSpec(width=2, depth=2), 0)
    engine = PConvEngine(model)
    x, mask = torch.rand(1, 3, 8, 8), torch.ones(1, 1, 8, 8)
    before = engine(x, mask)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert torch.equal(engine(x, mask), before)


@pytest.mark.parametrize("last", range(5))
def test_a_window_that_nobody_waits_for_ends_with_the_level_that_is_under_way(last):
    engine = PConvEngine(trained(ModelSpec(width=4, depth=3, base="pyramid"), 0))
    left, done = threading.Event(), []

    def counted(level):
        def run(*arguments):
            done.append(level)
            if len(done) == last + 1:
                left.set()
            return level(*arguments)

        return run

    engine._encoder, engine._decoder = (list(map(counted, part)) for part in (engine._encoder, engine._decoder))
    x, mask = torch.rand(1, 3, 32, 32), torch.zeros(1, 1, 32, 32)
    mask[..., :9] = 1
    with pytest.raises(Dropped):
        copy_context().run(until_dropped, left, lambda: engine.fill(x, mask))
    assert len(done) == last + 1


@pytest.mark.parametrize("fused", [False, True])
def test_half_precision_stays_near(fused):
    """Eight bits of mantissa a layer; N/s, of sums in float32, stays finite where a window is nearly all hole."""
    model = trained(ModelSpec(width=8, depth=4, base="pyramid"), 2)
    x, mask = torch.rand(1, 3, 80, 64), torch.ones(1, 1, 80, 64)
    mask[..., 20:50, 20:40] = 0
    with torch.no_grad():
        expected = torch.where(mask > 0, x, model(x, mask).output)
    with uncompiled():
        filled = PConvEngine(model, torch.bfloat16, compile=fused).fill(x, mask)
    assert filled.dtype == torch.float32
    assert torch.isfinite(filled).all()
    change = (expected - x).abs().max()
    assert 0 < (filled - expected).abs().max() < 0.05 * change


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (3, 2), (5, 2), (7, 2)])
def test_window_sums_are_box_means_times_the_area(size, stride):
    mask = (torch.rand(2, 1, 14, 22) > 0.5).float()
    expected = size**2 * box_mean(mask, (size, size), (stride, stride), (size // 2, size // 2))
    torch.testing.assert_close(window_sum(mask, size, stride), expected)


@pytest.mark.parametrize("channels", [(5, 3), (3, 17), (16, 32)])
@pytest.mark.parametrize("size", [(1, 1), (4, 7)])
def test_an_up_kernel_is_upsampling_and_a_convolution(channels, size):
    weight = torch.randn(channels[1], channels[0], 3, 3)
    x = torch.randn(2, channels[0], *size).contiguous(memory_format=torch.channels_last)
    expected = nn.functional.conv2d(nn.functional.interpolate(x, scale_factor=2, mode="nearest"), weight, padding=1)
    torch.testing.assert_close(UpKernel(weight, torch.float32)(x), expected, rtol=1e-4, atol=1e-4)


def test_without_the_operators_of_onednn_the_result_is_the_same(monkeypatch):
    model = trained(ModelSpec(width=6, depth=3, base="pyramid"), 3)
    x, mask = torch.rand(1, 3, 40, 40), torch.ones(1, 1, 40, 40)
    mask[..., 10:20, 10:30] = 0
    expected = PConvEngine(model).fill(x, mask)
    monkeypatch.setattr("pconv_cli.core.networks.pconv.kernels._packs", lambda _: False)
    plain = PConvEngine(model)
    assert all(isinstance(kernel, Kernel) for kernel in (plain._encoder[0]._kernel, plain._decoder[0]._skip))
    torch.testing.assert_close(plain.fill(x, mask), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(not hasattr(torch.ops.mkldnn, "_nbytes"), reason="weights are laid out by oneDNN alone")
def test_weights_are_laid_out_once_a_shape_and_kept_once_a_layout():
    """Weights in a layout for another shape are turned at each call, which takes far longer than a small window."""
    asked = []

    def lay_out(weight, shape):
        asked.append(shape)
        return torch.ops.mkldnn._reorder_convolution_weight(weight[: shape[0]], [1, 1], [1, 1], [1, 1], 1, shape)

    layouts = _Layouts(lay_out, torch.randn(64, 3, 3, 3))
    shapes = [torch.Size((16, 3, 8, 8)), torch.Size((16, 3, 9, 9)), torch.Size((64, 3, 8, 8))]
    first, same, other = (layouts[shape] for shape in shapes)
    assert first is same
    assert other is not first
    assert [layouts[shape] for shape in shapes] == [first, same, other]
    assert asked == [list(shape) for shape in shapes]


def test_a_network_whose_first_level_has_as_many_channels_as_a_image_runs_in_half_precision():
    model = trained(ModelSpec(3, 3), 0)
    x, mask = torch.rand(1, 3, 40, 40), torch.ones(1, 1, 40, 40)
    mask[..., 10:20, 10:20] = 0
    with torch.inference_mode():
        exact, half = PConvEngine(model).fill(x, mask), PConvEngine(model, torch.bfloat16).fill(x, mask)
    assert half.dtype == torch.float32
    assert (half - exact).abs().max() < 0.05 * exact.abs().max()


@pytest.mark.parametrize(("channels", "size", "height", "width"), [(64, 3, 16, 2), (64, 3, 5, 1), (3, 7, 32, 2)])
def test_an_output_one_pixel_wide_is_right_in_half_precision(channels, size, height, width):
    """oneDNN reads beyond such an input; with NaN in memory given back just before, that shows."""
    torch.manual_seed(0)
    x = torch.randn(2, channels, height, width).bfloat16().contiguous(memory_format=torch.channels_last)
    weight = (torch.randn(128, channels, size, size) / 20).bfloat16()
    kernel = Kernel(weight, 2, size // 2)
    expected = nn.functional.conv2d(x.float(), weight.float(), None, 2, size // 2)
    for count in (512, 4096, 32768):
        torch.full((count,), float("nan"), dtype=torch.bfloat16)
        with torch.inference_mode():
            torch.testing.assert_close(kernel(x).float(), expected, atol=0.05, rtol=0.02)
