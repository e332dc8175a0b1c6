"""The pyramid: what it keeps, what it reproduces, and that it depends on valid pixels alone."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.core.networks.pconv.unet import roughness
from pconv_cli.core.pyramid import fill_pyramid, smooth_surface


@settings(max_examples=40)
@given(height=st.integers(1, 50), width=st.integers(1, 50), seed=st.integers(0, 2**31))
def test_valid_pixels_stay_and_holes_stay_within_their_range(height, width, seed):
    torch.manual_seed(seed)
    x, mask = torch.rand(2, 3, height, width), (torch.rand(2, 1, height, width) > 0.6).float()
    mask[..., 0, 0] = 1
    filled = fill_pyramid(x, mask)
    assert torch.equal(filled * mask, x * mask)
    for one, valid, result in zip(x, mask, filled, strict=True):
        values = one[:, valid[0] > 0]  # (3, valid pixels)
        assert (result.amax((1, 2)) <= values.amax(1) + 1e-5).all()
        assert (result.amin((1, 2)) >= values.amin(1) - 1e-5).all()


@settings(max_examples=30)
@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    share=st.floats(0, 1),
    block=st.integers(1, 9),
    seed=st.integers(0, 99),
)
def test_the_finest_level_made_up_in_holes_alone_gives_the_same(height, width, share, block, seed):
    torch.manual_seed(seed)
    x, coarse = torch.rand(2, 3, height, width), (torch.rand(2, 1, height, width) > share).float()
    mask = coarse.repeat_interleave(block, 2).repeat_interleave(block, 3)[..., :height, :width]
    before = x.clone()
    whole = fill_pyramid(x, mask)
    torch.testing.assert_close(fill_pyramid(x, mask, sparse=True), whole, atol=1e-6, rtol=0)
    torch.testing.assert_close(
        roughness(whole, mask, fill=partial(fill_pyramid, sparse=True)), roughness(whole, mask), atol=1e-5, rtol=0
    )
    assert torch.equal(x, before)


def test_one_colour_is_reproduced():
    x = torch.tensor([0.2, 0.5, 0.9]).view(1, 3, 1, 1).expand(1, 3, 33, 47)
    mask = (torch.rand(1, 1, 33, 47) > 0.9).float()
    torch.testing.assert_close(fill_pyramid(x, mask), x)


def test_a_ramp_is_nearly_reproduced():
    x = torch.linspace(0, 1, 64).expand(1, 1, 64, 64)
    mask = torch.ones(1, 1, 64, 64)
    mask[..., 24:40, 24:40] = 0
    assert (fill_pyramid(x, mask) - x).abs().max() < 0.08


def test_holes_are_not_looked_at():
    x, mask = torch.rand(1, 3, 20, 20), (torch.rand(1, 1, 20, 20) > 0.5).float()
    assert torch.equal(fill_pyramid(x, mask), fill_pyramid(torch.where(mask > 0, x, float("nan")), mask))


def test_nothing_valid_gives_zero():
    assert (fill_pyramid(torch.rand(1, 3, 9, 9), torch.zeros(1, 1, 9, 9)) == 0).all()


def naive_pyramid(x, mask):
    """Level by level and pixel by pixel in float64, from the description at the module's top."""
    height, width = x.shape
    window = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64
    if max(height, width) == 1:
        return x * (mask > 0)
    rows, columns = -(-height // 2), -(-width // 2)
    coarse, confidence = np.zeros((rows, columns)), np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            total = share = 0.0
            for a in range(4):
                for b in range(4):
                    y, z = 2 * i - 1 + a, 2 * j - 1 + b
                    if 0 <= y < height and 0 <= z < width:
                        total += window[a, b] * mask[y, z] * x[y, z]
                        share += window[a, b] * mask[y, z]
            coarse[i, j] = total / share if share > 0 else 0
            confidence[i, j] = min(1, 8 * share)
    coarse = naive_pyramid(coarse, confidence)
    up = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            y, z = min(max((i + 0.5) / 2 - 0.5, 0), rows - 1), min(max((j + 0.5) / 2 - 0.5, 0), columns - 1)
            y0, z0 = int(y), int(z)
            y1, z1 = min(y0 + 1, rows - 1), min(z0 + 1, columns - 1)
            fy, fz = y - y0, z - z0
            up[i, j] = (1 - fy) * ((1 - fz) * coarse[y0, z0] + fz * coarse[y0, z1])
            up[i, j] += fy * ((1 - fz) * coarse[y1, z0] + fz * coarse[y1, z1])
    return mask * x + (1 - mask) * up


@pytest.mark.parametrize("size", [(8, 8), (13, 6), (1, 9), (17, 32)])
def test_equals_the_naive_implementation(size):
    rng = np.random.default_rng(0)
    x, mask = rng.random(size), (rng.random(size) > 0.7).astype(float)
    filled = fill_pyramid(torch.from_numpy(x)[None, None], torch.from_numpy(mask)[None, None])
    np.testing.assert_allclose(filled[0, 0].numpy(), naive_pyramid(x, mask), atol=1e-12)


def test_the_smooth_surface_is_the_blocks_averages():
    x = torch.rand(1, 2, 32, 48)
    surface = smooth_surface(x, 16)
    assert surface.shape == x.shape
    corner = x[..., :16, :16].mean((2, 3))
    torch.testing.assert_close(surface[..., 0, 0], corner)  # beyond the outermost blocks' centres it is constant
    torch.testing.assert_close(smooth_surface(torch.full((1, 1, 5, 3), 0.4), 16), torch.full((1, 1, 5, 3), 0.4))
