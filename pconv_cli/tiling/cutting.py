"""How holes that fit into no window are cut into parts that do, so that the windows round all of them cost least.

Cuts go from edge to edge of a part, each where the windows of its two sides come cheapest, as long as cutting pays. So
windows follow a crack's course, and leave out what it goes round.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.intp]

# Cuts lie on multiples of this many pixels.
_CELL = 16

# How many times as long as it is deep a part has to be: what is cut shorter would see little but hole beyond the cut.
_LONG = 8

# More than any window costs.
_NEVER = 1e12

#: Gives the costs of windows round boxes ``(n, 4)``, which may be too large for a window.
Cost = Callable[[Numbers], Numbers]


class _Windows(NamedTuple):
    """What parts are to fit into; see `cut_up`."""

    context: int
    tile: int
    cost: Cost
    least: int  # what any two of them cost


class _Cells(NamedTuple):
    """Squares of a regular grid with the hole pixels in them.

    Attributes:
        places: ``(n, 2)``: row and column of each in the grid.
        boxes: ``(n, 4)``: the first row and column of its pixels and those after the last.
        depth: ``(n,)``: the greatest depth of its pixels.
    """

    places: Numbers
    boxes: Numbers
    depth: NDArray[np.float32]

    def some(self, chosen: Numbers | NDArray[np.bool_]) -> "_Cells":
        return _Cells(self.places[chosen], self.boxes[chosen], self.depth[chosen])

    def shown_up_to(self, last: Numbers, context: int) -> tuple[Numbers, NDArray[np.float32]]:
        """Give the box with surroundings ``(n, 4)`` and the greatest depth ``(n,)`` of all cells up to each of some."""
        low, high = np.minimum.accumulate(self.boxes[:, :2])[last], np.maximum.accumulate(self.boxes[:, 2:])[last]
        depth = np.maximum.accumulate(self.depth)[last]
        margin = np.maximum(context, np.ceil(depth)).astype(np.intp)[:, np.newaxis]
        return np.hstack([low - margin, high + margin]), depth


def cut_up(row: Numbers, column: Numbers, depth: NDArray[np.float32], context: int, tile: int, cost: Cost) -> Numbers:
    """Cut holes into parts, and give the box of each with its surroundings.

    Args:
        row: ``(n,)``, the row of each hole pixel.
        column: ``(n,)``, the column of each.
        depth: ``(n,)``, its distance in pixels to the nearest valid one; at most a quarter of ``tile``.
        context: Pixels that a box holds beyond its part, or as many as that one is deep. Boxes may reach beyond the
            image.
        tile: Largest side of a box.
        cost: Cost of the windows round boxes.

    Returns:
        ``(m, 4)``: the first row and column of each box and those after its last.
    """
    if not row.size:
        return np.zeros((0, 4), np.intp)
    places = np.stack([row, column], 1) // _CELL
    width = places[:, 1].max() + 1
    cells, of = np.unique(places[:, 0] * width + places[:, 1], return_inverse=True)
    boxes = np.empty((len(cells), 4), np.intp)
    for axis, values in enumerate((row, column)):
        boxes[of, axis], boxes[of, 2 + axis] = values, values + 1  # of any of its pixels, to begin with
        np.minimum.at(boxes[:, axis], of, values)
        np.maximum.at(boxes[:, 2 + axis], of, values + 1)
    deepest = np.zeros(len(cells), np.float32)
    np.maximum.at(deepest, of, depth)
    whole = _Cells(np.stack(np.divmod(cells, width), 1), boxes, deepest)
    least = 2 * int(cost(np.zeros((1, 4), np.intp))[0])
    return np.array(_cut(whole, _Windows(context, tile, cost, least)))


def _cut(cells: _Cells, windows: _Windows) -> list[Numbers]:
    """Give the box of all cells, or the boxes of the two parts that they are cut into, whichever is cheaper."""
    (box,), _ = cells.shown_up_to(np.array([len(cells.depth) - 1]), windows.context)
    extent = box[2:] - box[:2]
    fits = extent.max() <= windows.tile
    alone = windows.cost(box[np.newaxis]).sum()
    if fits and alone <= windows.least:
        return [box]
    parts = _parts(cells, windows, None if fits else int(extent.argmax()))
    if parts is None:
        return [box]
    two = [part for cut in parts for part in _cut(cut, windows)]
    return [box] if fits and alone <= windows.cost(np.array(two)).sum() else two


def _parts(cells: _Cells, windows: _Windows, halved: int | None) -> tuple[_Cells, _Cells] | None:
    """Cut cells in two where it is cheapest; None: nowhere, without a part too short for its depth.

    Args:
        cells: What is cut.
        windows: What its parts are to fit into.
        halved: The axis along which it is cut in any case, within a quarter of its length from the middle; None:
            either one, or none.
    """
    best, parts = np.inf, None
    for axis in (0, 1) if halved is None else (halved,):
        order = cells.places[:, axis].argsort(kind="stable")
        place = cells.places[order, axis]
        last = np.flatnonzero(np.diff(place))  # of the cells before each cut
        if not last.size:
            continue
        worth = np.zeros(len(last))
        for some, end in ((order, last), (order[::-1], len(order) - 2 - last)):
            boxes, depth = cells.some(some).shown_up_to(end, windows.context)
            short = boxes[:, 2 + axis] - boxes[:, axis] < np.minimum(_LONG * depth, windows.tile)
            worth += windows.cost(boxes) + _NEVER * short
        if halved is not None:
            middle, quarter = (place[0] + place[-1]) / 2, (place[-1] - place[0]) / 4
            worth += _NEVER * np.maximum(np.abs((place[last] + place[last + 1]) / 2 - middle) - quarter, 0)
        cut = int(worth.argmin())
        if worth[cut] < min(best, _NEVER if halved is None else np.inf):
            best, parts = worth[cut], (order[: last[cut] + 1], order[last[cut] + 1 :])
    return None if parts is None else (cells.some(parts[0]), cells.some(parts[1]))
