"""The plan of which windows of a large image are read and filled, on a coarse map of its holes.

Holes that lie near one another form a group. A group that fits into a window with its context has one of its own. The
others (long cracks, large losses, dust everywhere) share the windows of a fixed grid, which overlap; but where damage
is scattered, and windows with less context come cheaper than those of the grid, it gets such ones. On the grid a hole
that one window shows with half of the context is that window's alone; others are blended.

Beside `pconv_cli.tiling.by_pixels` this is the outer plan of two: it bounds what is held in memory, and a gigapixel's
mask is not unpacked for it; within each of its windows, a network makes the other one, which bounds what is computed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pconv_cli.tiling.blend import handover
from pconv_cli.tiling.grid import regular_grid, shown_by
from pconv_cli.tiling.rect import Rect, Size
from pconv_cli.tiling.window import Groups, Labels, Window

#: Side in pixels of a cell of the coarse map.
CELL = 16

# What a window costs beside its pixels, in pixels.
_FIXED = 100_000

#: What `CellPlan.labels` holds for cells whose holes several windows of the grid fill; below it are those of one each.
ON_GRID = -1


@dataclass(frozen=True, eq=False)
class CellPlan:
    """Windows that together fill all holes.

    Attributes:
        size: Size of the image, (height, width).
        windows: By their top, then left edge; every hole pixel belongs to one group's window, or to one to four windows
            of the grid.
        labels: For each cell with a hole the label or grid of the windows that fill it; 0 for the others. A window of
            the grid may have a label, too: of the holes that it fills alone.
    """

    size: Size
    windows: list[Window]
    labels: Labels

    def own(self, window: Window) -> NDArray[np.bool_]:
        """Give where in a window ``(h, w)`` the holes are its own, alone or shared on the grid."""
        return self._cells_of(window, *(name for name in (window.label, window.grid) if name))

    def weight(self, window: Window) -> NDArray[np.float32]:
        """Give how much of each pixel ``(h, w)`` a window fills; over the windows that own a pixel this sums to 1."""
        if not window.grid:
            return np.ones(window.rect.size, np.float32)
        weight = handover(window.rect, self.size, window.overlap)
        if window.label:
            weight[self._cells_of(window, window.label)] = 1
        return weight

    def share(self, window: Window) -> NDArray[np.float32]:
        """Give how much of each hole pixel ``(h, w)`` a window fills: its weight, where the hole is its own."""
        return self.weight(window) * self.own(window)

    def _cells_of(self, window: Window, *names: int) -> NDArray[np.bool_]:
        touched = window.rect.scaled_down(CELL)
        return _spread(np.isin(self.labels[touched.slices], names), touched, window.rect)


def plan_by_cells(
    some: NDArray[np.bool_],
    parts: Groups,
    near: Groups,
    size: Size,
    side: int,
    context: int,
    nearer: Groups | None = None,
) -> CellPlan:
    """Plan the windows of an image.

    Args:
        some: For each cell of `CELL` pixels a side whether it holds any hole.
        parts: The connected groups of these cells.
        near: Those of the same cells, grown on all sides by as many cells as the context needs.
        size: Size of the image, (height, width) in pixels.
        side: Largest side of a window; at least 4 times the context.
        context: Pixels that a window shows round its holes, where the image has them.
        nearer: The same groups, grown by less, for holes whose group fits into no window, if that is cheaper; None:
            these are filled on the grid in any case.
    """
    if max(size) <= side:
        whole = [Window(Rect.whole(size), 1, 0, 0)] if some.any() else []
        return CellPlan(size, whole, np.where(some, np.int32(1), np.int32(0)))
    names, windows = _alone(near, size, side, 0)
    labels = np.where(some, names[near.labels], np.int32(0))
    labels, grid = _on_grid(labels, parts, size, side, context)
    if grid and nearer is not None:
        names, apart = _alone(nearer, size, side, len(near.boxes))
        left = np.where(labels < 0, names[nearer.labels], labels)
        apart = [window for window, found in zip(apart, np.isin([w.label for w in apart], left), strict=True) if found]
        left, beside = _on_grid(left, parts, size, side, context)
        if _cost([*apart, *beside]) < _cost(grid):
            labels, grid = left, [*apart, *beside]
    return CellPlan(size, sorted([*windows, *grid]), labels)


def _alone(groups: Groups, size: Size, side: int, after: int) -> tuple[Labels, list[Window]]:
    """Give each group that fits into a window one of its own; labels begin after a number, and others' are the grid."""
    names = np.arange(len(groups.boxes), dtype=np.int32) + np.int32(after)
    windows = []
    for label in range(1, len(groups.boxes)):
        rect = _pixels(groups.rect(label), size)
        if max(rect.size) <= side:
            windows.append(Window(rect, int(names[label]), 0, 0))
        else:
            names[label] = ON_GRID
    return names, windows


def _on_grid(labels: Labels, parts: Groups, size: Size, side: int, context: int) -> tuple[Labels, list[Window]]:
    """Give the windows of the grid, and the labels again, with those of the holes that one of them fills alone."""
    names = np.full(len(parts.boxes), ON_GRID, np.int32)
    low, high = parts.boxes[:, :2] * CELL, np.minimum(parts.boxes[:, 2:] * CELL, size)
    rows, _ = shown_by(low[:, 0], high[:, 0], size[0], side, context)
    columns, across = shown_by(low[:, 1], high[:, 1], size[1], side, context)
    alone = (rows >= 0) & (columns >= 0)
    names[alone] -= 1 + rows[alone] * across + columns[alone]
    labels = np.where(labels == ON_GRID, names[parts.labels], labels)
    windows = []
    for number, rect in enumerate(regular_grid(size, side, context)):
        here = labels[rect.scaled_down(CELL).slices]
        label, grid = (name if (here == name).any() else 0 for name in (ON_GRID - 1 - number, ON_GRID))
        if label or grid:
            windows.append(Window(rect, label, grid, 2 * context))
    return labels, windows


def _cost(windows: list[Window]) -> int:
    return sum(window.rect.area + _FIXED for window in windows)


def spread_cells(cells: NDArray[np.bool_], rect: Rect) -> NDArray[np.bool_]:
    """Give a map of cells at the scale of the image, in a rectangle of it ``(h, w)``."""
    touched = rect.scaled_down(CELL)
    return _spread(cells[touched.slices], touched, rect)


def _spread(cells: NDArray[np.bool_], touched: Rect, rect: Rect) -> NDArray[np.bool_]:
    large = np.repeat(np.repeat(cells, CELL, axis=0), CELL, axis=1)
    return large[rect.relative_to(Rect(touched.top * CELL, touched.left * CELL, 0, 0)).slices]


def _pixels(cells: Rect, size: Size) -> Rect:
    """Give a rectangle of cells in pixels, cut to the image."""
    top, left = cells.top * CELL, cells.left * CELL
    return Rect(top, left, min(cells.height * CELL, size[0] - top), min(cells.width * CELL, size[1] - left))
