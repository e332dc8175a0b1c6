"""Boxes, of which JP2, JPEG XL and AVIF files are made: a length, a kind of four letters, and content.

Reference: ISO/IEC 14496-12, section 4.2; ISO/IEC 15444-1, annex I.4.
"""

import struct
from collections.abc import Iterator
from mmap import mmap
from typing import NamedTuple


class Box(NamedTuple):
    """A box in a file.

    Attributes:
        kind: Its four letters.
        start: Where it begins, its length first.
        content: Where its content begins.
        end: Where it ends.
    """

    kind: bytes
    start: int
    content: int
    end: int


def walk(data: bytes | mmap, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Walk the boxes of a file, or of a box whose content is boxes.

    Args:
        data: The file.
        start: Where the first box begins.
        end: Where the last one ends; None: with the file.

    Raises:
        ValueError: A box reaches beyond the end.
    """
    end = len(data) if end is None else end
    while start < end:
        if end - start < 8:
            raise ValueError("it ends within the head of a box")
        length, kind = struct.unpack_from(">I4s", data, start)
        content = start + 8
        if length == 1:
            if end - start < 16:
                raise ValueError("it ends within the head of a box")
            (length,) = struct.unpack_from(">Q", data, content)
            content += 8
        elif length == 0:  # the last one, to the end
            length = end - start
        if length < content - start or start + length > end:
            raise ValueError(f"its box {kind.decode('latin-1')!r} is longer than the file: it is cut short")
        yield Box(kind, start, content, start + length)
        start += length


def first(data: bytes | mmap, kind: bytes, start: int = 0, end: int | None = None) -> Box | None:
    """Find the first box of a kind; None where there is none."""
    return next((box for box in walk(data, start, end) if box.kind == kind), None)


def framed(kind: bytes, content: bytes) -> bytes:
    """Give a box of a kind; beyond 4 GiB with the long form of its length."""
    if len(content) + 8 < 1 << 32:
        return struct.pack(">I4s", len(content) + 8, kind) + content
    return struct.pack(">I4sQ", 1, kind, len(content) + 16) + content
