"""What a TIFF says of a page: its samples, how they are coded, and where its tiles or strips are.

Read by a reader of our own, for files that are read back; written for libtiff, which unpacks strips of files alone.

Reference: TIFF 6.0.
"""

import struct
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from pconv_cli.files.metadata import ifd

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _CHANNELS, _ROWS, _PLANAR = 256, 257, 258, 259, 262, 277, 278, 284
_PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT, _FORMAT = 317, 322, 323, 339
#: Tags of the offsets and the lengths.
_STRIPS, _TILES = (273, 279), (324, 325)
#: The compression of samples that are not packed.
NONE = 1
#: Bytes of a TIFF of one strip beside the strip: its header, and a directory of nine numbers.
_BESIDE = 8 + 2 + 9 * 12 + 4
#: Kinds of samples by TIFF's number.
_KINDS = {2: "i", 3: "f"}
_FORMS = {1: "B", 3: "H", 4: "I", 16: "Q"}


class Coding(NamedTuple):
    """How the samples of a segment become bytes.

    Attributes:
        compression: TIFF's number of it.
        predictor: TIFF's number of it.
        order: Byte order, ``"<"`` or ``">"``.
        turned: Whether 0 is white.
    """

    compression: int
    predictor: int
    order: str
    turned: bool


class Layout(NamedTuple):
    """What a TIFF file says of its samples.

    Attributes:
        shape: (H, W, C).
        kind: ``"u"``, ``"i"`` or ``"f"``, and bits of a sample.
        coding: Coding of its segments.
        apart: Whether channels stand apart.
        tiled: Whether segments are tiles.
        segment: (height, width) of a segment.
        places: Where they are in the file: offset and length of each.
    """

    shape: tuple[int, int, int]
    kind: str
    coding: Coding
    apart: bool
    tiled: bool
    segment: tuple[int, int]
    places: list[tuple[int, int]]


def read_layout(file: BinaryIO, place: int | None = None) -> Layout:
    """Read what a TIFF file says of a page.

    Args:
        file: The file.
        place: Where its directory begins; None: the first one.

    Raises:
        ValueError: It is none, or a tag is missing.
        struct.error: It is cut short.
    """

    def read(offset: int, length: int) -> bytes:
        file.seek(offset)
        return file.read(length)

    start = read(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(start[:2])
    if order is None:
        raise ValueError("it is not a TIFF")
    big = struct.unpack(order + "H", start[2:4])[0] == 43
    first: int = struct.unpack(order + ("Q" if big else "I"), start[8:16] if big else start[4:8])[0]
    entries = ifd.read_entries(read, first if place is None else place, order, room=2 * file.seek(0, 2), big=big)

    def values(tag: int, *default: int) -> tuple[int, ...]:
        if tag not in entries:
            if not default:
                raise ValueError(f"its tag {tag} is missing")
            return default
        kind, count, value = entries[tag]
        return struct.unpack(f"{order}{count}{_FORMS[kind]}", value)

    height, width, channels = values(_HEIGHT)[0], values(_WIDTH)[0], values(_CHANNELS, 1)[0]
    tiled = _TILE_WIDTH in entries
    tags = _TILES if tiled else _STRIPS
    bits, formats = set(values(_BITS, 1)), set(values(_FORMAT, 1))
    if len(bits) != 1 or len(formats) != 1:
        raise ValueError("its channels are of several kinds")
    return Layout(
        shape=(height, width, channels),
        kind=f"{_KINDS.get(formats.pop(), 'u')}{bits.pop()}",
        coding=Coding(
            values(_COMPRESSION, NONE)[0], values(_PREDICTOR, 1)[0], order, turned=values(_PHOTOMETRIC)[0] == 0
        ),
        apart=values(_PLANAR, 1)[0] == 2 and channels > 1,
        tiled=tiled,
        segment=(values(_TILE_HEIGHT)[0], values(_TILE_WIDTH)[0])
        if tiled
        else (min(height, values(_ROWS, height)[0]), width),
        places=list(zip(values(tags[0]), values(tags[1]), strict=True)),
    )


def check_layout(layout: Layout, shape: tuple[int, ...], dtype: np.dtype[Any], bits: int = 0) -> None:
    """Check that a file says of its samples what they are, and has a place for each segment.

    Raises:
        ValueError: It does not.
    """
    if layout.shape != shape or layout.kind != f"{dtype.kind}{bits or 8 * dtype.itemsize}":
        raise ValueError(f"it is said to hold {layout.shape} samples of type {layout.kind}")
    count = -(-shape[0] // layout.segment[0]) * -(-shape[1] // layout.segment[1])
    if len(layout.places) != count * (shape[2] if layout.apart else 1):
        raise ValueError(f"it has {len(layout.places)} tiles or strips")


def one_strip(data: bytes, height: int, row: int, compression: int) -> bytes:
    """Write the header and tags of a TIFF around one strip, packed already, for libtiff to unpack.

    Args:
        data: The strip.
        height: Its rows.
        row: Bytes of a row.
        compression: TIFF's number of it.
    """
    tags = {
        _WIDTH: row, _HEIGHT: height, _BITS: 8, _COMPRESSION: compression, _PHOTOMETRIC: 1, _STRIPS[0]: _BESIDE,
        _CHANNELS: 1, _ROWS: height, _STRIPS[1]: len(data),
    }  # fmt: skip
    entries: ifd.Entries = {tag: (4, 1, struct.pack("<I", value)) for tag, value in tags.items()}
    return b"II*\0\x08\0\0\0" + ifd.write_entries(entries, 8, "<") + data
