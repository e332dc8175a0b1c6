"""Masks of one bit a pixel, looked at in cells without unpacking."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.tiling.rect import Rect


@given(
    st.integers(1, 70),
    st.integers(1, 90),
    st.sampled_from([8, 16, 32]),
    st.integers(0, 2),
    st.integers(0, 2),
    st.data(),
)
def test_cells_of_a_window_are_those_of_the_whole(
    height: int, width: int, side: int, row: int, column: int, data: st.DataObject
) -> None:
    seed = data.draw(st.integers(0, 1000))
    hole = np.random.default_rng(seed).random((height, width)) < 0.02
    mask = PackedMask.of(~hole)
    assert mask.hole_pixels == hole.sum()
    top, left = row * side, column * side
    if top >= height or left >= width:
        return
    rect = Rect.between(top, left, min(height, top + 2 * side), min(width, left + 2 * side))
    part = hole[rect.slices]
    for axis in (0, 1):
        part = np.logical_or.reduceat(part, np.arange(0, part.shape[axis], side), axis=axis)
    np.testing.assert_array_equal(mask.some(rect, side), part)
