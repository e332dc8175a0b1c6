"""Which windows of a large picture are filled, each with its context: pure arithmetic on a coarse map of its holes.

Holes that lie near one another form a group. A group that fits into a window with its context has one of its own. The
others (long cracks, large losses, dust everywhere) share the windows of a fixed grid, which overlap and are blended.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.inpainting.blend import smoothstep
from pconv_cli.inpainting.tiles import Tile
from pconv_cli.masks.ratios import Mask

#: Largest side of a window in pixels. A picture no larger is one window; at this side a fill needs some 500 MB.
SIDE = 2048

#: Pixels round a hole that a window shows at least; on the grid, half of the overlap of two windows.
CONTEXT = 256

#: Side in pixels of a cell of the coarse map.
CELL = 16

#: What `Plan.labels` holds for cells whose holes are filled on the grid.
ON_GRID = -1


class Task(NamedTuple):
    """A window to fill, and the label of the cells whose holes are taken from it."""

    tile: Tile
    label: int


@dataclass(frozen=True, eq=False)
class Plan:
    """The windows of a picture.

    Attributes:
        size: (height, width) of the picture.
        tasks: The windows by their top, then left edge; every hole pixel belongs to one group's window, or to one to
            four windows of the grid.
        labels: For each cell with a hole the label of its task.
        step: Distance of neighbouring windows of the grid.
        context: See `CONTEXT`.
    """

    size: tuple[int, int]
    tasks: list[Task]
    labels: NDArray[np.int32]
    step: int
    context: int

    def own(self, task: Task) -> NDArray[np.bool_]:
        """Where in a task's window ``(h, w)`` the holes are its own."""
        return spread_cells(self.labels == task.label, task.tile)

    def weight(self, task: Task) -> NDArray[np.float32]:
        """How much of each pixel ``(h, w)`` is taken from a task; over the tasks that own a pixel it sums up to 1."""
        if task.label != ON_GRID:
            return np.ones((task.tile.height, task.tile.width), np.float32)
        rows = self._ramp(task.tile.top, task.tile.height, self.size[0])
        columns = self._ramp(task.tile.left, task.tile.width, self.size[1])
        return np.outer(rows, columns)

    def share(self, task: Task) -> NDArray[np.float32]:
        """How much of each hole pixel ``(h, w)`` is taken from a task: its weight, where the hole is its own."""
        return self.weight(task) * self.own(task)

    def _ramp(self, start: int, length: int, whole: int) -> NDArray[np.float32]:
        """Weight along one side: from one border of the grid to the next, and over half the context beyond each."""
        places = np.arange(start, start + length, dtype=np.float64) + 0.5
        index = 0 if start == 0 else (start + self.context) // self.step
        weight = np.ones(length, np.float32)
        if start > 0:
            weight *= smoothstep(((places - index * self.step) / self.context + 0.5).astype(np.float32))
        if start + length < whole:
            weight *= 1 - smoothstep(((places - (index + 1) * self.step) / self.context + 0.5).astype(np.float32))
        return weight


def wanted_holes(mask: Mask, share: NDArray[np.float32]) -> Mask | None:
    """Which holes of a window count, each as a whole; None: all.

    Args:
        mask: Of the window, ``(h, w)``, True = valid.
        share: `Plan.share` of its task.
    """
    counts = share > 0
    if (mask | counts).all():
        return None
    number, labels = cv2.connectedComponents((~mask).astype(np.uint8), ltype=cv2.CV_32S)
    chosen = np.zeros(number, np.bool_)
    chosen[labels[counts]] = True
    chosen[0] = False  # what is valid
    return np.asarray(chosen[labels], np.bool_)


def plan_windows(some: NDArray[np.bool_], size: tuple[int, int], side: int = SIDE, context: int = CONTEXT) -> Plan:
    """Plan the windows of a picture.

    Args:
        some: For each cell of `CELL` pixels a side whether it holds any hole.
        size: (height, width) of the picture in pixels.
        side: Largest side of a window; at least 4 times the context.
        context: Pixels that a window shows round its holes, where the picture has them.
    """
    step = side - 2 * context
    labels = np.where(some, np.int32(1), np.int32(0))
    if max(size) <= side:
        whole = [Task(Tile(0, 0, *size), 1)] if some.any() else []
        return Plan(size, whole, labels, step, context)
    reach = -(-context // CELL)
    grown = cv2.dilate(some.astype(np.uint8), np.ones((2 * reach + 1, 1), np.uint8))
    grown = cv2.dilate(grown, np.ones((1, 2 * reach + 1), np.uint8))
    count, groups, stats, _ = cv2.connectedComponentsWithStats(grown, ltype=cv2.CV_32S)
    names = np.arange(count, dtype=np.int32)
    tasks = []
    for label in range(1, count):
        left, top, width, height = (int(value) * CELL for value in stats[label][:4])
        tile = Tile(top, left, min(height, size[0] - top), min(width, size[1] - left))
        if max(tile.height, tile.width) <= side:
            tasks.append(Task(tile, label))
        else:
            names[label] = ON_GRID
    labels = np.where(some, names[groups], np.int32(0))
    tasks += [Task(tile, ON_GRID) for tile in _grid(labels == ON_GRID, size, step, context)]
    return Plan(size, sorted(tasks), labels, step, context)


def spread_cells(cells: NDArray[np.bool_], tile: Tile) -> NDArray[np.bool_]:
    """A map of cells at the scale of the picture, ``(h, w)`` of a window."""
    first_row, first_column = tile.top // CELL, tile.left // CELL
    part = cells[first_row : -(-(tile.top + tile.height) // CELL), first_column : -(-(tile.left + tile.width) // CELL)]
    large = np.repeat(np.repeat(part, CELL, axis=0), CELL, axis=1)
    top, left = tile.top - first_row * CELL, tile.left - first_column * CELL
    return large[top : top + tile.height, left : left + tile.width]


def _grid(cells: NDArray[np.bool_], size: tuple[int, int], step: int, context: int) -> list[Tile]:
    """The windows of the grid that touch a cell; each shows ``context`` pixels beyond its step on all sides."""
    tiles = []
    for row in range(_count(size[0], step, context)):
        for column in range(_count(size[1], step, context)):
            top, left = max(0, row * step - context), max(0, column * step - context)
            bottom, right = _end(row, size[0], step, context), _end(column, size[1], step, context)
            if cells[top // CELL : -(-bottom // CELL), left // CELL : -(-right // CELL)].any():
                tiles.append(Tile(top, left, bottom - top, right - left))
    return tiles


def _count(length: int, step: int, context: int) -> int:
    """How many windows cover a side; the last one takes what would be too narrow for one of its own."""
    return max(1, -(-(length - context) // step))


def _end(index: int, length: int, step: int, context: int) -> int:
    return min(length, (index + 1) * step + context)
