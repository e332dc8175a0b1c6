"""Growing and shrinking holes, against scikit-image and from both sides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from skimage.morphology import dilation, disk, erosion

from pconv_cli.errors import UsageError
from pconv_cli.masks.operations import dilate, erode

masks = st_numpy.arrays(np.bool_, st.tuples(st.integers(1, 24), st.integers(1, 24)))


def padded(change, hole: np.ndarray, px: int, *, beyond: bool) -> np.ndarray:
    """What scikit-image makes of it; where its disc is larger than the image it errs by a pixel, so there is room."""
    changed = change(np.pad(hole, px, constant_values=beyond), disk(px))
    return changed[px : px + hole.shape[0], px : px + hole.shape[1]]


@given(masks, st.integers(0, 9))
def test_dilate_is_the_dilation_of_the_hole_by_a_disc(mask: np.ndarray, px: int) -> None:
    assert np.array_equal(~dilate(mask, px), padded(dilation, ~mask, px, beyond=False))


@given(masks, st.integers(0, 9))
def test_erode_is_the_erosion_of_the_hole_by_a_disc(mask: np.ndarray, px: int) -> None:
    assert np.array_equal(~erode(mask, px), padded(erosion, ~mask, px, beyond=True))


def test_wide_discs_stay_exact() -> None:
    mask = np.ones((401, 401), np.bool_)
    mask[200, 200] = False
    assert np.array_equal(~dilate(mask, 150), np.pad(disk(150).astype(bool), 50))


def test_nothing_to_grow_and_nothing_to_shrink() -> None:
    full, empty = np.ones((5, 6), np.bool_), np.zeros((5, 6), np.bool_)
    assert dilate(full, 3).all()
    assert not erode(empty, 3).any()
    assert not dilate(empty, 3).any()
    assert erode(full, 3).all()


def test_the_input_is_left_as_it_was() -> None:
    mask = np.eye(8, dtype=np.bool_)
    before = mask.copy()
    dilate(mask, 0)[0, 0] = False
    erode(mask, 2)
    assert np.array_equal(mask, before)


def test_a_radius_beyond_any_mask_fills_it() -> None:
    mask = np.ones((40, 60), bool)
    mask[0, 0] = False
    assert not dilate(mask, 10**20).any()  # without a warning of NumPy's, which would fail the test


@pytest.mark.parametrize("change", [dilate, erode])
def test_negative_widths_are_refused(change) -> None:
    with pytest.raises(UsageError, match="by -1 px: give 0 or more"):
        change(np.ones((3, 3), np.bool_), -1)
