"""Levels of a pyramid, smaller copies of a page, made again where the page's holes were filled."""

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.colour.ranges import colours_of, holds_no_data, without_no_data
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
    there = _smaller(before, level.size, scan)
    counts = _with_data(there, scan) & _with_data(own, scan)
    apart = np.abs(there.astype(np.float64) - own)[known[:, :, np.newaxis] & counts]
    span = float(np.ptp(there[counts].astype(np.float64))) if counts.any() else 0.0
    if apart.size and np.nanmean(apart) > _ALIKE * (span or 1.0):
        return None
    changed = np.where(known[:, :, np.newaxis], own, _smaller(after, level.size, scan)).astype(own.dtype)
    if scan.no_data is not None:  # which a mean of fills may say by chance
        for colours in _judged_together(changed, scan):
            colours[~known] = without_no_data(colours[~known], scan.no_data)
    return page_change(level, changed, PackedMask.of(known))


def _smaller(samples: Samples, size: tuple[int, int], scan: "Scan") -> NDArray[Any]:
    """Samples reduced by area averages of those with data, in their type; Lab's signed channels offset meanwhile."""
    dtype: np.dtype[Any] = samples.dtype
    lab = scan.lab
    sign = 1 << (8 * dtype.itemsize - 1)
    turn = np.array([0, sign, sign, 0][: samples.shape[2]], dtype) if lab == 8 else None
    shifted = samples if turn is None else np.bitwise_xor(samples, turn)
    known = _with_data(samples, scan)
    small = np.empty((*size, samples.shape[2]))
    for band in range(samples.shape[2]):
        small[:, :, band] = _mean(shifted[:, :, band], known[:, :, band], size, scan.no_data)
    whole: NDArray[Any] = small.astype(dtype) if dtype.kind == "f" else np.rint(small).astype(dtype)
    return whole if turn is None else np.bitwise_xor(whole, turn)


def _mean(plane: NDArray[Any], known: NDArray[np.bool_], size: tuple[int, int], no_data: float | None) -> NDArray[Any]:
    """A channel reduced: the mean of what is known in each area, and no data where nothing is."""
    if no_data is None or known.all():
        return cv2.resize(plane.astype(np.float64), size[::-1], interpolation=cv2.INTER_AREA)
    values = np.where(known, plane.astype(np.float64), 0)
    sums, shares = (
        cv2.resize(one.astype(np.float64), size[::-1], interpolation=cv2.INTER_AREA) for one in (values, known)
    )
    return np.where(shares > 0, sums / np.where(shares > 0, shares, 1), no_data)


def _with_data(samples: Samples, scan: "Scan") -> NDArray[np.bool_]:
    """Say which samples ``(h, w, C)`` of a page are not "no data": by band where there are many, else by pixel."""
    if scan.no_data is None:
        return np.ones(samples.shape, np.bool_)
    blank = [holds_no_data(one, scan.no_data) for one in _judged_together(samples, scan)]
    return np.broadcast_to(~np.stack(blank, axis=-1), samples.shape)


def _judged_together(samples: Samples, scan: "Scan") -> list[Samples]:
    """The samples that say "no data" together, as views: each band where there are many, else the colours."""
    bands = range(scan.channels) if scan.is_multiband else ()
    return [samples[:, :, band : band + 1] for band in bands] or [colours_of(samples)]
