"""Small files of every format, depth, number of channels and compression that pconv writes, made without it.

Each has a black blotch where its hole is, and a profile, resolution and EXIF where other libraries can put them in.
"""

import struct
import zlib
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

Samples = NDArray[Any]

SIZE = (40, 56)
#: The hole: within 2 x 2 units of JPEG without subsampling, within one with it.
HOLE = (slice(18, 27), slice(19, 30))
DPI = (300, 150)
GREY, RGB, RGBA = 1, 3, 4
CHANNELS = {"grey": GREY, "rgb": RGB, "rgba": RGBA}
EXIF_UUID = b"JpgTiffExif->JP2"

_MADE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_SRGB = _MADE[:24] + struct.pack(">6H", 2020, 1, 2, 3, 4, 5) + _MADE[36:]  # not the time of this run
#: Profiles by number of channels.
ICC = {channels: _SRGB[:16] + (b"GRAY" if channels < 3 else b"RGB ") + _SRGB[20:] for channels in range(1, 5)}

Make = Callable[[Path], None]


def exif_block() -> Image.Exif:
    """Names, rights, a turn, an exposure and a place."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x0132] = "A maker", 6, "2020:01:02 03:04:05"
    exif[0x013B], exif[0x8298] = "A photographer", "A museum"
    exif[0x8769] = {0x829A: IFDRational(1, 60), 0x9003: "2019:01:02 03:04:05", 0xA434: "A lens of some length"}
    exif[0x8825] = {1: "N", 2: (40.0, 8.0, 30.5), 3: "E", 4: (94.0, 48.0, 15.0)}
    return exif


def pattern(bits: int, channels: int) -> Samples:
    """Waves with grain (H, W, C), or (H, W) for grey, with all bits in use; 32 bits are floats in [0, 1]."""
    rng = np.random.default_rng(bits * 10 + channels)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    waves = [0.55 + 0.3 * np.sin(rows / (7 + 3 * k) + columns / (11 - 2 * k) + k) for k in range(channels)]
    values = np.stack(waves, axis=2) + rng.uniform(-0.04, 0.04, (*SIZE, channels))
    values[(*HOLE, slice(0, 3 if channels > 2 else 1))] = 0
    kind = np.float32 if bits == 32 else np.uint16 if bits > 8 else np.uint8
    samples = (values * (1 if bits == 32 else 2**bits - 1)).astype(kind)
    return samples[:, :, 0] if channels == 1 else samples


def _pillow(bits: int, channels: int, mode: str = "", **options: Any) -> Make:
    def make(path: Path) -> None:
        image = Image.fromarray(pattern(bits, channels))
        image = image.quantize(64) if mode == "P" else image.convert(mode) if mode else image
        image.save(path, icc_profile=ICC[channels], exif=exif_block().tobytes(), dpi=DPI, **options)

    return make


def _bgr(samples: Samples) -> Samples:
    return samples if samples.ndim == 2 else samples[:, :, [2, 1, 0, 3][: samples.shape[2]]]


def _deep_png(channels: int) -> Make:
    """16 bits by OpenCV, with chunks behind the header."""

    def make(path: Path) -> None:
        def chunk(kind: bytes, content: bytes) -> bytes:
            check = struct.pack(">I", zlib.crc32(kind + content))
            return struct.pack(">I", len(content)) + kind + content + check

        data = cv2.imencode(".png", _bgr(pattern(16, channels)))[1].tobytes()
        chunks = chunk(b"iCCP", b"a profile\0\0" + zlib.compress(ICC[channels]))
        chunks += chunk(b"pHYs", struct.pack(">IIB", 11811, 5906, 1))
        chunks += chunk(b"eXIf", exif_block().tobytes().removeprefix(b"Exif\0\0"))
        path.write_bytes(data[:33] + chunks + data[33:])

    return make


def _tiff(bits: int, channels: int, **coding: Any) -> Make:
    def make(path: Path) -> None:
        tags = [(271, "s", 0, "A maker", True), (274, "H", 1, 6, True), (306, "s", 0, "2020:01:02 03:04:05", True)]
        tags += [(315, "s", 0, "A photographer", True), (33432, "s", 0, "A museum", True)]
        tifffile.imwrite(
            path,
            pattern(bits, channels),
            photometric="minisblack" if channels == 1 else "rgb",
            extrasamples=["unassalpha"] if channels == 4 else None,
            resolution=DPI,
            resolutionunit="INCH",
            iccprofile=ICC[channels],
            description="Cave 257",
            extratags=tags,
            metadata=None,
            **coding,
        )

    return make


def box(kind: bytes, content: bytes) -> bytes:
    """A box of JPEG 2000 and JPEG XL."""
    return struct.pack(">I", 8 + len(content)) + kind + content


def inside(data: bytes, *kinds: bytes) -> bytes:
    """The content of a box, of one within it, and so on; nothing where there is none."""
    start = 0
    while start < len(data):
        length, kind = struct.unpack_from(">I4s", data, start)
        end = start + length if length else len(data)
        if kind == kinds[0]:
            content = data[start + 8 : end]
            return inside(content, *kinds[1:]) if kinds[1:] else content
        start = end
    return b""


def _jp2(bits: int, channels: int) -> Make:
    """A codestream of imagecodecs, in boxes with a profile, a resolution and EXIF."""

    def make(path: Path) -> None:
        stream = bytes(
            imagecodecs.jpeg2k_encode(pattern(bits, channels), codecformat="j2k", reversible=True, resolutions=3)
        )
        header = box(b"ihdr", struct.pack(">IIH4B", *SIZE, channels, bits - 1, 7, 0, 0))
        header += box(b"colr", b"\x02\0\0" + ICC[channels])
        if channels == 4:
            header += box(b"cdef", struct.pack(">13H", 4, 0, 0, 1, 1, 0, 2, 2, 0, 3, 3, 1, 0))
        header += box(b"res ", box(b"resc", struct.pack(">4H2b", 15000, 254, 30000, 254, 2, 2)))
        exif = exif_block().tobytes().removeprefix(b"Exif\0\0")
        start = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
        path.write_bytes(start + box(b"jp2h", header) + box(b"uuid", EXIF_UUID + exif) + box(b"jp2c", stream))

    return make


def _jxl(bits: int, channels: int) -> Make:
    """Without a profile, which no library that pconv needs puts in."""

    def make(path: Path) -> None:
        data = imagecodecs.jpegxl_encode(pattern(bits, channels), lossless=True, usecontainer=True)
        exif = box(b"Exif", bytes(4) + exif_block().tobytes().removeprefix(b"Exif\0\0"))
        path.write_bytes(bytes(data) + exif)

    return make


def _avif(bits: int, channels: int) -> Make:
    """Without loss, and with nothing beside the samples; Pillow writes that."""

    def make(path: Path) -> None:
        layout = "400" if channels == 1 else "444"
        options: dict[str, Any] = {"pixelformat": layout, "bitspersample": bits, "matrix": 1 if channels == 1 else 0}
        path.write_bytes(imagecodecs.avif_encode(pattern(bits, channels), level=100, speed=8, **options))

    return make


def matrix() -> dict[str, Make]:
    """How each file is made, by its name."""
    cells: dict[str, Make] = {}
    for name, channels in {**CHANNELS, "grey-alpha": 2}.items():
        cells[f"png-8-{name}.png"] = _pillow(8, channels)
    for name, channels in CHANNELS.items():
        cells[f"png-16-{name}.png"] = _deep_png(channels)
        cells[f"bmp-8-{name}.bmp"] = _pillow(8, channels)
        for bits in (8, 16):
            cells[f"jp2-{bits}-{name}.jp2"] = _jp2(bits, channels)
            cells[f"jxl-{bits}-{name}.jxl"] = _jxl(bits, channels)
        for bits in (8, 10, 12):
            cells[f"avif-{bits}-{name}.avif"] = _avif(bits, channels)
    cells["png-8-palette.png"] = _pillow(8, RGB, "P")
    cells["avif-8-converted.avif"] = _pillow(8, RGB, quality=90, subsampling="4:2:0", speed=8)
    cells["webp-8-rgb.webp"] = _pillow(8, RGB, lossless=True)
    cells["webp-8-rgba.webp"] = _pillow(8, RGBA, lossless=True, exact=True)
    cells["webp-8-lossy.webp"] = _pillow(8, RGB, quality=90)
    cells["jpeg-8-grey.jpg"] = _pillow(8, GREY, quality=90)
    cells["jpeg-8-444.jpg"] = _pillow(8, RGB, quality=90, subsampling="4:4:4")
    cells["jpeg-8-420.jpg"] = _pillow(8, RGB, quality=90, subsampling="4:2:0")
    layouts: dict[str, dict[str, Any]] = {"strips": {"rowsperstrip": 16}, "tiles": {"tile": (16, 32)}}
    for (layout, how), (name, channels) in product(layouts.items(), CHANNELS.items()):
        for bits, coding in product((8, 16, 32), ("none", "lzw", "deflate", "zstd")):
            options = {**how, "compression": coding, "predictor": coding != "none"}
            cells[f"tiff-{bits}-{name}-{coding}-{layout}.tif"] = _tiff(bits, channels, **options)
        if channels != RGBA:
            cells[f"tiff-8-{name}-jpeg-{layout}.tif"] = _tiff(8, channels, **how, compression="jpeg")
    for name, channels in CHANNELS.items():
        cells[f"tiff-8-{name}-exif.tif"] = _pillow(8, channels)  # libtiff, which compresses for Pillow, writes no EXIF
    return cells
