"""Losses that are wide, against SciPy's labels and distances of the whole mask, in windows of any side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from pconv_cli.files.masks.packed import PackedMask
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
    widths = 2 * ndimage.maximum(ndimage.distance_transform_edt(hole), labels, range(1, count + 1))
    expected = [number for number, wide in enumerate(widths, 1) if wide > width + 1e-9]
    mask, found = wide_losses(PackedMask.of(~hole), width, side)
    assert found == len(expected)
    assert np.array_equal(~mask.whole(), np.isin(labels, expected))


@pytest.mark.parametrize(("pixels", "width"), [(1, 2), (4, 4), (5, 6)])
def test_the_width_of_a_stroke(pixels: int, width: int) -> None:
    hole = np.zeros((20, 60), bool)
    hole[8 : 8 + pixels, 5:55] = True
    assert wide_losses(PackedMask.of(~hole), width)[1] == 0
    assert wide_losses(PackedMask.of(~hole), width - 1)[1] == 1


def test_a_hole_without_anything_known_is_wide() -> None:
    mask, count = wide_losses(PackedMask.of(np.zeros((9, 9), bool)), 4096)
    assert (count, mask.hole_pixels) == (1, 81)
