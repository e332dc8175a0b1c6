from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pconv_cli.errors import UsageError
from pconv_cli.inpainting.blend import smoothstep, tile_weight
from pconv_cli.inpainting.tiles import Tile, plan_tiles

Mask = NDArray[np.bool_]


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    """Masks of any shape with a few rectangular holes, at the borders too; sometimes none."""
    height, width = draw(st.integers(1, 400)), draw(st.integers(1, 400))
    mask = np.ones((height, width), bool)
    for _ in range(draw(st.integers(0, 4))):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        mask[top : top + draw(st.integers(1, 120)), left : left + draw(st.integers(1, 120))] = False
    return mask


tilings = st.integers(64, 200).flatmap(lambda tile: st.tuples(st.just(tile), st.integers(1, tile // 2)))


@settings(max_examples=150)
@given(masks(), tilings)
def test_tiles_cover_every_hole_lie_inside_and_touch_a_hole(mask: Mask, tiling: tuple[int, int]) -> None:
    tile, overlap = tiling
    plan = plan_tiles(mask, tile, overlap)
    covered = np.zeros_like(mask)
    for one in plan:
        assert 0 <= one.top <= one.top + one.height <= mask.shape[0]
        assert 0 <= one.left <= one.left + one.width <= mask.shape[1]
        assert (one.height, one.width) == (min(tile, mask.shape[0]), min(tile, mask.shape[1]))
        assert not mask[one.window].all()
        covered[one.window] = True
    assert covered[~mask].all()
    assert len(set(plan)) == len(plan)


@settings(max_examples=100)
@given(masks(), tilings)
def test_every_hole_pixel_has_context_or_the_edge_of_the_picture(mask: Mask, tiling: tuple[int, int]) -> None:
    """In the tile that weighs most, a hole pixel lies half the overlap from every edge that is not the picture's."""
    tile, overlap = tiling
    room = np.full(mask.shape, -1)
    for one in plan_tiles(mask, tile, overlap):
        rows, columns = np.arange(one.height), np.arange(one.width)
        far = 10**6
        up = rows if one.top else rows + far
        down = rows[::-1] if one.top + one.height < mask.shape[0] else rows + far
        left = columns if one.left else columns + far
        right = columns[::-1] if one.left + one.width < mask.shape[1] else columns + far
        here = np.minimum(np.minimum(up, down)[:, None], np.minimum(left, right)[None, :])
        room[one.window] = np.maximum(room[one.window], here)
    assert (room[~mask] >= (overlap - 1) // 2).all()


def weighted_mean(
    parts: list[tuple[Tile, NDArray[np.float32]]], size: tuple[int, int], overlap: int
) -> NDArray[np.float32]:
    total, weights = np.zeros((*size, 3), np.float32), np.zeros((*size, 1), np.float32)
    for one, values in parts:
        weight = tile_weight(one, size, overlap)[:, :, np.newaxis]
        total[one.window] += values * weight
        weights[one.window] += weight
    return total / np.where(weights > 0, weights, 1)


@settings(max_examples=80)
@given(masks(), tilings, st.randoms(use_true_random=False))
def test_weights_are_positive_and_normalised_and_order_makes_no_difference(
    mask: Mask, tiling: tuple[int, int], random: Random
) -> None:
    tile, overlap = tiling
    plan = plan_tiles(mask, tile, overlap)
    true = np.random.default_rng(0).random((*mask.shape, 3)).astype(np.float32)
    for one in plan:
        assert (tile_weight(one, mask.shape, overlap) > 0).all()
    mean = weighted_mean([(one, true[one.window]) for one in plan], mask.shape, overlap)
    np.testing.assert_allclose(mean[~mask], true[~mask], rtol=1e-5)  # a mean of equals is that value
    random.shuffle(plan)
    shuffled = weighted_mean([(one, true[one.window]) for one in plan], mask.shape, overlap)
    np.testing.assert_allclose(shuffled, mean, rtol=1e-5, atol=1e-6)


def test_two_tiles_pass_smoothly_into_each_other() -> None:
    mask = np.zeros((64, 200), bool)
    plan = plan_tiles(mask, 128, 32)
    assert plan == [Tile(0, 0, 64, 128), Tile(0, 72, 64, 128)]
    flat = [(one, np.full((64, 128, 3), value, np.float32)) for value, one in enumerate(plan)]
    line = weighted_mean(flat, (64, 200), 32)[0, :, 0]
    assert (line[:72], line[128:]) == (pytest.approx(0), pytest.approx(1))
    steps = np.diff(line)
    assert (steps >= 0).all()
    assert steps.max() < 0.08


def test_a_hole_that_fits_gets_one_tile_round_its_middle() -> None:
    mask = np.ones((1000, 2000), bool)
    mask[500:540, 900:1000] = False
    assert plan_tiles(mask, 256, 64) == [Tile(392, 822, 256, 256)]


def test_only_windows_with_a_hole_are_planned() -> None:
    mask = np.ones((4000, 4000), bool)
    mask[10, 10] = mask[3990, 3990] = False
    assert len(plan_tiles(mask, 512, 128)) == 2
    assert plan_tiles(np.ones((100, 100), bool), 64, 16) == []


def test_the_weight_does_not_fall_at_the_edge_of_the_picture() -> None:
    weight = tile_weight(Tile(0, 0, 64, 64), (64, 200), 16)
    assert (weight[:, :48] == 1).all()
    assert weight[0, 63] < 0.01


def test_tilings_that_do_not_fit_are_refused() -> None:
    for tile, overlap, option in ((63, 8, "--tile 63"), (128, 0, "--overlap 0"), (128, 65, "--overlap 65")):
        with pytest.raises(UsageError, match=option):
            plan_tiles(np.zeros((8, 8), bool), tile, overlap)


def test_smoothstep() -> None:
    t = np.array([-1, 0, 0.25, 0.5, 1, 2], np.float32)
    np.testing.assert_allclose(smoothstep(t), [0, 0, 0.15625, 0.5, 1, 1])
