"""The blocking term against loops over pixels, and what it distinguishes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.core.losses.terms.blocking import blocking_loss


def naive(image, mask, known):
    """By the docstring, a pair of neighbours at a time."""
    sums = 0.0
    hole = (known - mask)[:, 0]
    for x, inside in zip(image, hole, strict=True):
        for channels, where in ((x, inside), (x.transpose(0, 2, 1), inside.T)):
            total, count = np.zeros(8), np.zeros(8)
            for row in range(where.shape[0]):
                for column in range(where.shape[1] - 1):
                    if where[row, column] and where[row, column + 1]:
                        step = np.abs(channels[:, row, column + 1] - channels[:, row, column]).sum()
                        total[column % 8] += step
                        count[column % 8] += 1
            if count.sum():
                sums += np.abs(total - count * total.sum() / count.sum()).sum()
    return sums / image.size


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), height=st.integers(1, 21), width=st.integers(1, 21), damaged=st.booleans())
def test_it_is_what_its_docstring_says(seed, height, width, damaged):
    rng = np.random.default_rng(seed)
    image = rng.random((2, 3, height, width))
    known = (rng.random((2, 1, height, width)) > 0.3 * damaged).astype(np.float64)
    mask = known * (rng.random((2, 1, height, width)) > 0.7)
    image_, mask_, known_ = (torch.from_numpy(a) for a in (image, mask, known))
    got = blocking_loss(image_, mask_, known_ if damaged else None)
    assert got.item() == pytest.approx(naive(image, mask, known), abs=1e-12)


def test_squares_of_the_decoder_cost_and_texture_and_slopes_do_not():
    generator = torch.Generator().manual_seed(0)
    mask = torch.ones(1, 1, 128, 128)
    mask[..., 16:112, 16:112] = 0
    texture = torch.rand(1, 3, 128, 128, generator=generator)
    costs = {1: blocking_loss(texture, mask).item()}
    for side in (2, 4, 8):
        squares = texture[..., : 128 // side, : 128 // side].repeat_interleave(side, 2).repeat_interleave(side, 3)
        costs[side] = blocking_loss(squares, mask).item()
    assert min(costs[2], costs[4], costs[8]) > 5 * costs[1]
    slope = torch.linspace(0, 1, 128).expand(1, 3, 128, 128)
    assert blocking_loss(slope, mask).item() == pytest.approx(0, abs=1e-5)


def test_only_the_hole_is_looked_at():
    mask = torch.ones(1, 1, 32, 32)
    mask[..., 8:24, 8:24] = 0
    image = torch.rand(1, 3, 32, 32)
    changed = torch.where(mask > 0, torch.rand_like(image), image)
    assert torch.equal(blocking_loss(image, mask), blocking_loss(changed, mask))
    assert blocking_loss(image, torch.ones_like(mask)).item() == 0
