"""Specks: what counts as one, and that they are the solution of the equation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.restoration import inpaint_biharmonic

from pconv_cli.methods.narrow.specks import SPECK, without_specks
from pconv_cli.methods.texture import TexturedBackend


def wavy(height: int, width: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([0.5 + 0.3 * np.sin(rows / a + columns / 5) for a in (3, 4, 7)], axis=2)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (3, 3)])
def test_specks_are_what_scikit_image_makes_of_them(height: int, width: int) -> None:
    mask = np.ones((40, 50), bool)
    mask[20 : 20 + height, 30 : 30 + width] = False
    mask[10, 10] = mask[10, 12] = False  # each within the other's reach
    image = wavy(40, 50)
    filled, left = without_specks(np.where(mask[..., None], image, np.float32(np.nan)), mask)
    assert left.all()
    np.testing.assert_allclose(filled, inpaint_biharmonic(image, ~mask, channel_axis=2), atol=1e-3)
    np.testing.assert_array_equal(filled[mask], image[mask])


def test_many_specks_are_each_the_solution_of_the_equation_for_all() -> None:
    """Those within each other's reach are solved together, and no other one is forgotten."""
    rng = np.random.default_rng(0)
    mask = np.ones((90, 110), bool)
    for top, left in zip(rng.integers(0, 88, 150), rng.integers(0, 108, 150), strict=True):
        mask[top : top + rng.integers(1, 4), left : left + rng.integers(1, 4)] = False
    image = wavy(90, 110)
    filled, left_over = without_specks(np.where(mask[..., None], image, np.float32(np.nan)), mask)
    specks = left_over & ~mask
    assert specks.sum() > 150
    alone = np.where(left_over[..., None], image, 0)  # where larger holes are, the truth, which no speck looks at
    alone[~left_over] = image[~left_over]
    inside = np.zeros_like(mask)
    inside[6:-6, 6:-6] = True  # scikit-image treats borders in another way
    expected = inpaint_biharmonic(alone, specks, channel_axis=2)
    np.testing.assert_allclose(filled[specks & inside], expected[specks & inside], atol=1e-3)


def test_larger_holes_and_what_lies_beside_them_are_left() -> None:
    mask = np.ones((40, 50), bool)
    mask[10 : 11 + SPECK, 10 : 11 + SPECK] = False  # too wide
    mask[12 + SPECK, 11] = False  # within the reach of the equation
    mask[25, 10:19] = False  # too long
    larger = mask.copy()
    mask[30:33, 30:33] = mask[33:35, 33:36] = False  # two that touch
    filled, left = without_specks(wavy(40, 50), mask)
    np.testing.assert_array_equal(left, larger)
    np.testing.assert_array_equal(filled[mask | ~larger], wavy(40, 50)[mask | ~larger])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(1, 12), width=st.integers(1, 12))
def test_any_image_with_specks_is_filled_within_the_range(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    image, mask = rng.random((height, width, 3), np.float32), rng.random((height, width)) > 0.1
    filled, left = without_specks(np.where(mask[..., None], image, np.float32(7)), mask)
    assert (left >= mask).all()
    np.testing.assert_array_equal(filled[mask], image[mask])
    assert ((filled[left] >= 0) & (filled[left] <= 1)).all()


def test_no_method_is_asked_where_there_are_specks_alone() -> None:
    class Nothing:
        name = "nothing"

        def fill(self, rgb: np.ndarray, mask: np.ndarray, wanted: np.ndarray | None = None) -> np.ndarray:
            raise AssertionError("asked")

    mask = np.ones((40, 50), bool)
    mask[20, 30] = False
    image = wavy(40, 50)
    filled = TexturedBackend(Nothing(), 0.5).fill(image, mask)
    assert np.abs(filled - image).max() < 0.05
