"""The plan of which windows of a large image are read and filled, on a coarse map of its holes.

Holes that lie near one another form a group. A group that fits into a window with its context has one of its own. The
others (long cracks, large losses, dust everywhere) share the windows of a fixed grid, which overlap and are blended;
but where damage is scattered, and windows with less context come cheaper than those of the grid, it gets such ones.

Beside `pconv_cli.tiling.by_pixels` this is the outer plan of two: it bounds what is held in memory, and a gigapixel's
mask is not unpacked for it; within each of its windows, a network makes the other one, which bounds what is computed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pconv_cli.tiling.blend import handover
from pconv_cli.tiling.grid import regular_grid
from pconv_cli.tiling.rect import Rect, Size
from pconv_cli.tiling.window import Groups, Labels, Window

#: Side in pixels of a cell of the coarse map.
CELL = 16

# What a window costs beside its pixels, in pixels.
_FIXED = 100_000

#: What `CellPlan.labels` holds for cells whose holes are filled on the grid.
ON_GRID = -1


@dataclass(frozen=True, eq=False)
class CellPlan:
    """Windows that together fill all holes.

    Attributes:
        size: Size of the image, (height, width).
        windows: By their top, then left edge; every hole pixel belongs to one group's window, or to one to four windows
            of the grid.
        labels: For each cell with a hole the label or grid of the windows that fill it; 0 for the others.
    """

    size: Size
    windows: list[Window]
    labels: Labels

    def own(self, window: Window) -> NDArray[np.bool_]:
        """Give where in a window ``(h, w)`` the holes are its own, alone or shared on the grid."""
        touched = window.rect.scaled_down(CELL)
        return _spread(self.labels[touched.slices] == (window.grid or window.label), touched, window.rect)

    def weight(self, window: Window) -> NDArray[np.float32]:
        """Give how much of each pixel ``(h, w)`` a window fills; over the windows that own a pixel this sums to 1."""
        if not window.grid:
            return np.ones(window.rect.size, np.float32)
        return handover(window.rect, self.size, window.overlap)

    def share(self, window: Window) -> NDArray[np.float32]:
        """Give how much of each hole pixel ``(h, w)`` a window fills: its weight, where the hole is its own."""
        return self.weight(window) * self.own(window)


def plan_by_cells(
    some: NDArray[np.bool_], near: Groups, size: Size, side: int, context: int, nearer: Groups | None = None
) -> CellPlan:
    """Plan the windows of an image.

    Args:
        some: For each cell of `CELL` pixels a side whether it holds any hole.
        near: The connected groups of these cells, grown on all sides by as many cells as the context needs.
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
    grid = _on_grid(labels, size, side, context)
    if grid and nearer is not None:
        names, apart = _alone(nearer, size, side, len(near.boxes))
        left = np.where(labels == ON_GRID, names[nearer.labels], labels)
        apart = [window for window, found in zip(apart, np.isin([w.label for w in apart], left), strict=True) if found]
        beside = _on_grid(left, size, side, context)
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


def _on_grid(labels: Labels, size: Size, side: int, context: int) -> list[Window]:
    on_grid = labels == ON_GRID
    return [
        Window(rect, 0, ON_GRID, 2 * context)
        for rect in regular_grid(size, side, context)
        if on_grid[rect.scaled_down(CELL).slices].any()
    ]


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
