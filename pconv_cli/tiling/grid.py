"""Grids of windows.

- `framed_tiles`: an image cut into tiles that do not overlap, each with a margin; what is computed in them is exact.
- `grid_over`: tiles of one size that overlap, spread evenly over the part of an image that has holes.
- `regular_grid`: windows that overlap, at fixed places, whatever the holes.
"""

from collections.abc import Iterator
from math import ceil

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import UsageError, option
from pconv_cli.tiling.rect import Framed, Rect, Size

Numbers = NDArray[np.intp]


#: The least side of a tile.
LEAST_TILE = 64


def check_tiling(tile: int, overlap: int) -> None:
    """Check that a tile size and an overlap fit together.

    Raises:
        UsageError: The tile is below 64 pixels, or the overlap is not in [1, tile / 2].
    """
    if tile < LEAST_TILE:
        raise UsageError(f"{option('tile')} {tile}: a tile has at least {LEAST_TILE} pixels a side")
    if not 1 <= overlap <= tile // 2:
        raise UsageError(f"{option('overlap')} {overlap}: must lie between 1 and half the tile, {tile // 2}")


def tiles_of(rect: Rect, side: int, origin: tuple[int, int] | None = None) -> Iterator[Rect]:
    """Cut a rectangle into tiles that do not overlap, row by row.

    Args:
        rect: The rectangle.
        side: Side of a tile in pixels; those at the right and the lower edge may be smaller.
        origin: Row and column of a corner of a tile, from which the others are counted; None: the rectangle's own, so
            that tiles at its left and upper edge are not cut.
    """
    first_row, first_column = (rect.top, rect.left) if origin is None else origin
    for row in range((rect.top - first_row) // side, -(-(rect.bottom - first_row) // side)):
        top, bottom = max(rect.top, first_row + row * side), min(rect.bottom, first_row + (row + 1) * side)
        for column in range((rect.left - first_column) // side, -(-(rect.right - first_column) // side)):
            left = max(rect.left, first_column + column * side)
            yield Rect.between(top, left, bottom, min(rect.right, first_column + (column + 1) * side))


def framed_tiles(size: Size, side: int, margin: int = 0, step: int = 1) -> Iterator[Framed]:
    """Cut an image into tiles with margins, row by row.

    Args:
        size: Size of the image, (height, width).
        side: Side of a tile in pixels; those at the right and the lower edge may be smaller.
        margin: How far beyond a tile its pixels' values depend on others.
        step: Outer rectangles begin at multiples of it: the grid of the coarsest level of a pyramid.
    """
    for tile in tiles_of(Rect.whole(size), side):
        yield Framed(tile, tile.grown(margin, size, step))


def grid_over(rows: Numbers, columns: Numbers, size: Size, tile: int, overlap: int) -> list[Rect]:
    """Plan windows that together cover every hole pixel, and each of which touches a hole.

    The windows form a regular grid over the part of the image that has holes, with ``overlap`` pixels of context
    round it where the image allows; along a side that is no longer than ``tile``, one window takes the whole side.

    Args:
        rows: ``(n,)``, the row of each hole pixel, not decreasing.
        columns: ``(n,)``, the column of each.
        size: Size of the image, (height, width).
        tile: Side of a window.
        overlap: Least number of pixels that neighbours share.

    Returns:
        The windows from top left to bottom right; none where there is no hole.

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
        tiles += [Rect(top, left, height, width) for left in lefts[seen[lefts + width] > seen[lefts]].tolist()]
    return tiles


def regular_grid(size: Size, side: int, context: int) -> Iterator[Rect]:
    """Give the windows of a grid over a whole image, row by row; neighbours share twice the context.

    Args:
        size: Size of the image, (height, width).
        side: Largest side of a window, at least 4 times the context. The last window of a row or column takes what
            would be too narrow for one of its own.
        context: Pixels that a window shows on all sides beyond its own step of the grid.
    """
    step = side - 2 * context
    rows, columns = (list(_steps(length, step, context)) for length in size)
    for top, bottom in rows:
        for left, right in columns:
            yield Rect.between(top, left, bottom, right)


def _starts(first: int, last: int, length: int, tile: int, overlap: int) -> list[int]:
    """Where windows begin along one side of ``length`` so that they cover ``first`` to ``last`` with context."""
    if length <= tile:
        return [0]
    low, high = max(0, first - overlap), min(length, last + overlap)
    if high - low <= tile:
        return [min(max((low + high - tile) // 2, 0), length - tile)]
    count = ceil((high - low - overlap) / (tile - overlap))
    return [low + (high - low - tile) * index // (count - 1) for index in range(count)]


def _steps(length: int, step: int, context: int) -> Iterator[tuple[int, int]]:
    """Where windows begin and end along one side."""
    for index in range(max(1, -(-(length - context) // step))):
        yield max(0, index * step - context), min(length, (index + 1) * step + context)
