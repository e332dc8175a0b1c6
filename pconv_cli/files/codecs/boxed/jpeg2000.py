"""JPEG 2000: JP2 files and bare codestreams of up to 16 bits, grey to RGBA; written without loss (wavelet 5-3).

Samples have the file's own scale: 12 bits are 0 to 4095. What stands in boxes beside them is carried over.

Reference: ISO/IEC 15444-1, annex I (JP2); for EXIF and XMP in boxes of UUIDs, "JPEG 2000 in XMP" (XMP Specification,
part 3) and the "JpgTiffExif" of ExifTool and Exiv2.
"""

import mmap
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs import cmyk
from pconv_cli.files.codecs.boxed import boxes, codestream
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.metadata.carried import (
    FURTHER,
    JP2_XMP,
    SIGNED,
    Decoded,
    Header,
    Metadata,
    Samples,
    orientation_of,
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
_KNOWN_SPACES = {_SRGB: 3, _GREY: 1}
_OPACITY, _PREMULTIPLIED = 1, 2
#: Associations with no colour of their own: with the whole image, with nothing.
_NO_COLOUR = (0, 0xFFFF)
_INCH = 0.0254  # metres
_LARGEST_FRACTION = 0xFFFF


class _Heads(NamedTuple):
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


def read_header(path: Path) -> Header:
    """Read size, transparency and orientation without decoding the samples."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        heads = _heads(data)
        stream = codestream.read(data, heads.start)
    exif = _block(heads, _EXIF)
    channels = heads.palette[2] if heads.palette else len(stream.depths)
    has_alpha = _alpha_of(heads, channels)
    return Header(stream.size, has_alpha, orientation_of(strip_exif_prefix(exif)), _is_cmyk(heads))


def decode(path: Path) -> Decoded:
    """Decode a JPEG 2000 file into samples of its own depth."""
    return decode_bytes(path, path.read_bytes())


def decode_bytes(path: Path, data: bytes) -> Decoded:
    """Decode a JPEG 2000 file, or one within a file of another format, whose path messages name."""
    import imagecodecs

    content = content_of(path, data)
    # Without its boxes: beside a profile, imagecodecs converts the samples to sRGB.
    samples: NDArray[Any] = np.asarray(imagecodecs.jpeg2k_decode(data[content.start : content.end]))
    samples = samples if samples.ndim == 3 else samples[:, :, np.newaxis]
    if samples.shape[:2] != content.size:
        raise ValueError(f"it holds {samples.shape[1]}x{samples.shape[0]} pixels, and says otherwise")
    samples, bits, metadata = content.expanded(samples), content.bits, content.metadata
    if samples.dtype != (np.uint8 if bits <= 8 else np.uint16) or samples.shape[2] not in (1, 2, 3, 4):
        raise ImageError(f"{path}: has {samples.shape[2]} channels of {samples.dtype}; save it as TIFF")
    notes = content.notes
    if content.tile is not None:
        notes += (f"its tiles of {content.tile[1]}x{content.tile[0]} are written as one",)
    if content.has_further:
        metadata = replace(metadata, own={**metadata.own, FURTHER: samples[:, :, -1:]})
        samples = samples[:, :, :-1]
    return Decoded(np.ascontiguousarray(samples), metadata, notes, bits=bits)


@dataclass(frozen=True)
class Content:
    """What a file says of its samples, of a kind that is read.

    Attributes:
        start: Where its codestream begins.
        end: Where it ends.
        size: (height, width) in pixels.
        channels: Of its image, once a palette is expanded.
        bits: Of a sample.
        tile: (height, width) of its tiles; None where there is one.
        palette: The table of colours, where samples are indices, or nothing.
        has_further: Whether the last channel is neither colour nor alpha.
        metadata: What stands beside the samples.
        notes: What a user should know about how it is read.
    """

    start: int
    end: int
    size: tuple[int, int]
    channels: int
    bits: int
    tile: tuple[int, int] | None
    palette: bytes
    has_further: bool
    metadata: Metadata
    notes: tuple[str, ...]

    def expanded(self, samples: Samples) -> Samples:
        """Give the colours of decoded samples ``(h, W, C)``, where those are indices."""
        return _expanded(samples, self.palette) if self.palette else samples


def content_of(path: Path, data: bytes | mmap.mmap) -> Content:
    """Read what a file says of its samples, and check that all of it is there.

    Raises:
        ImageError: It is of a kind that is not read.
        ValueError: It is damaged, or cut short.
    """
    heads = _heads(data)
    stream = codestream.read(data, heads.start)
    _check_kind(path, heads, stream)
    codestream.check_whole(data, heads.start, heads.end)
    notes: tuple[str, ...] = ()
    channels, bits = len(stream.depths), stream.depths[0]
    if heads.palette:
        channels, bits = heads.palette[2], 8
        notes += (f"the palette is expanded: written as {'RGB' if channels == 3 else 'RGBA'}",)
    if not stream.reversible:
        notes += ("compressed with loss: written without any, as it was decoded",)
    metadata, more = _metadata(heads, channels)
    return Content(
        start=heads.start,
        end=heads.end,
        size=stream.size,
        channels=channels,
        bits=bits,
        tile=stream.tile if stream.is_tiled else None,
        palette=heads.palette,
        has_further=channels in (2, 4) and not _alpha_of(heads, channels),
        metadata=metadata,
        notes=notes + more,
    )


def encode(samples: Samples, metadata: Metadata, kind: ImageFormat, bits: int) -> bytes:
    """Encode samples without loss.

    Args:
        samples: ``(H, W, C)`` uint8 or uint16; with a further channel that is not alpha, where there is one.
        metadata: What stands beside them; a bare codestream has no place for it.
        kind: A JP2 file, or a bare codestream.
        bits: Their depth.
    """
    # OpenJPEG asks for as many halvings as fit the shorter side.
    scales = max(1, min(6, int(min(samples.shape[:2])).bit_length()))
    stream = codestream_of(samples, bits, scales)
    return stream if kind is ImageFormat.J2K else _boxed(stream, samples.shape, metadata, bits)


def codestream_of(samples: Samples, bits: int, scales: int) -> bytes:
    """Encode samples without loss as a bare codestream of one tile.

    Args:
        samples: ``(H, W, C)`` uint8 or uint16.
        bits: Their depth.
        scales: How many there are, the image's own among them.
    """
    import imagecodecs

    plain = np.ascontiguousarray(samples[:, :, 0] if samples.shape[2] == 1 else samples)
    mct = samples.shape[2] > 2
    return bytes(
        imagecodecs.jpeg2k_encode(
            plain, codecformat="j2k", reversible=True, bitspersample=bits, resolutions=scales, mct=mct
        )
    )


def in_boxes(data: bytes, samples: Samples) -> bytes:
    """Give a file's codestream as JP2 without a profile, of which OpenCV would say on the terminal that it has none."""
    heads = _heads(data)
    codestream.check_whole(data, heads.start, heads.end)
    bits = codestream.read(data, heads.start).depths[0]
    return _boxed(data[heads.start : heads.end], samples.shape, Metadata(), bits)


def _boxed(stream: bytes, shape: tuple[int, ...], metadata: Metadata, bits: int) -> bytes:
    return boxes_before(shape, metadata, bits) + boxes.framed(b"jp2c", stream)


def boxes_before(shape: tuple[int, ...], metadata: Metadata, bits: int) -> bytes:
    """Give what stands in a JP2 file before the box of its codestream.

    Args:
        shape: (H, W, C) of its samples.
        metadata: What stands beside them.
        bits: Their depth.
    """
    parts = [_SIGNATURE, _TYPE, boxes.framed(b"jp2h", _header_boxes(shape, metadata, bits))]
    return b"".join([*parts, *(boxes.framed(name, content) for name, content in _beside(metadata))])


def _heads(data: bytes | mmap.mmap) -> _Heads:
    if data[:8] != _SIGNATURE[:8]:
        return _Heads(0, len(data))
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
    return _Heads(stream.content, stream.end, tuple(spaces), resolution, palette, channels, tuple(beside), columns)


def _check_kind(path: Path, heads: _Heads, stream: codestream.Codestream) -> None:
    """Refuse what would be read as something else than it is."""
    if _is_cmyk(heads):
        raise cmyk.refused(path)
    if stream.subsampled:
        raise ImageError(f"{path}: has components of fewer samples than pixels; save it as plain RGB")
    if stream.signed or len(set(stream.depths)) != 1 or stream.depths[0] > 16:
        shown = ", ".join(f"{'signed ' if stream.signed else ''}{bits}" for bits in dict.fromkeys(stream.depths))
        raise ImageError(f"{path}: has components of {shown} bits; only one depth of up to 16 bits is read")
    in_order = tuple((0, 1, column) for column in range(len(heads.columns)))
    if heads.palette and heads.columns not in ((), in_order):
        raise ImageError(
            f"{path}: has a palette whose colours are in another order than red, green, blue; save it as RGB"
        )
    if any(meaning == _PREMULTIPLIED for meaning, _ in heads.channels.values()):
        raise ImageError(f"{path}: has colours multiplied by their alpha; save it with plain alpha")
    last = (heads.palette[2] if heads.palette else len(stream.depths)) - 1
    if any(not _is_in_order(channel, last, *said) for channel, said in heads.channels.items()):
        raise ImageError(
            f"{path}: has its channels in another order than red, green, blue, alpha; save it as plain RGB"
        )
    colours = 3 if heads.palette or len(stream.depths) > 2 else 1
    numbered = [_enumerated(space) for space in heads.spaces]
    profiles = [space for space, number in zip(heads.spaces, numbered, strict=True) if number is None]
    spaces = [number for number in numbered if number is not None]
    if spaces and not profiles and not any(_KNOWN_SPACES.get(number) == colours for number in spaces):
        raise ImageError(f"{path}: is in colour space {spaces[0]} of JPEG 2000, which is not read; save it as RGB")


def _is_in_order(channel: int, last: int, meaning: int, of: int) -> bool:
    """Say whether a channel stands where it is taken from: colours by their number, alpha last."""
    return of in (channel + 1, *_NO_COLOUR) if meaning == 0 else meaning != _OPACITY or channel == last


def _expanded(indices: NDArray[Any], palette: bytes) -> NDArray[np.uint8]:
    """The colours that indices ``(H, W, 1)`` stand for.

    Raises:
        ValueError: The table is of another kind than 8 bits, or too short.
    """
    count, columns = struct.unpack_from(">HB", palette)
    table = np.frombuffer(palette, np.uint8, offset=3 + columns)
    if set(palette[3 : 3 + columns]) != {7} or table.size != count * columns or indices.shape[2] != 1:
        raise ValueError("its palette is of another kind than colours of 8 bits")
    if indices.max(initial=0) >= count:
        raise ValueError("its palette has too few entries")
    return np.asarray(table.reshape(count, columns)[indices[:, :, 0]])


def _enumerated(space: bytes) -> int | None:
    """The number of a colour space; None where it is a profile."""
    return int(struct.unpack_from(">I", space, 3)[0]) if space[:1] == b"\x01" and len(space) >= 7 else None


def _is_cmyk(heads: _Heads) -> bool:
    return any(_enumerated(space) == _CMYK or space[3:][16:20] == b"CMYK" for space in heads.spaces)


def _alpha_of(heads: _Heads, channels: int) -> bool:
    """Say whether the last channel is alpha: as channel definitions say, or without them, as all decoders take it."""
    if channels not in (2, 4):
        return False
    return not heads.channels or heads.channels.get(channels - 1, (0, 0))[0] == _OPACITY


def _block(heads: _Heads, uuid: bytes) -> bytes | None:
    found = (content[16:] for kind, content in heads.beside if kind == b"uuid" and content[:16] == uuid)
    return next(found, None)


def _metadata(heads: _Heads, channels: int) -> tuple[Metadata, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    icc = next((space[3:] for space in heads.spaces if space[:1] in (b"\x02", b"\x03")), None)
    exif = without_thumbnail(strip_exif_prefix(_block(heads, _EXIF)))
    if exif and is_greedy(exif):
        exif, notes = None, ("its EXIF is damaged: left out",)
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
        meaning = 0xFFFF if FURTHER in metadata.own else _OPACITY
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
