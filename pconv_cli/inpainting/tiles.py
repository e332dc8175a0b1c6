"""The plan of tiles over a big picture: pure arithmetic on a mask."""

from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import UsageError
from pconv_cli.masks.ratios import Mask


class Tile(NamedTuple):
    """A window of a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int

    @property
    def window(self) -> tuple[slice, slice]:
        """The window as slices of rows and columns."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def shared(self, other: "Tile") -> "Tile | None":
        """What two windows share, if anything."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        bottom = min(self.top + self.height, other.top + other.height)
        right = min(self.left + self.width, other.left + other.width)
        return Tile(top, left, bottom - top, right - left) if top < bottom and left < right else None

    def within(self, other: "Tile") -> "Tile":
        """The same window, counted from the corner of one that holds it."""
        return Tile(self.top - other.top, self.left - other.left, self.height, self.width)


def check_tiling(tile: int, overlap: int) -> None:
    """Check that a tile size and an overlap fit together.

    Raises:
        UsageError: The tile is below 64 pixels, or the overlap is not in [1, tile / 2].
    """
    if tile < 64:
        raise UsageError(f"--tile {tile}: a tile has at least 64 pixels a side")
    if not 1 <= overlap <= tile // 2:
        raise UsageError(f"--overlap {overlap}: must lie between 1 and half the tile, {tile // 2}")


def plan_tiles(mask: Mask, tile: int, overlap: int) -> list[Tile]:
    """Plan windows that together cover every hole pixel, and each of which touches a hole.

    The windows form a regular grid over the part of the picture that has holes, with ``overlap`` pixels of context
    round it where the picture allows; along a side that is no longer than ``tile``, one window takes the whole side.

    Args:
        mask: ``(H, W)`` bool, True = valid, False = hole.
        tile: Side of a window.
        overlap: Least number of pixels that neighbours share.

    Returns:
        The tiles from top left to bottom right; none where there is no hole.

    Raises:
        UsageError: See `check_tiling`.
    """
    rows, columns = np.nonzero(~mask)
    return tiles_over(rows, columns, mask.shape, tile, overlap)


def tiles_over(
    rows: NDArray[np.intp], columns: NDArray[np.intp], size: tuple[int, ...], tile: int, overlap: int
) -> list[Tile]:
    """Plan windows as `plan_tiles` does, over hole pixels by their rows, in order, and columns.

    Args:
        rows: ``(n,)``, not decreasing.
        columns: ``(n,)``.
        size: (height, width) of the picture.
        tile: See `plan_tiles`.
        overlap: See `plan_tiles`.

    Raises:
        UsageError: See `check_tiling`.
    """
    check_tiling(tile, overlap)
    if not rows.size:
        return []
    height, width = (min(side, tile) for side in size)
    tops = _starts(int(rows[0]), int(rows[-1]) + 1, size[0], tile, overlap)
    lefts = np.array(_starts(int(columns.min()), int(columns.max()) + 1, size[1], tile, overlap))
    tiles = []
    for top in tops:
        first, last = np.searchsorted(rows, (top, top + height))
        seen = np.zeros(size[1] + 1, np.intp)  # place x + 1: whether column x holds a hole pixel; then how many before
        seen[columns[first:last] + 1] = 1
        np.cumsum(seen, out=seen)
        tiles += [Tile(top, left, height, width) for left in lefts[seen[lefts + width] > seen[lefts]].tolist()]
    return tiles


def _starts(first: int, last: int, length: int, tile: int, overlap: int) -> list[int]:
    """Where windows begin along one side of ``length`` so that they cover ``first`` to ``last`` with context."""
    if length <= tile:
        return [0]
    low, high = max(0, first - overlap), min(length, last + overlap)
    if high - low <= tile:
        return [min(max((low + high - tile) // 2, 0), length - tile)]
    count = ceil((high - low - overlap) / (tile - overlap))
    return [low + (high - low - tile) * index // (count - 1) for index in range(count)]
