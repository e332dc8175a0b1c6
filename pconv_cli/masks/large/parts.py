"""Connected parts of an area of any size: measured in windows, put together across their borders, kept or listed."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.large.windows import SIDE, counted_tiles
from pconv_cli.tiling.rect import Framed, Rect, Size

Labels = NDArray[np.int32]
Sums = NDArray[np.float64]

Measure = Callable[[Framed, Labels, int], Sums]
"""From a window, its labels ``(h, w)`` (0: no part) and their number n: for each label what is added up, ``(n, k)``."""

Keep = Callable[[Sums], NDArray[np.bool_]]
"""From the sums of n parts ``(n, k)``: which of them are kept."""

Join = Callable[[NDArray[np.int32], Sums], Sums]
"""From the part (0, 1, ...) of each piece ``(n,)`` and what was measured of it ``(n, k)``: the same of whole parts."""


def keep_parts(area: PackedMask, measure: Measure, keep: Keep, side: int = SIDE) -> tuple[PackedMask, int]:
    """Keep those connected parts (8 neighbours) of an area, as its hole, whose sums over all of their pixels pass.

    A part inside one window is judged at once. Those that meet a window's border get numbers; numbers that touch across
    a border are one part, whose sums are those of its pieces, and judged when all windows have been seen. So what is
    kept does not depend on the windows, and what is remembered follows their borders and not the image.

    Args:
        area: What is cut into parts: its hole.
        measure: What to add up.
        keep: The test.
        side: Side of the windows, in pixels.

    Returns:
        The area of the parts that were kept, and how many they are.
    """
    kept, number = PackedMask(area.size), 0
    borders = _Borders(area.size)
    for framed in counted_tiles(area.size, side):
        if not area.has_hole(framed.inner):
            continue
        labels, count = _labelled(area, framed.inner)
        sums = measure(framed, labels, count)
        verdict = keep(sums)
        verdict[0] = False
        opened = _at_borders(labels, framed.inner, area.size)
        verdict[opened] = False
        kept.put_hole(framed.inner, verdict[labels])
        number += int(np.count_nonzero(verdict))
        borders.add(framed, labels, opened, sums)
    if borders.count:
        parts = borders.together()
        verdict = keep(_summed(parts, borders.sums()))
        number += int(np.count_nonzero(verdict))
        for framed, opened, first in borders.windows:
            labels, count = _labelled(area, framed.inner)
            added = np.zeros(count, np.bool_)
            added[opened] = verdict[parts[first : first + len(opened)]]
            kept.put_hole(framed.inner, kept.hole(framed.inner) | added[labels])
    return kept, number


def list_parts(area: PackedMask, measure: Measure, join: Join, side: int = SIDE, margin: int = 0) -> Sums:
    """Measure every connected part (8 neighbours) of an area.

    Args:
        area: What is cut into parts: its hole.
        measure: What to measure in a window; row 0, of what is no part, is left out.
        join: Makes one measure of those of a part's pieces in several windows.
        side: Side of the windows, in pixels.
        margin: Pixels round a window that ``measure`` may look at.

    Returns:
        A row for each part ``(n, k)``, in no order that means anything.
    """
    inside: list[Sums] = []
    borders = _Borders(area.size)
    for framed in counted_tiles(area.size, side, margin):
        if not area.has_hole(framed.inner):
            continue
        labels, count = _labelled(area, framed.inner)
        rows = measure(framed, labels, count)
        opened = _at_borders(labels, framed.inner, area.size)
        inside.append(np.delete(rows, [0, *opened], axis=0))
        borders.add(framed, labels, opened, rows)
    if borders.count:
        inside.append(join(borders.together(), borders.sums()))
    return np.concatenate(inside) if inside else np.empty((0, 0))


def connected_to(area: PackedMask, seeds: PackedMask, side: int = SIDE) -> PackedMask:
    """Find the connected parts (8 neighbours) of ``area`` that hold at least one pixel of ``seeds``."""

    def measure(framed: Framed, labels: Labels, count: int) -> Sums:
        return counts(labels[seeds.hole(framed.inner)], count)

    return keep_parts(area, measure, lambda sums: sums[:, 0] > 0, side)[0]


def large_parts(area: PackedMask, least: int, side: int = SIDE) -> tuple[PackedMask, int]:
    """Find the connected parts (8 neighbours) of ``area`` of at least this many pixels, and count them."""
    return keep_parts(area, lambda _, labels, count: counts(labels, count), lambda sums: sums[:, 0] >= least, side)


def counts(labels: Labels, count: int) -> Sums:
    """Count how often each of ``count`` labels occurs, ``(count, 1)``."""
    return np.bincount(labels.ravel(), minlength=count).astype(np.float64)[:, np.newaxis]


class _Borders:
    """The pieces of parts that meet the borders of windows, and which of them touch."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size, self.count = size, 0
        self.windows: list[tuple[Framed, NDArray[Any], int]] = []
        self._sums: list[Sums] = []
        self._links: list[NDArray[np.int64]] = []
        # Numbers of pieces along the lower border of the row of windows above, and of this one; -1: none.
        self._above = np.full(size[1] + 2, -1, np.int64)
        self._below = self._above.copy()
        self._beside: tuple[int, NDArray[np.int64]] = (-1, self._above)
        self._rows = (0, 0)

    def add(self, framed: Framed, labels: Labels, opened: NDArray[Any], sums: Sums) -> None:
        """Number the pieces of a window; windows come row by row, without those that are empty."""
        rect = framed.inner
        if (rect.top, rect.bottom) != self._rows:
            none = np.full_like(self._below, -1)
            self._above, self._below = (self._below if rect.top == self._rows[1] else none), none.copy()
            self._rows, self._beside = (rect.top, rect.bottom), (-1, none)
        numbers = np.full(int(labels.max()) + 1, -1, np.int64)
        numbers[opened] = np.arange(self.count, self.count + len(opened))
        if len(opened):
            self.windows.append((framed, opened, self.count))
            self._sums.append(sums[opened])
            self.count += len(opened)
        self._link(numbers[labels[0]], self._above[rect.left : rect.right + 2])
        if self._beside[0] == rect.left:
            self._link(numbers[labels[:, 0]], np.pad(self._beside[1], 1, constant_values=-1))
        self._beside = (rect.right, numbers[labels[:, -1]])
        self._below[rect.left + 1 : rect.right + 1] = numbers[labels[-1]]

    def _link(self, here: NDArray[np.int64], there: NDArray[np.int64]) -> None:
        """Note which pieces of a line touch those of the line beside it, one longer at both ends, diagonals too."""
        for shift in range(3):
            other = there[shift : shift + len(here)]
            both = (here >= 0) & (other >= 0)
            if both.any():
                self._links.append(np.unique(np.stack([here[both], other[both]]), axis=1))

    def together(self) -> NDArray[np.int32]:
        """Number the part that each piece belongs to."""
        ends = np.concatenate([np.empty((2, 0), np.int64), *self._links], axis=1)
        from scipy.sparse import coo_array  # some half second to import, and runs without a condition do without it
        from scipy.sparse.csgraph import connected_components

        graph = coo_array((np.ones(ends.shape[1], np.bool_), (ends[0], ends[1])), shape=(self.count, self.count))
        return np.asarray(connected_components(graph, directed=False)[1], np.int32)

    def sums(self) -> Sums:
        """Return what was measured of each piece."""
        return np.concatenate(self._sums)


def _labelled(area: PackedMask, rect: Rect) -> tuple[Labels, int]:
    count, labels = cv2.connectedComponents(area.hole(rect).astype(np.uint8), connectivity=8)
    return np.asarray(labels, np.int32), count


def _at_borders(labels: Labels, rect: Rect, size: Size) -> NDArray[Any]:
    """Give the labels that meet a side of a window beyond which the image goes on."""
    sides = (
        (rect.top > 0, labels[0]),
        (rect.bottom < size[0], labels[-1]),
        (rect.left > 0, labels[:, 0]),
        (rect.right < size[1], labels[:, -1]),
    )
    found = np.unique(np.concatenate([np.empty(0, np.int32), *(line for inside, line in sides if inside)]))
    return found[found > 0]


def _summed(parts: NDArray[np.int32], sums: Sums) -> Sums:
    count = int(parts.max()) + 1
    return np.stack([np.bincount(parts, weights=column, minlength=count) for column in sums.T], axis=1)
