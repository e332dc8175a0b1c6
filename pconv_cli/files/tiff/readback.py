"""TIFF files read back by a reader of our own, one tile or strip after the other, so that memory does not grow.

The packages that write them share their compression with those that read them; here Python's zlib and libtiff unpack,
and NumPy knows the predictors. Of what the encoder's package brings, its libtiff has LZW and PackBits of its own, and
unpacks them in less time than Pillow's; Zstandard and LZMA it would take from the library that packed them.

Reference: TIFF 6.0; Adobe Photoshop TIFF Technical Note 3 (the predictor for floats).
"""

import io
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.tiff.layout import NONE, Coding, Layout, check_layout, one_strip, read_layout
from pconv_cli.tiling.rect import Rect

_DEFLATE, _LZW, _PACKBITS = (8, 32946), 5, 32773
_HORIZONTAL, _FLOATING = 2, 3

#: Bytes of rows that are not packed that are read at a time.
_PIECE = 4 << 20


def check(
    file: BinaryIO,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    meant: Callable[[Rect], Samples],
    bits: int = 0,
    place: int | None = None,
) -> None:
    """Check that a TIFF file, open for reading, holds what it was written of.

    Args:
        file: The file.
        shape: (H, W, C) of its samples.
        dtype: Type of the samples.
        meant: Gives the samples ``(h, w, C)`` of a rectangle.
        bits: Bits of a sample, where they are packed; 0: as many as its type has.
        place: Where the directory of the page begins; None: the first one.

    Raises:
        ValueError: It does not.
        struct.error: It is cut short.
    """
    layout = read_layout(file, place)
    bits = bits or 8 * dtype.itemsize
    check_layout(layout, shape, dtype, bits)
    _check_parts(file, layout, shape, bits, meant)


def _check_parts(
    file: BinaryIO, layout: Layout, shape: tuple[int, ...], bits: int, meant: Callable[[Rect], Samples]
) -> None:
    height, width = shape[:2]
    wide = layout.segment[1]
    for part in _parts(layout, bits):
        rect = Rect.between(part.top, part.left, min(height, part.top + part.rows), min(width, part.left + wide))
        file.seek(part.offset)
        wanted = meant(rect)
        wanted = wanted[:, :, part.plane : part.plane + 1] if layout.apart else wanted
        if not holds(file.read(part.length), part.rows, wide, wanted, layout.coding, bits):
            raise ValueError(f"its rows from {part.top} on differ")


class _UnpackedPart(NamedTuple):
    """What is unpacked at a time: a tile or strip, or rows of a strip that is not packed; see `Segment` of scans."""

    plane: int
    top: int
    left: int
    rows: int
    offset: int
    length: int


def _parts(layout: Layout, bits: int) -> Iterator[_UnpackedPart]:
    """Return what is to be unpacked."""
    height, width, channels = layout.shape
    high, wide = layout.segment
    across, down = -(-width // wide), -(-height // high)
    row = _packed(wide * (1 if layout.apart else channels) * bits)
    for number, (offset, length) in enumerate(layout.places):
        plane, inside = divmod(number, across * down)
        top, left = inside // across * high, inside % across * wide
        rows = high if layout.tiled else min(high, height - top)
        cuts = layout.coding.compression == NONE and not layout.tiled and length == rows * row
        step = max(1, _PIECE // row) if cuts else rows
        for start in range(0, rows, step):
            some = min(step, rows - start)
            place = offset + start * row
            yield _UnpackedPart(plane, top + start, left, some, place, some * row if cuts else length)


def check_segments(file: BinaryIO, layout: Layout, samples: Samples) -> None:
    """Check that all tiles or strips of a page hold its samples ``(H, W, C)``.

    Raises:
        ValueError: They do not.
    """
    _check_parts(file, layout, samples.shape, 8 * samples.dtype.itemsize, lambda rect: samples[rect.slices])


def stored_type(dtype: np.dtype[Any], coding: Coding) -> np.dtype[Any]:
    """Give a type of samples in the byte order of a file."""
    return dtype.newbyteorder("<" if coding.order == "<" else ">")


def holds(data: bytes, rows: int, wide: int, meant: Samples, coding: Coding, bits: int = 0) -> bool:
    """Check that the bytes of a segment unpack to the samples that were meant, bit for bit.

    Args:
        data: The bytes; none stand for zeros.
        rows: Rows of the segment.
        wide: Its columns.
        meant: ``(h, w, C)``, what of it lies within the image's edge.
        coding: How it is coded.
        bits: See `check`.

    Raises:
        ValueError: They unpack to another number of bytes, or cannot be.
    """
    height, width, channels = meant.shape
    dtype: np.dtype[Any] = meant.dtype
    bits = bits or 8 * dtype.itemsize
    row = _packed(wide * channels * bits)
    raw = _decompressed(data, rows, row, coding.compression) if data else bytes(rows * row)
    if len(raw) != rows * row:
        raise ValueError(f"a tile or strip holds {len(raw)} bytes, not {rows * row}")
    if bits % 8:
        found = _unpacked(raw, rows, wide * channels, bits).astype(dtype)
    elif coding.predictor == _FLOATING:
        planes = np.cumsum(np.frombuffer(raw, np.uint8).reshape(rows, -1, channels), axis=1, dtype=np.uint8)
        parts = planes.reshape(rows, dtype.itemsize, wide * channels)
        found = np.ascontiguousarray(np.moveaxis(parts, 1, 2)).view(dtype.newbyteorder(">"))
    else:
        found = np.frombuffer(raw, stored_type(dtype, coding))
    found = found.reshape(rows, wide, channels)[:height, :width]
    expected: NDArray[Any] = np.iinfo(dtype).max - meant if coding.turned else meant
    if coding.predictor == _HORIZONTAL:  # foretold again, which takes less than to add up what was found
        expected = np.concatenate([expected[:, :1], expected[:, 1:] - expected[:, :-1]], axis=1)
    if dtype.kind == "f":  # numbers that are none are like themselves
        same = np.dtype(f"u{dtype.itemsize}")
        found, expected = found.view(found.dtype.str.replace("f", "u")), np.ascontiguousarray(expected).view(same)
    return np.array_equal(found, expected)


def _packed(bits: int) -> int:
    """Whole bytes that hold a number of bits."""
    return -(-bits // 8)


def _unpacked(raw: Any, rows: int, across: int, bits: int) -> NDArray[np.uint32]:
    """Samples that are packed tightly, each row from a whole byte on, its highest bit first."""
    spread = np.unpackbits(np.frombuffer(raw, np.uint8).reshape(rows, -1), axis=1, count=across * bits)
    weights = (1 << np.arange(bits, dtype=np.uint32))[::-1]
    return np.asarray(spread.reshape(rows, across, bits).astype(np.uint32) @ weights, np.uint32)


def _decompressed(data: bytes, height: int, row: int, compression: int) -> bytes | NDArray[np.uint8]:
    """The bytes of ``height`` rows."""
    if compression == NONE:
        return data
    if compression in _DEFLATE:  # libtiff takes them also with their end cut off
        return zlib.decompress(data, bufsize=height * row)
    wrapped = one_strip(data, height, row, compression)
    if compression in (_LZW, _PACKBITS):
        import imagecodecs  # which is there, since it packed them

        return np.asarray(imagecodecs.tiff_decode(wrapped), np.uint8).ravel()
    with Image.open(io.BytesIO(wrapped), formats=["TIFF"]) as image:
        return image.tobytes()
