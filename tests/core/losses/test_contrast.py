"""The contrast term against loops over pixels, and what it distinguishes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.core.losses.terms.contrast import contrast_loss


def standing_out(plane):
    """The absolute difference of each pixel from the mean of 5 x 5 round it."""
    padded = np.pad(plane, 2, mode="edge")
    height, width = plane.shape
    means = [[padded[row : row + 5, column : column + 5].mean() for column in range(width)] for row in range(height)]
    return np.abs(plane - np.array(means))


def naive(image, truth, hole):
    """By the docstring, a pixel at a time."""
    total = 0.0
    planes = [(x[:, 0], x[:, 1], x[:, 2], x[:, 0] - x[:, 1], x[:, 2] - x[:, 1]) for x in (image, truth)]
    for number, plane in np.ndindex(len(image), 5):
        made, real = (standing_out(of[plane][number]) for of in planes)
        for row, column in zip(*np.nonzero(hole[number, 0]), strict=True):
            nearby = real[max(0, row - 8) : row + 9, max(0, column - 8) : column + 9]
            total += max(0.0, made[row, column] - nearby.max())
    return total / image.size


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), height=st.integers(1, 24), width=st.integers(1, 24), damaged=st.booleans())
def test_it_is_what_its_docstring_says(seed, height, width, damaged):
    rng = np.random.default_rng(seed)
    image, truth = rng.random((2, 2, 3, height, width)) * np.array([1.5, 1.0])[:, None, None, None, None]
    known = (rng.random((2, 1, height, width)) > 0.3 * damaged).astype(np.float64)
    mask = known * (rng.random((2, 1, height, width)) > 0.7)
    image_, truth_, mask_, known_ = (torch.from_numpy(a) for a in (image, truth, mask, known))
    got = contrast_loss(image_, truth_, mask_, known_ if damaged else None)
    assert got.item() == pytest.approx(naive(image, truth, known - mask), abs=1e-12)


def test_a_speck_costs_and_texture_that_lies_elsewhere_does_not():
    generator = torch.Generator().manual_seed(0)
    mask = torch.ones(1, 1, 64, 64)
    mask[..., 16:48, 16:48] = 0
    truth = 0.4 + 0.2 * torch.rand(1, 3, 64, 64, generator=generator)
    assert contrast_loss(truth.roll(3, 3), truth, mask).item() < 1e-6
    assert contrast_loss(torch.full_like(truth, 0.5), truth, mask).item() == pytest.approx(0, abs=1e-7)
    speck = truth.clone()
    speck[..., 30:32, 30:32] = 1.0
    assert contrast_loss(speck, truth, mask).item() > 1e-4
    assert contrast_loss(speck, truth, torch.ones_like(mask)).item() == 0  # no hole there


def test_a_colour_in_a_grey_image_costs_what_a_grey_of_its_contrast_does_not():
    mask = torch.zeros(1, 1, 32, 32)
    truth = 0.5 + 0.2 * torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0)).expand(1, 3, 32, 32)
    grey, coloured = torch.full_like(truth, 0.5), torch.full_like(truth, 0.5)
    grey[:, :, 16, 16] += 0.04
    coloured[:, 2, 16, 16] += 0.04
    assert contrast_loss(grey, truth, mask).item() == pytest.approx(0, abs=1e-7)
    assert contrast_loss(coloured, truth, mask).item() > 1e-5


def test_its_gradient_reaches_specks_and_their_surroundings_alone():
    mask = torch.zeros(1, 1, 32, 32)
    truth = torch.full((1, 3, 32, 32), 0.5)
    image = truth.clone()
    image[..., 16, 16] = 1.0
    image.requires_grad_()
    contrast_loss(image, truth, mask).backward()
    assert (image.grad[..., 16, 16] > 0).all()
    assert image.grad[..., :10, :].abs().max() == 0
