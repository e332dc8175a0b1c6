"""The plan of what the network runs on: pure arithmetic on a mask.

A hole that fits into a window with its surroundings is filled in one window, and holes that lie near one another share
one where that is cheaper. The others are cut up by grids of overlapping tiles, one grid for each size of tile; what
small holes lie well within such a tile are taken from it. Several such plans are made, and the cheapest one is taken;
the time that a window takes follows its area.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.inpainting.tiles import Tile, check_tiling, tiles_over
from pconv_cli.masks.ratios import Mask

#: Sides of windows are multiples of this many pixels, if that is one of the network's size multiple.
STEP = 128

# What a window costs beside its pixels, in pixels: it is cut out, and its fill put in place.
_FIXED = 2000

# How many times as wide as the hole is deep a tile has to be; the largest tile takes whatever is left.
_WIDE = 8

_Numbers = NDArray[np.intp]


class Window(NamedTuple):
    """A window to fill.

    Attributes:
        tile: Its place.
        label: Of the hole pixels that are its own alone; 0: none.
        grid: Of those that it shares with its neighbours on a grid of tiles; 0: none.
        overlap: Pixels that those neighbours share.
    """

    tile: Tile
    label: int
    grid: int
    overlap: int


class Cover(NamedTuple):
    """Windows that together fill all holes.

    Attributes:
        windows: From top left to bottom right.
        parts: ``(H, W)`` int32: the hole that each pixel belongs to, counted from 1; 0 where valid.
        owner: ``(n + 1,)`` int32: who fills each hole, a window or a grid of them; 0 first.
    """

    windows: list[Window]
    parts: NDArray[np.int32]
    owner: NDArray[np.int32]

    @property
    def labels(self) -> NDArray[np.int32]:
        """Who fills each hole pixel, ``(H, W)``; 0 where valid."""
        return self.labels_in(Tile(0, 0, self.parts.shape[0], self.parts.shape[1]))

    def labels_in(self, tile: Tile) -> NDArray[np.int32]:
        """`labels` in a window, ``(h, w)``."""
        return np.asarray(self.owner[self.parts[tile.window]], np.int32)

    @property
    def pixels(self) -> int:
        """How many pixels the network runs on."""
        return sum(window.tile.height * window.tile.width for window in self.windows)


def ladder(tile: int, multiple: int) -> list[int]:
    """The sides that windows may have, ``tile`` being the largest."""
    step = -(-STEP // multiple) * multiple
    return [*range(step, tile, step), tile]


def plan_cover(mask: Mask, depth: NDArray[np.float32], tile: int, overlap: int, multiple: int = 1) -> Cover:
    """Plan the windows of a picture.

    Each hole pixel belongs to one window, or to the tiles of one grid that it lies in. A window shows at least a
    quarter of the overlap round its holes where the picture has as much, and no less than they are deep.

    Args:
        mask: ``(H, W)`` bool, True = valid, False = hole.
        depth: Distance in pixels of each hole pixel to the nearest valid one; at most a quarter of ``tile``.
        tile: Largest side of a window.
        overlap: Pixels that two of the largest tiles share.
        multiple: Sides of which multiple the network computes without padding.

    Raises:
        UsageError: See `check_tiling`.
    """
    check_tiling(tile, overlap)
    hole = ~mask
    count, labelled, stats, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8), ltype=cv2.CV_32S)
    parts = np.asarray(labelled, np.int32)
    if count == 1:
        return Cover([], parts, np.zeros(1, np.int32))
    # The holes are a small part of most pictures, and several plans are made: they go by lists of hole pixels.
    holes = _Holes.of(parts)
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, holes.part, depth[holes.row, holes.column])
    left, top, width, height = stats[:, :4].T.astype(np.intp)
    context = max(1, overlap // 4)
    margin = np.maximum(context, np.ceil(deepest)).astype(np.intp)
    ends = np.stack([top - margin, left - margin, top + height + margin, left + width + margin], 1)
    boxes = np.clip(ends, 0, [mask.shape[0], mask.shape[1]] * 2)
    sides = ladder(tile, multiple)
    best: Cover | None = None
    least = np.searchsorted(sides[:-1], _WIDE * deepest)  # of the sides, for a hole that does not fit
    fits = (boxes[:, 2:] - boxes[:, :2]).max(1) <= tile
    plans = [(fits, np.maximum(least, rung)) for rung in range(len(sides))]
    for alone, rungs in [*plans, (np.zeros(count, np.bool_), np.full(count, len(sides) - 1))]:
        cover = _plan(holes, boxes, np.where(alone, -1, rungs), sides, overlap, context)
        if best is None or _cost(cover) < _cost(best):
            best = cover
    assert best is not None
    return best


class _Holes(NamedTuple):
    """The pixels of all holes: the hole of each pixel of the picture, and the list of those that have one, by rows."""

    parts: NDArray[np.int32]
    row: _Numbers
    column: _Numbers
    part: NDArray[np.int32]

    @classmethod
    def of(cls, parts: NDArray[np.int32]) -> "_Holes":
        row, column = np.divmod(np.flatnonzero(parts), parts.shape[1])
        return cls(parts, row, column, parts[row, column])

    def tiles(self, chosen: NDArray[np.bool_], side: int, overlap: int) -> list[Tile]:
        """A grid of tiles over some of the holes."""
        on = chosen[self.part]
        return tiles_over(self.row[on], self.column[on], self.parts.shape, side, overlap)


def _plan(holes: "_Holes", boxes: _Numbers, rungs: _Numbers, sides: list[int], overlap: int, context: int) -> Cover:
    """The plan with each hole ``1 ... n`` on the grid of its rung, or in a window by itself or with others (-1)."""
    size = (holes.parts.shape[0], holes.parts.shape[1])
    owner = np.zeros(len(boxes), np.int32)
    tiles: list[tuple[Tile, int, int]] = []
    for rung in np.unique(rungs[1:][rungs[1:] >= 0]):
        on = rungs == rung
        on[0] = False
        owner[on] = rung + 1
        shared = min(max(overlap * sides[rung] // sides[-1], 2 * context), sides[rung] // 2)
        tiles += [(tile, int(rung) + 1, shared) for tile in holes.tiles(on, sides[rung], shared)]
    windows = []
    last = len(sides)
    left = np.flatnonzero(rungs[1:] < 0) + 1
    for tile, grid, shared in tiles:
        inside = _inside(boxes[left], tile)
        last += 1
        owner[left[inside]] = last
        windows.append(Window(tile, last if inside.any() else 0, grid, shared))
        left = left[~inside]
    for tile, chosen in _pack(boxes, left, sides, size):
        last += 1
        owner[chosen] = last
        windows.append(Window(tile, last, 0, 0))
    return Cover(sorted(windows), holes.parts, owner)


def _inside(boxes: _Numbers, tile: Tile) -> NDArray[np.bool_]:
    end = tile.top + tile.height, tile.left + tile.width
    return np.asarray((boxes[:, :2] >= tile[:2]).all(1) & (boxes[:, 2:] <= end).all(1))


def _pack(boxes: _Numbers, chosen: _Numbers, sides: list[int], size: tuple[int, int]) -> list[tuple[Tile, _Numbers]]:
    """Windows for boxes: one for all, or those for each of two halves of them, whichever is cheaper."""
    if not chosen.size:
        return []
    low, high = boxes[chosen, :2].min(0), boxes[chosen, 2:].max(0)
    extent = high - low
    one = None
    if extent.max() <= sides[-1]:
        one = [(_window(low, high, sides, size), chosen)]
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
    return two if one is None or _area(two) < _area(one) else one


def _window(low: _Numbers, high: _Numbers, sides: list[int], size: tuple[int, int]) -> Tile:
    """The smallest window round a box, the box in its middle where the picture allows."""
    starts, lengths = [], []
    for first, end, whole in zip(low.tolist(), high.tolist(), size, strict=True):
        length = min(next(side for side in sides if side >= end - first), whole)
        starts.append(min(max((first + end - length) // 2, 0), whole - length))
        lengths.append(length)
    return Tile(*starts, *lengths)


def _area(windows: list[tuple[Tile, _Numbers]]) -> int:
    return sum(tile.height * tile.width + _FIXED for tile, _ in windows)


def _cost(cover: Cover) -> int:
    return cover.pixels + _FIXED * len(cover.windows)
