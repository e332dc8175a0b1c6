"""Overlapping tiles become one picture: weights that fall smoothly towards a tile's inner edges, then a mean."""

import numpy as np
from numpy.typing import NDArray

from pconv_cli.inpainting.tiles import Tile

Array = NDArray[np.float32]


class Blend:
    """Collects tiles and gives their weighted mean; the order in which they come makes no difference but rounding.

    Args:
        size: (height, width) of the picture.
        overlap: Pixels over which the weight of a tile rises from its edge.
    """

    def __init__(self, size: tuple[int, int], overlap: int) -> None:
        self._size = size
        self._overlap = overlap
        self._total = np.zeros((*size, 3), np.float32)
        self._weight = np.zeros((*size, 1), np.float32)

    def add(self, tile: Tile, values: Array) -> None:
        """Add a tile's values ``(h, w, 3)``."""
        weight = tile_weight(tile, self._size, self._overlap)[:, :, np.newaxis]
        self._total[tile.window] += values * weight
        self._weight[tile.window] += weight

    def result(self) -> Array:
        """The picture ``(H, W, 3)``; 0 where no tile was added."""
        return np.asarray(self._total / np.where(self._weight > 0, self._weight, 1), np.float32)


def tile_weight(tile: Tile, size: tuple[int, int], overlap: int) -> Array:
    """The weight ``(h, w)`` in (0, 1] of each pixel of a tile.

    It rises from the tile's edges over ``overlap`` pixels, but not from an edge that is the picture's own: there is no
    neighbour there to hand over to.
    """
    rows = _ramp(tile.height, tile.top > 0, tile.top + tile.height < size[0], overlap)
    columns = _ramp(tile.width, tile.left > 0, tile.left + tile.width < size[1], overlap)
    return np.outer(rows, columns)


def smoothstep(t: Array) -> Array:
    """Rise from 0 to 1 over [0, 1], with zero slope at both ends; clamped outside."""
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def _ramp(length: int, at_start: bool, at_end: bool, overlap: int) -> Array:
    rise = ((np.arange(length) + 0.5) / overlap).astype(np.float32)
    weight = np.ones(length, np.float32)
    if at_start:
        weight *= smoothstep(rise)
    if at_end:
        weight *= smoothstep(rise[::-1])
    return weight
