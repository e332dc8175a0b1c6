"""Specks: short holes of three pixels or fewer across, filled by the smoothest surface through what is round them.

At this size there is no texture to find and no tone to guess. The biharmonic equation is solved by sweeps over a
speck's pixels alone; a network would run on a window round each.

References:
    Damelin, Hoang, "On surface completion and image inpainting by biharmonic functions", 2018, for the equation.
"""

import cv2
import numpy as np

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.tiled.holes import groups_of, parts_of, places_of
from pconv_cli.methods.tiled.windows import Rgb

#: Largest width in pixels of a hole that is a speck, and its largest extent: specks often touch.
SPECK, _EXTENT = 3, 8

# Pixels that the equation looks at on each side: a speck lies further than this from holes that are none.
_REACH = 2

# Sweeps at most, and the change of a sample at which they end.
_SWEEPS, _SETTLED = 100, 1e-5

# The biharmonic operator, the Laplacian of the Laplacian: rows, columns and weights, beside the middle's 20.
_ROWS = np.array([-2, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 2], np.int32)
_COLUMNS = np.array([0, -1, 0, 1, -2, -1, 1, 2, -1, 0, 1, 0], np.int32)
_WEIGHTS = np.array([1, 2, -8, 2, 1, -8, -8, 1, 2, -8, 2, 1], np.float32)


def without_specks(rgb: Rgb, mask: Mask) -> tuple[Rgb, Mask]:
    """Fill the specks of an image.

    Args:
        rgb: ``(H, W, 3)``; what stands in a hole is not looked at.
        mask: ``(H, W)``, True = valid.

    Returns:
        The image with its specks filled, and the mask with them as valid; the same two where there are none.
    """
    specks = _specks(mask)
    rows, columns = places_of(specks)
    if not rows.size:
        return rgb, mask
    from pconv_cli.methods.narrow.speck_kernel import solve  # which takes long to load

    # Specks within each other's reach are solved together, all others by themselves, for as long as each one takes.
    group = groups_of(specks, _REACH // 2).labels[rows, columns]
    order = np.argsort(group, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(group[order])) + 1, len(order)).astype(np.int32)
    down, right = (part[order].astype(np.int32) for part in (rows, columns))
    filled = np.ascontiguousarray(rgb).copy()
    solve(filled, mask, down, right, ends, _ROWS, _COLUMNS, _WEIGHTS, _SWEEPS, np.float32(_SETTLED))
    return filled, mask | specks


def _specks(mask: Mask) -> Mask:
    """Find specks: ``(H, W)``."""
    hole = (~mask).astype(np.uint8)
    labels, stats = parts_of(hole)
    small = (stats[:, cv2.CC_STAT_WIDTH] <= _EXTENT) & (stats[:, cv2.CC_STAT_HEIGHT] <= _EXTENT)
    wide = cv2.erode(hole, np.ones((SPECK + 1,) * 2, np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    small[labels[wide > 0]] = False
    small[0] = False
    if not small.any():
        return np.zeros_like(mask)
    larger = ~small
    larger[0] = False
    if larger.any():
        square = np.ones((2 * _REACH + 1,) * 2, np.uint8)
        beside = cv2.dilate(larger[labels].astype(np.uint8), square) > 0
        small[labels[beside]] = False
    return np.asarray(small[labels], np.bool_)
