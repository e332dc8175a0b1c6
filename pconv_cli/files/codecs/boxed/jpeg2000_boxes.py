"""What the boxes of a JP2 file say of its codestream, read, and written before and beside it.

Reference: ISO/IEC 15444-1, annex I (JP2); for EXIF and XMP in boxes of UUIDs, "JPEG 2000 in XMP" (XMP Specification,
part 3) and the "JpgTiffExif" of ExifTool and Exiv2.
"""

import mmap
import struct
from typing import Any, NamedTuple

from pconv_cli.files.codecs.boxed import boxes
from pconv_cli.files.metadata.carried import (
    EXIF_DAMAGED,
    FURTHER,
    JP2_XMP,
    SIGNED,
    Metadata,
    strip_exif_prefix,
    without_thumbnail,
)
from pconv_cli.files.metadata.ifd import is_greedy
from pconv_cli.files.metadata.xmp import without_images

_SIGNATURE = boxes.framed(b"jP  ", b"\r\n\x87\n")
_TYPE = boxes.framed(b"ftyp", b"jp2 \0\0\0\0jp2 ")
#: Of boxes that hold metadata of other standards.
_EXIF, _XMP = b"JpgTiffExif->JP2", JP2_XMP
_IPTC, _C2PA = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"), bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
#: Colour spaces by their number.
_CMYK, _SRGB, _GREY = 12, 16, 17
#: Those that are read, with their channels of colour.
KNOWN_SPACES = {_SRGB: 3, _GREY: 1}
#: Kinds of channels.
OPACITY, PREMULTIPLIED = 1, 2
#: Associations with no colour of their own: with the whole image, with nothing.
NO_COLOUR = (0, 0xFFFF)
_INCH = 0.0254  # metres
_LARGEST_FRACTION = 0xFFFF


class CodestreamBoxes(NamedTuple):
    """What the boxes of a file say of its codestream.

    Attributes:
        start: Where the codestream begins.
        end: Where it ends.
        spaces: Its colour specifications, as they stand there.
        resolution: The content of the box of resolutions, or nothing.
        palette: The table of colours, where samples are indices.
        channels: Kind and association of channels by their number, from the channel definitions.
        beside: Further boxes, kind and content, which are kept.
        columns: Of a palette, for each channel: component, whether that is an index, and column of the table.
    """

    start: int
    end: int
    spaces: tuple[bytes, ...] = ()
    resolution: bytes = b""
    palette: bytes = b""
    channels: dict[int, tuple[int, int]] = {}  # noqa: RUF012  # never changed
    beside: tuple[tuple[bytes, bytes], ...] = ()
    columns: tuple[tuple[int, ...], ...] = ()


def read_boxes(data: bytes | mmap.mmap) -> CodestreamBoxes:
    """Read them; a bare codestream has none.

    Raises:
        ValueError: They are damaged.
    """
    if data[:8] != _SIGNATURE[:8]:
        return CodestreamBoxes(0, len(data))
    header = stream = None
    beside: list[tuple[bytes, bytes]] = []
    for box in boxes.walk(data):
        if box.kind == b"jp2h":
            header = box
        elif box.kind == b"jp2c":
            stream = stream or box
        elif box.kind not in (b"jP  ", b"ftyp", b"rreq"):
            beside.append((box.kind, data[box.content : box.end]))
    if header is None or stream is None:
        raise ValueError("its header or its codestream is missing")
    spaces, resolution, palette, mapped, channels = [], b"", b"", b"", {}
    for box in boxes.walk(data, header.content, header.end):
        content = data[box.content : box.end]
        if box.kind == b"colr":
            spaces.append(content)
        elif box.kind == b"res ":
            resolution = content
        elif box.kind == b"pclr":
            palette = content
        elif box.kind == b"cmap":
            mapped = content
        elif box.kind == b"cdef":
            (count,) = struct.unpack_from(">H", content)
            numbers = [struct.unpack_from(">3H", content, 2 + 6 * each) for each in range(count)]
            channels = {channel: (meaning, of) for channel, meaning, of in numbers}
    columns = tuple(struct.iter_unpack(">HBB", mapped[: len(mapped) // 4 * 4]))
    return CodestreamBoxes(
        stream.content, stream.end, tuple(spaces), resolution, palette, channels, tuple(beside), columns
    )


def enumerated(space: bytes) -> int | None:
    """Read the number of a colour space; None where it is a profile."""
    return int(struct.unpack_from(">I", space, 3)[0]) if space[:1] == b"\x01" and len(space) >= 7 else None


def is_cmyk(heads: CodestreamBoxes) -> bool:
    """Say whether colours are CMYK, by number or profile."""
    return any(enumerated(space) == _CMYK or space[3:][16:20] == b"CMYK" for space in heads.spaces)


def has_alpha(heads: CodestreamBoxes, channels: int) -> bool:
    """Say whether the last channel is alpha: as channel definitions say, or without them, as all decoders take it."""
    if channels not in (2, 4):
        return False
    return not heads.channels or heads.channels.get(channels - 1, (0, 0))[0] == OPACITY


def exif_of(heads: CodestreamBoxes) -> bytes | None:
    """Give the EXIF block, as it stands there."""
    return _block(heads, _EXIF)


def _block(heads: CodestreamBoxes, uuid: bytes) -> bytes | None:
    found = (content[16:] for kind, content in heads.beside if kind == b"uuid" and content[:16] == uuid)
    return next(found, None)


def metadata_of(heads: CodestreamBoxes) -> tuple[Metadata, tuple[str, ...]]:
    """Give what stands beside the samples, and what of it is left out."""
    notes: tuple[str, ...] = ()
    icc = next((space[3:] for space in heads.spaces if space[:1] in (b"\x02", b"\x03")), None)
    exif = without_thumbnail(strip_exif_prefix(_block(heads, _EXIF)))
    if exif and is_greedy(exif):
        exif, notes = None, (EXIF_DAMAGED,)
    xmp = without_images(_block(heads, _XMP)).packet
    blocks = {_EXIF: exif, _XMP: xmp}
    kept: list[tuple[bytes, bytes]] = []
    for kind, content in heads.beside:
        uuid = content[:16] if kind == b"uuid" else b""
        if uuid == _C2PA or kind == b"jumb":
            notes += (SIGNED,)
        elif uuid in blocks:
            block = blocks[uuid]
            kept += [(kind, uuid + block)] if block else []
        else:
            kept.append((kind, content))
    own: dict[str, Any] = {"jp2_boxes": tuple(kept)}
    if heads.spaces and not heads.palette:
        own["jp2_spaces"] = heads.spaces
    if heads.resolution:
        own["jp2_resolution"] = heads.resolution
    dpi = _dpi(heads.resolution)
    return Metadata(icc=icc, exif=exif, xmp=xmp, iptc=_block(heads, _IPTC), dpi=dpi, own=own), notes


def _dpi(resolution: bytes) -> tuple[float, float] | None:
    """Pixels an inch (x, y), as captured, or else as to be displayed; None where there are none."""
    found = {box.kind: resolution[box.content : box.end] for box in boxes.walk(resolution)} if resolution else {}
    for kind in (b"resc", b"resd"):
        content = found.get(kind, b"")
        if len(content) != 10:
            continue
        down, by_down, across, by_across, power_down, power_across = struct.unpack(">4H2b", content)
        powers_are_sound = abs(power_down) <= 10 and abs(power_across) <= 10  # some files hold 10 to the power of 127
        if down and by_down and across and by_across and powers_are_sound:
            return (
                across / by_across * 10.0**power_across * _INCH,
                down / by_down * 10.0**power_down * _INCH,
            )
    return None


def boxes_before(shape: tuple[int, ...], metadata: Metadata, bits: int) -> bytes:
    """Give what stands in a JP2 file before the box of its codestream.

    Args:
        shape: (H, W, C) of its samples.
        metadata: What stands beside them.
        bits: Their depth.
    """
    parts = [_SIGNATURE, _TYPE, boxes.framed(b"jp2h", _header_boxes(shape, metadata, bits))]
    return b"".join([*parts, *(boxes.framed(name, content) for name, content in _beside(metadata))])


def _header_boxes(shape: tuple[int, ...], metadata: Metadata, bits: int) -> bytes:
    """The boxes of the header: size, colours, what channels are, resolution."""
    height, width, channels = shape
    parts = [boxes.framed(b"ihdr", struct.pack(">IIH4B", height, width, channels, bits - 1, 7, 0, 0))]
    spaces = metadata.own.get("jp2_spaces")
    if spaces is None:
        space = struct.pack(">I", _SRGB if channels > 2 else _GREY)
        spaces = (b"\x02\0\0" + metadata.icc if metadata.icc else b"\x01\0\0" + space,)
    parts += [boxes.framed(b"colr", space) for space in spaces]
    if channels in (2, 4):
        colours = channels - 1
        meaning = 0xFFFF if FURTHER in metadata.own else OPACITY
        of = 0xFFFF if FURTHER in metadata.own else 0
        numbers = [*((each, 0, each + 1) for each in range(colours)), (colours, meaning, of)]
        packed = b"".join(struct.pack(">3H", *each) for each in numbers)
        parts.append(boxes.framed(b"cdef", struct.pack(">H", channels) + packed))
    resolution = metadata.own.get("jp2_resolution")
    if resolution is None and metadata.dpi:
        across, down = (_fraction(value / _INCH) for value in metadata.dpi)
        content = struct.pack(">4H2b", *down[:2], *across[:2], down[2], across[2])
        resolution = boxes.framed(b"resc", content)
    parts += [boxes.framed(b"res ", resolution)] if resolution else []
    return b"".join(parts)


def _fraction(value: float) -> tuple[int, int, int]:
    """A number above 0 as numerator and denominator of 16 bits and a power of ten: with four digits at least."""
    power = 0
    while value > _LARGEST_FRACTION:
        value, power = value / 10, power + 1
    below = max(1, min(10_000, int(_LARGEST_FRACTION / value)))
    return max(1, round(value * below)), below, power


def _beside(metadata: Metadata) -> list[tuple[bytes, bytes]]:
    """The boxes beside header and codestream: as they were, or what another format carried."""
    kept = metadata.own.get("jp2_boxes")
    if kept is not None:
        return list(kept)
    blocks = ((_EXIF, metadata.exif), (_XMP, metadata.xmp), (_IPTC, metadata.iptc))
    return [(b"uuid", uuid + block) for uuid, block in blocks if block]
