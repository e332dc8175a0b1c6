"""Long holes cut into parts: every pixel with its surroundings, parts long for their depth, and what they cost."""

import numpy as np
from hypothesis import given, settings
from numpy.typing import NDArray
from scipy import ndimage

from pconv_cli.tiling.cutting import cut_up

from .test_plans import Flags, holes

TILE, CONTEXT = 256, 16


def area(boxes: NDArray[np.intp]) -> NDArray[np.intp]:
    """The area that boxes have, and 1000 for each."""
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).prod(1) + 1000)


def cut(hole: Flags) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    depth = np.minimum(ndimage.distance_transform_edt(np.pad(hole, 1))[1:-1, 1:-1], TILE // 4).astype(np.float32)
    row, column = hole.nonzero()
    return cut_up(row, column, depth[hole], CONTEXT, TILE, area), row, column, depth[hole]


@settings(max_examples=60)
@given(holes(600))
def test_every_pixel_has_its_surroundings_in_a_box_that_a_tile_holds(hole: Flags) -> None:
    boxes, row, column, depth = cut(hole)
    margin = np.maximum(CONTEXT, np.ceil(depth))
    seen = np.zeros(len(row), bool)
    for top, left, bottom, right in boxes.tolist():
        assert max(bottom - top, right - left) <= TILE
        here = (row - margin >= top) & (row + margin < bottom) & (column - margin >= left) & (column + margin < right)
        assert here.any()
        seen |= here
    assert seen.all()


@settings(max_examples=60)
@given(holes(200))
def test_cutting_what_fits_is_never_dearer_than_leaving_it(hole: Flags) -> None:
    boxes, row, column, depth = cut(hole)
    if len(row):
        margin = max(CONTEXT, int(np.ceil(depth.max())))
        low, high = np.array([row.min(), column.min()]) - margin, np.array([row.max(), column.max()]) + margin + 1
        if (high - low).max() <= TILE:
            assert area(boxes).sum() <= area(np.array([[*low, *high]])).sum()


def test_a_diagonal_crack_costs_little_more_than_what_lies_near_it() -> None:
    hole = np.zeros((600, 600), bool)
    np.fill_diagonal(hole[50:550, 50:550], True)
    boxes, *_ = cut(hole)
    square = ndimage.binary_dilation(hole, np.ones((2 * CONTEXT + 1,) * 2))
    assert len(boxes) > 4
    assert area(boxes).sum() < 2.6 * square.sum()  # the square round it has 14 times as many


def test_a_thick_band_is_left_whole_where_a_thin_one_is_cut() -> None:
    """Its parts would be too short for their depth: they would show little but hole beyond the cut."""
    thin, thick = np.zeros((200, 200), bool), np.zeros((200, 200), bool)
    np.fill_diagonal(thin[20:180, 20:180], True)
    thick |= ndimage.binary_dilation(thin, iterations=35)
    assert len(cut(thin)[0]) > 2
    assert len(cut(thick)[0]) == 1


def test_a_large_hole_leaves_no_part_without_known_pixels() -> None:
    hole = np.zeros((900, 900), bool)
    hole[200:700, 200:700] = True
    depth = ndimage.distance_transform_edt(hole)
    hole &= depth <= TILE // 4  # what is deeper comes from a coarser scale
    for top, left, bottom, right in cut(hole)[0].tolist():
        assert (depth[max(top, 0) : bottom, max(left, 0) : right] == 0).any()
