"""The number that stands for "no data" in a TIFF: pixels that hold it are neither hole nor image.

Reference: GDAL, GeoTIFF driver, tag 42113 (GDAL_NODATA): one number for all bands, as text.
"""

import numpy as np
import tifffile
from tifffile import PHOTOMETRIC

#: The tag that holds it.
NO_DATA = 42113


def no_data_of(page: tifffile.TiffPage) -> float | None:
    """Return the number in the scale of a page's samples as they are decoded.

    None stands for no number, one that no sample can hold, one that is not finite (which is never evidence), and the
    index of a palette, or an ink, which no decoded sample is.
    """
    if holds_other_numbers(page) or NO_DATA not in page.tags:
        return None
    text = page.tags[NO_DATA].value
    try:
        number = float(text.decode("ascii") if isinstance(text, bytes) else text)
    except (TypeError, ValueError):  # damaged: GDAL passes over it, too
        return None
    dtype, bits = np.dtype(page.dtype), page.bitspersample
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            stored = float(dtype.type(number))
        return stored if np.isfinite(stored) else None
    least, most = (np.iinfo(dtype).min, np.iinfo(dtype).max) if dtype.kind == "i" else (0, 2**bits - 1)
    if not (least <= number <= most and number.is_integer()):
        return None
    return most - number if page.photometric == PHOTOMETRIC.MINISWHITE else number


def holds_other_numbers(page: tifffile.TiffPage) -> bool:
    """Say whether a page's numbers are not those of its samples once decoded: a palette, inks, 1, 2 or 4 bits."""
    return page.photometric in (PHOTOMETRIC.PALETTE, PHOTOMETRIC.SEPARATED) or page.bitspersample < 8
