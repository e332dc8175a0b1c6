"""PNG: 8 and 16 bits, grey to RGBA; what stands in the file beside the samples is carried over chunk by chunk.

Reference: Portable Network Graphics (PNG) Specification, third edition, sections 5 (chunks), 11 (their content) and
14 (what an editor may copy).
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs.png_colours import said_without_profile
from pconv_cli.files.decoding import samples_of
from pconv_cli.files.limits import MAX_PROFILE_BYTES, MAX_TAG_BYTES
from pconv_cli.files.metadata import raw_profiles
from pconv_cli.files.metadata.carried import (
    COLOURS,
    GAIN_MAP,
    PNG_XMP,
    SIGNED,
    Decoded,
    Header,
    Metadata,
    Samples,
    orientation_of,
    without_thumbnail,
)
from pconv_cli.files.metadata.embedded import without_previews
from pconv_cli.files.metadata.ifd import is_greedy
from pconv_cli.files.metadata.xmp import without_images

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INCH = 0.0254  # metres
#: Chunks that stay true when samples in holes change, although most of them are not marked as safe to copy.
_KEPT = {b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"mDCV", b"cLLI", b"pHYs", b"sCAL", b"sTER", b"eXIf"}
_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
#: Those that speak of samples by their numbers: true for as long as those are coded as they were.
_BACKGROUND = b"bKGD"
_OF_NUMBERS = {_BACKGROUND, b"pCAL"}
_SIGNIFICANT = b"sBIT"
#: What is kept by its name; all else that is kept is private.
_KNOWN = _KEPT | _TEXTS | _OF_NUMBERS | {_SIGNIFICANT}
#: What decides the samples; Pillow leaves the checksum of IDAT unread, and so may take what is not the image's.
_OF_THE_SAMPLES = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
#: Lengths of those that always have the same.
_LENGTHS = {b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"cICP": 4, b"mDCV": 24, b"cLLI": 8, b"pHYs": 9}
_CHUNK_NAMES = {b"iCCP": "colour profile", b"pHYs": "resolution", b"eXIf": "EXIF"}
_C2PA = b"caBX"
#: Bytes of the chunk that ends a file.
_END = 12
#: Bytes of a PNG file beside its IDAT chunks.
_ROOM_FOR_CHUNKS = 4096
#: Bytes of noise for which less than one is added by zlib and by the frames of IDAT chunks, 12 bytes for each 8192.
_BYTES_FOR_ONE_MORE = 256
#: Bytes that are unpacked at a time where they are only counted.
_BAND = 1 << 20


def read_header(path: Path) -> Header:
    """Read size, transparency and orientation without decoding the samples."""
    with path.open("rb") as file:
        start = file.read(26)
        if (
            len(start) < 26 or start[12:16] != b"IHDR"
        ):  # Pillow reads on where it does not come first, and misreads tRNS
            raise ValueError("its header is missing")
        # The first of each kind, as decoders take it.
        wanted = reversed(list(_chunks(file, (b"tRNS", b"eXIf").__contains__)))
    chunks = {chunk.kind: chunk.data for chunk in wanted}
    width, height, _, colour = struct.unpack(">IIBB", start[16:])
    return Header((height, width), colour in (4, 6) or b"tRNS" in chunks, orientation_of(chunks.get(b"eXIf")))


def decode(path: Path) -> Decoded:
    """Decode a PNG file into samples of its own depth (1, 2 and 4 bits become 8, a palette becomes RGB or RGBA)."""
    data = path.read_bytes()
    beside: list[_Chunk] = []
    decisive: dict[bytes, bytes] = {}
    signed: tuple[str, ...] = ()
    for chunk in _chunks(io.BytesIO(data), lambda kind: kind in (b"acTL", _C2PA, *_OF_THE_SAMPLES) or _is_kept(kind)):
        if chunk.kind == b"acTL":
            raise ImageError(f"{path}: is an animated PNG; save the frame to restore as an image of its own")
        if _is_kept(chunk.kind):
            beside.append(chunk)
        elif chunk.kind == _C2PA:
            signed = (SIGNED,)
        elif not chunk.is_whole:
            raise ValueError(f"the checksum of its {chunk.kind.decode()} is wrong")
        elif chunk.kind in decisive:  # Pillow takes the last, libpng the first
            raise ValueError(f"it has two chunks {chunk.kind.decode()}")
        elif chunk.kind != b"IDAT":
            decisive[chunk.kind] = chunk.data
    bits, colour = data[24], data[25]  # of the header, which comes first
    data = samples_alone(data)
    samples: Samples
    if bits == 16:  # Pillow would open 16-bit RGB as 8-bit
        import imagecodecs

        samples = np.asarray(imagecodecs.png_decode(data))
    else:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if colour == 0 and bits < 8 and b"tRNS" in decisive:
                _scale_transparent_grey(image, bits, decisive[b"tRNS"])
            samples = samples_of(_expanded(image))
    notes: tuple[str, ...] = ()
    if colour == 3:
        notes = (f"the palette is expanded: written as {'RGB' if samples.shape[2:] == (3,) else 'RGBA'}",)
    elif colour == 0 and bits < 8:
        notes = (f"{bits}-bit grey: written as 8-bit grey",)
    samples = samples if samples.ndim == 3 else samples[:, :, np.newaxis]
    is_same = colour != 3 and bits >= 8
    if sum(len(one.data) for one in beside if one.kind not in _KNOWN) > MAX_TAG_BYTES:
        beside = [one for one in beside if one.kind in _KNOWN]
        notes += (f"its private chunks hold more than {MAX_TAG_BYTES >> 20} MB: left out",)
    metadata, broken = _metadata([one for one in beside if _is_true(one, samples, is_same=is_same)])
    return Decoded(samples, metadata, notes + broken + signed)


def encode(samples: Samples, metadata: Metadata) -> bytes:
    """Encode uint8 or uint16 samples as a PNG file; the same input gives the same bytes.

    Raises:
        ImportError: 16 bits, and no imagecodecs.
    """
    plain = _compressed(np.ascontiguousarray(samples[:, :, 0] if samples.shape[2] == 1 else samples))
    after_header = len(_SIGNATURE) + 25  # signature, then IHDR: 12 bytes of frame, 13 of content
    chunks = metadata.own.get("png_chunks")
    extra = b"".join(_framed(kind, data) for kind, data in (_from_metadata(metadata) if chunks is None else chunks))
    behind = b"".join(_framed(kind, data) for kind, data in metadata.own.get("png_chunks_behind", ()))
    return plain[:after_header] + extra + plain[after_header:-_END] + behind + plain[-_END:]


def check_chunks(data: bytes) -> None:
    """Check that the chunks of a PNG file follow one another, whole, from its header to its end.

    Raises:
        ValueError: They do not.
    """
    place, kinds = len(_SIGNATURE), []
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8].ljust(8, b"\0"))
        end = place + length + 12
        if data[end - 4 : end] != struct.pack(">I", zlib.crc32(memoryview(data)[place + 4 : end - 4])):
            raise ValueError("a part of it is damaged, or it is cut short")
        kinds.append(kind)
        place = end
    if data[: len(_SIGNATURE)] != _SIGNATURE or kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"]:
        raise ValueError("its header or its end is missing")


def count_bytes(data: bytes) -> int:
    """Count the bytes that the samples of a PNG file unpack to, without keeping them.

    Raises:
        zlib.error: They are damaged.
    """
    unpacker, count = zlib.decompressobj(), 0
    for chunk in _chunks(io.BytesIO(data), b"IDAT".__eq__):
        rest = chunk.data
        while rest:
            count += len(unpacker.decompress(rest, _BAND))
            rest = unpacker.unconsumed_tail
    return count


def _compressed(samples: NDArray[Any]) -> bytes:
    """A PNG file of the samples alone, its header first."""
    try:
        import imagecodecs
    except ImportError:
        if samples.dtype != np.uint8:
            raise
        file = io.BytesIO()  # Pillow takes several times as long
        Image.fromarray(samples).save(file, "PNG", compress_level=6)
        return file.getvalue()
    # imagecodecs 2026.3.6 leaves no room for the byte that each row begins with: it cuts narrow noise short.
    room = samples.nbytes + samples.shape[0]
    return bytes(imagecodecs.png_encode(samples, level=6, out=room + room // _BYTES_FOR_ONE_MORE + _ROOM_FOR_CHUNKS))


def _scale_transparent_grey(image: Image.Image, bits: int, chunk: bytes) -> None:
    """Scale the grey that stands for transparency as Pillow scales the samples; only its lowest bits count."""
    top = 2**bits - 1
    image.info["transparency"] = (int.from_bytes(chunk[:2], "big") & top) * (255 // top)


def _expanded(image: Image.Image) -> Image.Image:
    """An 8-bit image as grey, RGB, or one of these with alpha."""
    transparent = "transparency" in image.info
    if image.mode == "P":
        return image.convert("RGBA" if transparent else "RGB")
    if image.mode == "1":
        image = image.convert("L") if not transparent else image.convert("LA")
    if transparent and image.mode in ("L", "RGB"):
        return image.convert(image.mode + "A")
    return image


class _Chunk(NamedTuple):
    kind: bytes
    data: bytes
    is_whole: bool
    is_behind: bool  # the samples


def _chunks(file: BinaryIO, is_wanted: Callable[[bytes], bool]) -> Iterator[_Chunk]:
    """Walk the chunks of a PNG file and give those of the wanted kinds."""
    file.seek(len(_SIGNATURE))
    is_behind = False
    while len(frame := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", frame)
        if kind == b"IEND":
            return
        is_behind |= kind == b"IDAT"
        if is_wanted(kind):
            data = file.read(length)
            yield _Chunk(kind, data, file.read(4) == struct.pack(">I", zlib.crc32(kind + data)), is_behind)
        else:
            file.seek(length + 4, io.SEEK_CUR)


def samples_alone(data: bytes) -> bytes:
    """Remove the chunks that are carried over from a PNG file: a broken one need not concern a decoder."""
    parts, place = [data[: len(_SIGNATURE)]], len(_SIGNATURE)
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8].ljust(8, b"\0"))
        if not _is_kept(kind):
            parts.append(data[place : place + length + 12])
        place += length + 12
    return b"".join(parts)


def _is_kept(kind: bytes) -> bool:
    """Say whether a chunk is carried over: a known one that stays true, or any whose name says that it may be."""
    # Ancillary, valid by its third letter (libpng refuses the whole file where it is not), and safe to copy.
    is_copied = kind.isalpha() and kind[:1].islower() and kind[2:3].isupper() and kind[3:].islower()
    return kind in _KNOWN or is_copied


def _is_true(chunk: _Chunk, samples: Samples, *, is_same: bool) -> bool:
    """Say whether a chunk speaks of the samples as they are written.

    Args:
        chunk: The chunk.
        samples: ``(H, W, C)``, those that are written.
        is_same: Whether they are coded as they were.
    """
    if chunk.kind == _SIGNIFICANT:  # a depth for each channel, of bits that expanding leaves at the top
        depth, channels = 8 * samples.dtype.itemsize, samples.shape[2]
        is_sound = len(chunk.data) == channels and 1 <= min(chunk.data) <= max(chunk.data) <= depth
    elif chunk.kind == _BACKGROUND:
        is_sound = is_same and len(chunk.data) == (2 if samples.shape[2] < 3 else 6)
    else:
        return is_same or chunk.kind not in _OF_NUMBERS
    return is_sound and not chunk.is_behind


def _framed(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _metadata(chunks: list[_Chunk]) -> tuple[Metadata, tuple[str, ...]]:
    """Return what other formats can take over, and the chunks themselves for PNG; notes on those that are broken."""
    judged = [(chunk, _is_broken(chunk)) for chunk in chunks]
    broken = [chunk for chunk, is_broken in judged if is_broken]
    whole = [chunk for chunk, is_broken in judged if not is_broken]
    found = {chunk.kind: chunk.data for chunk in reversed(whole)}  # the first of each kind
    icc = _profile(found[b"iCCP"]) if b"iCCP" in found else None
    dpi = _density(found[b"pHYs"]) if b"pHYs" in found else None
    exif = without_thumbnail(found.get(b"eXIf"))
    kept: list[tuple[bytes, bytes]] = []
    behind: list[tuple[bytes, bytes]] = []
    xmp, gain_map = None, False
    for kind, data, _, is_behind in whole:
        if kind in _KNOWN - _TEXTS and data is not found[kind]:
            continue  # a second one, which decoders pass over
        if kind not in _KEPT | _TEXTS:  # a private one is never moved across the samples
            (behind if is_behind else kept).append((kind, without_previews(data)))
        elif kind == b"eXIf":
            kept.append((kind, exif or data))
        elif kind == b"iTXt" and (packet := _packet(data)) is not None:
            xmp, found_gain_map, _ = without_images(packet)
            gain_map |= found_gain_map
            kept += [(kind, data if xmp == packet else PNG_XMP + xmp)] if xmp else []
        else:
            text = raw_profiles.without_previews(kind, data)
            kept += [(kind, text)] if text else []
    names = dict.fromkeys(_CHUNK_NAMES.get(kind, kind.decode()) for kind, *_ in broken)
    notes = tuple(f"its {name} is damaged: left out" for name in names) + ((GAIN_MAP,) if gain_map else ())
    own = {"png_chunks": tuple(kept), "png_chunks_behind": tuple(behind), COLOURS: said_without_profile(found)}
    return Metadata(icc=icc, exif=exif, xmp=xmp, dpi=dpi, own=own), notes


def _is_broken(chunk: _Chunk) -> bool:
    try:
        if chunk.kind == b"iCCP":
            _profile(chunk.data)
    except (ValueError, zlib.error):
        return True
    if chunk.kind == b"eXIf" and is_greedy(chunk.data):
        return True
    return not chunk.is_whole or len(chunk.data) != _LENGTHS.get(chunk.kind, len(chunk.data))


def _profile(chunk: bytes) -> bytes:
    inflating = zlib.decompressobj()
    profile = inflating.decompress(chunk[chunk.index(b"\0") + 2 :], MAX_PROFILE_BYTES)
    if not inflating.eof:
        raise ValueError("cut off, or larger than any profile")
    return profile


def _packet(chunk: bytes) -> bytes | None:
    """The XMP of an iTXt chunk, packed or not; None where it is none, or broken."""
    keyword, _, rest = chunk.partition(b"\0")
    if keyword + b"\0" != PNG_XMP[: len(keyword) + 1] or rest.count(b"\0", 2) < 2:
        return None
    text = rest[2:].split(b"\0", 2)[2]
    if rest[:1] == b"\0":
        return text
    inflating = zlib.decompressobj()
    try:
        packet = inflating.decompress(text, MAX_PROFILE_BYTES)
    except zlib.error:
        return None
    return packet if inflating.eof else None


def _density(chunk: bytes) -> tuple[float, float] | None:
    """Pixels an inch."""
    x, y, unit = struct.unpack(">IIB", chunk)
    return (x * _INCH, y * _INCH) if unit == 1 else None


def _from_metadata(metadata: Metadata) -> Iterator[tuple[bytes, bytes]]:
    """Chunks for what a file of another format carried."""
    if metadata.icc:
        yield b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)
    if metadata.dpi:
        yield b"pHYs", struct.pack(">IIB", *(round(value / _INCH) for value in metadata.dpi), 1)
    if metadata.exif:
        yield b"eXIf", metadata.exif
    if metadata.xmp:
        yield b"iTXt", PNG_XMP + metadata.xmp
