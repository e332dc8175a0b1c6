"""What a JPEG says of its samples before they come: kinds that no decoder of ours knows are named as what they are.

Reference: ITU-T T.81, Annex B (markers and segments).
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pconv_cli.errors import ImageError

#: Markers of frames: all of C0 to CF but those of tables (C4), extensions (C8) and arithmetic conditioning (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _END = 0xDA, 0xD9
#: Without a length: the start, restarts, and one that is private to arithmetic coders.
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


def check_frame(file: BinaryIO, path: Path) -> None:
    """Look over a JPEG's segments up to its samples.

    Args:
        file: The file, at its start.
        path: Its path, for messages.

    Raises:
        ImageError: Its samples are of a kind that is not supported.
    """
    for marker, content in _segments(file):
        if marker in _FRAMES:
            _check(content, path)


def _check(frame: bytes, path: Path) -> None:
    if len(frame) < 6:
        return  # a decoder says so
    bits, channels = frame[0], frame[5]
    if bits != 8:
        raise ImageError(
            f"{path}: is a JPEG of {bits} bits per sample, which is not supported; save it as a PNG or TIFF of 16 bits"
        )
    if channels not in (1, 3, 4):
        raise ImageError(f"{path}: is a JPEG of {channels} channels; only grey, RGB and CMYK work")


def _segments(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Marker and content of the segments before the first scan; what stands between them is passed over."""
    while byte := file.read(1):
        if byte != b"\xff":
            continue
        while byte == b"\xff":  # as many as there are
            byte = file.read(1)
        marker = byte[0] if byte else _END
        if marker in (_SCAN, _END):
            return
        if marker == 0 or marker in _BARE:
            continue
        length = file.read(2)
        if len(length) < 2:
            return
        yield marker, file.read(max(0, struct.unpack(">H", length)[0] - 2))
