"""Windows round groups of holes, for methods that look only at what is near a hole."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask

Rgb = NDArray[np.float32]
"""(H, W, 3), RGB in [0, 1]."""


def hole_windows(mask: Mask, margin: int, wanted: Mask | None = None) -> Iterator[tuple[tuple[slice, slice], Mask]]:
    """Give a window for each group of holes, ``margin`` pixels wider than the group where the picture allows.

    Two holes belong to one group when their margins meet; a window may hold parts of other groups too.

    Args:
        mask: ``(H, W)`` bool, True = valid, False = hole.
        margin: Pixels round a hole that its method looks at, at least 1.
        wanted: Groups without any True of it are left out; None: none is.

    Yields:
        The window as slices of rows and columns, and in the window True where the group's own holes are. Each hole
        pixel of the groups belongs to exactly one window.
    """
    hole = ~mask
    # A square is separable: growing by it costs the same for any margin.
    grown = cv2.dilate(hole.astype(np.uint8), np.ones((2 * margin + 1, 1), np.uint8))
    grown = cv2.dilate(grown, np.ones((1, 2 * margin + 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(grown)
    for label in range(1, count):
        left, top, width, height = (int(value) for value in stats[label][:4])
        window = slice(top, top + height), slice(left, left + width)
        own = (labels[window] == label) & hole[window]
        if wanted is None or (own & wanted[window]).any():
            yield window, own


def fill_windows(
    rgb: Rgb, mask: Mask, margin: int, fill: Callable[[Rgb, Mask], Rgb], wanted: Mask | None = None
) -> Rgb:
    """Fill a picture window by window with a method of limited reach; see `hole_windows` for the arguments."""
    filled = rgb.copy()
    for window, own in hole_windows(mask, margin, wanted):
        filled[window][own] = fill(rgb[window], mask[window])[own]
    return filled
