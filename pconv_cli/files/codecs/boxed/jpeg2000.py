"""JPEG 2000: JP2 files and bare codestreams of up to 16 bits, grey to RGBA; written without loss (wavelet 5-3).

Samples have the file's own scale: 12 bits are 0 to 4095. What stands in boxes beside them is carried over, by
`jpeg2000_boxes.py`.

Reference: ISO/IEC 15444-1.
"""

import mmap
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs import cmyk
from pconv_cli.files.codecs.boxed import boxes, codestream
from pconv_cli.files.codecs.boxed.jpeg2000_boxes import (
    KNOWN_SPACES,
    NO_COLOUR,
    OPACITY,
    PREMULTIPLIED,
    CodestreamBoxes,
    boxes_before,
    enumerated,
    exif_of,
    has_alpha,
    is_cmyk,
    metadata_of,
    read_boxes,
)
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.metadata.carried import (
    FURTHER,
    LOSSY,
    Decoded,
    Header,
    Metadata,
    Samples,
    orientation_of,
    strip_exif_prefix,
)


def read_header(path: Path) -> Header:
    """Read size, transparency and orientation without decoding the samples."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        heads = read_boxes(data)
        stream = codestream.read(data, heads.start)
    exif = exif_of(heads)
    channels = heads.palette[2] if heads.palette else len(stream.depths)
    alpha = has_alpha(heads, channels)
    return Header(stream.size, alpha, orientation_of(strip_exif_prefix(exif)), is_cmyk(heads))


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
        offset: Where the image begins on the reference grid, (y, x).
        channels: Channels of its image, once a palette is expanded.
        bits: Bits of a sample.
        tile: (height, width) of its tiles; None where there is one.
        palette: The table of colours, where samples are indices, or nothing.
        has_further: Whether the last channel is neither colour nor alpha.
        metadata: What stands beside the samples.
        notes: What a user should know about how it is read.
    """

    start: int
    end: int
    size: tuple[int, int]
    offset: tuple[int, int]
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
    heads = read_boxes(data)
    stream = codestream.read(data, heads.start)
    _check_kind(path, heads, stream)
    codestream.check_whole(data, heads.start, heads.end)
    notes: tuple[str, ...] = ()
    channels, bits = len(stream.depths), stream.depths[0]
    if heads.palette:
        channels, bits = heads.palette[2], 8
        notes += (f"the palette is expanded: written as {'RGB' if channels == 3 else 'RGBA'}",)
    if not stream.reversible:
        notes += (LOSSY,)
    metadata, more = metadata_of(heads)
    return Content(
        start=heads.start,
        end=heads.end,
        size=stream.size,
        offset=stream.offset,
        channels=channels,
        bits=bits,
        tile=stream.tile if stream.is_tiled else None,
        palette=heads.palette,
        has_further=channels in (2, 4) and not has_alpha(heads, channels),
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
    heads = read_boxes(data)
    codestream.check_whole(data, heads.start, heads.end)
    bits = codestream.read(data, heads.start).depths[0]
    return _boxed(data[heads.start : heads.end], samples.shape, Metadata(), bits)


def _boxed(stream: bytes, shape: tuple[int, ...], metadata: Metadata, bits: int) -> bytes:
    return boxes_before(shape, metadata, bits) + boxes.framed(b"jp2c", stream)


def _check_kind(path: Path, heads: CodestreamBoxes, stream: codestream.Codestream) -> None:
    """Refuse what would be read as something else than it is."""
    if is_cmyk(heads):
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
    if any(meaning == PREMULTIPLIED for meaning, _ in heads.channels.values()):
        raise ImageError(f"{path}: has colours multiplied by their alpha; save it with plain alpha")
    last = (heads.palette[2] if heads.palette else len(stream.depths)) - 1
    if any(not _is_in_order(channel, last, *said) for channel, said in heads.channels.items()):
        raise ImageError(
            f"{path}: has its channels in another order than red, green, blue, alpha; save it as plain RGB"
        )
    colours = 3 if heads.palette or len(stream.depths) > 2 else 1
    numbered = [enumerated(space) for space in heads.spaces]
    profiles = [space for space, number in zip(heads.spaces, numbered, strict=True) if number is None]
    spaces = [number for number in numbered if number is not None]
    if spaces and not profiles and not any(KNOWN_SPACES.get(number) == colours for number in spaces):
        raise ImageError(f"{path}: is in colour space {spaces[0]} of JPEG 2000, which is not read; save it as RGB")


def _is_in_order(channel: int, last: int, meaning: int, of: int) -> bool:
    """Say whether a channel stands where it is taken from: colours by their number, alpha last."""
    return of in (channel + 1, *NO_COLOUR) if meaning == 0 else meaning != OPACITY or channel == last


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
