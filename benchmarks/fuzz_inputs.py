"""Files for `fuzz.py`: small valid ones of every format that is read, and what may happen to them. All from a seed."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

#: Numbers at the ends of a field's range, where arithmetic goes wrong.
_NUMBERS = (0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 64, 127, 128, 255, 256, 4096, 32767, 32768, 65535)
_LARGE = (65536, 1 << 24, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of PNG's kinds of colour


@dataclass(frozen=True)
class Input:
    """A file to try.

    Attributes:
        suffix: Of its name.
        kind: What it was before it was changed, for the counts.
        data: Its bytes.
        changes: What was done to it; none: it is valid.
    """

    suffix: str
    kind: str
    data: bytes
    changes: tuple[str, ...]


def make_input(seed: int, number: int, *, mask: bool = False, only: tuple[str, ...] = ()) -> Input:
    """Make one file.

    Args:
        seed: Of the run.
        number: Of the file in the run.
        mask: Whether its content is that of a mask: blobs of the two ends of its range, and not noise.
        only: The suffixes of the formats to take; none: all.
    """
    rng = np.random.default_rng((seed, number))
    suffix = str(rng.choice(only or list(_MAKERS)))
    kind, data = _MAKERS[suffix](rng, mask)
    if rng.random() < 0.12:
        return Input(suffix, kind, data, ())
    changes = []
    for _ in range(int(rng.choice([1, 1, 1, 2, 3, 6]))):
        own = _BY_FORMAT.get(suffix)
        change = own if own is not None and rng.random() < 0.5 else _CHANGES[int(rng.integers(len(_CHANGES)))]
        data = change(rng, data)
        changes.append(change.__name__.strip("_"))
    return Input(suffix, kind, data, tuple(changes))


def _size(rng: np.random.Generator) -> tuple[int, int]:
    """Mostly small, sometimes of one row or column, since narrow files are where encoders fail."""
    sides = [int(rng.choice([1, 2, 3, 5, 8, 13, 17, 24, 33, 48])) for _ in range(2)]
    return sides[0], sides[1]


def _content(
    rng: np.random.Generator, size: tuple[int, int], channels: int, top: float, mask: bool
) -> NDArray[np.float64]:
    """Noise ``(h, w, C)`` in [0, top], or blobs of 0 and top."""
    if not mask:
        return rng.random((*size, channels)) * top
    rows, columns = np.mgrid[: size[0], : size[1]]
    radius = max(size) * rng.uniform(0.1, 0.35)
    blob = (rows - rng.random() * size[0]) ** 2 + (columns - rng.random() * size[1]) ** 2 <= radius**2
    values = np.repeat(blob[:, :, np.newaxis] * top, channels, axis=2)
    if channels in (2, 4):
        values[:, :, -1] = top
    return values


def _png(rng: np.random.Generator, mask: bool) -> tuple[str, bytes]:
    """PNG of 1 to 16 bits, each kind of colour, interlaced or not, with and without chunks beside the samples."""
    colour = int(rng.choice([0, 0, 2, 3, 4, 6]))
    bits = int(rng.choice({0: [1, 2, 4, 8, 16], 3: [1, 2, 4, 8]}.get(colour, [8, 16])))
    size, interlaced = _size(rng), bool(rng.random() < 0.3)
    samples = np.rint(_content(rng, size, _CHANNELS[colour], 2**bits - 1, mask)).astype(np.uint16)
    header = struct.pack(">IIBBBBB", size[1], size[0], bits, colour, 0, 0, int(interlaced))
    parts = [_chunk(b"IHDR", header)]
    if rng.random() < 0.3:
        parts.append(_chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)))
    if rng.random() < 0.2:
        parts.append(_chunk(b"iCCP", b"p\0\0" + zlib.compress(rng.bytes(200))))
    if rng.random() < 0.2:
        parts.append(_chunk(b"tEXt", b"Title\0" + b"word " * 9))
    if colour == 3:
        palette = rng.bytes(3 * 2**bits) if not mask else bytes(3) * (2**bits - 1) + b"\xff" * 3
        parts.append(_chunk(b"PLTE", palette))
    if colour in (0, 2, 3) and rng.random() < 0.2:
        clear = {0: struct.pack(">H", 1), 2: struct.pack(">HHH", 1, 2, 3), 3: b"\0\x80"[: 2**bits]}[colour]
        parts.append(_chunk(b"tRNS", clear))
    rows = b"".join(
        _png_rows(rng, samples[top::down, left::right], bits)
        for top, left, down, right in (_ADAM7 if interlaced else ((0, 0, 1, 1),))
    )
    packed = zlib.compress(rows, 1)
    cut = int(rng.integers(len(packed))) if rng.random() < 0.3 else len(packed)
    parts += [_chunk(b"IDAT", part) for part in (packed[:cut], packed[cut:]) if part]
    return f"PNG {bits} bit", b"\x89PNG\r\n\x1a\n" + b"".join(parts) + _chunk(b"IEND", b"")


def _png_rows(rng: np.random.Generator, samples: NDArray[np.uint16], bits: int) -> bytes:
    if not samples.size:
        return b""
    lines = samples.reshape(samples.shape[0], -1)
    if bits == 16:
        packed = lines.astype(">u2").view(np.uint8).reshape(len(lines), -1)
    elif bits == 8:
        packed = lines.astype(np.uint8)
    else:
        each = (lines[:, :, np.newaxis] >> np.arange(bits - 1, -1, -1)) & 1
        packed = np.packbits(each.reshape(len(lines), -1).astype(np.uint8), axis=1)
    filtered = int(rng.integers(3)) if bits >= 8 and samples.ndim == 3 else 0
    if filtered != 2:  # none; filters of other kinds stand in what is mutated
        return b"".join(b"\0" + line.tobytes() for line in packed)
    above = np.vstack([np.zeros_like(packed[:1]), packed[:-1]])
    return b"".join(b"\2" + line.tobytes() for line in packed - above)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _tiff(rng: np.random.Generator, mask: bool) -> tuple[str, bytes]:
    """TIFF in strips and tiles, of both byte orders and sizes, packed in each way, planes together and apart."""
    depth = str(rng.choice(["bool", "uint8", "uint8", "uint16", "float32", "palette", "jpeg"]))
    channels = 1 if depth in ("bool", "palette") else int(rng.choice([3] if depth == "jpeg" else [1, 1, 2, 3, 4]))
    size = _size(rng)
    dtype = {"palette": np.uint8, "jpeg": np.uint8}.get(depth) or np.dtype(depth)
    top = 1 if depth in ("bool", "float32") else float(np.iinfo(dtype).max)
    samples = _content(rng, size, channels, top, mask)
    samples = (samples if depth == "float32" else np.rint(samples)).astype(dtype)
    apart = channels > 1 and depth != "jpeg" and rng.random() < 0.3
    stored = np.moveaxis(samples, 2, 0) if apart else samples if channels > 1 else samples[:, :, 0]
    packing = str(rng.choice(["none", "none", "zlib", "lzw", "packbits", "zstd", "lzma"]))
    packing = "jpeg" if depth == "jpeg" else "none" if depth == "bool" and packing == "lzma" else packing
    grey = "palette" if depth == "palette" else "minisblack"
    if depth in ("bool", "uint8", "uint16") and channels == 1 and rng.random() < 0.2:
        grey = "miniswhite"
    tiled = depth != "bool" and rng.random() < 0.4
    options: dict[str, object] = {"tile": (16, 32)} if tiled else {"rowsperstrip": int(rng.choice([1, 4, 7, size[0]]))}
    if packing in ("zlib", "lzw", "zstd") and depth in ("uint8", "uint16") and rng.random() < 0.5:
        options["predictor"] = True
    if grey == "palette":
        options["colormap"] = rng.integers(0, 65536, (3, 256)).astype(np.uint16)
    if channels in (2, 4):
        options["extrasamples"] = [str(rng.choice(["unassalpha", "assocalpha"]))]
    target = io.BytesIO()
    order, big = "<" if rng.random() < 0.7 else ">", bool(rng.random() < 0.25)
    with tifffile.TiffWriter(target, byteorder=order, bigtiff=big) as writer:
        writer.write(
            stored,
            photometric="rgb" if channels > 2 else grey,
            planarconfig="separate" if apart else "contig" if channels > 1 else None,
            compression=None if packing == "none" else packing,
            resolution=(300, 300) if rng.random() < 0.3 else None,
            description="a word" if rng.random() < 0.3 else None,
            iccprofile=rng.bytes(128) if rng.random() < 0.2 else None,
            metadata=None,
            **options,
        )
    return f"TIFF {depth} {packing}{' BigTIFF' if big else ''}", target.getvalue()


def _jpeg(rng: np.random.Generator, mask: bool) -> tuple[str, bytes]:
    mode = str(rng.choice(["L", "RGB", "RGB", "CMYK"]))
    channels = {"L": 1, "RGB": 3, "CMYK": 4}[mode]
    values = np.rint(_content(rng, _size(rng), channels, 255, mask)).astype(np.uint8)
    image = Image.fromarray(values[:, :, 0] if channels == 1 else values, mode=mode)
    progressive = bool(rng.random() < 0.4)
    more = {"restart_marker_blocks": 2} if rng.random() < 0.2 else {}
    exif = Image.Exif()
    exif[274] = int(rng.integers(1, 9))
    options = {"exif": exif.tobytes()} if rng.random() < 0.3 else {}
    target = io.BytesIO()
    quality = int(rng.choice([50, 90, 100]))
    subsampling = int(rng.integers(3)) if channels == 3 else -1
    image.save(target, "JPEG", quality=quality, progressive=progressive, subsampling=subsampling, **more, **options)
    return f"JPEG {mode}{' progressive' if progressive else ''}", target.getvalue()


def _webp(rng: np.random.Generator, mask: bool) -> tuple[str, bytes]:
    channels = int(rng.choice([3, 4]))
    image = Image.fromarray(np.rint(_content(rng, _size(rng), channels, 255, mask)).astype(np.uint8))
    lossless = bool(rng.random() < 0.5)
    target = io.BytesIO()
    image.save(target, "WEBP", lossless=lossless, quality=80, method=0, exact=True)
    return f"WebP {'lossless' if lossless else 'lossy'}", target.getvalue()


def _bmp(rng: np.random.Generator, mask: bool) -> tuple[str, bytes]:
    mode = str(rng.choice(["1", "L", "RGB", "RGBA", "P"]))
    channels = {"RGB": 3, "RGBA": 4}.get(mode, 1)
    values = np.rint(_content(rng, _size(rng), channels, 255, mask)).astype(np.uint8)
    image = Image.fromarray(values[:, :, 0] if channels == 1 else values)
    if mode == "P":
        image.putpalette(rng.bytes(768))
    target = io.BytesIO()
    (image.convert("1") if mode == "1" else image).save(target, "BMP")
    return f"BMP {mode}", target.getvalue()


def _flip_bits(rng: np.random.Generator, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.choice([1, 1, 2, 8, 32]))):
        if changed:
            changed[int(rng.integers(len(changed)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _number_in_header(rng: np.random.Generator, data: bytes) -> bytes:
    changed, width = bytearray(data), int(rng.choice([1, 2, 4, 8]))
    if len(changed) < width + 1:
        return data
    place = int(rng.integers(min(len(changed) - width, 300)))
    number = int(rng.choice(_NUMBERS + _LARGE)) & (256**width - 1)
    changed[place : place + width] = number.to_bytes(width, "big" if rng.random() < 0.5 else "little")
    return bytes(changed)


def _truncate(rng: np.random.Generator, data: bytes) -> bytes:
    return data[: int(rng.integers(len(data) + 1))]


def _zero_a_range(rng: np.random.Generator, data: bytes) -> bytes:
    place, length = int(rng.integers(len(data) + 1)), int(rng.choice([1, 4, 16, 64, 512]))
    return data[:place] + bytes(min(length, len(data) - place)) + data[place + length :]


def _cut_out(rng: np.random.Generator, data: bytes) -> bytes:
    place, length = int(rng.integers(len(data) + 1)), int(rng.choice([1, 2, 4, 16, 64]))
    return data[:place] + data[place + length :]


def _insert(rng: np.random.Generator, data: bytes) -> bytes:
    place = int(rng.integers(len(data) + 1))
    return data[:place] + rng.bytes(int(rng.choice([1, 2, 4, 16, 64]))) + data[place:]


def _repeat(rng: np.random.Generator, data: bytes) -> bytes:
    place, length = int(rng.integers(len(data) + 1)), int(rng.choice([4, 16, 64, 256]))
    return data[: place + length] + data[place : place + length] + data[place + length :]


def _splice(rng: np.random.Generator, data: bytes) -> bytes:
    """The beginning of one file, the end of another one, of any format."""
    _, other = _MAKERS[str(rng.choice(list(_MAKERS)))](rng, False)
    return data[: int(rng.integers(len(data) + 1))] + other[int(rng.integers(len(other))) :]


def _png_chunk(rng: np.random.Generator, data: bytes) -> bytes:
    """A chunk changed, moved, doubled or left out, with the checksum that it then needs."""
    chunks, place = [], 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += length + 12
    if not chunks:
        return data
    one, action = int(rng.integers(len(chunks))), int(rng.integers(5))
    kind, content = chunks[one]
    if action == 0:
        chunks[one] = kind, _flip_bits(rng, content)
    elif action == 1:
        chunks[one] = kind, _number_in_header(rng, content)
    elif action == 2:
        chunks.insert(int(rng.integers(len(chunks) + 1)), (kind, content))
    elif action == 3:
        del chunks[one]
    else:
        chunks[one] = kind, _truncate(rng, content)
    return data[:8] + b"".join(_chunk(*chunk) for chunk in chunks)


def _tiff_tag(rng: np.random.Generator, data: bytes) -> bytes:
    """One field of one tag of the first directory: its number, type, count or value."""
    order, big = (">" if data[:2] == b"MM" else "<"), data[2:3] == b"+" or data[3:4] == b"+"
    wide, entry = ("Q", 20) if big else ("I", 12)
    try:
        (start,) = struct.unpack_from(order + wide, data, 8 if big else 4)
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, start)
    except (struct.error, OverflowError):
        return data
    place = start + (8 if big else 2) + entry * int(rng.integers(max(1, min(count, 99))))
    field, code = ((0, "H"), (2, "H"), (4, wide), (entry - (8 if big else 4), wide))[int(rng.choice([0, 1, 2, 3, 3]))]
    number = int(rng.choice([int(rng.integers(250, 350)), *_NUMBERS, *_LARGE]))
    if place + entry > len(data):
        return data
    changed = bytearray(data)
    struct.pack_into(order + code, changed, place + field, number & (0xFFFF if code == "H" else 0xFFFFFFFF))
    return bytes(changed)


def _jpeg_segment(rng: np.random.Generator, data: bytes) -> bytes:
    """A byte of a segment before the scan, or the length of one."""
    places, place = [], 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        places.append(place)
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    if not places:
        return data
    start = int(rng.choice(places))
    place = start + int(rng.choice([1, 2, 3, *range(4, 20)]))
    return data[:place] + bytes([int(rng.integers(256))]) + data[place + 1 :]


Maker = Callable[[np.random.Generator, bool], tuple[str, bytes]]
Change = Callable[[np.random.Generator, bytes], bytes]

_MAKERS: dict[str, Maker] = {".png": _png, ".tif": _tiff, ".jpg": _jpeg, ".webp": _webp, ".bmp": _bmp}
_BY_FORMAT: dict[str, Change] = {".png": _png_chunk, ".tif": _tiff_tag, ".jpg": _jpeg_segment}
_CHANGES: tuple[Change, ...] = (
    _flip_bits, _number_in_header, _truncate, _zero_a_range, _cut_out, _insert, _repeat, _splice,
)  # fmt: skip
