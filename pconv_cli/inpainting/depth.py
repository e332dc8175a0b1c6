"""Two fills of a hole become one by depth: fine detail passes from the first to the second nearer the rim.

What a network loses first is fine detail, within 5 to 15 pixels of the rim; its structure is right for longer. Were
there one blend for both, either the rim would stay soft or structure would be given up where it is still known.

References:
    Burt, Adelson, "A multiresolution spline with application to image mosaics", ACM Transactions on Graphics, 1983, for
    joining pictures band by band.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.inpainting.windows import Rgb
from pconv_cli.tiling.blend import smoothstep

# Pixels (of a Gaussian) that part fine detail from structure.
_FINE_SIGMA = 1.5

#: Pixels round a place on which its result depends.
FINE_REACH = 6

# Depths in pixels at which each begins to pass from the one fill to the other, and has passed wholly.
_FINE, _COARSE = (5, 15), (8, 22)


def pass_by_depth(first: Rgb, second: Rgb, depth: NDArray[np.float32]) -> Rgb:
    """Pass from one fill to another with growing depth, fine detail first.

    Args:
        first: ``(H, W, 3)``, the fill near the rim.
        second: ``(H, W, 3)``, the fill in the depth.
        depth: ``(H, W)``, distance in pixels from what is valid.

    Returns:
        ``(H, W, 3)``: ``first`` up to a depth of 5 px, ``second`` from 22 px on.
    """
    difference = second - first
    coarse = cv2.GaussianBlur(difference, (2 * FINE_REACH + 1,) * 2, _FINE_SIGMA)
    fine = difference - coarse
    return np.asarray(first + _share(depth, _FINE) * fine + _share(depth, _COARSE) * coarse, np.float32)


def _share(depth: NDArray[np.float32], between: tuple[int, int]) -> NDArray[np.float32]:
    start, end = between
    return smoothstep((depth - start) / np.float32(end - start))[:, :, np.newaxis]
