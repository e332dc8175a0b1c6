"""The Context Encoder against the paper's table, written down layer by layer, and golden numbers of the code."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from pconv_cli import load_weights, save_weights
from pconv_cli.core.networks.context_encoder.network import ContextEncoder, ContextEncoderSpec
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError
from pconv_cli.methods.neural import PConvBackend

SMALL = {"width": 4, "bottleneck": 6, "size": 64}


def parameters(channels, bottleneck, up):
    """Values of convolutions of 4 x 4 without biases, and two a channel of BatchNorm."""
    down = [3, *channels, bottleneck]
    pairs = [*pairwise(down), *pairwise([bottleneck, *up, 3])]
    return sum(16 * a * b for a, b in pairs) + 2 * (sum(down[2:]) + sum(up))


@pytest.mark.parametrize(
    ("given", "channels", "up"),
    [
        ({"output": "centre"}, (1, 1, 2, 4, 8), (8, 4, 2, 1)),
        ({}, (1, 1, 2, 4, 8), (8, 4, 2, 1, 1)),
        ({"size": 64}, (1, 2, 4, 8), (8, 4, 2, 1)),
        ({"size": 256}, (1, 1, 1, 2, 4, 8), (8, 4, 2, 1, 1, 1)),
    ],
)
def test_each_kind_has_the_values_of_the_table(given, channels, up):
    channels, up = ([8 * channel for channel in row] for row in (channels, up))
    network = ContextEncoder(ContextEncoderSpec(8, 50, **given))
    assert sum(p.numel() for p in network.parameters()) == parameters(channels, 50, up)


def fill_as_golden(network):
    """Parameters by sines, so that anybody can write them again: k counts them, i the values of one."""
    for k, (name, parameter) in enumerate(network.named_parameters()):
        values = torch.arange(parameter.numel(), dtype=torch.float64)
        if parameter.dim() > 1:
            values = torch.sin(0.7 * values + k) * math.sqrt(2 / math.prod(parameter.shape[1:]))
        else:
            values = 1 + 0.1 * torch.sin(values + k) if name.endswith("weight") else 0.01 * torch.cos(values + k)
        parameter.data = values.view(parameter.shape).to(parameter.dtype)


def waves(size):
    channel, row, column = np.ogrid[:3, :size, :size]
    return torch.from_numpy(0.5 + 0.5 * np.sin(0.13 * row + 0.29 * column + channel))[None]


def test_at_the_papers_size_the_output_is_that_of_the_published_code():
    """Mean, deviation and corner of what ``_netG`` of BoyuanJiang/context_encoder_pytorch computes, in float64."""
    network = ContextEncoder(ContextEncoderSpec(output="centre")).eval()
    total = sum(p.numel() for p in network.parameters())
    assert total == parameters((64, 64, 128, 256, 512), 4000, (512, 256, 128, 64)) == 71_124_544
    fill_as_golden(network)
    with torch.inference_mode():
        output = network.complete(2 * waves(128).float() - 1, torch.ones(1, 1, 128, 128))
    assert output.shape == (1, 3, 64, 64)
    output = output.double()
    assert output.mean().item() == pytest.approx(9.043876800e-05, abs=2e-7)
    assert output.std(correction=0).item() == pytest.approx(1.597183485e-03, abs=2e-6)
    corner = [-6.538023852e-04, -1.092255179e-03, -1.607761672e-04, -1.307716853e-03, -1.393088146e-04]
    np.testing.assert_allclose(output.flatten()[:5].numpy(), corner, atol=3e-6)


def by_table(network, x, mask):
    """The same by a list of layers: one channel of each is a row, nothing is shared with the network but its values."""
    colour = torch.tensor([117, 104, 123], dtype=x.dtype).view(1, 3, 1, 1) / 127.5 - 1
    state, y = network.state_dict(), torch.where(mask > 0, 2 * x - 1, colour)
    halvings = int(math.log2(network.spec.size)) - 2
    rows = [("encoder", 3 * n - 1 if n else 0, 2, 1, n > 0) for n in range(halvings)]
    rows += [("encoder", 3 * halvings - 1, 1, 0, True), ("decoder", 0, 1, 0, True)]
    count = halvings + (network.spec.output == "image")
    rows += [("decoder", 3 * n, 2, 1, n < count - 1) for n in range(1, count)]
    for part, number, stride, padding, norm in rows:
        weight = state[f"{part}.{number}.weight"]
        y = (F.conv2d if part == "encoder" else F.conv_transpose2d)(y, weight, None, stride, padding)
        if norm:
            names = ("running_mean", "running_var", "weight", "bias")
            mean, variance, gain, shift = (state[f"{part}.{number + 1}.{n}"].view(1, -1, 1, 1) for n in names)
            y = (y - mean) / torch.sqrt(variance + 1e-5) * gain + shift
        last = part == "decoder" and not norm
        y = torch.tanh(y) if last else torch.maximum(y, (0.2 if part == "encoder" else 0) * y)
    return (y + 1) / 2


def randomised(spec):
    torch.manual_seed(0)
    network = ContextEncoder(spec).double().eval()
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 2)
        elif value.is_floating_point():
            value.normal_(0, 0.2)
    return network


@pytest.mark.parametrize("size", [64, 128])
def test_the_whole_image_is_that_of_the_table_with_the_mean_colour_in_holes(size):
    network = randomised(ContextEncoderSpec(**{**SMALL, "size": size}))
    x, mask = torch.rand(2, 3, size, size, dtype=torch.float64), torch.ones(2, 1, size, size, dtype=torch.float64)
    mask[0, :, 10:30, 5:40] = mask[1, :, 3:9] = 0
    with torch.inference_mode():
        torch.testing.assert_close(network(x, mask).output, by_table(network, x, mask))
        other = torch.where(mask > 0, x, 0.123)
        assert torch.equal(network(other, mask).output, network(x, mask).output)
        # What lies beyond a smaller image is hole too.
        seen = torch.zeros_like(mask[:1])
        seen[..., : size - 20, : size - 9] = mask[:1, :, : size - 20, : size - 9]
        part = by_table(network, x[:1], seen)[..., : size - 20, : size - 9]
        torch.testing.assert_close(network(x[:1, :, :-20, :-9], mask[:1, :, :-20, :-9]).output, part)


def test_a_centre_is_filled_from_a_window_whose_centre_is_blank_but_for_a_band():
    network = randomised(ContextEncoderSpec(**SMALL, output="centre"))
    x, mask = torch.rand(1, 3, 64, 64, dtype=torch.float64), torch.ones(1, 1, 64, 64, dtype=torch.float64)
    mask[..., 30, 30] = 0
    blank = torch.ones_like(mask)
    blank[..., 20:44, 20:44] = 0  # the centre of 32 pixels, less 4 on all sides
    with torch.inference_mode():
        output = network(x, mask).output
        torch.testing.assert_close(output[..., 16:48, 16:48], by_table(network, x, blank))
    outside = torch.ones(64, 64, dtype=torch.bool)
    outside[16:48, 16:48] = False
    torch.testing.assert_close(output[..., outside], x[..., outside])  # nothing is missing there


def test_centres_are_slid_over_an_image_of_any_size():
    """Each square of the grid is what a window round it gives, and what lies beyond the image is hole."""
    network = randomised(ContextEncoderSpec(**SMALL, output="centre"))
    x, mask = torch.rand(2, 3, 70, 110, dtype=torch.float64), torch.ones(2, 1, 70, 110, dtype=torch.float64)
    mask[:, :, 40:60, 80:110] = 0
    mask[1, :, 0, 0] = 0
    with torch.inference_mode():
        output = network(x, mask).output
    assert output.shape == x.shape
    large = F.pad(torch.cat([x, mask], 1), (32, 64, 32, 64))
    for top in range(0, 97, 32):
        for left in range(0, 129, 32):
            window = large[..., top : top + 64, left : left + 64].clone()
            known = window[:, 3:].clone()
            known[..., 20:44, 20:44] = 0
            made = by_table(network, window[:, :3], known)
            place = slice(max(0, top - 16), top + 16), slice(max(0, left - 16), left + 16)
            here = output[:, :, *place]
            made = made[..., max(0, 16 - top) :, max(0, 16 - left) :][..., : here.shape[2], : here.shape[3]]
            for image in range(2):
                if not mask[image, :, *place].all():
                    torch.testing.assert_close(here[image], made[image])


def test_weights_say_what_they_are_and_fill_images_of_any_size(tmp_path):
    for output in ("image", "centre"):
        spec = ContextEncoderSpec(**SMALL, output=output)
        path = tmp_path / f"{output}.safetensors"
        save_weights(path, randomised(spec).float())
        info = describe_weights(path)
        assert (info.architecture.name, info.spec) == ("context-encoder", spec)
        assert load_weights(path).spec == spec
        backend = PConvBackend.load(path, "cpu", "float32", tile=256, overlap=64)
        rgb, mask = np.random.default_rng(0).random((90, 300, 3), np.float32), np.ones((90, 300), bool)
        mask[20:60, 100:220] = mask[5:9, 5:9] = False
        filled = backend.fill(rgb, mask)
        np.testing.assert_array_equal(filled[mask], rgb[mask])
        assert np.abs(filled - rgb)[~mask].max() > 0.01


@pytest.mark.parametrize(
    "given", [{"size": 96}, {"size": 32}, {"width": 0}, {"bottleneck": 1.5}, {"output": "rim"}, {"overlap": 8, **SMALL}]
)
def test_specs_that_no_network_has_are_refused(given):
    with pytest.raises(ModelError, match=r"no context encoder has .*size a power of two from 64 to 1024"):
        ContextEncoderSpec(**given)
