"""What stands in an AVIF file beside its samples: profile, EXIF, XMP and orientation, put into a file of libavif's.

Reference: ISO/IEC 23008-12 (items, properties), ISO/IEC 14496-12 (boxes), AV1 Image File Format.
"""

import struct
from typing import NamedTuple

from pconv_cli.files.codecs.boxed import boxes

#: How an EXIF orientation is said: quarter turns against the clock, and the axis of a mirror (None: none).
_TURNS = {1: (0, None), 2: (0, 1), 3: (2, None), 4: (0, 0), 5: (1, 0), 6: (3, None), 7: (3, 0), 8: (1, None)}
_MIME = b"application/rdf+xml\0"


class Av1(NamedTuple):
    """What an AVIF file says of its main image.

    Attributes:
        bits: Bits of a sample.
        is_subsampled: Whether colours have fewer samples than pixels.
        cicp: Primaries, transfer and matrix by their numbers; None where they are not said.
        is_associated: Whether colours are multiplied by alpha.
    """

    bits: int
    is_subsampled: bool
    cicp: tuple[int, int, int] | None
    is_associated: bool

    @property
    def is_lossy(self) -> bool:
        """Whether it surely has lost something: a conversion to other colours rounds."""
        return self.is_subsampled or (self.cicp is not None and self.cicp[2] != 0)


def read(data: bytes) -> Av1:
    """Read what a file says of its main image.

    Raises:
        ValueError: It does not say how it is coded.
    """
    meta = boxes.first(data, b"meta")
    if meta is None:
        raise ValueError("it holds no image items")
    inside = {box.kind: box for box in boxes.walk(data, meta.content + 4, meta.end)}
    properties = inside.get(b"iprp")
    container = properties and boxes.first(data, b"ipco", properties.content, properties.end)
    if container is None:
        raise ValueError("its images have no properties")
    coding, cicp, is_grey = None, None, False
    for box in boxes.walk(data, container.content, container.end):
        if box.kind == b"av1C" and coding is None:  # the main image's comes first
            coding = data[box.content + 2]
        elif box.kind == b"colr" and data[box.content : box.content + 4] == b"nclx" and cicp is None:
            cicp = struct.unpack_from(">3H", data, box.content + 4)
    if coding is None:
        raise ValueError("it does not say how it is coded")
    bits = (12 if coding & 0x20 else 10) if coding & 0x40 else 8
    is_grey = bool(coding & 0x10)
    references = inside.get(b"iref")
    associated = references is not None and any(
        box.kind == b"prem" for box in boxes.walk(data, references.content + 4, references.end)
    )
    return Av1(bits, not is_grey and bool(coding & 0x0C), None if is_grey else cicp, associated)


def with_items(
    data: bytes, *, icc: bytes | None = None, exif: bytes | None = None, xmp: bytes | None = None, orientation: int = 1
) -> bytes:
    """Give an AVIF file that carries more.

    Args:
        data: A file as libavif writes it, whose first item is the main image, without any of these.
        icc: A colour profile.
        exif: An EXIF block, a TIFF stream.
        xmp: An XMP packet.
        orientation: EXIF orientation, 1 to 8, which viewers take from properties and not from EXIF.
    """
    parts = {box.kind: data[box.content : box.end] for box in boxes.walk(data)}
    inside = [(box.kind, box) for box in boxes.walk(parts[b"meta"], 4)]
    content = {kind: parts[b"meta"][box.content : box.end] for kind, box in inside}
    items = [(b"Exif", struct.pack(">I", 0) + exif)] if exif else []
    items += [(b"mime", xmp)] if xmp else []
    count = struct.unpack_from(">H", content[b"iinf"], 4)[0]
    numbers = range(count + 1, count + 1 + len(items))
    content[b"iinf"] = content[b"iinf"][:4] + struct.pack(">H", count + len(items)) + content[b"iinf"][6:]
    references = content.get(b"iref", bytes(4))
    for number, (kind, _) in zip(numbers, items, strict=True):
        entry = struct.pack(">IHH4s", 2 << 24, number, 0, kind) + (b"XMP\0" + _MIME if kind == b"mime" else b"\0")
        content[b"iinf"] += boxes.framed(b"infe", entry)
        references += boxes.framed(b"cdsc", struct.pack(">3H", number, 1, 1))
    if items or b"iref" in content:
        content[b"iref"] = references
    content[b"iprp"] = _with_properties(content[b"iprp"], _properties(icc, orientation))
    locations = content[b"iloc"]

    further = boxes.framed(b"mdat", b"".join(block for _, block in items)) if items else b""
    start = next(box.start for box in boxes.walk(data) if box.kind == b"meta")
    old = len(boxes.framed(b"meta", parts[b"meta"]))

    def meta(length: int) -> bytes:
        grown = length - old + len(further)
        content[b"iloc"] = _located(locations, grown, [len(block) for _, block in items], start + length + 8)
        order = [kind for kind, _ in inside]
        order += [b"iref"] if b"iref" in content and b"iref" not in order else []
        return boxes.framed(b"meta", parts[b"meta"][:4] + b"".join(boxes.framed(kind, content[kind]) for kind in order))

    # Before the image's own data: OpenCV's look at the first 500 bytes refuses items that begin beyond them.
    new = meta(len(meta(old))) + further
    return b"".join(new if box.kind == b"meta" else data[box.start : box.end] for box in boxes.walk(data))


def _properties(icc: bytes | None, orientation: int) -> list[tuple[bytes, bool]]:
    """Properties of the main image, and whether readers must know them."""
    turns, axis = _TURNS[orientation]
    found = [(boxes.framed(b"colr", b"prof" + icc), False)] if icc else []
    found += [(boxes.framed(b"irot", bytes([turns])), True)] if turns else []
    found += [(boxes.framed(b"imir", bytes([axis])), True)] if axis is not None else []
    return found


def _with_properties(content: bytes, further: list[tuple[bytes, bool]]) -> bytes:
    """Add properties to the container of all, and to the list of the first item's (and of its alpha's, if turned)."""
    if not further:
        return content
    container, links = (
        content[box.content : box.end] for box in (boxes.first(content, b"ipco"), boxes.first(content, b"ipma")) if box
    )
    number = sum(1 for _ in boxes.walk(container))
    container += b"".join(box for box, _ in further)
    (entries,) = struct.unpack_from(">I", links, 4)
    result, place = links[:8], 8
    for _ in range(entries):
        item, count = struct.unpack_from(">HB", links, place)
        own = links[place + 3 : place + 3 + count]
        for offset, (_, essential) in enumerate(further, 1):
            if item == 1 or essential:  # alpha is turned as its image is
                own += bytes([number + offset | (0x80 if essential else 0)])
        result += struct.pack(">HB", item, len(own)) + own
        place += 3 + count
    return boxes.framed(b"ipco", container) + boxes.framed(b"ipma", result)


def _located(content: bytes, grown: int, lengths: list[int], start: int) -> bytes:
    """The places of items, all further by as much as the directory grows, and those of further items.

    Args:
        content: The box of libavif's: version 0, places and lengths of four bytes, one extent an item.
        grown: Bytes.
        lengths: Lengths of the further items, which follow one another.
        start: Where the first of them is.
    """
    if content[:5] != b"\0\0\0\0\x44" or content[5] & 0xF0:
        raise ValueError("its items are listed in another way than libavif's")
    (count,) = struct.unpack_from(">H", content, 6)
    entries = b""
    for place in range(8, 8 + 14 * count, 14):
        item, reference, extents, offset, length = struct.unpack_from(">3H2I", content, place)
        if extents != 1:
            raise ValueError("its items are in several pieces")
        entries += struct.pack(">3H2I", item, reference, extents, offset + grown, length)
    for number, length in enumerate(lengths, count + 1):
        entries += struct.pack(">3H2I", number, 0, 1, start, length)
        start += length
    return content[:6] + struct.pack(">H", count + len(lengths)) + entries
