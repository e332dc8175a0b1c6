"""Levels of a pyramid, smaller copies of a page, made again where the page's holes were filled."""

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from pconv_cli.files.tiff.pages import ChangedPage
    from pconv_cli.files.tiff.scans import Scan

# The share of the range by which a level may differ on average from its page reduced, and still be a copy of it.
_ALIKE = 0.08


def page_change(scan: "Scan", samples: Samples, holes: PackedMask) -> "ChangedPage":
    """Say which of a page's tiles or strips have other samples: those with a hole."""
    from pconv_cli.files.tiff.pages import ChangedPage

    return ChangedPage(scan, samples, np.array([holes.has_hole(segment.rect) for segment in scan.segments]))


def level_change(
    level: "Scan", scan: "Scan", before: Samples, after: Samples, holes: PackedMask
) -> "ChangedPage | None":
    """Make the pixels of a level again that holes reach into.

    Args:
        level: The level, open.
        scan: Its page.
        before: Samples ``(H, W, C)`` of the page as they were.
        after: The same with the holes filled.
        holes: Holes of the page.

    Returns:
        The changed level; None where it is not a copy of its page.
    """
    if (level.channels, level.dtype, level.lab) != (scan.channels, scan.dtype, scan.lab):
        return None
    own = level.read(Rect.whole(level.size))
    known = cv2.resize(holes.whole().astype(np.float32), level.size[::-1], interpolation=cv2.INTER_AREA) >= 1
    there = _smaller(before, level.size, scan.lab)
    apart = np.abs(there.astype(np.float64) - own)[known]
    span = float(np.ptp(there.astype(np.float64))) or 1.0
    if apart.size and np.nanmean(apart) > _ALIKE * span:
        return None
    changed = np.where(known[:, :, np.newaxis], own, _smaller(after, level.size, scan.lab))
    return page_change(level, changed.astype(own.dtype), PackedMask.of(known))


def _smaller(samples: Samples, size: tuple[int, int], lab: int) -> NDArray[Any]:
    """Samples reduced by area averages, in their own type; the signed channels of Lab offset meanwhile."""
    dtype: np.dtype[Any] = samples.dtype
    sign = 1 << (8 * dtype.itemsize - 1)
    turn = np.array([0, sign, sign, 0][: samples.shape[2]], dtype) if lab == 8 else None
    shifted = samples if turn is None else np.bitwise_xor(samples, turn)
    planes = [shifted[:, :, band].astype(np.float64) for band in range(samples.shape[2])]
    small = np.stack([cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA) for plane in planes], axis=2)
    whole: NDArray[Any] = small.astype(dtype) if dtype.kind == "f" else np.rint(small).astype(dtype)
    return whole if turn is None else np.bitwise_xor(whole, turn)
