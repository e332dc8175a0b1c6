"""Losses that are wide, against SciPy's labels and distances of the whole mask, in windows of any side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.condition.losses import measure_losses
from pconv_cli.masks.wide import wide_losses


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.sampled_from([8, 24, 64]))
def test_what_is_wide_does_not_depend_on_windows(seed: int, width: int, side: int) -> None:
    rng = np.random.default_rng(seed)
    hole = np.zeros((50, 61), bool)
    for _ in range(rng.integers(1, 8)):
        top, left, height, across = (*rng.integers(0, (50, 61)), *rng.integers(1, 30, 2))
        hole[top : top + height, left : left + across] = True
    hole[rng.integers(50), rng.integers(61)] = False
    labels, count = ndimage.label(hole, np.ones((3, 3)))
    distances = ndimage.distance_transform_edt(np.pad(hole, 1))  # the image's edge is one of the loss
    corners = ndimage.minimum_filter(distances, 2, origin=-1)
    depths = np.maximum(distances - 0.5, corners)[1:-1, 1:-1]
    widths = 2 * ndimage.maximum(depths, labels, range(1, count + 1))
    expected = [number for number, wide in enumerate(widths, 1) if wide > width + 1e-9]
    mask, found = wide_losses(PackedMask.of(~hole), width, side)
    assert found == len(expected)
    assert np.array_equal(~mask.whole(), np.isin(labels, expected))


@pytest.mark.parametrize("pixels", range(1, 31))
def test_a_stroke_is_as_wide_as_the_report_says(pixels: int) -> None:
    hole = np.zeros((80, 60), bool)
    hole[8 : 8 + pixels, 5:55] = True
    for holes in (hole, hole.T, hole[8:]):  # the last one lies along the image's edge
        mask = PackedMask.of(~holes)
        assert measure_losses(mask).width.tolist() == [pixels]
        assert wide_losses(mask, pixels)[1] == 0
        assert pixels == 1 or wide_losses(mask, pixels - 1)[1] == 1


def test_a_hole_without_anything_known_is_as_wide_as_the_image() -> None:
    nothing = PackedMask.of(np.zeros((9, 12), bool))
    mask, count = wide_losses(nothing, 8)
    assert (count, mask.hole_pixels) == (1, 108)
    assert wide_losses(nothing, 9)[1] == 0
