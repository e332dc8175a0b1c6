"""Images of other formats unpacked into a tiled TIFF, some rows at a time, so that they can be read in windows."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pconv_cli.files.codecs.rows import Rows
from pconv_cli.files.decoding import decoding
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.readback import Unfaithful, checking, encoding
from pconv_cli.files.tiff import readback
from pconv_cli.files.tiff.samples import TILE, write_tiles
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.tiling.grid import tiles_of
from pconv_cli.tiling.rect import Rect

#: Pixels that are decoded at a time: of JPEG 2000, each call reads through the whole file.
_STRIP = 8_000_000


def unpack(rows: Rows, source: Path, place: Path) -> tuple[str, ...]:
    """Unpack an image into a tiled TIFF, with all that stands beside it, and read that back.

    Args:
        rows: The image.
        source: Its file, for messages.
        place: Where the TIFF goes.

    Returns:
        What a TIFF has no place for, in words.

    Raises:
        ImageError: The image is damaged.
        OutputError: The file cannot be written, or does not read back as it was meant.
    """
    metadata, lost = rows.metadata.for_format(ImageFormat.TIFF, grey=rows.shape[2] < 3)
    sums: dict[Rect, int] = {}
    with encoding(place), place.open("w+b") as file:
        write_tiles(file, _tiles(rows, source, sums), rows.shape, rows.dtype, metadata, rows.lab)
    with checking(place), Scan(place) as scan, place.open("rb") as again:

        def meant(rect: Rect) -> Samples:
            samples = scan.read(rect)
            if zlib.crc32(samples.tobytes()) != sums[rect]:
                raise Unfaithful(f"its tile at {rect.left}, {rect.top} differs")
            return samples

        readback.check(again, rows.shape, rows.dtype, meant)
    return tuple(lost)


def _tiles(rows: Rows, source: Path, sums: dict[Rect, int]) -> Iterator[Samples]:
    """Give the tiles of an image, those at its edges filled up with zeros, and note the checksum of each."""
    height, width, _ = rows.shape
    step = max(TILE, _STRIP // width // TILE * TILE)
    for top in range(0, height, step):
        with decoding(source):
            strip = rows.read(top, min(height, top + step))
        for rect in tiles_of(Rect(top, 0, strip.shape[0], width), TILE):
            samples = np.ascontiguousarray(strip[rect.top - top : rect.bottom - top, rect.left : rect.right])
            sums[rect] = zlib.crc32(samples.tobytes())
            missing = [(0, TILE - rect.height), (0, TILE - rect.width), (0, 0)]
            yield np.pad(samples, missing) if samples.shape[:2] != (TILE, TILE) else samples
