"""What a JPEG 2000 codestream says of its samples, and whether all of it is there, before any decoder is asked.

Reference: ISO/IEC 15444-1, annex A (markers).
"""

import struct
from mmap import mmap
from typing import NamedTuple

_START, _SIZE, _CODING, _TILE_PART, _END = 0xFF4F, 0xFF51, 0xFF52, 0xFF90, 0xFFD9
#: The value of the reversible wavelet, 5-3, which loses nothing.
_REVERSIBLE = 1


class Codestream(NamedTuple):
    """What a codestream says of its samples.

    Attributes:
        size: (height, width) in pixels.
        offset: Where the image begins on the reference grid, (y, x).
        tile: (height, width) of its tiles; of the whole image where there is one.
        depths: Bits of each component.
        signed: Whether any component has negative samples.
        subsampled: Whether any component has fewer samples than pixels.
        reversible: Whether its wavelet loses nothing; layers may have been cut off nevertheless.
    """

    size: tuple[int, int]
    offset: tuple[int, int]
    tile: tuple[int, int]
    depths: tuple[int, ...]
    signed: bool
    subsampled: bool
    reversible: bool

    @property
    def is_tiled(self) -> bool:
        """Whether there are several tiles."""
        return self.tile[0] < self.size[0] or self.tile[1] < self.size[1]


def read(data: bytes | mmap, start: int = 0) -> Codestream:
    """Read the main header of a codestream.

    Args:
        data: The file.
        start: Where the codestream begins in it.

    Raises:
        ValueError: It is none, or a part of its header is missing.
        struct.error: It ends within its header.
    """
    if struct.unpack_from(">HH", data, start) != (_START, _SIZE):
        raise ValueError("its codestream does not begin with a size")
    place = start + 2
    found: Codestream | None = None
    while place + 4 <= len(data):
        marker, length = struct.unpack_from(">HH", data, place)
        if marker == _TILE_PART:
            break
        if marker == _SIZE:
            found = _size(data, place + 4)
        elif marker == _CODING and found is not None:
            return found._replace(reversible=data[place + 4 + 9] == _REVERSIBLE)
        place += 2 + length
    raise ValueError("its codestream does not say how it is coded")


def check_whole(data: bytes | mmap, start: int = 0, end: int | None = None) -> None:
    """Check that all tiles of a codestream are there; decoders fill up what is missing with grey.

    Args:
        data: The file.
        start: Where the codestream begins in it.
        end: Where it ends; None: with the file.

    Raises:
        ValueError: It is cut short.
        struct.error: It ends within a header.
    """
    end = len(data) if end is None else end
    place = start + 2
    while place + 2 <= end:
        (marker,) = struct.unpack_from(">H", data, place)
        if marker == _END:
            return
        if marker == _TILE_PART:
            (length,) = struct.unpack_from(">I", data, place + 6)
            if length == 0:  # the last one, to the end of the codestream
                place = end - 2
                continue
            if length < 14:
                raise ValueError("one of its tiles has no length")
            place += length
        else:
            place += 2 + int(struct.unpack_from(">H", data, place + 2)[0])
    raise ValueError("its codestream is cut short")


def _size(data: bytes | mmap, place: int) -> Codestream:
    right, bottom, left, top, *tile = struct.unpack_from(">8I", data, place + 2)
    (count,) = struct.unpack_from(">H", data, place + 34)
    components = [struct.unpack_from(">3B", data, place + 36 + 3 * number) for number in range(count)]
    if right <= left or bottom <= top or not components:
        raise ValueError("it has no pixels")
    return Codestream(
        size=(bottom - top, right - left),
        offset=(top, left),
        tile=(tile[1], tile[0]),
        depths=tuple(1 + (kind & 0x7F) for kind, _, _ in components),
        signed=any(kind & 0x80 for kind, _, _ in components),
        subsampled=any((across, down) != (1, 1) for _, across, down in components),
        reversible=False,
    )
