"""What stands between black and white in a mask: the soft rim of what is white, or values that a threshold leaves out.

Masks saved as numbers hold 0, 1, 2, 3; palettes have colours on either side of a threshold; a hole may be painted half
opaque. Read by a threshold, such a hole would be lost silently. A soft rim (smoothed edges, a feathered brush,
JPEG's noise beside edges) is what a threshold is for. The two differ in that a rim lies along what is white and
changes from pixel to pixel.
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

#: Side in pixels of the cells in which a mask is looked at. JPEG's blocks are as large: its noise stays next to edges.
CELL = 8

# The share of flat pixels from which on values are plateaus: apart from all that is white, and joined to it. Slow
# gradients are flat in places, too.
_FLAT_APART, _FLAT_JOINED = 0.2, 0.5

# The part of the way from black to the threshold from which on a value is not noise.
_LOUD = 1 / 4

# Pixels from white up to which an edge is merely smoothed, and the share of the white ones from which on more counts.
_SMOOTHED, _WIDE = 2, 0.01


class GreyKind(Enum):
    """What stands between black and white."""

    NOTHING = auto()  # or only smoothed edges and noise
    RIM = auto()  # a soft rim, wide enough for what it covers to show
    LEFT_OUT = auto()  # values that belong to nothing white


def look_between(bands: Iterable[NDArray[Any]], black: float, cut: float) -> GreyKind:
    """Look at the values of a mask that are not black and do not reach the threshold.

    Args:
        bands: ``(h, W)`` whole numbers of 8 or 16 bits, or float32: the mask from top to bottom, all but the last a
            multiple of `CELL` high.
        black: The value of black.
        cut: The value from which on one is white.
    """
    counts: dict[str, list[NDArray[np.int64]]] = {"white": [], "between": [], "flat": [], "loud": []}
    beyond = white_pixels = 0
    for band in bands:
        white = band >= cut
        between = (band > black) & ~white
        loud = between & (band >= black + (cut - black) * _LOUD)
        square = np.ones((3, 3), np.uint8)
        flat = between & (cv2.erode(band, square) == cv2.dilate(band, square))
        side = 2 * _SMOOTHED + 1
        edge = cv2.dilate(white.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
        beyond += int(np.count_nonzero(loud & ~edge))
        white_pixels += int(np.count_nonzero(white))
        for name, where in (("white", white), ("between", between), ("flat", flat), ("loud", loud)):
            counts[name].append(_in_cells(where))
    cells = {name: np.concatenate(parts) for name, parts in counts.items()}
    some_white, some_between = cells["white"] > 0, cells["between"] > 0
    near = cv2.dilate(some_white.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    far = some_between & ~near
    _, parts = cv2.connectedComponents((some_white | some_between).astype(np.uint8))
    joined = np.isin(parts, parts[some_white])
    apart = far & ~joined
    if cells["loud"][apart].any() or _share(cells, apart) > _FLAT_APART or _share(cells, far & joined) > _FLAT_JOINED:
        return GreyKind.LEFT_OUT
    return GreyKind.RIM if beyond > _WIDE * white_pixels else GreyKind.NOTHING


def _share(cells: dict[str, NDArray[np.int64]], where: NDArray[np.bool_]) -> float:
    """Return how much of what stands between black and white in some cells is flat."""
    total = int(cells["between"][where].sum())
    return int(cells["flat"][where].sum()) / total if total else 0.0


def _in_cells(where: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many pixels of each cell are True."""
    height, width = where.shape
    padded = np.pad(where, ((0, -height % CELL), (0, -width % CELL)))
    return np.asarray(padded.reshape(-(-height // CELL), CELL, -1, CELL).sum(axis=(1, 3)), np.int64)
