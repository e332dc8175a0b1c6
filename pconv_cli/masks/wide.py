"""Losses that are wide: too much of what they hide is unknown for anyone to say what was there."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.large.parts import Labels, Sums, counts, keep_parts
from pconv_cli.masks.large.windows import SIDE
from pconv_cli.tiling.rect import Framed


def wide_losses(holes: PackedMask, width: int, side: int = SIDE) -> tuple[PackedMask, int]:
    """Find the losses, connected parts (8 neighbours) of the holes, that are wider than ``width``.

    A loss is as wide as twice the largest distance of its pixels to a known one, from centre to centre: a stroke of n
    pixels has n + 1 where n is odd, and n where it is even. Beyond the image's edge, nothing is known. What is found
    does not depend on the windows, since each is seen with the pixels that can decide it.

    Args:
        holes: The mask.
        width: In pixels, 1 to `pconv_cli.masks.kinds.WIDEST`.
        side: Of the windows that are looked at, in pixels.

    Returns:
        Those losses as the holes of a mask, and how many they are.
    """

    def measure(framed: Framed, labels: Labels, count: int) -> Sums:
        around = framed.inner.grown(width // 2 + 1, holes.size)
        deep = _deep(holes.hole(around), width)[framed.inner.relative_to(around).slices]
        return counts(labels[deep], count)

    return keep_parts(holes, measure, lambda sums: sums[:, 0] > 0, side)


def _deep(hole: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Say which pixels of a hole ``(h, w)`` lie further than half of a width from all that is known."""
    if hole.all():
        return hole
    distance = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    squared = np.rint(distance.astype(np.float64) ** 2)  # whole numbers, whatever was rounded on the way
    return np.asarray(4 * squared > width**2)
