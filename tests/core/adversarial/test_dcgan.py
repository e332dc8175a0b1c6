"""The discriminator of Context Encoders against its table and golden numbers of the published code."""

import doctest
import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from pconv_cli.core.adversarial import dcgan
from pconv_cli.core.adversarial.dcgan import DCGAN


def test_at_the_papers_size_its_judgement_is_that_of_the_published_code():
    """Parameters by sines; ``_netlocalD`` of BoyuanJiang/context_encoder_pytorch in evaluation, in float64."""
    judge = DCGAN(64).double().eval()
    convs, norms = [*judge.convs, judge.last], [None, *judge.norms, None]
    ordered = [
        p for conv, norm in zip(convs, norms, strict=True) for p in (conv.weight, *(norm.parameters() if norm else ()))
    ]
    assert sum(p.numel() for p in ordered) == 2_765_568 == sum(p.numel() for p in judge.parameters())
    for k, parameter in enumerate(ordered):
        values = torch.arange(parameter.numel(), dtype=torch.float64)
        if parameter.dim() > 1:
            values = torch.sin(0.7 * values + k) * math.sqrt(2 / math.prod(parameter.shape[1:]))
        else:
            is_weight = any(norm is not None and parameter is norm.weight for norm in norms)
            values = 1 + 0.1 * torch.sin(values + k) if is_weight else 0.01 * torch.cos(values + k)
        parameter.data = values.view(parameter.shape)
    channel, row, column = np.ogrid[:3, :64, :64]
    x = torch.from_numpy(0.5 + 0.5 * np.sin(0.13 * row + 0.29 * column + channel))[None]
    with torch.inference_mode():
        assert torch.sigmoid(judge(x).logits).item() == pytest.approx(0.5000017043127256, abs=1e-9)


@pytest.mark.parametrize(("size", "channels"), [(16, (4, 8)), (64, (1, 2, 4, 8)), (128, (1, 1, 2, 4, 8))])
def test_it_is_its_table(size, channels):
    torch.manual_seed(0)
    judge = DCGAN(size, width=2).double()
    assert [conv.out_channels for conv in judge.convs] == [2 * channel for channel in channels]
    x = torch.rand(3, 3, size, size, dtype=torch.float64)
    y = 2 * x - 1
    for number, conv in enumerate(judge.convs):
        y = F.conv2d(y, conv.weight, None, 2, 1)
        if number:
            norm = judge.norms[number - 1]
            mean, variance = y.mean((0, 2, 3), keepdim=True), y.var((0, 2, 3), correction=0, keepdim=True)
            y = (y - mean) / torch.sqrt(variance + 1e-5) * norm.weight.view(1, -1, 1, 1) + norm.bias.view(1, -1, 1, 1)
        y = torch.maximum(y, 0.2 * y)
    logits, features = judge(x, torch.ones(3, 1, size, size))
    torch.testing.assert_close(logits, F.conv2d(y, judge.last.weight)[:, :, 0, 0])
    assert len(features) == len(channels)
    torch.testing.assert_close(features[-1], y)


def test_sizes_that_do_not_halve_are_refused_and_its_example_runs():
    for size in (8, 96):
        with pytest.raises(ValueError, match="must be a power of two from 16 on"):
            DCGAN(size)
    found = doctest.testmod(dcgan)
    assert found.attempted
    assert not found.failed
