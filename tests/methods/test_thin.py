"""Thin holes: which they are, and that what crosses them goes on."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli.methods.narrow.thin import THIN, fill_thin, shallow_parts, thin_parts
from pconv_cli.methods.texture import TexturedBackend


def stroke(size: int, width: int, *, slant: float = 0.0) -> np.ndarray:
    """A mask with a stroke from top to bottom through the middle, that many pixels wide in each row."""
    rows, columns = np.mgrid[:size, :size]
    first = size // 2 - width // 2 + np.rint(slant * (rows - size // 2))
    return (columns < first) | (columns >= first + width)


def edge(size: int, degrees: float) -> np.ndarray:
    """Two colours, and a sharp edge between them through the middle."""
    rows, columns = np.mgrid[:size, :size].astype(np.float32) - np.float32(size / 2)
    angle = np.radians(degrees)
    side = (np.cos(angle) * rows - np.sin(angle) * columns).clip(-0.5, 0.5) + 0.5
    return np.asarray(np.float32([0.2, 0.3, 0.6]) + side[..., None] * np.float32([0.5, 0.4, -0.3]), np.float32)


@pytest.mark.parametrize("degrees", [0, 17, 30, -45])
@pytest.mark.parametrize("width", [5, 9, 11])
def test_an_edge_goes_on_straight_across_a_stroke(degrees: float, width: int) -> None:
    truth, mask = edge(96, degrees), stroke(96, width)
    filled = fill_thin(np.where(mask[..., None], truth, np.float32(np.nan)), mask, thin_parts(mask))
    # Where the edge lies in each column: what is under it counts the pixels above.
    place, true_place = ((image[:, :, 0] - 0.2).sum(axis=0) / 0.5 for image in (filled, truth))
    assert np.abs(place - true_place).max() < 0.75
    assert np.abs(filled - truth).mean(axis=2)[~mask].mean() < 0.02


def test_a_flat_image_and_a_ramp_stay_as_they_are() -> None:
    mask = stroke(64, 7, slant=0.5)
    flat = np.full((64, 64, 3), 0.3, np.float32)
    np.testing.assert_allclose(fill_thin(flat, mask, ~mask), flat, atol=1e-6)
    ramp = np.linspace(0.2, 0.8, 64, dtype=np.float32)[:, None, None].repeat(64, 1).repeat(3, 2)
    assert np.abs(fill_thin(np.where(mask[..., None], ramp, 1), mask, ~mask) - ramp).max() < 0.02


def test_deep_holes_and_what_is_beside_them_are_left() -> None:
    mask = stroke(160, 7)
    mask[60:90, 60:90] = False
    thin = thin_parts(mask)
    assert not thin[50:100].any()  # the block, and where the stroke meets it
    np.testing.assert_array_equal(thin[:30], ~mask[:30])
    image = edge(160, 30)
    one = fill_thin(image, mask, thin)
    other = fill_thin(np.where((mask | thin)[..., None], image, 0.9), mask, thin)  # the block says nothing
    np.testing.assert_array_equal(one[thin], other[thin])
    assert not thin_parts(stroke(96, 2 * int(THIN) + 5)).any()


def test_a_part_of_an_image_is_filled_as_the_whole() -> None:
    rng = np.random.default_rng(0)
    image = cv2.GaussianBlur(rng.random((320, 320, 3), np.float32), (0, 0), 3)
    mask = stroke(320, 9, slant=0.4)
    whole, part = fill_thin(image, mask, ~mask), fill_thin(image[48:], mask[48:], ~mask[48:])
    assert np.abs(whole[80:] - part[32:]).max() < 0.004  # a step of 8 bits


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(1, 24), width=st.integers(1, 24), share=st.floats(0, 1))
def test_any_image_is_filled_within_the_range(seed: int, height: int, width: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    image, mask = rng.random((height, width, 3), np.float32), rng.random((height, width)) >= share
    thin = thin_parts(mask)
    filled = fill_thin(np.where(mask[..., None], image, np.float32(np.nan)), mask, thin)
    np.testing.assert_array_equal(filled[mask], image[mask])
    assert ((filled[thin] >= 0) & (filled[thin] <= 1)).all()


def test_no_method_is_asked_for_thin_holes_and_patches_leave_shallow_ones() -> None:
    class Nothing:
        name = "nothing"

        def fill(self, rgb: np.ndarray, mask: np.ndarray, wanted: np.ndarray | None = None) -> np.ndarray:
            raise AssertionError("asked")

    image, mask = edge(96, 20), stroke(96, 3)
    assert (shallow_parts(mask, ~mask) == ~mask).all()
    np.testing.assert_array_equal(TexturedBackend(Nothing(), 0.5).fill(image, mask), fill_thin(image, mask, ~mask))
    mask = stroke(96, 9)
    assert not shallow_parts(mask, ~mask).any()
    filled = TexturedBackend(Nothing(), 0.5).fill(image, mask)
    assert np.abs(filled - image).mean(axis=2)[~mask].mean() < 0.02
