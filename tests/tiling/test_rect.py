"""Rectangles, against sets of pixels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.tiling.rect import Framed, Rect

SIZE = (14, 17)


@st.composite
def rects(draw: st.DrawFn) -> Rect:
    top, left = draw(st.integers(0, SIZE[0] - 1)), draw(st.integers(0, SIZE[1] - 1))
    return Rect(top, left, draw(st.integers(1, SIZE[0] - top)), draw(st.integers(1, SIZE[1] - left)))


def pixels(rect: Rect) -> set[tuple[int, int]]:
    return {
        (row, column)
        for row in range(SIZE[0])
        for column in range(SIZE[1])
        if rect.top <= row < rect.top + rect.height and rect.left <= column < rect.left + rect.width
    }


def test_the_slices_cut_out_the_pixels_of_a_rectangle() -> None:
    rect = Rect(2, 3, 5, 7)
    flags = np.zeros(SIZE, bool)
    flags[rect.slices] = True
    assert set(map(tuple, np.argwhere(flags).tolist())) == pixels(rect)
    assert (rect.bottom, rect.right, rect.size, rect.area) == (7, 10, (5, 7), 35)
    assert Rect.between(2, 3, 7, 10) == rect
    assert Rect.whole((5, 7, 3)) == Rect(0, 0, 5, 7)


@given(rects(), rects())
def test_the_overlap_holds_the_pixels_of_both(one: Rect, other: Rect) -> None:
    both = one.overlap(other)
    assert (set() if both is None else pixels(both)) == pixels(one) & pixels(other)
    assert both == other.overlap(one)
    if both is not None:
        values = np.arange(SIZE[0] * SIZE[1]).reshape(SIZE)
        np.testing.assert_array_equal(values[one.slices][both.relative_to(one).slices], values[both.slices])


@given(rects(), st.integers(0, 9), st.integers(1, 4))
def test_a_margin_goes_as_far_as_the_image_and_begins_on_the_step(rect: Rect, margin: int, step: int) -> None:
    grown = rect.grown(margin, SIZE, step)
    near = {
        (row, column)
        for row in range(SIZE[0])
        for column in range(SIZE[1])
        if any(abs(row - y) <= margin and abs(column - x) <= margin for y, x in pixels(rect))
    }
    if step == 1:
        assert pixels(grown) == near
    assert near <= pixels(grown)
    assert grown.top % step == grown.left % step == 0
    assert min(y for y, _ in near) - grown.top < step
    assert min(x for _, x in near) - grown.left < step
    values = np.arange(SIZE[0] * SIZE[1]).reshape(SIZE)
    np.testing.assert_array_equal(Framed(rect, grown).cut(values[grown.slices]), values[rect.slices])


@given(rects(), st.integers(1, 5))
def test_a_rectangle_touches_the_pixels_of_a_smaller_image_that_hold_any_of_its_own(rect: Rect, factor: int) -> None:
    small = rect.scaled_down(factor)
    assert pixels(small) == {(row // factor, column // factor) for row, column in pixels(rect)}


@given(st.lists(rects(), min_size=1, max_size=4))
def test_the_enclosing_rectangle_is_no_larger_than_it_has_to_be(some: list[Rect]) -> None:
    whole = Rect.enclosing(some)
    rows = {row for rect in some for row, _ in pixels(rect)}
    columns = {column for rect in some for _, column in pixels(rect)}
    assert (whole.top, whole.bottom - 1, whole.left, whole.right - 1) == (
        min(rows),
        max(rows),
        min(columns),
        max(columns),
    )


def test_rectangles_sort_from_the_top_then_from_the_left() -> None:
    assert sorted([Rect(1, 0, 1, 1), Rect(0, 5, 9, 9), Rect(0, 2, 1, 1)])[0] == Rect(0, 2, 1, 1)
