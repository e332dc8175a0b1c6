import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.tiled.holes import parts_of, places_of
from pconv_cli.methods.tiled.windows import hole_windows

small_masks = arrays(
    bool, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.sampled_from([True] * 19 + [False])
)


@given(small_masks, st.integers(1, 6))
def test_each_hole_pixel_belongs_to_one_window_with_margin(mask: Mask, margin: int) -> None:
    count = np.zeros(mask.shape, int)
    for (rows, columns), own in hole_windows(mask, margin):
        assert not mask[rows, columns][own].any()
        count[rows, columns] += own
        ys, xs = np.nonzero(own)
        assert rows.start <= max(0, rows.start + ys.min() - margin)
        assert rows.stop >= min(mask.shape[0], rows.start + ys.max() + 1 + margin)
        assert columns.start <= max(0, columns.start + xs.min() - margin)
        assert columns.stop >= min(mask.shape[1], columns.start + xs.max() + 1 + margin)
        assert ys.min() <= margin
        assert xs.min() <= margin
    np.testing.assert_array_equal(count, ~mask)


@given(flags=arrays(np.bool_, st.tuples(st.integers(1, 30), st.integers(1, 30))))
def test_parts_and_places_are_those_that_slower_functions_find(flags):
    _, labels, stats, _ = cv2.connectedComponentsWithStats(flags.astype(np.uint8), ltype=cv2.CV_32S)
    found, measured = parts_of(flags.astype(np.uint8))
    np.testing.assert_array_equal(found, labels)
    np.testing.assert_array_equal(measured, stats)
    np.testing.assert_array_equal(places_of(flags), np.nonzero(flags))
