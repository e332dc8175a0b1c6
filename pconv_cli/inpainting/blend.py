"""The weights of overlapping tiles in the mean that joins them: they fall smoothly towards inner edges."""

import numpy as np
from numpy.typing import NDArray

from pconv_cli.inpainting.tiles import Tile

Array = NDArray[np.float32]


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
