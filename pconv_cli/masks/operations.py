"""Changing masks: growing and shrinking their holes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import UsageError
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.large.windows import SIDE, counted_tiles
from pconv_cli.masks.ratios import Mask


def dilate(mask: Mask, px: int) -> Mask:
    """Grow the hole by ``px`` pixels in all directions (a disc); ``mask`` is bool (H, W), True = valid.

    Raises:
        UsageError: ``px`` is negative.
    """
    return ~spread(~mask, px)


def dilate_packed(mask: PackedMask, px: int, side: int = SIDE) -> PackedMask:
    """Dilate the holes of a mask of one bit a pixel in the same way, in windows of a side.

    Raises:
        UsageError: ``px`` is negative.
    """
    grown = PackedMask(mask.size)
    for framed in counted_tiles(mask.size, side, margin=px):
        if mask.has_hole(framed.outer):
            grown.put_hole(framed.inner, framed.cut(spread(mask.hole(framed.outer), px)))
    return grown


def erode(mask: Mask, px: int) -> Mask:
    """Shrink the hole by ``px`` pixels from all directions (a disc); what lies beyond the edge does not eat into it.

    Raises:
        UsageError: ``px`` is negative.
    """
    return spread(mask, px)


def spread(area: NDArray[np.bool_], px: int) -> NDArray[np.bool_]:
    """Add to ``area`` every pixel whose distance to it is at most ``px``.

    A threshold on the exact distance is the dilation by the disc of radius ``px``, at the same cost for any radius.
    """
    if px < 0:
        raise UsageError(f"cannot grow or shrink a hole by {px} px: give 0 or more")
    if px == 0 or not area.any():
        return area.copy()
    px = min(px, sum(area.shape))  # no two pixels are farther apart, and its square is a number of NumPy's
    distance = cv2.distanceTransform(np.where(area, 0, 255).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Squared distances of pixels are whole numbers, so half of one is room enough for rounding.
    return np.asarray(np.square(distance) <= px * px + 0.5, np.bool_)
