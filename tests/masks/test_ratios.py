"""Ratios, classes, border, and the whole numbers of pixels that meet a ratio."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.masks.ratios import (
    RATIO_CLASSES,
    border_margin,
    class_label,
    hole_ratio,
    pixel_range,
    ratio_class,
    touches_border,
)


def test_hole_ratio_counts_false() -> None:
    mask = np.ones((4, 5), np.bool_)
    mask[0, :3] = False
    assert hole_ratio(mask) == 3 / 20
    assert hole_ratio(np.ones((3, 3), np.bool_)) == 0
    assert hole_ratio(np.zeros((3, 3), np.bool_)) == 1


@pytest.mark.parametrize(
    ("ratio", "index"),
    [
        (0.0, None),
        (0.01, None),
        (0.0101, 0),
        (0.1, 0),
        (0.1001, 1),
        (0.3, 2),
        (0.35, 3),
        (0.5, 4),
        (0.6, 5),
        (0.61, None),
    ],
)
def test_class_is_open_below_and_closed_above(ratio: float, index: int | None) -> None:
    assert ratio_class(ratio) == index


@pytest.mark.parametrize("tenth", range(1, 7))
def test_a_ratio_of_exactly_a_tenth_is_in_the_class_it_closes(tenth: int) -> None:
    mask = np.arange(12345 * 10).reshape(10, -1) >= 12345 * tenth
    assert ratio_class(hole_ratio(mask)) == tenth - 1


def test_labels_and_edges() -> None:
    assert [class_label(index) for index in (0, 5)] == ["(0.01, 0.1]", "(0.5, 0.6]"]
    assert [high for _, high in RATIO_CLASSES[:-1]] == [low for low, _ in RATIO_CLASSES[1:]]


@pytest.mark.parametrize(
    ("size", "margin"), [((512, 512), 50), ((256, 256), 25), ((512, 4000), 50), ((16, 16), 2), ((1, 1), 1)]
)
def test_margin_goes_with_the_shorter_side(size: tuple[int, int], margin: int) -> None:
    assert border_margin(size) == margin


@pytest.mark.parametrize(
    ("row", "column", "touches"),
    [
        (49, 256, True),
        (50, 256, False),
        (256, 49, True),
        (256, 50, False),
        (462, 256, True),
        (461, 256, False),
        (50, 462, True),
    ],
)
def test_border_zone_is_fifty_pixels_at_512(row: int, column: int, touches: bool) -> None:
    mask = np.ones((512, 512), np.bool_)
    mask[row, column] = False
    assert touches_border(mask) is touches


def test_no_hole_touches_nothing() -> None:
    assert not touches_border(np.ones((64, 64), np.bool_))


@given(st.floats(0, 1, allow_subnormal=False), st.floats(0, 1, allow_subnormal=False), st.integers(1, 100_000))
def test_pixel_range_is_exactly_what_lies_in_the_interval(one: float, other: float, pixels: int) -> None:
    low, high = sorted((one, other))
    fewest, most = pixel_range((low, high), pixels)
    for count in {fewest - 1, fewest, most, most + 1}:
        if 0 <= count <= pixels:
            assert (low < count / pixels <= high) == (fewest <= count <= most)
    # and, but for the rounding of one quotient, it agrees with exact fractions
    assert abs(fewest - (Fraction(low) * pixels).__floor__() - 1) <= 1
