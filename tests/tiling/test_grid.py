"""Grids of windows: what they cover, what context they leave, and where they stand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pconv_cli.errors import UsageError
from pconv_cli.tiling.grid import framed_tiles, regular_grid, tiles_of
from pconv_cli.tiling.rect import Rect

from .rooms import masks, plan_grid, tilings

Mask = NDArray[np.bool_]


@given(masks(), tilings)
def test_tiles_cover_every_hole_lie_inside_and_touch_a_hole(mask: Mask, tiling: tuple[int, int]) -> None:
    tile, overlap = tiling
    plan = plan_grid(mask, tile, overlap)
    covered = np.zeros_like(mask)
    for one in plan:
        assert 0 <= one.top <= one.top + one.height <= mask.shape[0]
        assert 0 <= one.left <= one.left + one.width <= mask.shape[1]
        assert (one.height, one.width) == (min(tile, mask.shape[0]), min(tile, mask.shape[1]))
        assert not mask[one.slices].all()
        covered[one.slices] = True
    assert covered[~mask].all()
    assert len(set(plan)) == len(plan)


@given(masks(), tilings)
def test_every_hole_pixel_has_context_or_the_edge_of_the_image(mask: Mask, tiling: tuple[int, int]) -> None:
    """In the tile that weighs most, a hole pixel lies half the overlap from every edge that is not the image's."""
    tile, overlap = tiling
    room = np.full(mask.shape, -1)
    for one in plan_grid(mask, tile, overlap):
        rows, columns = np.arange(one.height), np.arange(one.width)
        far = 10**6
        up = rows if one.top else rows + far
        down = rows[::-1] if one.top + one.height < mask.shape[0] else rows + far
        left = columns if one.left else columns + far
        right = columns[::-1] if one.left + one.width < mask.shape[1] else columns + far
        here = np.minimum(np.minimum(up, down)[:, None], np.minimum(left, right)[None, :])
        room[one.slices] = np.maximum(room[one.slices], here)
    assert (room[~mask] >= (overlap - 1) // 2).all()


def test_a_hole_that_fits_gets_one_tile_round_its_middle() -> None:
    mask = np.ones((1000, 2000), bool)
    mask[500:540, 900:1000] = False
    assert plan_grid(mask, 256, 64) == [Rect(392, 822, 256, 256)]


def test_only_windows_with_a_hole_are_planned() -> None:
    mask = np.ones((4000, 4000), bool)
    mask[10, 10] = mask[3990, 3990] = False
    assert len(plan_grid(mask, 512, 128)) == 2
    assert plan_grid(np.ones((100, 100), bool), 64, 16) == []


def test_tilings_that_do_not_fit_are_refused() -> None:
    for tile, overlap, option in ((63, 8, "`tile` 63"), (128, 0, "`overlap` 0"), (128, 65, "`overlap` 65")):
        with pytest.raises(UsageError, match=option):
            plan_grid(np.zeros((8, 8), bool), tile, overlap)


sizes = st.tuples(st.integers(1, 99), st.integers(1, 99))


@given(sizes, st.integers(1, 40), st.booleans(), st.data())
def test_tiles_hold_each_pixel_of_a_rectangle_once(
    size: tuple[int, int], side: int, on_origin: bool, data: st.DataObject
) -> None:
    top, left = (data.draw(st.integers(0, length - 1)) for length in size)
    rect = Rect(top, left, data.draw(st.integers(1, size[0] - top)), data.draw(st.integers(1, size[1] - left)))
    origin = (0, 0) if on_origin else (rect.top, rect.left)
    times = np.zeros(size, int)
    tiles = list(tiles_of(rect, side, origin=(0, 0) if on_origin else None))
    for tile in tiles:
        assert tile.area > 0
        times[tile.slices] += 1
        # No tile crosses a line of the grid.
        assert (tile.top - origin[0]) // side == (tile.bottom - 1 - origin[0]) // side
        assert (tile.left - origin[1]) // side == (tile.right - 1 - origin[1]) // side
    expected = np.zeros(size, int)
    expected[rect.slices] = 1
    np.testing.assert_array_equal(times, expected)
    assert tiles == sorted(tiles)


@given(sizes, st.integers(9, 60), st.integers(0, 40), st.sampled_from([1, 4]))
def test_framed_tiles_cover_once_and_margins_stay_inside(
    size: tuple[int, int], side: int, margin: int, step: int
) -> None:
    times = np.zeros(size, int)
    values = np.arange(size[0] * size[1]).reshape(size)
    for framed in framed_tiles(size, side, margin, step):
        times[framed.inner.slices] += 1
        np.testing.assert_array_equal(framed.cut(values[framed.outer.slices]), values[framed.inner.slices])
        for inner, outer, length in zip(framed.inner.slices, framed.outer.slices, size, strict=True):
            assert outer.start % step == 0
            assert outer.start == 0 or inner.start - outer.start >= margin
            assert outer.stop == min(length, inner.stop + margin)
    assert (times == 1).all()


@given(st.tuples(st.integers(1, 900), st.integers(1, 900)), st.integers(1, 40), st.integers(4, 9))
def test_a_regular_grid_covers_all_with_context_and_stays_below_its_side(
    size: tuple[int, int], context: int, times: int
) -> None:
    side = times * context
    room = np.full(size, -1)
    for rect in regular_grid(size, side, context):
        assert 0 <= rect.top < rect.bottom <= size[0]
        assert 0 <= rect.left < rect.right <= size[1]
        # The last one may take up to the context of what would be a further one.
        assert max(rect.size) <= side
        rows, columns = np.arange(rect.height), np.arange(rect.width)
        far = 10**6
        above = rows if rect.top else rows + far
        below = rows[::-1] if rect.bottom < size[0] else rows + far
        before = columns if rect.left else columns + far
        after = columns[::-1] if rect.right < size[1] else columns + far
        here = np.minimum(np.minimum(above, below)[:, None], np.minimum(before, after)[None, :])
        room[rect.slices] = np.maximum(room[rect.slices], here)
    assert (room >= context - 1).all()
