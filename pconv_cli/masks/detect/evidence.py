"""Places that are damaged for certain, where what is merely likely is believed.

In a sound image next to nothing is certain; one that has some damage most often has more of the kind. Evidence is
counted in squares, so that a corner of a huge scan is judged by itself. There is none where more than that is
likely, but not of the damage's colour: a blue sky beside a white scratch.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.tiling.grid import tiles_of
from pconv_cli.tiling.rect import Rect

CELL = 512
"""Side of the squares in pixels. The surroundings of a square are itself and its eight neighbours."""


def damaged_places(certain: PackedMask, share: float, strange: PackedMask | None = None) -> list[Rect]:
    """List the squares in whose surroundings at least a share of the pixels is damaged for certain.

    Args:
        certain: What is damaged for certain, as hole.
        share: Above 0, at most 1.
        strange: Likely damage that is not of its colour, as hole: where more of it is not certain than is damaged for
            certain, a square is not listed. None: colour does not matter.

    Returns:
        The squares, by rows.
    """
    squares = list(tiles_of(Rect.whole(certain.size), CELL))
    rows, columns = (-(-length // CELL) for length in certain.size)
    damaged = np.array([np.count_nonzero(certain.hole(square)) for square in squares]).reshape(rows, columns)
    pixels = np.array([square.area for square in squares]).reshape(rows, columns)
    around = _with_neighbours(damaged)
    enough = around >= share * _with_neighbours(pixels)
    if strange is not None:
        odd = [np.count_nonzero(strange.hole(square) & ~certain.hole(square)) for square in squares]
        enough &= _with_neighbours(np.reshape(odd, (rows, columns))) <= around
    return [square for square, is_enough in zip(squares, enough.ravel(), strict=True) if is_enough]


def _with_neighbours(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum each value of a table and its eight neighbours."""
    return np.asarray(sliding_window_view(np.pad(values, 1), (3, 3)).sum(axis=(2, 3)))
