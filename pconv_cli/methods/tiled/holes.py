"""The holes of a mask: which are connected or lie near one another, how deep they are, and which of them count."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.tiling.window import Groups


def groups_of(hole: NDArray[np.bool_], reach: int = 0) -> Groups:
    """Find the connected parts (8 neighbours) of holes, or of holes grown by a square.

    Args:
        hole: ``(H, W)``, True = hole.
        reach: Pixels by which holes are grown first, on all sides.
    """
    grown = grown_by_square(hole, reach) if reach else hole.astype(np.uint8)
    labels, stats = parts_of(grown)
    left, top, width, height = stats[:, :4].T.astype(np.intp)
    return Groups(labels, np.stack([top, left, top + height, left + width], 1))


def parts_of(flags: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find the connected parts (8 neighbours) of flags.

    Args:
        flags: ``(H, W)``, 0 or not.

    Returns:
        ``(H, W)``, the number of each pixel's part, 0 where there is none; and their `cv2.CC_STAT_LEFT` and so on.
    """
    # The same numbers as by the default algorithm, in a third of its time.
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(flags, 8, cv2.CV_32S, cv2.CCL_BBDT)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def places_of(flags: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the rows and columns of the few True of flags ``(H, W)``, as `numpy.nonzero` does in five times the time."""
    return np.divmod(np.flatnonzero(flags), flags.shape[1])


def grown_by_square(hole: NDArray[np.bool_], reach: int) -> NDArray[np.uint8]:
    """Grow holes by a number of pixels on all sides; ``(H, W)``, 1 = hole."""
    # A square is separable: growing by it costs the same for any reach.
    grown = cv2.dilate(hole.astype(np.uint8), np.ones((2 * reach + 1, 1), np.uint8))
    return np.asarray(cv2.dilate(grown, np.ones((1, 2 * reach + 1), np.uint8)), np.uint8)


def hole_depth(mask: Mask) -> NDArray[np.float32]:
    """Measure the distance of each pixel to the nearest valid one; very large where there is none."""
    if not mask.any():
        return np.full(mask.shape, np.float32(1e9))
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(distance, np.float32)


def wanted_holes(mask: Mask, share: NDArray[np.float32]) -> Mask | None:
    """Find which holes of a window count, each as a whole; None: all.

    Args:
        mask: Mask of the window, ``(h, w)``, True = valid.
        share: `pconv_cli.tiling.by_cells.CellPlan.share` of the window.
    """
    counts = share > 0
    if (mask | counts).all():
        return None
    number, labels = cv2.connectedComponents((~mask).astype(np.uint8), ltype=cv2.CV_32S)
    chosen = np.zeros(number, np.bool_)
    chosen[labels[counts]] = True
    chosen[0] = False  # what is valid
    return np.asarray(chosen[labels], np.bool_)
