"""JPEG XL: 8 to 16 bits and floats, grey to RGBA, in a container or bare; written without loss.

Samples have the file's own scale: 12 bits are 0 to 4095. Rows and columns are as shown: its header's orientation is
applied. A profile is written by `jxl_colours`; to read one takes the package pillow-jxl-plugin.

Reference: ISO/IEC 18181-1 and -2 (the container).
"""

import io
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs.boxed import boxes, jxl_colours, jxl_header
from pconv_cli.files.limits import MAX_PROFILE_BYTES
from pconv_cli.files.metadata.carried import (
    EXIF_DAMAGED,
    LOSSY,
    SIGNED,
    Decoded,
    Header,
    Metadata,
    Samples,
    upright_exif,
    without_thumbnail,
)
from pconv_cli.files.metadata.ifd import is_greedy
from pconv_cli.files.metadata.xmp import without_images

_BARE = b"\xff\x0a"
_SIGNATURE = boxes.framed(b"JXL ", b"\r\n\x87\n")
_TYPE = boxes.framed(b"ftyp", b"jxl \0\0\0\0jxl ")
_ALPHA = 0
#: Effort of the encoder, 1 to 9; without loss it decides the size of the file alone.
_EFFORT = 4


class _JxlParts(NamedTuple):
    """A file taken apart.

    Attributes:
        stream: Its codestream.
        beside: Further boxes, kind and content, unpacked.
        is_bare: Whether it is a codestream alone.
    """

    stream: bytes
    beside: tuple[tuple[bytes, bytes], ...] = ()
    is_bare: bool = False


def read_header(path: Path) -> Header:
    """Read size and transparency without decoding the samples; it is upright in any case."""
    said = jxl_header.read(_parts(path.read_bytes()).stream)
    return Header(said.shown_size, _ALPHA in said.extra, 1, said.has_black)


def decode(path: Path) -> Decoded:
    """Decode a JPEG XL file of one image into samples of its own depth."""
    import imagecodecs

    data = path.read_bytes()
    parts = _parts(data)
    fields = jxl_header.read_fields(parts.stream)
    said = fields.header
    _check_kind(path, said)
    samples: NDArray[Any] = np.asarray(imagecodecs.jpegxl_decode(data))
    channels = (1 if said.is_grey else 3) + len(said.extra)
    samples = samples if samples.ndim == 3 else samples[:, :, np.newaxis]
    if samples.shape != (*said.shown_size, channels):
        raise ImageError(f"{path}: is decoded as {samples.shape}, which its header does not say; save it as TIFF")
    notes: tuple[str, ...] = ()
    if said.lossy:
        notes += (LOSSY,)
    if any(kind == b"jbrd" for kind, _ in parts.beside):
        notes += ("the data that would bring back its original JPEG is left out",)
    exif, xmp, more = _beside(parts)
    own: dict[str, Any] = {"jxl_bare": parts.is_bare}
    icc = _profile(data) if said.colours == "profile" else None
    if said.colours not in ("sRGB", "profile"):
        own["jxl_colours"] = _said(parts.stream, fields)
        more += (f"its colours ({said.colours}, not sRGB) are given without a profile, which only JPEG XL keeps",)
    bits = 0 if said.is_float else said.bits
    return Decoded(samples, Metadata(icc=icc, exif=exif, xmp=xmp, own=own), notes + more, bits=bits)


def encode(samples: Samples, metadata: Metadata, bits: int) -> bytes:
    """Encode samples ``(H, W, C)`` without loss, bare where the source was and nothing stands beside them.

    Args:
        samples: uint8 or uint16 of a depth, or float32.
        metadata: What stands beside them.
        bits: The depth of whole numbers.
    """
    import imagecodecs

    plain = np.ascontiguousarray(samples[:, :, 0] if samples.shape[2] == 1 else samples)
    depth = None if samples.dtype.kind == "f" else bits
    made = bytes(
        imagecodecs.jpegxl_encode(plain, lossless=True, effort=_EFFORT, usecontainer=False, bitspersample=depth)
    )
    parts = _parts(made)
    colours = metadata.own.get("jxl_colours") or jxl_colours.of_srgb(grey=samples.shape[2] < 3)
    stream = jxl_colours.with_colours(parts.stream, colours, metadata.icc)
    beside = [(b"Exif", bytes(4) + metadata.exif)] if metadata.exif else []
    beside += [(b"xml ", metadata.xmp)] if metadata.xmp else []
    level = [boxes.framed(kind, content) for kind, content in parts.beside if kind == b"jxll"]
    if not beside and not level and metadata.own.get("jxl_bare", True):
        return stream
    further = [boxes.framed(kind, content) for kind, content in beside]
    return b"".join([_SIGNATURE, _TYPE, *level, *further, boxes.framed(b"jxlc", stream)])


def _parts(data: bytes) -> _JxlParts:
    if data.startswith(_BARE):
        return _JxlParts(data, is_bare=True)
    stream, beside = b"", list[tuple[bytes, bytes]]()
    for box in boxes.walk(data):
        content = data[box.content : box.end]
        if box.kind == b"jxlc":
            stream = content
        elif box.kind == b"jxlp":
            stream += content[4:]
        elif box.kind == b"brob":
            beside.append((content[:4], _unpacked(content[4:])))
        else:
            beside.append((box.kind, content))
    if not stream:
        raise ValueError("its codestream is missing")
    return _JxlParts(stream, tuple(beside))


def _unpacked(content: bytes) -> bytes:
    import imagecodecs

    return bytes(imagecodecs.brotli_decode(content, out=MAX_PROFILE_BYTES)) if content else b""


def _check_kind(path: Path, said: jxl_header.JxlHeader) -> None:
    """Refuse what would be read as something else than it is."""
    if said.is_animated:
        raise ImageError(f"{path}: is an animated JPEG XL; save the frame to restore as an image of its own")
    if said.has_black or said.extra not in ((), (_ALPHA,)):
        raise ImageError(f"{path}: has channels that are neither colour nor alpha (inks, depth); save it as TIFF")
    if said.is_associated:
        raise ImageError(f"{path}: has colours multiplied by their alpha; save it with plain alpha")
    if said.bits > 16 and not said.is_float:
        raise ImageError(f"{path}: has samples of {said.bits} bits; save it as TIFF")
    if said.is_float and said.bits != 32:
        raise ImageError(f"{path}: has float samples of {said.bits} bits; save it as TIFF")


def _beside(parts: _JxlParts) -> tuple[bytes | None, bytes | None, tuple[str, ...]]:
    """EXIF, XMP, and notes on what is left out."""
    notes: tuple[str, ...] = ()
    exif = xmp = None
    for kind, content in parts.beside:
        if kind == b"Exif" and len(content) > 4:
            (offset,) = struct.unpack_from(">I", content)
            exif = upright_exif(without_thumbnail(content[4 + offset :]))
            if exif and is_greedy(exif):
                exif, notes = None, (*notes, EXIF_DAMAGED)
        elif kind == b"xml ":
            xmp = without_images(content).packet
        elif kind == b"jumb" and b"c2pa" in content:
            notes += (SIGNED,)
    return exif, xmp, notes


def _profile(data: bytes) -> bytes | None:
    """The profile of a file, by libjxl in Pillow's plugin.

    Raises:
        ImportError: It is not installed.
    """
    try:
        import pillow_jxl
    except ImportError as error:
        raise ImportError(str(error), name="pillow-jxl-plugin") from error
    assert pillow_jxl
    with Image.open(io.BytesIO(data), formats=["JXL"]) as image:
        return image.info.get("icc_profile")


def _said(stream: bytes, fields: jxl_header.Fields) -> jxl_colours.Bits:
    """The fields of a file's colours, as they stand there."""
    reader = jxl_header.BitReader(stream[2:])
    reader.take(fields.colours_start)
    count = fields.colours_end - fields.colours_start
    return [(reader.take(count), count)]
