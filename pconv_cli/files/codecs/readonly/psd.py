"""PSD and PSB: the flattened image that Photoshop keeps beside its layers, of 1, 8, 16 and 32 bits.

Reference: Adobe Photoshop File Formats Specification, 2019.
"""

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs.rows import Rows
from pconv_cli.files.colour.alpha import without_white
from pconv_cli.files.metadata import photoshop
from pconv_cli.files.metadata.carried import (
    EXIF_DAMAGED,
    Decoded,
    Header,
    Metadata,
    Samples,
    orientation_of,
    without_thumbnail,
)
from pconv_cli.files.metadata.ifd import is_greedy
from pconv_cli.files.metadata.xmp import without_images

_BITMAP, _GREY, _INDEXED, _RGB, _CMYK, _MULTICHANNEL, _DUOTONE, _LAB = 0, 1, 2, 3, 4, 7, 8, 9
_CHANNELS = {_BITMAP: 1, _GREY: 1, _INDEXED: 1, _RGB: 3, _DUOTONE: 1, _LAB: 3}
_TYPES = {1: ">u1", 8: ">u1", 16: ">u2", 32: ">f4"}
_RESOLUTION, _IPTC, _ICC, _VERSION, _EXIF, _XMP = 1005, 1028, 1039, 1057, 1058, 1060
_RAW, _RLE = 0, 1
#: Modes whose colours are known to be stored blended with white.
_BLENDED = (_GREY, _RGB)
#: Blocks behind the layers: marks of the transparency of the whole, and the layers of 16 and 32 bits.
_TRANSPARENCY, _LAYERS = (b"Mtrn", b"Mt16", b"Mt32"), (b"Layr", b"Lr16", b"Lr32")
#: Further blocks whose length has 8 bytes in a PSB.
_LONG = (b"LMsk", b"Alph", b"FMsk", b"lnk2", b"FEid", b"FXid", b"PxSD")
#: How Lab is stored, by TIFF's number: a* and b* 128 higher.
_ICC_LAB = 9
_OPEN = "open it in Photoshop, and save it"


class _PsdParts(NamedTuple):
    """A file taken apart.

    Attributes:
        size: (height, width) in pixels.
        channels: How many there are.
        depth: Bits of a sample.
        mode: Photoshop's colour mode.
        big: Whether it is a PSB.
        table: The palette, 256 reds, greens and blues, of indexed colours.
        resources: By their number.
        layers: How many there are.
        has_alpha: Whether the first channel behind the colours is the transparency of the whole.
        image: Where the flattened image begins.
    """

    size: tuple[int, int]
    channels: int
    depth: int
    mode: int
    big: bool
    table: bytes
    resources: dict[int, bytes]
    layers: int
    has_alpha: bool
    image: int


def read_header(path: Path) -> Header:
    """Read size and transparency without decoding the samples."""
    with _mapped(path) as data:
        parts = _taken_apart(data)
    return Header(parts.size, parts.has_alpha, orientation_of(parts.resources.get(_EXIF)), parts.mode == _CMYK)


def decode(path: Path) -> Decoded:
    """Decode the flattened image into samples of its own depth; 1 bit becomes 8."""
    with open_rows(path) as rows:
        return Decoded(rows.whole(), rows.metadata, rows.notes, converted=True, lab=rows.lab)


@contextmanager
def open_rows(path: Path) -> Iterator[Rows]:
    """Open the flattened image, to be decoded some rows at a time; see `decode`."""
    with _mapped(path) as data:
        parts = _taken_apart(data)
        colours = _check(path, parts)
        wanted = colours + parts.has_alpha
        channels, dtype = wanted, np.dtype(_TYPES[parts.depth]).newbyteorder("=")
        notes: tuple[str, ...] = ()
        if parts.mode == _BITMAP:
            notes += ("1-bit grey: written as 8-bit grey",)
        elif parts.mode == _INDEXED:
            channels, notes = 3, (*notes, "the palette is expanded: written as RGB")
        if parts.mode == _DUOTONE:
            notes += ("its duotone inks are left out: written as grey",)
        further = parts.channels - wanted
        if further:
            notes += (f"{further} further channels (saved selections) are left out; pconv masks import reads them",)
        if parts.layers:
            notes += ("its layers are left out: the flattened image alone is read",)
        is_blended = parts.has_alpha and parts.mode in _BLENDED
        if is_blended:
            notes += ("half-transparent colours are stored blended with white, which is taken out",)
        planes = _Planes(data, parts, wanted)

        def read(top: int, bottom: int) -> Samples:
            stored = planes.read(top, bottom)
            if parts.mode == _BITMAP:
                return np.where(stored, np.uint8(0), np.uint8(255))  # 1 is black
            if parts.mode == _INDEXED:
                table = np.frombuffer(parts.table[:768], np.uint8).reshape(3, 256).T
                return np.asarray(table[stored[:, :, 0]])
            return without_white(stored) if is_blended else stored

        metadata, more = _metadata(parts.resources)
        lab = _ICC_LAB if parts.mode == _LAB else 0
        yield Rows((*parts.size, channels), dtype, read, metadata, notes + more, lab)


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _taken_apart(data: mmap.mmap) -> _PsdParts:
    try:
        return _parts(data)
    except struct.error as error:
        raise ValueError("its header is cut short") from error


def _parts(data: mmap.mmap) -> _PsdParts:
    signature, version, channels, height, width, depth, mode = struct.unpack_from(">4sH6xHIIHH", data)
    if signature != b"8BPS" or version not in (1, 2):
        raise ValueError("its header is not Photoshop's")
    big, place = version == 2, 26
    (length,) = struct.unpack_from(">I", data, place)
    table = data[place + 4 : place + 4 + length]
    place += 4 + length
    (length,) = struct.unpack_from(">I", data, place)
    resources = photoshop.blocks_of(data[place + 4 : place + 4 + length])
    place += 4 + length
    form = ">Q" if big else ">I"
    (length,) = struct.unpack_from(form, data, place)
    inner = place + struct.calcsize(form)
    count, is_transparent = _layers(data, inner, inner + length, form)
    colours = _CHANNELS.get(mode, 0)
    has_alpha = is_transparent and bool(colours) and channels > colours and mode != _INDEXED
    return _PsdParts((height, width), channels, depth, mode, big, table, resources, count, has_alpha, inner + length)


def _layers(data: mmap.mmap, place: int, end: int, form: str) -> tuple[int, bool]:
    """How many layers there are, and whether the first channel behind the colours is the transparency of the whole.

    A count below 0 says so, or, where layers of 16 or 32 bits stand in a block of their own, a mark beside that.
    """
    wide, end = struct.calcsize(form), min(end, len(data))
    if end < place + wide + 2:
        return 0, False
    (length,) = struct.unpack_from(form, data, place)
    place += wide
    count = struct.unpack_from(">h", data, place)[0] if length else 0
    place += length
    keys = set()
    place += 4 + struct.unpack_from(">I", data, place)[0] if place + 4 <= end else 4  # the mask of all layers
    while place + 8 + wide <= end and data[place : place + 4] in (b"8BIM", b"8B64"):
        key = data[place + 4 : place + 8]
        kind = form if key in (*_TRANSPARENCY, *_LAYERS, *_LONG) else ">I"
        (length,) = struct.unpack_from(kind, data, place + 8)
        place += 8 + struct.calcsize(kind)
        if key in _LAYERS and length and not count:
            (count,) = struct.unpack_from(">h", data, place)
        keys.add(key)
        place += -(-length // 4) * 4
    return abs(count), count < 0 or not keys.isdisjoint(_TRANSPARENCY)


def _check(path: Path, parts: _PsdParts) -> int:
    """Check that the flattened image is there, and of a kind that is read, and give its channels of colour."""
    if parts.mode == _CMYK:
        raise ImageError(f"{path}: is in CMYK, which is not read from Photoshop's files; {_OPEN} as RGB")
    if parts.mode not in _CHANNELS:
        raise ImageError(f"{path}: is in Photoshop's mode {parts.mode} (multichannel); {_OPEN} as RGB or grey")
    if parts.mode == _LAB and parts.depth != 8:
        raise ImageError(f"{path}: has Lab samples of {parts.depth} bits; {_OPEN} as TIFF")
    said = parts.resources.get(_VERSION, b"")
    if len(said) >= 5 and not said[4]:
        raise ImageError(f"{path}: holds no flattened image; {_OPEN} with 'maximise compatibility'")
    if parts.depth not in _TYPES or parts.channels < _CHANNELS[parts.mode]:
        raise ValueError("its header does not fit together")
    if parts.mode == _INDEXED and (len(parts.table) < 768 or parts.depth != 8):
        raise ValueError("its palette does not hold 256 colours")
    return _CHANNELS[parts.mode]


class _Planes:
    """The first channels, which stand in the file one after the other, row by row.

    Raises:
        ValueError: They are cut short, or packed in a way that is not known.
    """

    def __init__(self, data: mmap.mmap, parts: _PsdParts, wanted: int) -> None:
        self._data, self._parts, self._wanted = data, parts, wanted
        height, width = parts.size
        self._row = -(-width * parts.depth // 8)
        self._place = parts.image + 2
        self._ends: NDArray[np.int64] | None = None  # of packed rows
        if self._place > len(data):
            raise ValueError("it is cut short")
        (packing,) = struct.unpack_from(">H", data, parts.image)
        last = self._place + wanted * height * self._row
        if packing == _RLE:
            kind, number = np.dtype(">u4" if parts.big else ">u2"), parts.channels * height
            rows = self._place + number * kind.itemsize
            if rows > len(data):
                raise ValueError("it is cut short")
            self._ends = rows + np.cumsum(np.frombuffer(data[self._place : rows], kind), dtype=np.int64)
            self._place, last = rows, int(self._ends[-1])
        elif packing != _RAW:
            raise ValueError("its flattened image is packed in a way that is not known")
        if last > len(data):
            raise ValueError("it is cut short")

    def read(self, top: int, bottom: int) -> Samples:
        """The samples ``(h, W, C)`` of some rows; of 1 bit as 0 and 1."""
        depth, (height, width) = self._parts.depth, self._parts.size
        dtype = np.dtype(_TYPES[depth])
        samples = np.empty((bottom - top, width, self._wanted), dtype.newbyteorder("="))
        for channel in range(self._wanted):
            raw = np.frombuffer(self._bytes(channel * height + top, bottom - top), np.uint8).reshape(-1, self._row)
            rows = np.unpackbits(raw, axis=1)[:, :width] if depth == 1 else raw.view(dtype)
            samples[:, :, channel] = rows
        return samples

    def _bytes(self, first: int, count: int) -> bytes:
        """Unpacked rows, counted through all channels."""
        if self._ends is None:
            start = self._place + first * self._row
            return self._data[start : start + count * self._row]
        import imagecodecs

        start = int(self._ends[first - 1]) if first else self._place
        rows = []
        for end in self._ends[first : first + count].tolist():
            try:
                row = bytes(imagecodecs.packbits_decode(self._data[start:end], out=self._row))
            except RuntimeError as error:
                raise ValueError("a row of its flattened image is damaged") from error
            if len(row) < self._row:
                raise ValueError("a row of its flattened image is cut short")
            rows.append(row)
            start = end
        return b"".join(rows)


def _metadata(resources: dict[int, bytes]) -> tuple[Metadata, tuple[str, ...]]:
    exif, notes = without_thumbnail(resources.get(_EXIF)), tuple[str, ...]()
    if exif and is_greedy(exif):
        exif, notes = None, (EXIF_DAMAGED,)
    resolution = resources.get(_RESOLUTION, b"")
    found = Metadata(icc=resources.get(_ICC), exif=exif, xmp=without_images(resources.get(_XMP)).packet)
    if len(resolution) >= 16:
        across, down = struct.unpack_from(">I", resolution)[0], struct.unpack_from(">I", resolution, 8)[0]
        found = replace(found, dpi=(across / 65536, down / 65536)) if across and down else found
    return replace(found, iptc=resources.get(_IPTC)), notes
