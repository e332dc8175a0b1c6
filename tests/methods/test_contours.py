"""Contours that run into a hole: where they are drawn, how sharp, at which tone, and where they are left out."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.methods.lines.contours import draw_contours
from pconv_cli.methods.lines.joining import join_lines

SIZE = (110, 130)
ROWS, COLUMNS = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
INNER, OUTER = np.float32([0.5, 0.2, 0.15]), np.float32([0.8, 0.75, 0.6])
MASK = np.ones(SIZE, bool)
MASK[20:90, 55:75] = False
TRUSTED = np.ones(SIZE, np.float32)


def disc(radius: float, right: np.ndarray = INNER) -> np.ndarray:
    """A disc below, whose edge crosses the hole as an arc; beyond the hole's middle it may be of another colour."""
    inside = (radius - np.hypot(ROWS - 55 - radius, COLUMNS - 65)).clip(-0.5, 0.5) + 0.5
    paint = INNER + ((COLUMNS - 55) / 20).clip(0, 1)[:, :, None] * (right - INNER)
    return (OUTER + inside[:, :, None] * (paint - OUTER)).astype(np.float32)


def blurred(image: np.ndarray, sigma: float = 2.0) -> np.ndarray:
    """As a network fills a narrow hole: with the right things, blurred."""
    return np.where(MASK[:, :, None], image, cv2.GaussianBlur(image, (0, 0), sigma)).astype(np.float32)


def contours(*arguments):
    """The contours' colours, and how sure they are, as maps of the image."""
    found = draw_contours(*arguments)
    colours = np.zeros_like(arguments[0])
    colours.reshape(-1, 3)[found.numbers] = found.colours
    return colours, found.certainty(colours.shape[:2])


@pytest.mark.parametrize("radius", [30, 50, 90])
def test_a_blurred_arc_becomes_as_sharp_as_outside(radius: float) -> None:
    image = disc(radius)
    filled = blurred(image)
    drawn, sure = contours(filled, MASK, ~MASK, TRUSTED)
    certain = sure > 0.99
    edge = ~MASK & (np.abs(np.hypot(ROWS - 55 - radius, COLUMNS - 65) - radius) < 1.5)
    assert certain[edge].mean() > 0.95
    assert np.abs(drawn - image)[edge].mean() < 0.4 * np.abs(filled - image)[edge].mean()
    assert not sure[MASK].any()


def test_a_contour_turns_from_one_cross_section_into_the_other() -> None:
    image = disc(90, right=INNER + np.float32([0.1, 0.25, 0.1]))
    drawn, sure = contours(blurred(image), MASK, ~MASK, 0.3 * TRUSTED)
    below = drawn[59, 56:74, 1]
    assert (sure[59, 56:74] > 0.5).all()
    assert (np.diff(below) > -0.01).all()
    assert below[-1] - below[0] == pytest.approx(0.25, abs=0.06)


def test_where_the_fill_is_trusted_contours_take_its_tone() -> None:
    image = disc(50)
    filled = np.where(MASK[:, :, None], image, blurred(image) + np.float32(0.1))
    for trust, tone in ((1.0, 0.1), (0.3, 0.03)):
        drawn, sure = contours(filled, MASK, ~MASK, trust * TRUSTED)
        on = sure > 0.99
        on[:, :60] = on[:, 70:] = False
        assert (drawn - image)[on].mean() == pytest.approx(tone, abs=0.02)


def test_a_contour_ends_where_the_fill_shows_it_no_longer_or_is_not_trusted() -> None:
    image = disc(90)
    fog = np.where(MASK[:, :, None], image, cv2.GaussianBlur(image, (0, 0), 12.0)).astype(np.float32)
    assert not contours(fog, MASK, ~MASK, TRUSTED)[1][:, 60:70].any()
    left = TRUSTED * (COLUMNS < 63)
    _, sure = contours(blurred(image), MASK, ~MASK, left)
    assert sure[:, 55:58].max() > 0.9
    assert sure[:, 62].max() < 0.3
    assert not sure[:, 64:68].any()


@pytest.mark.parametrize("shift", [70, 100])
def test_tiles_of_the_image_leave_no_trace(shift: int) -> None:
    image = disc(50)
    around = ((shift, 160), (shift, 160))
    filled, mask = np.pad(blurred(image), (*around, (0, 0)), "edge"), np.pad(MASK, around, constant_values=True)
    drawn, sure = contours(filled, mask, ~mask, np.ones(mask.shape, np.float32))
    here = slice(shift, shift + SIZE[0]), slice(shift, shift + SIZE[1])
    expected, certain = contours(blurred(image), MASK, ~MASK, TRUSTED)
    assert certain.any()
    np.testing.assert_allclose(sure[here], certain, atol=1e-5)
    np.testing.assert_allclose(drawn[here], expected, atol=1e-5)


def test_lines_that_were_joined_stay_as_they_are() -> None:
    image = disc(1e5)
    filled = blurred(image)
    drawn, sure = join_lines(filled, MASK)
    assert np.abs(drawn - image)[sure > 0.99].mean() < 0.02


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40))
def test_any_image_and_mask_are_taken(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    filled = (rng.random((height, width, 3)) > 0.5).astype(np.float32).repeat(4, 0).repeat(4, 1)
    mask = (rng.random((height, width)) > 0.3).repeat(4, 0).repeat(4, 1)
    drawn, sure = contours(filled, mask, ~mask, np.ones(mask.shape, np.float32))
    assert not sure[mask].any()
    assert 0 <= sure.min() <= sure.max() <= 1
    assert 0 <= drawn.min() <= drawn.max() <= 1
