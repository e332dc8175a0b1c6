"""JPEG 2000 written tile by tile, of samples that are never held all at once.

Each tile is encoded as an image of its own, and put as a tile into one codestream. That is the same: tiles begin at
multiples of their side, which wavelets and code-blocks divide as they divide an image that begins at 0.

Reference: ISO/IEC 15444-1, annexes A.4.2 (tile-parts), A.5.1 (size) and B (how an image is divided).
"""

import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

import numpy as np

from pconv_cli.cores import usable_cores
from pconv_cli.files.codecs.boxed import jpeg2000
from pconv_cli.files.codecs.boxed.jpeg2000_boxes import boxes_before
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.metadata.carried import Metadata, Samples
from pconv_cli.tiling.rect import Rect

#: Side of tiles in pixels, or a multiple of it: 64, a code-block, times 16, the coarsest of five scales.
SIDE = 1024
_SCALES = 5
#: The least side of a tile at the edge, so that it has all scales.
_LEAST = 1 << (_SCALES - 1)
_TILE_PART, _END = b"\xff\x90", b"\xff\xd9"


def write_tiles(
    file: BinaryIO,
    shape: tuple[int, int, int],
    bits: int,
    samples: Callable[[Rect], Samples],
    metadata: Metadata,
    kind: ImageFormat,
) -> None:
    """Write a file without loss.

    Args:
        file: Where to, open for writing.
        shape: (H, W, C) of the samples.
        bits: Their depth.
        samples: Gives the samples ``(h, w, C)`` of a rectangle.
        metadata: What stands beside them; a bare codestream has no place for it.
        kind: A JP2 file, or a bare codestream.
    """
    height, width = shape[:2]
    tall, wide = tile_side(height), tile_side(width)
    places = [
        Rect.between(top, left, min(height, top + tall), min(width, left + wide))
        for top in range(0, height, tall)
        for left in range(0, width, wide)
    ]
    if kind is ImageFormat.JP2:
        file.write(boxes_before(shape, metadata, bits))
    box = file.tell()
    if kind is ImageFormat.JP2:
        file.write(struct.pack(">I4sQ", 1, b"jp2c", 0))  # its length follows
    for number, stream in enumerate(_encoded(places, bits, samples)):
        first = stream.index(_TILE_PART)
        if number == 0:
            size = struct.pack(">8I", width, height, 0, 0, wide, tall, 0, 0)
            file.write(stream[:8] + size + stream[8 + len(size) : first])
        _write_parts(file, stream, first, number)
    file.write(_END)
    if kind is ImageFormat.JP2:
        length = file.tell() - box
        file.seek(box + 8)
        file.write(struct.pack(">Q", length))


def tile_side(length: int) -> int:
    """Choose the height or width of tiles: the least multiple of `SIDE` that leaves no sliver at the edge."""
    side = SIDE
    while side < length and 0 < length % side < _LEAST:
        side += SIDE
    return side


def _encoded(places: list[Rect], bits: int, samples: Callable[[Rect], Samples]) -> Iterator[bytes]:
    """Give the codestream of each tile, some of which are encoded at a time."""
    scales = max(1, min(_SCALES, *(int(min(place.size)).bit_length() for place in places)))

    def encode(some: Samples) -> bytes:
        return jpeg2000.codestream_of(some, bits, scales)

    step = min(8, usable_cores())
    with ThreadPoolExecutor(step, thread_name_prefix="encode") as pool:
        for start in range(0, len(places), step):
            yield from pool.map(encode, [np.ascontiguousarray(samples(one)) for one in places[start : start + step]])


def _write_parts(file: BinaryIO, stream: bytes, place: int, number: int) -> None:
    """Write the parts of the one tile of a codestream as those of the tile of this number."""
    while stream[place : place + 2] == _TILE_PART:
        (length,) = struct.unpack_from(">I", stream, place + 6)
        end = place + length if length else len(stream) - len(_END)
        head = stream[place : place + 4] + struct.pack(">HI", number, end - place)
        file.write(head + stream[place + len(head) : end])
        place = end
    if stream[place : place + 2] != _END:
        raise ValueError("the codestream of a tile does not end behind its parts")
