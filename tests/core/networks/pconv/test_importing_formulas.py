"""Others' checkpoints: each family against its own formula, in float64 and with a mask for every channel.

The forward passes here share nothing with the program: kernels, scaling, order of concatenation, normalisation and head
are written down as each project has them. Networks have the families' depth and 2 channels on the first level.
"""

import pytest
import torch
from torch.nn import functional as F

from pconv_cli import load_weights
from pconv_cli.core.importing import import_weights
from pconv_cli.core.networks.pconv.importing import FAMILIES

IMAGENET = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], dtype=torch.float64).view(2, 1, 3, 1, 1)


def window(x, mask, weight, stride):
    """conv(x*m, W), and s for a mask of as many channels as x has."""
    padding = weight.shape[-1] // 2
    s = F.conv2d(mask, torch.ones_like(weight), None, stride, padding)
    return F.conv2d(x * mask, weight, None, stride, padding), s


def normalise(y, values, eps=1e-5):
    weight, bias, mean, variance = (v.view(1, -1, 1, 1) for v in values)
    return (y - mean) / torch.sqrt(variance + eps) * weight + bias


def unet(x, mask, depth, level, skip_first=False):
    """Run ``level(number, x, mask)`` down and up, numbers 1 to 2 * depth; the decoder's LeakyReLU is the caller's."""
    sources, y, m = [(x, mask)], x, mask
    for number in range(1, depth + 1):
        y, m = level(number, y, m)
        sources.append((y, m))
    sources.pop()
    for number in range(depth + 1, 2 * depth + 1):
        skip, skip_mask = sources.pop()
        y, m = (t.repeat_interleave(2, 2).repeat_interleave(2, 3) for t in (y, m))
        both, masks = ((skip, y), (skip_mask, m)) if skip_first else ((y, skip), (m, skip_mask))
        y, m = level(number, torch.cat(both, 1), torch.cat(masks, 1))
    return y


def bn_of(state, prefix):
    return [state[f"{prefix}.{n}"] for n in ("weight", "bias", "running_mean", "running_var")]


def activate(y, number, depth):
    return y.clamp(min=0) if number <= depth else torch.where(y > 0, y, 0.2 * y)


def forward_naoto0804(state, x, mask):
    def level(number, y, m):
        name = f"enc_{number}" if number <= 7 else f"dec_{15 - number}"
        z, s = window(y, m, state[f"{name}.conv.input_conv.weight"], 2 if number <= 7 else 1)
        bias = state["dec_1.conv.input_conv.bias"].view(1, -1, 1, 1) if name == "dec_1" else 0
        z = torch.where(s == 0, 0, z / torch.where(s == 0, 1, s) + bias)
        if not name.endswith("_1"):
            z = normalise(z, bn_of(state, f"{name}.bn"))
        return z if name == "dec_1" else activate(z, number, 7), (s > 0).double()

    mean, deviation = IMAGENET
    return unet((x - mean) / deviation * mask, mask, 7, level) * deviation + mean


def forward_mmagic(state, x, mask):
    def level(number, y, m):
        name = f"generator.encoder.enc{number}" if number <= 7 else f"generator.decoder.dec{15 - number}"
        weight, bias = state[f"{name}.conv.weight"], state.get(f"{name}.conv.bias")
        z, s = window(y, m, weight, 2 if number <= 7 else 1)
        new = s.clamp(0, 1)
        ratio = weight[0].numel() / (s + 1e-8) * new
        z = z * ratio if bias is None else (z * ratio + bias.view(1, -1, 1, 1)) * new
        if bias is None:
            z = normalise(z, bn_of(state, f"{name}.bn"))
        return z if number == 14 else activate(z, number, 7), new

    return (unet((2 * x[:, [2, 1, 0]] - 1) * mask, mask, 7, level)[:, [2, 1, 0]] + 1) / 2


def forward_rizvi(state, x, mask):
    def level(number, y, m):
        name = f"enc_{number}" if number <= 7 else f"dec_{15 - number}"
        weight = state[f"{name}.conv.weight"]
        z, s = window(y, m, weight, 2 if number <= 7 else 1)
        ratio = weight[0].numel() / (s + 1e-8) * s.clamp(0, 1)
        if name == "dec_1":
            return (z + state["dec_1.conv.bias"].view(1, -1, 1, 1)) * ratio, s.clamp(0, 1)
        return activate(z * ratio, number, 7), s.clamp(0, 1)

    return unet(x * mask, mask, 7, level)


def forward_ja3067(state, x, mask):
    def level(number, y, m):
        name = f"module.conv{number}"
        weight = state[f"{name}.conv.weight"]
        z, s = window(y, m, weight, 2 if number <= 8 else 1)
        new = s.clamp(0, 1)
        z = z * (weight[0].numel() / (s + 1e-8) * new)
        if number == 16:
            return torch.tanh((z + state[f"{name}.conv.bias"].view(1, -1, 1, 1)) * new), new
        return activate(normalise(z, bn_of(state, f"{name}.bn")), number, 8), new

    mean, deviation = IMAGENET
    return unet((x - mean) / deviation * mask, mask, 8, level) * deviation + mean


def forward_keras(state, x, mask):
    def value(layer, name):
        return state[f"{layer}/{layer}/{name}:0"]

    def level(number, y, m):
        layer = f"p_conv2d_{16 + number}"
        weight = value(layer, "img_kernel").permute(3, 2, 0, 1)
        z, s = window(y, m, weight, 2 if number <= 8 else 1)
        z = z * (weight.shape[2] ** 2 / (s + 1e-8)) * s.clamp(0, 1) + value(layer, "bias").view(1, -1, 1, 1)
        if number not in (1, 16):
            layer = f"EncBN{number - 1}" if number <= 8 else f"batch_normalization_{number - 1}"
            z = normalise(z, [value(layer, n) for n in ("gamma", "beta", "moving_mean", "moving_variance")], 1e-3)
        return activate(z, number, 8), s.clamp(0, 1)

    y = unet(x, mask, 8, level, skip_first=True)
    kernel, bias = value("outputs_img", "kernel")[0, 0], value("outputs_img", "bias")
    return torch.sigmoid(torch.einsum("nihw,io->nohw", y, kernel) + bias.view(1, -1, 1, 1))


FORWARD = {
    "naoto0804": forward_naoto0804,
    "mmagic": forward_mmagic,
    "rizvi": forward_rizvi,
    "ja3067": forward_ja3067,
    "keras": forward_keras,
}


def damaged():
    """An image, and a mask with a large hole, one at the border and scattered ones."""
    torch.manual_seed(1)
    x, mask = torch.rand(1, 3, 256, 256), (torch.rand(1, 1, 256, 256) > 0.1).float()
    mask[..., 40:150, 90:200] = 0
    mask[..., 200:, :70] = 0
    return x, mask


@pytest.mark.parametrize("family", FAMILIES)
def test_an_imported_network_computes_what_its_family_does(tmp_path, checkpoints, family):
    torch.manual_seed(0)
    source, state = checkpoints[family](tmp_path)
    report = import_weights(source, family)
    assert report.path == source.with_suffix(".safetensors")
    x, mask = damaged()
    with torch.no_grad():
        state = {name: value.double() for name, value in state.items()}
        theirs = FORWARD[family](state, x.double(), mask.double().expand(-1, 3, -1, -1))
        # In float64 as well: sums of float32 differ from machine to machine by as much as the bound.
        ours = load_weights(report.path).double()(x.double(), mask.double()).output
    assert theirs.std() > 0.05
    difference = (ours - theirs).abs() / theirs.abs().clamp(min=1)
    for part in (mask, 1 - mask):
        assert (difference * part).max() < 1e-4
