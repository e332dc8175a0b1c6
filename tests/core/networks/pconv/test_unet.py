"""The network: its table channel by channel, any size, what it may and may not depend on."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from pconv_cli import ModelSpec, PConvUNet
from pconv_cli.core.networks.pconv.spec import TINT_BLOCK
from pconv_cli.core.networks.pconv.unet import untinted
from pconv_cli.core.pyramid import fill_pyramid
from pconv_cli.errors import ModelError

# (input channels by source, output channels, kernel, stride, BatchNorm, activation), from the paper's table.
PAPER_ENCODER = [
    ((3,), 64, 7, 2, False, "relu"),
    ((64,), 128, 5, 2, True, "relu"),
    ((128,), 256, 5, 2, True, "relu"),
    ((256,), 512, 3, 2, True, "relu"),
    ((512,), 512, 3, 2, True, "relu"),
    ((512,), 512, 3, 2, True, "relu"),
    ((512,), 512, 3, 2, True, "relu"),
    ((512,), 512, 3, 2, True, "relu"),
]
PAPER_DECODER = [
    ((512, 512), 512, 3, 1, True, "leaky_relu"),
    ((512, 512), 512, 3, 1, True, "leaky_relu"),
    ((512, 512), 512, 3, 1, True, "leaky_relu"),
    ((512, 512), 512, 3, 1, True, "leaky_relu"),
    ((512, 256), 256, 3, 1, True, "leaky_relu"),
    ((256, 128), 128, 3, 1, True, "leaky_relu"),
    ((128, 64), 64, 3, 1, True, "leaky_relu"),
    ((64, 3), 3, 3, 1, False, "linear"),
]


def test_the_table_is_the_papers():
    spec = ModelSpec()
    assert [tuple(level) for level in spec.encoder] == PAPER_ENCODER
    assert [tuple(level) for level in spec.decoder] == PAPER_DECODER


def test_the_network_is_built_from_the_table():
    model = PConvUNet()
    for blocks, table in ((model.encoder, PAPER_ENCODER), (model.decoder, PAPER_DECODER)):
        for block, (sources, out_channels, kernel, stride, norm, activation) in zip(blocks, table, strict=True):
            assert block.conv.weight.shape == (out_channels, sum(sources), kernel, kernel)
            assert block.conv.in_channels == sources
            assert block.conv.stride == (stride, stride)
            assert block.conv.padding == ((kernel - 1) // 2,) * 2
            assert (block.norm is not None) == norm
            assert (block.conv.bias is None) == norm
            assert block.activation == activation


def small(base="none", depth=3):
    torch.manual_seed(0)
    return PConvUNet(ModelSpec(width=4, depth=depth, base=base)).eval()


@settings(max_examples=25)
@given(height=st.integers(1, 40), width=st.integers(1, 40), base=st.sampled_from(["none", "pyramid"]))
def test_any_size_works(height, width, base):
    x, mask = torch.rand(1, 3, height, width), (torch.rand(1, 1, height, width) > 0.5).float()
    with torch.no_grad():
        y = small(base)(x, mask).output
    assert y.shape == x.shape
    assert torch.isfinite(y).all()


def test_padding_is_hole():
    """An image of odd size gives the same as one padded by hand with holes of any content."""
    model = small()
    x, mask = torch.rand(1, 3, 21, 13), (torch.rand(1, 1, 21, 13) > 0.3).float()
    wide, wide_mask = torch.full((1, 3, 24, 16), 7.0), torch.zeros(1, 1, 24, 16)
    wide[..., :21, :13], wide_mask[..., :21, :13] = x, mask
    with torch.no_grad():
        torch.testing.assert_close(model(x, mask).output, model(wide, wide_mask).output[..., :21, :13])


@pytest.mark.parametrize("base", ["none", "pyramid"])
@pytest.mark.parametrize("content", [1e6, float("nan"), float("inf")])
def test_what_stands_in_a_hole_does_not_matter(base, content):
    model = small(base)
    x, mask = torch.rand(1, 3, 16, 16), (torch.rand(1, 1, 16, 16) > 0.4).float()
    with torch.no_grad():
        assert torch.equal(model(x, mask).output, model(torch.where(mask > 0, x, content), mask).output)


def test_a_image_without_any_valid_pixel_is_finite():
    with torch.no_grad():
        assert torch.isfinite(small("pyramid")(torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)).output).all()


def test_images_of_a_batch_do_not_mix_in_evaluation():
    model = small("pyramid")
    x, mask = torch.rand(3, 3, 24, 24), (torch.rand(3, 1, 24, 24) > 0.4).float()
    with torch.no_grad():
        together = model(x, mask).output
        apart = torch.cat([model(x[i : i + 1], mask[i : i + 1]).output for i in range(3)])
    torch.testing.assert_close(together, apart, rtol=1e-4, atol=1e-5)


def test_on_the_pyramid_the_network_sees_detail_and_corrects_holes_alone():
    model, plain = small("pyramid"), small()
    plain.load_state_dict(model.state_dict())
    x, mask = torch.rand(1, 3, 16, 16), (torch.rand(1, 1, 16, 16) > 0.4).float()
    with torch.no_grad():
        filled, base = model(x, mask).output, fill_pyramid(x, mask)
        surface = base.mean((2, 3), keepdim=True)  # 16 x 16 pixels are one block
        correction = plain(4 * (x - surface), mask).output / 4
    colour = correction - correction.mean(1, keepdim=True)
    tint = ((1 - mask) * colour).sum((2, 3), keepdim=True) / (1 - mask).sum()
    torch.testing.assert_close(filled, base + (1 - mask) * (correction - tint))
    assert torch.equal(filled * mask, x * mask)


def test_corrections_lose_the_mean_colours_of_blocks_and_no_lightness():
    side = TINT_BLOCK
    size = 3 * side, 2 * side
    correction, share = torch.rand(1, 3, *size), torch.rand(1, 1, *size) * (torch.rand(1, 1, *size) > 0.4)
    colour = correction - correction.mean(1, keepdim=True)
    by_block = []
    for values in (share * colour, share):
        blocks = values.view(1, -1, 3, side, 2, side).mean((3, 5))
        by_block.append(F.interpolate(blocks, size, mode="bilinear"))
    got = untinted(correction, share)
    torch.testing.assert_close(got, share * (correction - by_block[0] / by_block[1]))
    torch.testing.assert_close(got.mean(1), (share * correction).mean(1))


@given(st.integers(1, 150), st.integers(1, 150), st.floats(0, 1), st.integers(0, 2**32))
def test_a_tint_of_all_of_a_correction_is_taken_out_wherever_it_counts(height, width, least, seed):
    rng = torch.Generator().manual_seed(seed)
    correction, share = torch.rand(2, 3, height, width, generator=rng), torch.rand(2, 1, height, width, generator=rng)
    share = torch.where(share > least, share, 0.0)
    tint = torch.tensor([0.3, -0.1, -0.2]).view(1, 3, 1, 1)
    torch.testing.assert_close(untinted(correction + tint, share), untinted(correction, share), atol=1e-5, rtol=0)


def test_on_the_pyramid_nothing_is_added_where_there_is_no_detail():
    model = small("pyramid")
    ramp = torch.linspace(0.2, 0.4, 200).expand(1, 3, 40, 200).contiguous()
    mask = torch.ones(1, 1, 40, 200)
    mask[..., 10:30, 80:120] = 0
    base = fill_pyramid(ramp, mask)
    with torch.no_grad():
        torch.nn.init.constant_(model.decoder[-1].conv.bias, 1.0)
        assert (model(ramp, mask).output - base).abs().max() < 0.03  # an eighth of the bias that rough images get
        noise = 0.05 * torch.rand(1, 3, 40, 200)
        rough = (model(ramp + noise, mask).output - fill_pyramid(ramp + noise, mask)).abs()
        assert rough[..., 10:30, 80:120].mean() > 0.2


def test_on_the_pyramid_brightness_passes_through():
    model = small("pyramid")
    x, mask = torch.rand(1, 3, 40, 24), (torch.rand(1, 1, 40, 24) > 0.4).float()
    with torch.no_grad():
        torch.testing.assert_close(model(x + 0.3, mask).output, model(x, mask).output + 0.3, rtol=1e-4, atol=1e-4)


def test_freezing_holds_statistics_and_affine_of_the_encoder_alone():
    model = small()
    model.freeze_encoder_norm()
    model.train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    model(torch.rand(2, 3, 16, 16), torch.ones(2, 1, 16, 16)).output.square().mean().backward()
    optimizer.step()
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert not {name for name in changed if name.startswith("encoder") and ".norm." in name}
    assert any(name.startswith("decoder") and "running_mean" in name for name in changed)
    assert "encoder.1.conv.weight" in changed
    assert "decoder.0.norm.weight" in changed


def test_frozen_norms_stay_frozen_where_processes_share_their_statistics():
    model = PConvUNet(ModelSpec(width=2, depth=3))
    torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
    model.freeze_encoder_norm()
    model.train()
    norms = [m for m in model.encoder.modules() if isinstance(m, torch.nn.SyncBatchNorm)]
    assert len(norms) == 2
    assert not any(norm.training or norm.weight.requires_grad or norm.bias.requires_grad for norm in norms)


@pytest.mark.parametrize("wrong", [{"width": 0}, {"depth": 1}, {"base": "fourier"}, {"depth": 40}])
def test_a_network_that_there_is_not_is_refused(wrong):
    with pytest.raises(ModelError, match="no network has"):
        ModelSpec(**wrong)


@pytest.mark.parametrize("values", ["imagenet", "signed"])
def test_values_are_normalised_within_the_valid_pixels_and_turned_back(values):
    model = small()
    other = PConvUNet(ModelSpec(width=4, depth=3, values=values)).eval()
    other.load_state_dict(model.state_dict())
    mean = torch.tensor({"imagenet": [0.485, 0.456, 0.406], "signed": [0.5] * 3}[values]).view(1, 3, 1, 1)
    deviation = torch.tensor({"imagenet": [0.229, 0.224, 0.225], "signed": [0.5] * 3}[values]).view(1, 3, 1, 1)
    x, mask = torch.rand(1, 3, 13, 16), (torch.rand(1, 1, 13, 16) > 0.4).float()
    with torch.no_grad():
        torch.testing.assert_close(other(x, mask).output, model((x - mean) / deviation, mask).output * deviation + mean)


def test_without_batch_norm_every_convolution_has_a_bias():
    model = PConvUNet(ModelSpec(width=4, depth=3, batch_norm=False))
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in model.modules())
    assert all(block.conv.bias is not None for block in [*model.encoder, *model.decoder])


def test_heads():
    """Each head from the output of the linear one."""
    model = small()
    x, mask = torch.rand(1, 3, 16, 16), (torch.rand(1, 1, 16, 16) > 0.4).float()
    made = {}
    with torch.no_grad():
        model.decoder[-1].conv.bias.uniform_(-1, 1)
        for head in ("linear", "tanh", "sigmoid", "ratio"):
            other = PConvUNet(ModelSpec(width=4, depth=3, head=head)).eval()
            missing, unexpected = other.load_state_dict(model.state_dict(), strict=False)
            assert not unexpected
            assert missing == (["head.weight", "head.bias"] if head == "sigmoid" else [])
            made[head] = other(x, mask).output, other
        linear = made["linear"][0]
        torch.testing.assert_close(made["tanh"][0], linear.tanh())
        last = made["sigmoid"][1].head
        torch.testing.assert_close(
            made["sigmoid"][0], last(torch.nn.functional.leaky_relu(linear, 0.2)).sigmoid(), rtol=1e-4, atol=1e-5
        )
        # The last layer sees 4 channels of features, all valid here, and the image's 3.
        ones = torch.ones(1, 1, 3, 3)
        seen = torch.nn.functional.conv2d(4 * torch.ones_like(mask) + 3 * mask, ones, padding=1)
        bias = model.decoder[-1].conv.bias.view(1, -1, 1, 1)
        torch.testing.assert_close(made["ratio"][0], linear + bias * (63 / seen - 1))


@pytest.mark.parametrize(
    "wrong",
    [{"values": "lab"}, {"head": "softmax"}, {"batch_norm": 1}, {"base": "pyramid", "head": "tanh"}],
)
def test_values_and_heads_that_there_are_not_are_refused(wrong):
    with pytest.raises(ModelError, match="no network on base"):
        ModelSpec(**wrong)
