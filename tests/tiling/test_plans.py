"""Both plans of windows, with holes that SciPy finds: who fills what, with what context, and at what cost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from pconv_cli.tiling import by_pixels
from pconv_cli.tiling.by_cells import CELL, plan_by_cells, spread_cells
from pconv_cli.tiling.by_pixels import ladder, plan_by_pixels
from pconv_cli.tiling.rect import Rect
from pconv_cli.tiling.window import Groups

from .rooms import plan_grid, room, wanted_room

Flags = NDArray[np.bool_]


def groups(flags: Flags) -> Groups:
    labels, _ = ndimage.label(flags, np.ones((3, 3)))
    found = [(part[0].start, part[1].start, part[0].stop, part[1].stop) for part in ndimage.find_objects(labels)]
    return Groups(labels.astype(np.int32), np.array([(0, 0, 0, 0), *found], np.intp))


@st.composite
def holes(draw: st.DrawFn, largest: int) -> Flags:
    """Specks, strips and blocks, at the borders too."""
    height, width = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    hole = np.zeros((height, width), bool)
    for _ in range(draw(st.integers(0, 25))):
        top, left = int(rng.integers(height)), int(rng.integers(width))
        tall, wide = ((3, 300), (300, 3), (20, 20), (90, 60))[int(rng.integers(4))]
        hole[top : top + int(rng.integers(1, tall)), left : left + int(rng.integers(1, wide))] = True
    return hole


@settings(max_examples=40)
@given(
    holes(500),
    st.sampled_from([(128, 32), (256, 64), (256, 128)]),
    st.sampled_from([1, 64, 128]),
    st.sampled_from([1, 256]),
)
def test_every_hole_pixel_is_filled_by_one_window_or_one_grid_with_context(
    hole: Flags, tiling: tuple[int, int], multiple: int, least: int
) -> None:
    tile, overlap = tiling
    depth = np.minimum(ndimage.distance_transform_edt(np.pad(hole, 1))[1:-1, 1:-1], tile // 4).astype(np.float32)
    plan = plan_by_pixels(groups(hole), depth, tile, overlap, multiple, least)
    wanted = wanted_room(hole, depth, tile, overlap // 4)
    alone, shared = np.zeros(hole.shape, int), np.zeros(hole.shape, int)
    seen = np.full(hole.shape, -1)
    for window in plan.windows:
        rect, labels = window.rect, plan.labels_in(window.rect)
        assert 0 <= rect.top < rect.bottom <= hole.shape[0]
        assert 0 <= rect.left < rect.right <= hole.shape[1]
        assert {rect.height, rect.width} <= {*ladder(tile, multiple), *hole.shape}
        assert all(side >= min(least, tile, whole) for side, whole in zip(rect.size, hole.shape, strict=True))
        assert max(rect.size) <= tile
        own = (labels == window.label) & (window.label > 0)
        grid = (labels == window.grid) & (window.grid > 0)
        alone[rect.slices] += own
        shared[rect.slices] += grid
        here = room(rect, hole.shape)
        assert (here[own] >= wanted[rect.slices][own]).all()
        seen[rect.slices][grid] = np.maximum(seen[rect.slices][grid], here[grid])
    np.testing.assert_array_equal((alone == 1) ^ (shared > 0), hole)
    assert alone.max(initial=0) <= 1
    assert (seen[shared > 0] >= overlap // 4 - 1).all()
    assert plan.windows == sorted(plan.windows)


def test_a_part_is_no_larger_than_what_it_shows_of_a_long_hole() -> None:
    hole = np.zeros((1000, 1200), bool)
    hole[400:440, 100:1100] = True
    hole[442:448, 300:310] = True  # which the window of a part takes with it
    depth = ndimage.distance_transform_edt(hole).astype(np.float32)
    plan = plan_by_pixels(groups(hole), depth, 512, 128, 128)
    assert len([window for window in plan.windows if window.label]) == 1
    for window in plan.windows:
        assert window.grid
        assert window.rect.height <= 256
        assert window.rect.top <= 400 - 32
        assert window.rect.bottom >= 440 + 32
    assert plan.pixels < 0.35 * hole.size


def test_the_same_plan_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all holes fit into windows and none is thin, none is cut: windows of their own, or tiles for all."""
    made = []
    real = by_pixels._in_windows
    monkeypatch.setattr(by_pixels, "_in_windows", lambda *given: made.append(given) or real(*given))
    hole = np.zeros((900, 900), bool)
    hole[20::90, 20::90] = True
    found = groups(hole)
    found.boxes[0] = 0, 0, 900, 900  # as OpenCV has it of what is valid
    plan_by_pixels(found, hole.astype(np.float32), 512, 128)
    assert len(made) == 2


def test_a_net_of_cracks_is_cut_along_its_course() -> None:
    """Half of what tiles of 512 px have, and a thin crack that fits into one window is cut as well."""
    hole = np.zeros((1000, 1500), bool)
    for start in (100, 500, 900):
        hole[:, start : start + 5] = True
    hole[480:485] = True
    depth = ndimage.distance_transform_edt(hole).astype(np.float32)
    plan = plan_by_pixels(groups(hole), depth, 512, 128, 4)
    assert plan.pixels < 0.5 * sum(tile.area for tile in plan_grid(~hole, 512, 128))
    bent = np.zeros((600, 600), bool)
    bent[100:104, 100:500] = bent[100:500, 100:104] = True
    depth = ndimage.distance_transform_edt(bent).astype(np.float32)
    assert plan_by_pixels(groups(bent), depth, 512, 128, 4).pixels < 0.6 * 464**2


def test_a_hole_that_nearly_fills_a_tile_has_one_window_with_the_hole_in_its_middle() -> None:
    """Four tiles of a grid would overlap in it, and show less of what surrounds it."""
    for side, where in ((280, 116), (384, 64), (400, None)):
        hole = np.zeros((1024, 1536), bool)
        hole[300 : 300 + side, 600 : 600 + side] = True
        depth = np.minimum(ndimage.distance_transform_edt(hole), 128).astype(np.float32)
        windows = plan_by_pixels(groups(hole), depth, 512, 128, 4).windows
        if where is None:
            assert len(windows) > 1
        else:
            assert [window.rect for window in windows] == [Rect(300 - where, 600 - where, 512, 512)]


@settings(max_examples=40)
@given(holes(700))
def test_no_plan_costs_more_than_the_plain_tiling_of_the_image(hole: Flags) -> None:
    plan = plan_by_pixels(groups(hole), hole.astype(np.float32), 256, 64)
    tiles = plan_grid(~hole, 256, 64)
    assert plan.cost <= sum(tile.area + 2000 for tile in tiles)


@settings(max_examples=40)
@given(holes(700), st.sampled_from([0.5, 1]), st.sampled_from([1, 64]))
def test_one_window_may_hold_all_where_that_is_cheaper(hole: Flags, share: float, multiple: int) -> None:
    most = int(share * hole.size)
    depth = np.minimum(ndimage.distance_transform_edt(np.pad(hole, 1))[1:-1, 1:-1], 32).astype(np.float32)
    plan = plan_by_pixels(groups(hole), depth, 128, 32, multiple, most=most)
    tiles = plan_by_pixels(groups(hole), depth, 128, 32, multiple)
    if plan.windows == tiles.windows:
        assert share < 1 or plan.cost <= 0.8 * hole.size + 2000
    else:
        (window,) = plan.windows
        assert window.rect.area <= most
        assert 0.8 * window.rect.area + 2000 < tiles.cost
        assert (room(window.rect, hole.shape)[hole[window.rect.slices]] >= 8).all()
        np.testing.assert_array_equal(plan.labels == window.label, hole)


def test_one_window_has_what_the_network_needs_no_padding_for() -> None:
    hole = np.zeros((900, 1400), bool)
    hole[100:600:6, 100:900] = True
    (window,) = plan_by_pixels(groups(hole), hole.astype(np.float32), 512, 128, 128, most=10**6).windows
    assert (window.rect.height, window.rect.width) == (640, 896)


@settings(max_examples=40)
@given(holes(600))
def test_shares_of_a_plan_by_cells_sum_to_one_in_every_hole(hole: Flags) -> None:
    side, context = 256, 32
    height, width = hole.shape
    padded = np.pad(hole, ((0, -height % CELL), (0, -width % CELL)))
    some = padded.reshape(padded.shape[0] // CELL, CELL, -1, CELL).any((1, 3))
    near = groups(ndimage.binary_dilation(some, np.ones((2 * context // CELL + 1,) * 2)))
    plan = plan_by_cells(some, near, (height, width), side, context)
    total = np.zeros(hole.shape)
    for window in plan.windows:
        assert max(window.rect.size) <= side
        share = plan.share(window)
        total[window.rect.slices] += share
        counts = (share > 0) & hole[window.rect.slices]
        assert (room(window.rect, hole.shape)[counts] >= (context // 2 if window.grid else context)).all()
    np.testing.assert_allclose(total[hole], 1, atol=1e-6)
    assert plan.windows == sorted(plan.windows)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 40), st.integers(1, 40), st.integers(0, 10**6))
def test_cells_are_spread_over_their_pixels(top: int, left: int, height: int, width: int, seed: int) -> None:
    cells = np.random.default_rng(seed).random((6, 6)) < 0.5
    whole = np.kron(cells, np.ones((CELL, CELL))) > 0
    rect = Rect(top, left, height, width)
    np.testing.assert_array_equal(spread_cells(cells, rect), whole[rect.slices])
