"""Files as openai/guided-diffusion saves them, against a forward pass written from their names alone."""

import functools
import math

import pytest
import torch
from torch.nn import functional as F

from pconv_cli.core.importing import import_weights
from pconv_cli.core.networks.repaint.importing import spec_of
from pconv_cli.core.networks.repaint.network import RePaint, RePaintSpec
from pconv_cli.core.weights import load_weights
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.errors import ModelError


@functools.cache  # read and never changed
def state_of(width=64, multipliers=(1, 2), blocks=1, attention=(2,), scale_shift=True, updown=True, outputs=6):
    """Values of a network, put down as the project builds it."""
    generator, state = torch.Generator().manual_seed(0), {}

    def put(name, *shape):
        state[f"{name}.weight"] = torch.randn(shape, generator=generator) / math.sqrt(math.prod(shape[1:]))
        state[f"{name}.bias"] = torch.randn(shape[0], generator=generator) / 10

    def norm(name, channels):
        state[f"{name}.weight"] = 1 + torch.randn(channels, generator=generator) / 10
        state[f"{name}.bias"] = torch.randn(channels, generator=generator) / 10

    def residual(name, before, after):
        norm(f"{name}.in_layers.0", before)
        put(f"{name}.in_layers.2", after, before, 3, 3)
        put(f"{name}.emb_layers.1", 2 * after if scale_shift else after, 4 * width)
        norm(f"{name}.out_layers.0", after)
        put(f"{name}.out_layers.3", after, after, 3, 3)
        if before != after:
            put(f"{name}.skip_connection", after, before, 1, 1)

    def attend(name, channels):
        norm(f"{name}.norm", channels)
        put(f"{name}.qkv", 3 * channels, channels, 1)
        put(f"{name}.proj_out", channels, channels, 1)

    put("time_embed.0", 4 * width, width)
    put("time_embed.2", 4 * width, 4 * width)
    put("input_blocks.0.0", width * multipliers[0], 3, 3, 3)
    channels, number = width * multipliers[0], 1
    kept = [channels]
    for level, multiplier in enumerate(multipliers):
        for _ in range(blocks):
            residual(f"input_blocks.{number}.0", channels, width * multiplier)
            channels = width * multiplier
            if 2**level in attention:
                attend(f"input_blocks.{number}.1", channels)
            kept.append(channels)
            number += 1
        if level < len(multipliers) - 1:
            if updown:
                residual(f"input_blocks.{number}.0", channels, channels)
            else:
                put(f"input_blocks.{number}.0.op", channels, channels, 3, 3)
            kept.append(channels)
            number += 1
    residual("middle_block.0", channels, channels)
    attend("middle_block.1", channels)
    residual("middle_block.2", channels, channels)
    number = 0
    for level, multiplier in reversed(list(enumerate(multipliers))):
        for i in range(blocks + 1):
            residual(f"output_blocks.{number}.0", channels + kept.pop(), width * multiplier)
            channels, place = width * multiplier, 1
            if 2**level in attention:
                attend(f"output_blocks.{number}.1", channels)
                place = 2
            if level and i == blocks:
                if updown:
                    residual(f"output_blocks.{number}.{place}", channels, channels)
                else:
                    put(f"output_blocks.{number}.{place}.conv", channels, channels, 3, 3)
            number += 1
    norm("out.0", channels)
    put("out.2", outputs, channels, 3, 3)
    return state


def forward(state, x, time, multipliers, blocks):
    """The network as its paper says it, by the names of its values; heads have 64 channels."""
    width = state["time_embed.0.weight"].shape[1]
    frequencies = 10000 ** (-torch.arange(width // 2) / (width // 2))
    known = torch.cat([torch.cos(time * frequencies), torch.sin(time * frequencies)])[None]

    def linear(x, name):
        return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])

    def conv(x, name, **how):
        return F.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], **how)

    def norm(x, name):
        return F.group_norm(x, 32, state[f"{name}.weight"], state[f"{name}.bias"])

    known = linear(F.silu(linear(known, "time_embed.0")), "time_embed.2")

    def residual(x, name, change=lambda x: x):
        y = conv(change(F.silu(norm(x, f"{name}.in_layers.0"))), f"{name}.in_layers.2", padding=1)
        x = change(x)
        shown = linear(F.silu(known), f"{name}.emb_layers.1")[:, :, None, None]
        if shown.shape[1] == 2 * y.shape[1]:
            scale, shift = shown.split(y.shape[1], 1)
            y = norm(y, f"{name}.out_layers.0") * (1 + scale) + shift
        else:
            y = norm(y + shown, f"{name}.out_layers.0")
        y = conv(F.silu(y), f"{name}.out_layers.3", padding=1)
        return y + (conv(x, f"{name}.skip_connection") if f"{name}.skip_connection.weight" in state else x)

    def attend(x, name):
        rows = norm(x.flatten(2), f"{name}.norm")
        joined = F.conv1d(rows, state[f"{name}.qkv.weight"], state[f"{name}.qkv.bias"])
        found = []
        for head in joined.split(3 * 64, 1):
            q, k, v = head.split(64, 1)
            weights = torch.softmax(torch.einsum("nct,ncs->nts", q, k) / 8, -1)
            found.append(torch.einsum("nts,ncs->nct", weights, v))
        rows = F.conv1d(torch.cat(found, 1), state[f"{name}.proj_out.weight"], state[f"{name}.proj_out.bias"])
        return x + rows.view_as(x)

    def halve(x):
        return (x[..., ::2, ::2] + x[..., 1::2, ::2] + x[..., ::2, 1::2] + x[..., 1::2, 1::2]) / 4

    def double(x):
        return x.repeat_interleave(2, 2).repeat_interleave(2, 3)

    def has(name):
        return any(key.startswith(f"{name}.") for key in state)

    x = conv(x, "input_blocks.0.0", padding=1)
    kept, number = [x], 1
    for level in range(len(multipliers)):
        for _ in range(blocks):
            x = residual(x, f"input_blocks.{number}.0")
            x = attend(x, f"input_blocks.{number}.1") if has(f"input_blocks.{number}.1") else x
            kept.append(x)
            number += 1
        if level < len(multipliers) - 1:
            name = f"input_blocks.{number}.0"
            x = conv(x, f"{name}.op", stride=2, padding=1) if has(f"{name}.op") else residual(x, name, halve)
            kept.append(x)
            number += 1
    x = residual(attend(residual(x, "middle_block.0"), "middle_block.1"), "middle_block.2")
    for number in range(len(multipliers) * (blocks + 1)):
        x = residual(torch.cat([x, kept.pop()], 1), f"output_blocks.{number}.0")
        for place in (1, 2):
            name = f"output_blocks.{number}.{place}"
            if has(f"{name}.qkv"):
                x = attend(x, name)
            elif has(f"{name}.conv"):
                x = conv(double(x), f"{name}.conv", padding=1)
            elif has(name):
                x = residual(x, name, double)
    return conv(F.silu(norm(x, "out.0")), "out.2", padding=1)


KINDS = [
    {},
    {"scale_shift": False, "updown": False, "outputs": 3},
    {"width": 32, "multipliers": (1, 2, 4), "blocks": 2, "attention": (2, 4)},
    {"width": 32, "multipliers": (2, 2), "attention": (1,), "updown": False},
]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_imported_computes_the_same(tmp_path, kind):
    state = state_of(**kind)
    torch.save(state, tmp_path / "uncond.pt")
    report = import_weights(tmp_path / "uncond.pt", "guided-diffusion")
    network = load_weights(report.path)
    multipliers, blocks = kind.get("multipliers", (1, 2)), kind.get("blocks", 1)
    assert network.spec.multipliers == multipliers
    assert (network.spec.noise, network.spec.size) == ("linear", 8 * 2 ** (len(multipliers) - 1))
    x = torch.randn(1, 3, network.spec.size, network.spec.size, generator=torch.Generator().manual_seed(1))
    for time in (0.0, 500.0, 999.0):
        with torch.inference_mode():
            ours = network.unet(x, torch.tensor([time]))
        wanted = forward(state, x, time, multipliers, blocks)
        torch.testing.assert_close(ours, wanted, atol=1e-4 * wanted.abs().max().item(), rtol=1e-3)


def test_the_network_of_imagenet_is_recognised_by_its_shapes(tmp_path):
    wanted = RePaintSpec(
        256, 256, (1, 1, 2, 2, 4, 4), 2, (8, 16, 32), 64, True, True, True, "linear", 1000, 250, 10, 10
    )
    with torch.device("meta"):
        state = RePaint(wanted).unet.state_dict()
    assert spec_of(tmp_path, state) == wanted


def test_it_says_how_long_it_takes_and_under_which_licence(tmp_path):
    torch.save(state_of(), tmp_path / "uncond.pt")
    report = import_weights(tmp_path / "uncond.pt", "guided-diffusion")
    assert "2,410 times" in report.warning
    assert report.licence.startswith("MIT where the weights are OpenAI's own")
    assert describe_weights(report.path).card["licence"] == report.licence


def without(name):
    return {key: value for key, value in state_of().items() if key != name}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({**state_of(), "label_emb.weight": torch.zeros(1000, 256)}, "is of a network that is shown classes"),
        (without("time_embed.0.weight"), "not a checkpoint as guided-diffusion has it: missing time_embed.0.weight"),
        (without("middle_block.2.out_layers.3.bias"), "missing middle_block.2.out_layers.3.bias"),
        ({**state_of(), "extra": torch.zeros(2)}, "unexpected extra"),
        ({**state_of(), "out.0.weight": torch.zeros(3)}, r"out.0.weight is \(3,\), not \(64,\)"),
        ({"anything": torch.zeros(1)}, "not a checkpoint as guided-diffusion has it"),
        (state_of(width=80), "heads of 64 channels"),
        ({"code": torch.nn.Linear}, "holds more than tensors and plain values"),
    ],
)
def test_what_does_not_fit_is_one_line(tmp_path, content, message):
    torch.save(content, tmp_path / "uncond.pt")
    with pytest.raises(ModelError, match=message) as caught:
        import_weights(tmp_path / "uncond.pt", "guided-diffusion")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "uncond.safetensors").exists()
