"""The tiles and strips of a TIFF: where they stand, and whether a page can be read in windows by them.

Reference: TIFF 6.0, sections 3 (strips) and 15 (tiles).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import tifffile
from tifffile import COMPRESSION, PHOTOMETRIC

from pconv_cli.tiling.rect import Rect

#: A segment that unpacks to more than this is not a window into anything; uncompressed ones are cut into pieces.
_LARGEST_SEGMENT = 64 << 20
_LARGEST_MASK_SEGMENT = 1 << 31
_PIECE = 4 << 20


class Segment(NamedTuple):
    """A tile or strip of a file, or some rows of a strip that is not compressed.

    Attributes:
        entry: Its place in the file's tables.
        top: First row of the image that it holds.
        left: First column.
        height: Rows within the image.
        width: Columns within the image.
        offset: Where its bytes begin; 0 where the file holds none (a tile left out stands for zeros).
        length: How many bytes there are.
    """

    entry: int
    top: int
    left: int
    height: int
    width: int
    offset: int
    length: int

    @property
    def rect(self) -> Rect:
        """Its place in the image."""
        return Rect(self.top, self.left, self.height, self.width)


def segments_of(page: tifffile.TiffPage) -> Iterator[Segment]:
    """Give the tiles or strips of a page in the file's order; large strips that are not compressed in pieces."""
    height, width = int(page.imagelength), int(page.imagewidth)
    high = int(page.tilelength if page.is_tiled else min(page.rowsperstrip, height))
    wide = int(page.tilewidth) if page.is_tiled else width
    across = -(-width // wide)
    tables = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    row = width * page.samplesperpixel * dtype_of(page).itemsize
    piece = max(1, _PIECE // row) if is_plain(page) and not page.is_tiled else high
    for index, (offset, count) in enumerate(tables):
        top, left = index // across * high, index % across * wide
        tall, broad = min(high, height - top), min(wide, width - left)
        if piece >= tall or not count:
            yield Segment(index, top, left, tall, broad, offset, count)
            continue
        for start in range(0, tall, piece):
            rows = min(piece, tall - start)
            yield Segment(index, top + start, left, rows, broad, offset + start * row, rows * row)


def why_whole(page: tifffile.TiffPage, is_mask: bool) -> str:
    """Say why a page can be decoded as a whole only; an empty text where it can be read in windows."""
    if page.photometric == PHOTOMETRIC.PALETTE:
        return "has a palette"
    if page.bitspersample % 8 and not (is_mask and page.bitspersample < 8):
        return f"has {page.bitspersample}-bit samples"
    if is_mask and (page.samplesperpixel in (2, 4) or page.dtype not in ("bool", "uint8", "uint16")):
        return "is not a plain mask"
    if page.samplesperpixel > 1 and page.planarconfig != 1:
        return "holds its channels apart"
    if page.fillorder != 1:
        return "stores its bits in reverse"
    if page.is_tiled:
        shape = (page.tilelength, page.tilewidth)
    else:
        shape = (min(page.rowsperstrip, page.imagelength), page.imagewidth)
        if is_plain(page):
            return ""
    size = shape[0] * shape[1] * page.samplesperpixel * dtype_of(page).itemsize
    largest = _LARGEST_MASK_SEGMENT if is_mask else _LARGEST_SEGMENT
    return f"has tiles or strips of {size >> 20} MiB" if size > largest else ""


def is_plain(page: tifffile.TiffPage) -> bool:
    """Say whether samples stand in the file as they are, whole bytes each, except for the order of the bytes."""
    return page.compression == COMPRESSION.NONE and page.bitspersample >= 8 and page.predictor == 1


def dtype_of(page: tifffile.TiffPage) -> np.dtype[Any]:
    """Give the type of the samples that stand in a file, in the machine's byte order."""
    return np.dtype(page.dtype)
