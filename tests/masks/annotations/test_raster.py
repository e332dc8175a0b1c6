"""The raster rule, held against exact arithmetic in fractions, pixel by pixel."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pconv_cli.masks.annotations.raster import cover_rings
from pconv_cli.masks.annotations.shapes import Canvas, Rings, stroke, together

Ring = list[tuple[Fraction, Fraction]]


def _centre_inside(rings: list[Ring], column: int, row: int, *, even_odd: bool) -> bool:
    x, y = column + Fraction(1, 2), row + Fraction(1, 2)
    crossings = winding = 0
    for ring in rings:
        for (x0, y0), (x1, y1) in pairwise([*ring, ring[0]]):
            if (y0 <= y) != (y1 <= y) and x0 + (y - y0) / (y1 - y0) * (x1 - x0) < x:
                crossings += 1
                winding += 1 if y1 > y0 else -1
    return crossings % 2 == 1 if even_odd else winding != 0


def _passes(start: tuple[Fraction, Fraction], end: tuple[Fraction, Fraction], column: int, row: int) -> bool:
    """Whether a segment has a point in the open pixel."""
    low, high = Fraction(0), Fraction(1)
    for begin, stop, edge in ((start[0], end[0], column), (start[1], end[1], row)):
        delta = stop - begin
        if delta == 0:
            if not edge < begin < edge + 1:
                return False
            continue
        near, far = sorted(((edge - begin) / delta, (edge + 1 - begin) / delta))
        low, high = max(low, near), min(high, far)
    return low < high


def _oracle(rings: list[Ring], size: tuple[int, int], *, even_odd: bool) -> np.ndarray:
    found = np.zeros(size, np.bool_)
    for row in range(size[0]):
        for column in range(size[1]):
            found[row, column] = _centre_inside(rings, column, row, even_odd=even_odd) or any(
                _passes(start, end, column, row) for ring in rings for start, end in pairwise([*ring, ring[0]])
            )
    return found


def _area(ring: Ring) -> Fraction:
    return sum((x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise([*ring, ring[0]])), Fraction(0))


# Eighths are exact in float64, and lie on edges and centres of pixels often.
coordinate = st.integers(-16, 64).map(lambda eighths: Fraction(eighths, 8))
ring = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=6).filter(lambda one: _area(one) != 0)


@given(st.lists(ring, min_size=1, max_size=2), st.booleans())
def test_equals_exact_arithmetic(rings: list[Ring], even_odd: bool) -> None:
    size = (7, 6)
    arrays = [np.array([(float(x), float(y)) for x, y in one]) for one in rings]
    np.testing.assert_array_equal(cover_rings(arrays, size, even_odd=even_odd), _oracle(rings, size, even_odd=even_odd))


def test_a_rectangle_on_pixel_edges_is_exactly_its_pixels() -> None:
    covered = cover_rings([np.array([(2.0, 1.0), (5.0, 1.0), (5.0, 3.0), (2.0, 3.0)])], (5, 7))
    expected = np.zeros((5, 7), np.bool_)
    expected[1:3, 2:5] = True
    np.testing.assert_array_equal(covered, expected)


def test_a_sliver_between_all_centres_stays_in_one_piece() -> None:
    """scikit-image 0.26's polygon2mask and pycocotools 2.0.11 find none of these eight pixels."""
    covered = cover_rings([np.array([(0.1, 0.6), (7.9, 0.62), (7.9, 0.7), (0.1, 0.68)])], (2, 8))
    np.testing.assert_array_equal(covered, [[True] * 8, [False] * 8])


def test_rings_without_area_still_mark_pixels() -> None:
    along_an_edge = cover_rings([np.array([(1.0, 2.0), (4.0, 2.0), (1.0, 2.0)])], (4, 6))
    assert along_an_edge.sum() == 3
    assert along_an_edge[2, 1:4].all()
    point = cover_rings([np.array([(3.5, 1.5)])], (4, 6))
    assert point.sum() == 1
    assert point[1, 3]


def test_open_lines_do_not_close() -> None:
    corner = np.array([(0.5, 0.5), (5.5, 0.5), (5.5, 4.5)])
    covered = cover_rings([corner], (5, 6), closed=False)
    expected = np.zeros((5, 6), np.bool_)
    expected[0], expected[:, 5] = True, True
    np.testing.assert_array_equal(covered, expected)


@pytest.mark.parametrize("far", [1e3, 1e7])
def test_what_lies_far_outside_costs_nothing_and_changes_nothing(far: float) -> None:
    square = np.array([(-far, -far), (far, -far), (far, far), (-far, far)])
    assert cover_rings([square], (50, 60)).all()
    away = square + 3 * far
    assert not cover_rings([away], (50, 60)).any()


def test_many_points_are_drawn_in_parts() -> None:
    """More crossings than are held at a time give the same as a coarse polygon of the same outline."""
    angle = np.linspace(0, 2 * np.pi, 120_000, endpoint=False)
    circle = np.stack([300 + 250 * np.cos(angle), 300 + 250 * np.sin(angle)], axis=1)
    comb = np.stack([np.tile([10.25, 580.75], 2000), np.linspace(0.5, 599.5, 4000)], axis=1)  # crosses every column
    assert abs(int(cover_rings([circle], (600, 600)).sum()) - np.pi * 250.5**2) < 700
    assert cover_rings([comb], (600, 600), closed=False)[:, 11:580].all()


def _drawn(shapes: list[Rings]) -> np.ndarray:
    canvas = Canvas(np.zeros((40, 50), np.bool_), 0, 2000)
    for shape in shapes:
        shape.draw(canvas)
    return canvas.hole


@given(
    points=st.lists(st.tuples(st.floats(-5, 55), st.floats(-5, 45)), min_size=1, max_size=6),
    width=st.floats(1, 30),
)
def test_pieces_drawn_together_are_their_union(points: list[tuple[float, float]], width: float) -> None:
    """Discs and boxes that overlap, and turn either way, take nothing from each other."""
    pieces = stroke(np.array(points), width)
    np.testing.assert_array_equal(_drawn([together(pieces)]), _drawn(list(pieces)))
