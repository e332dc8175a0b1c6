"""What says how sure a fill is, measured pixel by pixel; pure."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.methods.tiled.windows import Rgb

#: Pixels round a place on which its terms depend: half the side of the largest square that is looked at.
MARGIN = 256

# Sides of the squares in which known pixels are looked for, smaller ones first.
_SQUARES = (33, 65, 129, 257, 513)
# The contrast where not even the largest has enough of them.
_NO_CONTRAST = 0.15
# Side of the square of the fill's own contrast.
_OWN = 9
# What is added to a difference before its logarithm is taken, as a share of the range.
_LEAST = 0.01

#: The terms, in their order.
TERMS = ("distance", "first witness", "second witness", "surroundings", "own contrast")


def error_of(fill: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the error of a pixel: the largest difference in R, G and B, ``(n,)``, of ``(n, 3)`` in [0, 1]."""
    return np.asarray(np.abs(fill - other).max(axis=1))


def terms_of(
    rgb: Rgb, hole: NDArray[np.bool_], known: NDArray[np.bool_], witnesses: Sequence[Rgb]
) -> NDArray[np.float32]:
    """Measure the terms of each pixel of the holes.

    Args:
        rgb: ``(H, W, 3)`` float32 in [0, 1], holes filled.
        hole: ``(H, W)`` bool, True where it was filled and the terms are asked for.
        known: ``(H, W)`` bool, True where the image is known.
        witnesses: Two other fills, ``(H, W, 3)``; what stands outside ``hole`` is not looked at.

    Returns:
        ``(n, 5)``, a row for each True of ``hole``, see `TERMS`: the logarithm of the distance to the nearest known
        pixel, 1 to `MARGIN`; then logarithms of shares of the range: how far each witness lies, the deviation of what
        is known round it, and that of the image in a small square round it.
    """
    distance: NDArray[Any] = np.full(hole.shape, np.float32(MARGIN))
    if known.any():
        distance = np.asarray(cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
    grey = rgb.mean(axis=2)
    apart = [error_of(witness[hole], rgb[hole]) for witness in witnesses]
    own = np.sqrt(_variance(grey, np.ones_like(grey), _OWN)[0])[hole]
    shares = np.stack([*apart, _surroundings(grey, known)[hole], own], axis=1)
    near = np.log(np.clip(distance[hole], 1, MARGIN))
    return np.concatenate([near[:, np.newaxis], np.log(shares + _LEAST)], axis=1).astype(np.float32)


def _surroundings(grey: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The deviation of known pixels in the smallest square round each pixel that has enough of them, ``(H, W)``."""
    counts = known.astype(np.float32)
    found = np.full(grey.shape, np.nan)
    for side in _SQUARES:
        variance, number = _variance(grey, counts, side)
        found = np.where(np.isnan(found) & (number >= side), np.sqrt(variance), found)
    return np.asarray(np.nan_to_num(found, nan=_NO_CONTRAST))


def _variance(
    grey: NDArray[np.float32], counts: NDArray[np.float32], side: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The variance of what counts in a square round each pixel, and how many pixels that are."""

    def total(values: NDArray[np.float32]) -> NDArray[np.float64]:
        square = (side, side)
        summed = cv2.boxFilter(values, cv2.CV_64F, square, normalize=False, borderType=cv2.BORDER_CONSTANT)
        return np.asarray(summed, np.float64)

    shown = np.where(counts > 0, grey, 0).astype(np.float32)
    number = total(counts)
    some = np.maximum(number, 1)
    return np.maximum(total(shown * shown) / some - (total(shown) / some) ** 2, 0), number
