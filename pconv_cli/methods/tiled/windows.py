"""Windows round groups of holes, for methods that look only at what is near a hole."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.tiled.holes import groups_of

Rgb = NDArray[np.float32]
"""(H, W, 3), RGB in [0, 1]."""


def hole_windows(mask: Mask, margin: int, wanted: Mask | None = None) -> Iterator[tuple[tuple[slice, slice], Mask]]:
    """Give a window for each group of holes, ``margin`` pixels wider than the group where the image allows.

    Two holes belong to one group when their margins meet; a window may hold parts of other groups too.

    Args:
        mask: ``(H, W)`` bool, True = valid, False = hole.
        margin: Pixels round a hole that its method looks at, at least 1.
        wanted: Groups without any True of it are left out; None: none is.

    Yields:
        The window as an index (slices of rows and columns), and in the window ``(h, w)`` True where the group's own
        holes are. Each hole pixel of the groups belongs to exactly one window.
    """
    hole = ~mask
    groups = groups_of(hole, margin)
    for label in range(1, len(groups.boxes)):
        rect = groups.rect(label)
        own = (groups.labels[rect.slices] == label) & hole[rect.slices]
        if wanted is None or (own & wanted[rect.slices]).any():
            yield rect.slices, own


def fill_windows(
    rgb: Rgb, mask: Mask, margin: int, fill: Callable[[Rgb, Mask], Rgb], wanted: Mask | None = None
) -> Rgb:
    """Fill an image window by window with a method of limited reach; see `hole_windows` for the arguments."""
    filled = rgb.copy()
    for window, own in hole_windows(mask, margin, wanted):
        filled[window][own] = fill(rgb[window], mask[window])[own]
    return filled
