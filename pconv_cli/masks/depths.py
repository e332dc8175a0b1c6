"""How deep inside an area its pixels lie: the one measure of how wide a loss is."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.tiling.rect import Rect


def depths_of(area: PackedMask, window: Rect) -> NDArray[np.float32]:
    """Measure how far the pixels of a window ``(h, w)`` lie from the edge of an area, in pixels; 0 outside of it.

    A pixel's depth is that of its centre, or of its lower right corner where that lies deeper, so that a stroke of n
    pixels is n / 2 deep, be n odd or even. The image's edge is one of the area's; a window's is none, so a depth is
    right where the pixel lies further than that from the window's edge, and too large elsewhere.

    Args:
        area: The area, as the hole of a mask.
        window: Inside the image.
    """
    hole = np.pad(area.hole(window), 1)
    hole[0] |= window.top > 0
    hole[-1] |= window.bottom < area.size[0]
    hole[:, 0] |= window.left > 0
    hole[:, -1] |= window.right < area.size[1]
    if hole.all():
        return np.full((window.height, window.width), np.float32(np.inf))
    distance = np.asarray(cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
    corner = np.minimum(distance[:-1, :-1], distance[1:, 1:])
    corner = np.minimum(corner, np.minimum(distance[1:, :-1], distance[:-1, 1:]))
    return np.asarray(np.maximum(distance[1:-1, 1:-1] - np.float32(0.5), corner[1:, 1:]).clip(0))
