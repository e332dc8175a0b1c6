"""Photoshop's image resources, as JPEG (APP13) and TIFF (tag 34377) hold them: captions and rights (IPTC) among them.

Reference: Adobe, Photoshop File Formats Specification, "Image Resource Blocks".
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from pconv_cli.files.metadata.carried import without_thumbnail
from pconv_cli.files.metadata.xmp import without_images

_IPTC, _EXIF, _XMP = 1028, 1058, 1060
_NAMES, _OLD_NAMES = 1045, 1006
#: Thumbnails in their two codings: they would go on showing the damage.
_THUMBNAILS = (1033, 1036)
#: Of Photoshop's own resources, and of those that other programs put among them.
_SIGNATURES = (b"8BIM", b"MeSa", b"PHUT", b"DCSR", b"AgHg")
#: Every dataset of IPTC begins with it.
_DATASET = b"\x1c"


class _ResourceBlock(NamedTuple):
    number: int | None  # None: not of Photoshop's own
    start: int
    first: int  # of its content
    end: int
    content: bytes


def without_thumbnails(resources: bytes) -> bytes:
    """Cut thumbnails out of the resources, and out of EXIF and XMP among them; every other byte stays."""
    kept, place = b"", 0
    for block in _blocks(resources):
        if block.number in _THUMBNAILS:
            content = None
        elif block.number == _EXIF:
            content = without_thumbnail(block.content)
        elif block.number == _XMP:
            content = without_images(block.content).packet
        else:
            continue
        if content != block.content:
            kept += resources[place : block.start]
            place = block.end
            if content:
                head = resources[block.start : block.first - 4]
                kept += head + struct.pack(">I", len(content)) + content + bytes(len(content) % 2)
    return kept + resources[place:]


def iptc_of(resources: bytes) -> bytes | None:
    """Return the IPTC datasets among the resources, if there are any."""
    return next((block.content for block in _blocks(resources) if block.number == _IPTC), None)


def channel_names(resources: bytes) -> list[str]:
    """Return the names of channels beside the colours, in order: as UTF-16, or as Pascal strings in older files."""
    found = {block.number: block.content for block in _blocks(resources)}
    names: list[str] = []
    content, place = found.get(_NAMES, b""), 0
    while place + 4 <= len(content):
        end = place + 4 + 2 * int.from_bytes(content[place : place + 4], "big")
        names.append(content[place + 4 : end].decode("utf-16-be", "replace").rstrip("\0"))
        place = end
    if names:
        return names
    content, place = found.get(_OLD_NAMES, b""), 0
    while place < len(content):
        end = place + 1 + content[place]
        names.append(content[place + 1 : end].decode("mac_roman"))
        place = end
    return names


def blocks_of(resources: bytes) -> dict[int, bytes]:
    """Return the resources of Photoshop's own by their number; of several of one number, the first."""
    return {block.number: block.content for block in reversed([*_blocks(resources)]) if block.number is not None}


def resources_of(iptc: bytes) -> bytes:
    """IPTC datasets as a resource."""
    return b"8BIM" + struct.pack(">HHI", _IPTC, 0, len(iptc)) + iptc + bytes(len(iptc) % 2)


def upright(iptc: bytes) -> bytes:
    """IPTC datasets of a TIFF (tag 33723) in their order, where a program wrote them as numbers, four bytes turned."""
    if len(iptc) % 4 or iptc[:1] == _DATASET or iptc[3:4] != _DATASET:
        return iptc
    return b"".join(iptc[place : place + 4][::-1] for place in range(0, len(iptc), 4))


def _blocks(resources: bytes) -> Iterator[_ResourceBlock]:
    """Walk the resources, as far as they are whole: signature, number, name, length, content; both of the last even."""
    start = 0
    while resources[start : start + 4] in _SIGNATURES and len(resources) >= start + 12:
        named = 1 + resources[start + 6]
        first = start + 6 + named + named % 2 + 4
        if first > len(resources):
            return
        own = resources[start : start + 4] == b"8BIM"
        number: int | None = struct.unpack_from(">H", resources, start + 4)[0] if own else None
        length: int = struct.unpack_from(">I", resources, first - 4)[0]
        end = min(first + length + length % 2, len(resources))
        yield _ResourceBlock(number, start, first, end, resources[first : first + length])
        start = end
