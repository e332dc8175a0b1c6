"""The terms of DeepFill: plain, discounted and outside differences, held against NumPy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.core.losses import InpaintingLoss, LossWeights
from pconv_cli.core.losses.terms.discounted import discount


def batch(seed):
    rng = np.random.default_rng(seed)
    output, truth = rng.random((2, 2, 3, 12, 16))
    mask = (rng.random((2, 1, 12, 16)) > 0.3).astype(float)
    mask[0, :, 2:10, 3:13] = 0
    return output, truth, mask


def distance(mask):
    """Steps to the nearest valid pixel, across corners too, by looking at all pairs."""
    rows, columns = np.nonzero(mask)
    far = np.zeros(mask.shape)
    for i, j in np.ndindex(mask.shape):
        far[i, j] = np.maximum(abs(rows - i), abs(columns - j)).min()
    return far


def loss_of(name, *given, **named):
    weights = LossWeights(**{**dict.fromkeys(LossWeights(), 0.0), name: 3.0})
    return InpaintingLoss(weights)(*(torch.from_numpy(x) for x in given), **named)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_the_discount_is_a_power_of_the_distance_to_the_nearest_valid_pixel(seed):
    mask = (np.random.default_rng(seed).random((9, 13)) > 0.8).astype(float)
    mask[0, 0] = 1
    weights = discount(torch.from_numpy(mask)[None, None])[0, 0].numpy()
    np.testing.assert_allclose(weights, 0.9 ** distance(mask), rtol=1e-12)


def test_the_discount_ends_deep_in_a_hole_and_is_nothing_without_a_valid_pixel():
    mask = torch.zeros(1, 1, 1, 200, dtype=torch.float64)
    assert not discount(mask).any()
    mask[..., 0] = 1
    weights = discount(mask)[0, 0, 0]
    assert weights[64] == pytest.approx(0.9**64)
    assert not weights[65:].any()


@pytest.mark.parametrize("seed", range(3))
def test_terms_are_means_over_their_own_pixels(seed):
    output, truth, mask = batch(seed)
    difference, every = abs(output - truth), np.broadcast_to(mask, output.shape) > 0
    weights = np.stack([[0.9 ** distance(m[0])] for m in mask])
    wanted = {
        "l1": difference.mean(),
        "outside": difference[every].mean(),
        "discounted": (difference * weights)[~every].mean(),
    }
    for name, value in wanted.items():
        total, terms = loss_of(name, output, truth, mask)
        assert terms[name].item() == pytest.approx(value)
        assert total.item() == pytest.approx(3 * value)


@pytest.mark.parametrize("name", ["l1", "outside", "discounted"])
def test_damaged_pixels_are_as_if_they_were_not_there(name):
    """Two images side by side, of which one is damaged all over and the other whole: that one alone."""
    output, truth, mask = batch(0)
    known = torch.ones(2, 1, 12, 16, dtype=torch.float64)
    known[1] = 0
    mask[1] = 0
    alone = loss_of(name, output[:1], truth[:1], mask[:1])
    both = loss_of(name, output, truth, mask, known=known)
    assert both.total.item() == pytest.approx(alone.total.item())


def test_an_image_without_a_hole_and_one_without_a_valid_pixel_give_0():
    output, truth, mask = batch(0)
    assert loss_of("discounted", output, truth, mask * 0 + 1).total == 0
    assert loss_of("outside", output, truth, mask * 0).total == 0
