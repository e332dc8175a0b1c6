"""TIFF files written tag by tag, right or wrong as asked, and the two ways to read them."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pconv_cli.files.images import read_image
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.tiling.rect import Rect

Rgb = NDArray[np.uint8]
_FORMS = {1: "B", 2: "s", 3: "H", 4: "I", 5: "2I", 7: "s", 16: "Q"}
Value = tuple[int, Sequence[int] | bytes]
"""The type of a tag, and its values."""


def raw_tiff(data: bytes, tags: Mapping[int, Value], *, behind: bytes = b"") -> bytes:
    """A little-endian TIFF file of one page: header, ``data`` from byte 8 on, values, ``behind``, directory."""
    file = bytearray(b"II*\0\0\0\0\0" + data)
    entries = b""
    for tag in sorted(tags):
        kind, values = tags[tag]
        packed = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{_FORMS[kind][-1]}", *values)
        count = len(values) // 2 if kind == 5 else len(values)
        if len(packed) > 4:
            file += bytes(len(file) % 2)
            packed, place = struct.pack("<I", len(file)), packed
            file += place
        entries += struct.pack("<HHI", tag, kind, count) + packed.ljust(4, b"\0")
    file += behind + bytes((len(file) + len(behind)) % 2)
    struct.pack_into("<I", file, 4, len(file))
    return bytes(file) + struct.pack("<H", len(tags)) + entries + bytes(4)


def plain_tags(samples: NDArray[Any], strips: int = 1) -> dict[int, Value]:
    """The tags of samples ``(H, W, C)`` of 8 bits that stand uncompressed from byte 8 on, cut into equal strips."""
    height, width, channels = samples.shape
    rows = height // strips
    length = rows * width * channels
    return {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [8] * channels),
        259: (3, [1]),
        262: (3, [2 if channels >= 3 else 1]),
        273: (4, [8 + index * length for index in range(strips)]),
        277: (3, [channels]),
        278: (4, [rows]),
        279: (4, [length] * strips),
    }


def whole(path: Path) -> Rgb:
    return np.asarray(read_image(path).samples)


def in_windows(path: Path) -> Rgb:
    with Scan(path) as scan:
        return np.asarray(scan.read(Rect.whole(scan.size)))


READERS = pytest.mark.parametrize("read", [whole, in_windows])
