"""What a JPEG carries in segments that Pillow neither reads nor writes whole: long XMP and EXIF, Photoshop's resources.

Reference: XMP Specification, part 3, section 1.1.3 (JPEG).
"""

import hashlib
import re
import struct
from collections.abc import Iterable, Iterator

from pconv_cli.files.metadata import photoshop
from pconv_cli.files.metadata.carried import Metadata
from pconv_cli.files.metadata.xmp import Cleaned
from pconv_cli.files.metadata.xmp import without_images as of_packet

_XMP, _EXTENSION = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
_EXIF, _PHOTOSHOP = b"Exif\0\0", b"Photoshop 3.0\0"
_ISO_GAIN_MAP = b"urn:iso:std:iso:ts:21496:-1\0"
#: Digits of an extension's name.
_GUID = 32
_APP1, _APP13 = 0xE1, 0xED
_START, _END = b"\xff\xd8", b"\xff\xd9"
_TABLES, _SCAN = 0xDB, 0xDA
#: Markers of frames; those of lossless and arithmetic coding are never written here.
_FRAMES = (0xC0, 0xC1, 0xC2)
#: Bytes of a segment, its name among them; and of a part beside its name where something is cut into several.
_ROOM, _PART = 65_533, 65_400

Segments = Iterable[tuple[str, bytes]]
"""Segments as Pillow lists them: name ("APP1") and content."""


def xmp_extension(segments: Segments) -> tuple[bytes, ...]:
    """Split what a packet of XMP is too long for into the contents of segments: GUID, length, offset, its part."""
    return tuple(content.removeprefix(_EXTENSION) for content in _named(segments, "APP1", _EXTENSION))


def without_images(xmp: bytes | None, extension: tuple[bytes, ...]) -> tuple[Cleaned, tuple[bytes, ...]]:
    """Remove what speaks of further images from a packet and its extension; see `pconv_cli.files.metadata.xmp`."""
    main = of_packet(xmp)
    whole = _joined(extension)
    rest = of_packet(whole) if whole else Cleaned(whole)
    found = Cleaned(main.packet, main.gain_map or rest.gain_map, main.further or rest.further)
    if rest.packet == whole:
        return found, extension
    old = extension[0][:_GUID]
    if rest.packet is None:
        unnamed = re.sub(
            rb"""\s+\w+:HasExtendedXMP\s*=\s*["']""" + re.escape(old) + rb"""["']""", b"", main.packet or b""
        )
        return found._replace(packet=unnamed or None), ()
    guid, parts = _parts(rest.packet)
    return found._replace(packet=main.packet.replace(old, guid) if main.packet else None), parts


def holds_gain_map(segments: Segments) -> bool:
    """Check whether a segment announces a gain map behind the image, as in ISO 21496-1."""
    return any(_named(segments, "APP2", _ISO_GAIN_MAP))


def photoshop_resources(segments: Segments) -> bytes:
    """Photoshop's resources, put together where they run through several segments, without thumbnails."""
    resources = b""
    for content in _named(segments, "APP13", _PHOTOSHOP):
        part = content.removeprefix(_PHOTOSHOP)
        if part.startswith(b"8BIM"):  # a new resource, and these begin at even places
            resources += bytes(len(resources) % 2)
        resources += part
    return photoshop.without_thumbnails(resources)


def exif_fits(exif: bytes) -> bool:
    """Say whether an EXIF block fits into one segment, so that Pillow can write it."""
    return len(_EXIF) + len(exif) <= _ROOM


def segments_of(metadata: Metadata) -> bytes:
    """Build the segments that Pillow does not write: XMP, a long EXIF block, Photoshop's resources or IPTC alone."""
    xmp, extension = metadata.xmp, metadata.xmp_extension
    if xmp and len(_XMP) + len(xmp) > _ROOM:
        xmp, extension = _split(xmp)
    resources = metadata.own.get("photoshop")
    if resources is None and metadata.iptc:
        resources = photoshop.resources_of(metadata.iptc)
    exif = metadata.exif or b""
    parts = [(_APP1, _EXIF, part) for part in ([] if exif_fits(exif) else _pieces(exif))]
    parts += [(_APP1, _XMP, xmp)] if xmp else []
    parts += [(_APP1, _EXTENSION, part) for part in extension]
    parts += [(_APP13, _PHOTOSHOP, part) for part in _pieces(resources or b"")]
    return b"".join(
        struct.pack(">BBH", 0xFF, marker, 2 + len(name) + len(part)) + name + part for marker, name, part in parts
    )


def frame_of(data: bytes) -> tuple[tuple[int, int], int]:
    """Walk a JPEG file to its first scan.

    Returns:
        (height, width), and the largest step in which a block's mean is stored, in eighths of a grey level.

    Raises:
        ValueError: It is not a JPEG, has no frame, or does not end as one.
        struct.error: It is cut short.
    """
    if data[:2] != _START or data[-2:] != _END:
        raise ValueError("its start or its end is missing")
    place, size, step = 2, None, 1
    while True:
        mark, marker, length = struct.unpack_from(">BBH", data, place)
        if mark != 0xFF:
            raise ValueError("its segments do not follow one another")
        if marker == _SCAN:
            break
        content = data[place + 4 : place + 2 + length]
        if marker in _FRAMES:
            size = struct.unpack_from(">HH", content, 1)
        elif marker == _TABLES:
            step = max(step, _largest_first(content))
        place += 2 + length
    if size is None:
        raise ValueError("it has no frame")
    return (size[0], size[1]), step


def _largest_first(tables: bytes) -> int:
    """The largest first number of quantisation tables."""
    place, largest = 0, 1
    while place < len(tables):
        wide = tables[place] >> 4
        largest = max(largest, int.from_bytes(tables[place + 1 : place + 2 + wide], "big"))
        place += 1 + 64 * (1 + wide)
    return largest


def _split(xmp: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """A packet too long for a segment as one that points to its extension, and that extension in parts."""
    guid, parts = _parts(re.sub(rb"<\?xpacket[^>]*\?>", b"", xmp).strip())
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" '
        f'xmpNote:HasExtendedXMP="{guid.decode()}"/></rdf:RDF></x:xmpmeta>'
    )
    return packet.encode(), parts


def _parts(body: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """An extension as segments hold it: its name, and its parts, each with the name, the whole length and its place."""
    guid = hashlib.md5(body, usedforsecurity=False).hexdigest().upper().encode()
    head = guid + struct.pack(">I", len(body))
    pieces = enumerate(_pieces(body))
    return guid, tuple(head + struct.pack(">I", index * _PART) + part for index, part in pieces)


def _joined(parts: tuple[bytes, ...]) -> bytes:
    """An extension put together again, as far as its parts are there."""
    heads = [(struct.unpack_from(">I", part, _GUID + 4)[0], part) for part in parts if len(part) >= _GUID + 8]
    return b"".join(part[_GUID + 8 :] for _, part in sorted(heads))


def _named(segments: Segments, marker: str, name: bytes) -> Iterator[bytes]:
    return (content for kind, content in segments if kind == marker and content.startswith(name))


def _pieces(data: bytes) -> list[bytes]:
    return [data[start : start + _PART] for start in range(0, len(data), _PART)]
