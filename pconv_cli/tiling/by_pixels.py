"""The plan of what a network runs on: the cheapest windows for the holes of an image that is held in memory.

A hole that fits into a window with its surroundings is filled in one window, and holes that lie near one another share
one where that is cheaper. The others are cut up by grids of overlapping tiles, one grid for each size of tile; what
small holes lie well within such a tile are taken from it, and it is cut down to what it shows. Several such plans are
made, and the cheapest one is taken; the time that a window takes follows its area. Tiles of holes all over an image
overlap so much that one window for all of them may be cheaper.
"""

from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.tiling.grid import Numbers, check_tiling, grid_over
from pconv_cli.tiling.rect import Rect, Size
from pconv_cli.tiling.window import Groups, Labels, Window

#: The least side of a window, and the steps by which larger ones differ, in pixels; both rounded up to the network's
#: size multiple.
LEAST, STEP = 128, 32

# What a window costs beside its pixels, in pixels: it is cut out, and its fill put in place.
_FIXED = 2000

# How many times as wide as the hole is deep a tile has to be; the largest tile takes whatever is left, which may be a
# quarter of it deep.
_WIDE = 8


class PixelPlan(NamedTuple):
    """Windows that together fill all holes.

    Attributes:
        windows: From top left to bottom right.
        holes: ``(H, W)`` int32: the hole that each pixel belongs to, counted from 1; 0 where valid.
        owner: ``(n + 1,)`` int32: the label or grid of the windows that fill each hole; 0 first.
    """

    windows: list[Window]
    holes: Labels
    owner: Labels

    @property
    def labels(self) -> Labels:
        """Who fills each hole pixel, ``(H, W)``: a window's label or grid; 0 where valid."""
        return self.labels_in(Rect.whole(self.holes.shape))

    def labels_in(self, rect: Rect) -> Labels:
        """Give `labels` in a rectangle, ``(h, w)``."""
        return np.asarray(self.owner[self.holes[rect.slices]], np.int32)

    @property
    def pixels(self) -> int:
        """How many pixels the network runs on."""
        return sum(window.rect.area for window in self.windows)

    @property
    def cost(self) -> int:
        """What filling the windows costs, in pixels."""
        return self.pixels + _FIXED * len(self.windows)


def ladder(tile: int, multiple: int, least: int = 1) -> list[int]:
    """Give the sides that windows may have, ``tile`` being the largest, and none under ``least`` but that."""
    first, step = (-(-pixels // multiple) * multiple for pixels in (LEAST, STEP))
    return [*(side for side in range(first, tile, step) if side >= least), tile]


def plan_by_pixels(
    holes: Groups,
    depth: NDArray[np.float32],
    tile: int,
    overlap: int,
    multiple: int = 1,
    least: int = 1,
    most: int = 0,
) -> PixelPlan:
    """Plan the windows of an image.

    Each hole pixel belongs to one window, or to the tiles of one grid that it lies in. A window shows at least a
    quarter of the overlap round its holes where the image has as much, and no less than they are deep; a half of that
    will do where a hole fits into one window then, since tiles of a grid show less of what surrounds it.

    Args:
        holes: The connected holes of the image.
        depth: ``(H, W)``, distance in pixels of each hole pixel to the nearest valid one; at most a quarter of
            ``tile``.
        tile: Largest side of a window, unless ``most`` says otherwise.
        overlap: Pixels that two of the largest tiles share.
        multiple: Sides of which multiple the network computes without padding.
        least: Smallest side of a window, where the tile and the image have as much.
        most: Pixels up to which one window round all holes may have where that is cheaper, however long its sides.

    Raises:
        UsageError: See `check_tiling`.
    """
    check_tiling(tile, overlap)
    count = len(holes.boxes)
    if count == 1:
        return PixelPlan([], holes.labels, np.zeros(1, np.int32))
    # The holes are a small part of most images, and several plans are made: they go by lists of hole pixels.
    pixels = _HolePixels.of(holes.labels)
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, pixels.hole, depth[pixels.row, pixels.column])
    context = max(1, overlap // 4)
    sides = ladder(tile, multiple, least)
    boxes = _surrounded(holes, np.maximum(context, np.ceil(deepest)).astype(np.intp), context, tile)
    best: PixelPlan | None = None
    lowest = np.searchsorted(sides[:-1], _WIDE * deepest)  # of the sides, for a hole that does not fit
    fits = (boxes[:, 2:] - boxes[:, :2]).max(1) <= tile
    choices = [np.where(fits, -1, np.maximum(lowest, rung)) for rung in range(len(sides))]
    choices.append(np.full(count, len(sides) - 1))
    for rungs in {choice[1:].tobytes(): choice for choice in choices}.values():  # the same ones where all fit
        plan = _plan(pixels, boxes, rungs, sides, overlap, context)
        if best is None or plan.cost < best.cost:
            best = plan
    assert best is not None
    whole = _round(boxes[1:, :2].min(0), boxes[1:, 2:].max(0), ladder(max(pixels.size), multiple, least), pixels.size)
    if whole.area <= most and whole.area + _FIXED < best.cost:
        return PixelPlan([Window(whole, 1, 0, 0)], holes.labels, (np.arange(count) > 0).astype(np.int32))
    return best


def _surrounded(holes: Groups, margin: Numbers, context: int, tile: int) -> Numbers:
    """Give each hole's box with a margin, as far as the image goes; a narrower one where it fits into a tile then."""
    size = np.array(holes.labels.shape)

    def grown(by: Numbers) -> Numbers:
        return np.asarray(np.clip(holes.boxes + by[:, np.newaxis] * np.array([-1, -1, 1, 1]), 0, [*size, *size]))

    boxes = grown(margin)
    room = (tile - (holes.boxes[:, 2:] - holes.boxes[:, :2]).max(1)) // 2
    narrow = np.clip(room, np.maximum(context, -(-margin // 2)), margin)
    return grown(np.where((boxes[:, 2:] - boxes[:, :2]).max(1) > tile, narrow, margin))


class _HolePixels(NamedTuple):
    """The pixels of all holes: the hole of each pixel of the image, and the list of those that have one, by rows."""

    labels: Labels
    row: Numbers
    column: Numbers
    hole: Labels

    @classmethod
    def of(cls, labels: Labels) -> "_HolePixels":
        row, column = np.divmod(np.flatnonzero(labels), labels.shape[1])
        return cls(labels, row, column, labels[row, column])

    @property
    def size(self) -> Size:
        return self.labels.shape[0], self.labels.shape[1]

    def of_some(self, chosen: NDArray[np.bool_]) -> "_HolePixels":
        """Give the list of some of the holes alone."""
        if chosen[1:].all():
            return self
        on = chosen[self.hole]
        return _HolePixels(self.labels, self.row[on], self.column[on], self.hole[on])

    def grid(self, side: int, overlap: int) -> list[Rect]:
        """Plan a grid of tiles over the holes of the list."""
        return grid_over(self.row, self.column, self.size, side, overlap)

    def boxes_in(self, grid: list[Rect], margin: int) -> Numbers:
        """Give the box of what each tile of `grid` shows of the holes of the list, with a margin, ``(n, 4)``.

        Tiles side by side show the same rows, which are gone through once.
        """
        boxes = []
        for _, tiles in groupby(grid, lambda tile: tile.top):
            beside = list(tiles)
            start, end = np.searchsorted(self.row, [beside[0].top, beside[0].bottom])
            row, column = self.row[start:end], self.column[start:end]
            highest, lowest = np.full(self.size[1], self.size[0]), np.full(self.size[1], -1)  # pixel of each column
            highest[column[::-1]], lowest[column] = row[::-1], row  # the last one given counts
            columns = np.flatnonzero(lowest >= 0)
            for tile in beside:
                left, right = columns[np.searchsorted(columns, [tile.left, tile.right]) - [0, 1]]
                top, bottom = highest[left : right + 1].min(), lowest[left : right + 1].max()
                boxes.append((top - margin, left - margin, bottom + margin + 1, right + margin + 1))
        return np.array(boxes)


def _plan(
    pixels: _HolePixels, boxes: Numbers, rungs: Numbers, sides: list[int], overlap: int, context: int
) -> PixelPlan:
    """Make the plan with each hole ``1 ... n`` on the grid of its rung, or in a window alone or with others (-1)."""
    owner = np.zeros(len(boxes), np.int32)
    tiles: list[tuple[Rect, Numbers, int, int]] = []
    for rung in np.unique(rungs[1:][rungs[1:] >= 0]):
        on = rungs == rung
        on[0] = False
        owner[on] = rung + 1
        shared = min(max(overlap * sides[rung] // sides[-1], 2 * context), sides[rung] // 2)
        some = pixels.of_some(on)
        grid = some.grid(sides[rung], shared)
        deepest = sides[rung] // (_WIDE if rung + 1 < len(sides) else 4)
        shown = some.boxes_in(grid, max(context, deepest))
        tiles += [(tile, box, int(rung) + 1, shared) for tile, box in zip(grid, shown, strict=True)]
    windows = []
    last = len(sides)
    left = np.flatnonzero(rungs[1:] < 0) + 1
    for tile, box, number, shared in tiles:
        inside = _inside(boxes[left], tile)
        rect = _trimmed(tile, np.concatenate([box[np.newaxis], boxes[left[inside]]]), sides)
        last += 1
        owner[left[inside]] = last
        windows.append(Window(rect, last if inside.any() else 0, number, shared))
        left = left[~inside]
    for rect, chosen in _pack(boxes, left, sides, pixels.size):
        last += 1
        owner[chosen] = last
        windows.append(Window(rect, last, 0, 0))
    return PixelPlan(sorted(windows), pixels.labels, owner)


def _trimmed(tile: Rect, boxes: Numbers, sides: list[int]) -> Rect:
    """Cut a tile down to the smallest window round what it shows of boxes, these in its middle where it allows."""
    whole = np.array([tile.top, tile.left])
    end = whole + tile.size
    low, high = np.maximum(boxes[:, :2].min(0), whole), np.minimum(boxes[:, 2:].max(0), end)
    rect = _round(low - whole, high - whole, sides, tile.size)
    return Rect(rect.top + tile.top, rect.left + tile.left, rect.height, rect.width)


def _inside(boxes: Numbers, rect: Rect) -> NDArray[np.bool_]:
    first, end = (rect.top, rect.left), (rect.bottom, rect.right)
    return np.asarray((boxes[:, :2] >= first).all(1) & (boxes[:, 2:] <= end).all(1))


def _pack(boxes: Numbers, chosen: Numbers, sides: list[int], size: Size) -> list[tuple[Rect, Numbers]]:
    """Give windows for boxes: one for all, or those for each of two halves of them, whichever is cheaper."""
    if not chosen.size:
        return []
    low, high = boxes[chosen, :2].min(0), boxes[chosen, 2:].max(0)
    extent = high - low
    one = None
    if extent.max() <= sides[-1]:
        one = [(_round(low, high, sides, size), chosen)]
        if chosen.size == 1 or extent.max() <= sides[0]:
            return one
    axis = int(extent.argmax())
    middles = boxes[chosen, axis] + boxes[chosen, axis + 2]
    # Where the first of as many equal strips as are needed ends; halves, where all fits into one window.
    strips = -(-int(extent[axis]) // sides[-1]) if one is None else 1
    cut = 2 * low[axis] + 2 * extent[axis] * max(1, strips // 2) // max(2, strips)
    first = middles <= cut
    if first.all() or not first.any():
        order = middles.argsort(kind="stable")
        first = np.zeros(chosen.size, np.bool_)
        first[order[: chosen.size // 2]] = True
    two = [*_pack(boxes, chosen[first], sides, size), *_pack(boxes, chosen[~first], sides, size)]
    return two if one is None or _cost(two) < _cost(one) else one


def _round(low: Numbers, high: Numbers, sides: list[int], size: Size) -> Rect:
    """Give the smallest window round a box, the box in its middle where the image allows."""
    starts, lengths = [], []
    for first, end, whole in zip(low.tolist(), high.tolist(), size, strict=True):
        length = min(next(side for side in sides if side >= end - first), whole)
        starts.append(min(max((first + end - length) // 2, 0), whole - length))
        lengths.append(length)
    return Rect(*starts, *lengths)


def _cost(windows: list[tuple[Rect, Numbers]]) -> int:
    return sum(rect.area + _FIXED for rect, _ in windows)
