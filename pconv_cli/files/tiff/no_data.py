"""The number that stands for "no data" in a TIFF: pixels that hold it are neither hole nor image.

Reference: GDAL, GeoTIFF driver, tag 42113 (GDAL_NODATA): one number for all bands, as text.
"""

from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from tifffile import PHOTOMETRIC

#: The tag that holds it.
NO_DATA = 42113


def no_data_of(page: tifffile.TiffPage) -> float | None:
    """Return the number in the scale of a page's samples as they are decoded.

    None stands for no number, one that no sample can hold, an ink, and the index of a colour that is not grey, since
    one number is to stand for all channels. Floats may have NaN or an infinity.
    """
    number = _stored_number(page)
    if number is None or page.photometric == PHOTOMETRIC.SEPARATED:
        return None
    dtype, bits = np.dtype(page.dtype), page.bitspersample
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            stored = float(dtype.type(number))
        return stored if np.isfinite(stored) or not np.isfinite(number) else None
    least, most = (np.iinfo(dtype).min, np.iinfo(dtype).max) if dtype.kind == "i" else (0, 2**bits - 1)
    if not (least <= number <= most and number.is_integer()):
        return None
    if page.photometric == PHOTOMETRIC.PALETTE:
        assert page.colormap is not None  # only_page has seen to it
        red, green, blue = expanded(np.array(int(number)), page.colormap).tolist()
        return float(red) if red == green == blue else None
    number = most - number if page.photometric == PHOTOMETRIC.MINISWHITE else number
    return number * (255 // most) if bits < 8 else number


def _stored_number(page: tifffile.TiffPage) -> float | None:
    """Return the number as it stands in the tag; what follows it, behind a space or a null byte, is passed over."""
    value = page.tags.valueof(NO_DATA)
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    first = text.partition("\0")[0].split()[:1]
    try:
        return float(*first) if first else None
    except ValueError:  # damaged
        return None


def entry_of(number: float) -> tuple[int, int, bytes]:
    """Give the entry of the tag (type, length, bytes) for a whole number."""
    text = f"{number:.0f}\0".encode("ascii")
    return 2, len(text), text


def expanded(indices: NDArray[Any], colours: NDArray[np.uint16]) -> NDArray[Any]:
    """Give palette indices as RGB, in 8 bits where the palette (always stored in 16) holds no more."""
    table = np.moveaxis(colours, 0, 1)
    if np.all(table & 0xFF == 0) or np.all(table % 257 == 0):
        table = (table >> 8).astype(np.uint8)
    return np.asarray(table[indices.astype(np.intp)])


def holds_other_numbers(page: tifffile.TiffPage) -> bool:
    """Say whether a page's numbers are not those of its samples once decoded: a palette, inks, 1, 2 or 4 bits."""
    return page.photometric in (PHOTOMETRIC.PALETTE, PHOTOMETRIC.SEPARATED) or page.bitspersample < 8
