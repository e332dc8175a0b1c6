"""How fills are joined: neighbouring windows where they overlap, and a deep fill with that of its rim.

Two rules join neighbours. `feather` suits windows at any distances, whose values are kept until all are there and then
divided by the sum of their weights. `handover` suits a regular grid in which what is finished is given away at once:
its weights need no sum, since they add up to 1 by themselves.
"""

import numpy as np
from numpy.typing import NDArray

from pconv_cli.tiling.rect import Rect, Size

Array = NDArray[np.float32]


def smoothstep(t: Array) -> Array:
    """Rise from 0 to 1 over [0, 1], with zero slope at both ends; clamped outside."""
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def feather(rect: Rect, size: Size, overlap: int) -> Array:
    """Give each pixel of a window its weight in the mean of all windows over it.

    The weight rises from the window's edges over ``overlap`` pixels, but not from an edge that is the image's own:
    there is no neighbour to pass to.

    Args:
        rect: The window.
        size: Size of the image, (height, width).
        overlap: The least number of pixels that neighbours share.

    Returns:
        ``(h, w)`` in (0, 1].
    """
    rows = _feather(rect.height, rect.top > 0, rect.bottom < size[0], overlap)
    columns = _feather(rect.width, rect.left > 0, rect.right < size[1], overlap)
    return np.outer(rows, columns)


def handover(rect: Rect, size: Size, overlap: int) -> Array:
    """Give each pixel of a window of a regular grid the share that is taken from it; the shares of a pixel sum to 1.

    One window passes to the next in the middle half of what they share, so the outer quarter of a window counts for
    nothing, and every pixel that counts has at least that much context.

    Args:
        rect: The window, one of `pconv_cli.tiling.grid.regular_grid`.
        size: Size of the image, (height, width).
        overlap: The number of pixels that neighbours share.

    Returns:
        ``(h, w)`` in [0, 1].
    """
    rows = _handover(rect.height, rect.top > 0, rect.bottom < size[0], overlap)
    columns = _handover(rect.width, rect.left > 0, rect.right < size[1], overlap)
    return np.outer(rows, columns)


def blend_by_depth(rim: Array, deep: Array, depth: Array, reach: int) -> Array:
    """Pass from one fill of a hole to another with growing depth: ``rim`` up to half the reach, ``deep`` from it on.

    Args:
        rim: ``(..., 3)``, from a method that sees ``reach`` pixels into a hole; it is changed.
        deep: ``(..., 3)``, from a coarser scale.
        depth: ``(...)``, the distance of each pixel to the nearest valid one.
        reach: In pixels.

    Returns:
        ``rim``, blended.
    """
    half = np.float32(reach / 2)
    rim += smoothstep((depth - half) / half)[..., np.newaxis] * (deep - rim)
    return rim


def _feather(length: int, at_start: bool, at_end: bool, overlap: int) -> Array:
    rise = ((np.arange(length) + 0.5) / overlap).astype(np.float32)
    weight = np.ones(length, np.float32)
    if at_start:
        weight *= smoothstep(rise)
    if at_end:
        weight *= smoothstep(rise[::-1])
    return weight


def _handover(length: int, at_start: bool, at_end: bool, overlap: int) -> Array:
    rise = smoothstep(((np.arange(overlap) + 0.5 - overlap / 4) / (overlap / 2)).astype(np.float32))
    weight = np.ones(length, np.float32)
    if at_start:
        weight[:overlap] *= rise
    if at_end:
        weight[length - overlap :] *= 1 - rise
    return weight
