"""The plan of what a network runs on: the cheapest windows for the holes of an image that is held in memory.

A hole that fits into a window with its surroundings is filled in one window, and holes that lie near one another share
one where that is cheaper. The others are cut into parts; what small holes lie well within such a part's window are
filled in it. Thin holes may be cut, too, where that is cheaper. The time that a window takes follows its area. Where
damage is all over an image, tiles of one size may be cheaper, or one window for all of it.
"""

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.tiling.cutting import cut_up
from pconv_cli.tiling.grid import Numbers, check_tiling, grid_over
from pconv_cli.tiling.rect import Rect, Size
from pconv_cli.tiling.window import Groups, Labels, Window

#: The least side of a window, and the steps by which larger ones differ, in pixels; both rounded up to the network's
#: size multiple.
LEAST, STEP = 128, 32

# What a window costs beside its pixels, in pixels: it is cut out, and its fill put in place.
_FIXED = 2000

# What a pixel of one window for all holes costs, beside one of many windows: nothing is computed twice, and a network
# that bears such windows computes only what a hole depends on. On a net of cracks 0.4 (width 16) to 0.9 (64).
_OF_ONE = 0.8

# How many times as long as it is deep a hole is from which on it may be cut even where one window would show all of it.
_THIN = 16


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

    Each hole pixel belongs to one window, or to those windows of a cut hole that it lies in. A window shows at least a
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
    size = holes.labels.shape[0], holes.labels.shape[1]
    row, column = np.divmod(np.flatnonzero(holes.labels), size[1])
    hole, deep = holes.labels[row, column], depth[row, column]
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, hole, deep)
    context = max(1, overlap // 4)
    sides = ladder(tile, multiple, least)
    boxes = _surrounded(holes, np.maximum(context, np.ceil(deepest)).astype(np.intp), context, tile)
    too_long = (boxes[:, 2:] - boxes[:, :2]).max(1) > tile
    thin = (holes.boxes[:, 2:] - holes.boxes[:, :2]).max(1) > _THIN * deepest
    too_long[0] = thin[0] = False
    every = np.arange(count) > 0
    plans = []
    for long in _distinct(too_long, too_long | thin):
        on = long[hole]
        parts = cut_up(row[on], column[on], deep[on], context, tile, partial(_costs, sides=sides, size=size))
        rects = [_round(part[:2], part[2:], sides, size) for part in parts]
        plans.append(_in_windows(holes, boxes, long, rects, 2 * context, sides))
    for long in _distinct(too_long, every):
        on = long[hole]
        if on.any():
            tiles = grid_over(row[on], column[on], size, tile, overlap)
            plans.append(_in_windows(holes, boxes, long, tiles, overlap, sides))
    best = min(plans, key=lambda plan: plan.cost)
    whole = _round(boxes[1:, :2].min(0), boxes[1:, 2:].max(0), ladder(max(size), multiple, least), size)
    if whole.area <= most and _OF_ONE * whole.area + _FIXED < best.cost:
        return PixelPlan([Window(whole, 1, 0, 0)], holes.labels, every.astype(np.int32))
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


def _distinct(*flags: NDArray[np.bool_]) -> Iterable[NDArray[np.bool_]]:
    return {some.tobytes(): some for some in flags}.values()


def _in_windows(
    holes: Groups, boxes: Numbers, long: NDArray[np.bool_], parts: list[Rect], overlap: int, sides: list[int]
) -> PixelPlan:
    """Make the plan with long holes in the windows of their parts, which take other holes with them.

    Args:
        holes: See `plan_by_pixels`.
        boxes: ``(n + 1, 4)``, the box of each hole with its surroundings.
        long: ``(n + 1,)``, which holes lie in parts.
        parts: The windows of those.
        overlap: Pixels that windows of parts share with their neighbours.
        sides: That windows may have.
    """
    owner = long.astype(np.int32)  # their parts are a grid, number 1
    windows: list[Window] = []
    left = np.flatnonzero(~long)[1:]
    for rect in parts:
        inside = _inside(boxes[left], rect)
        label = len(windows) + 2 if inside.any() else 0
        owner[left[inside]] = label
        windows.append(Window(rect, label, 1, overlap))
        left = left[~inside]
    for rect, chosen in _pack(boxes, left, sides, (holes.labels.shape[0], holes.labels.shape[1])):
        label = len(windows) + 2
        owner[chosen] = label
        windows.append(Window(rect, label, 0, 0))
    return PixelPlan(sorted(windows), holes.labels, owner)


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


def _costs(boxes: Numbers, sides: list[int], size: Size) -> Numbers:
    """Give what a window round each box ``(n, 4)`` costs; larger ones than there are, too."""
    extent = np.minimum(boxes[:, 2:], size) - np.maximum(boxes[:, :2], 0)
    side = np.array(sides)[np.minimum(np.searchsorted(sides, extent), len(sides) - 1)]
    return np.asarray(np.minimum(np.maximum(side, extent), size).prod(1) + _FIXED)


def _cost(windows: list[tuple[Rect, Numbers]]) -> int:
    return sum(rect.area + _FIXED for rect, _ in windows)
