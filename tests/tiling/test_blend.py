"""Joining windows and fills: weights, shares, and the passage by depth."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pconv_cli.tiling.blend import blend_by_depth, feather, handover, smoothstep
from pconv_cli.tiling.grid import regular_grid
from pconv_cli.tiling.rect import Rect

from .rooms import masks, plan_grid, tilings

Mask = NDArray[np.bool_]


def weighted_mean(
    parts: list[tuple[Rect, NDArray[np.float32]]], size: tuple[int, int], overlap: int
) -> NDArray[np.float32]:
    total, weights = np.zeros((*size, 3), np.float32), np.zeros((*size, 1), np.float32)
    for one, values in parts:
        weight = feather(one, size, overlap)[:, :, np.newaxis]
        total[one.slices] += values * weight
        weights[one.slices] += weight
    return total / np.where(weights > 0, weights, 1)


@given(masks(), tilings, st.randoms(use_true_random=False))
def test_weights_are_positive_and_normalised_and_order_makes_no_difference(
    mask: Mask, tiling: tuple[int, int], random: Random
) -> None:
    tile, overlap = tiling
    plan = plan_grid(mask, tile, overlap)
    true = np.random.default_rng(0).random((*mask.shape, 3)).astype(np.float32)
    for one in plan:
        assert (feather(one, mask.shape, overlap) > 0).all()
    mean = weighted_mean([(one, true[one.slices]) for one in plan], mask.shape, overlap)
    np.testing.assert_allclose(mean[~mask], true[~mask], rtol=1e-5)  # a mean of equals is that value
    random.shuffle(plan)
    shuffled = weighted_mean([(one, true[one.slices]) for one in plan], mask.shape, overlap)
    np.testing.assert_allclose(shuffled, mean, rtol=1e-5, atol=1e-6)


def test_two_tiles_pass_smoothly_into_each_other() -> None:
    mask = np.zeros((64, 200), bool)
    plan = plan_grid(mask, 128, 32)
    assert plan == [Rect(0, 0, 64, 128), Rect(0, 72, 64, 128)]
    flat = [(one, np.full((64, 128, 3), value, np.float32)) for value, one in enumerate(plan)]
    line = weighted_mean(flat, (64, 200), 32)[0, :, 0]
    assert (line[:72], line[128:]) == (pytest.approx(0), pytest.approx(1))
    steps = np.diff(line)
    assert (steps >= 0).all()
    assert steps.max() < 0.08


def test_the_weight_does_not_fall_at_the_edge_of_the_image() -> None:
    weight = feather(Rect(0, 0, 64, 64), (64, 200), 16)
    assert (weight[:, :48] == 1).all()
    assert weight[0, 63] < 0.01


def test_smoothstep() -> None:
    t = np.array([-1, 0, 0.25, 0.5, 1, 2], np.float32)
    np.testing.assert_allclose(smoothstep(t), [0, 0, 0.15625, 0.5, 1, 1])


@given(st.tuples(st.integers(1, 150), st.integers(1, 150)), st.integers(1, 12), st.integers(4, 8))
def test_shares_of_a_regular_grid_sum_to_one(size: tuple[int, int], context: int, times: int) -> None:
    """With the outer half of a window's context left out, so that what counts sees something on all sides."""
    total = np.zeros(size)
    for rect in regular_grid(size, times * context, context):
        share = handover(rect, size, 2 * context)
        assert share.shape == rect.size
        assert 0 <= share.min() <= share.max() <= 1
        rows, columns = np.nonzero(share)
        assert rect.top == 0 or rows.min() >= context // 2
        assert rect.bottom == size[0] or rect.height - 1 - rows.max() >= context // 2
        assert rect.left == 0 or columns.min() >= context // 2
        assert rect.right == size[1] or rect.width - 1 - columns.max() >= context // 2
        total[rect.slices] += share
    np.testing.assert_allclose(total, 1, atol=1e-6)


def test_the_middle_of_what_two_windows_share_is_half_of_each() -> None:
    first, second = regular_grid((8, 56), 40, 8)
    assert (first, second) == (Rect(0, 0, 8, 32), Rect(0, 16, 8, 40))
    shares = [handover(rect, (8, 56), 16)[0] for rect in (first, second)]
    border = 24  # the end of the first one's own step
    np.testing.assert_allclose(
        shares[0][border - 4 : border + 4], shares[1][border - 20 : border - 12][::-1], atol=1e-6
    )
    assert shares[0][border - 1] > 0.5 > shares[0][border]
    assert (shares[0][: border - 4] == 1).all()
    assert (shares[0][border + 4 :] == 0).all()


def test_a_deep_fill_takes_over_between_half_the_reach_and_all_of_it() -> None:
    depth = np.arange(0, 21, dtype=np.float32)
    rim, deep = np.zeros((21, 3), np.float32), np.ones((21, 3), np.float32)
    blended = blend_by_depth(rim.copy(), deep, depth, 16)[:, 0]
    t = np.clip((depth - 8) / 8, 0, 1)
    np.testing.assert_allclose(blended, 3 * t**2 - 2 * t**3, atol=1e-6)
    assert (blended[:9] == 0).all()
    assert (blended[16:] == 1).all()
