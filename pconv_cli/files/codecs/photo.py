"""JPEG, WebP and BMP, by Pillow."""

import io
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, JpegImagePlugin

from pconv_cli.errors import ImageError, option
from pconv_cli.files.codecs import cmyk, jpeg_frame
from pconv_cli.files.decoding import samples_of
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.metadata import jpeg_segments as jpeg
from pconv_cli.files.metadata import photoshop
from pconv_cli.files.metadata.carried import (
    EXIF_DAMAGED,
    GAIN_MAP,
    SIGNED,
    Decoded,
    Header,
    Metadata,
    Samples,
    add_exif_prefix,
    orientation_of,
    strip_exif_prefix,
    without_thumbnail,
)
from pconv_cli.files.metadata.ifd import is_greedy

#: Quality of a JPEG whose source had no quantisation tables to take over (Pillow's scale, up to 100).
JPEG_QUALITY = 95
_PILLOW_NAMES = {ImageFormat.JPEG: ["JPEG", "MPO"], ImageFormat.WEBP: ["WEBP"], ImageFormat.BMP: ["BMP", "DIB"]}


def read_header(path: Path, kind: ImageFormat) -> Header:
    """Read size, transparency and orientation without decoding the samples."""
    with _open(path, kind) as image:
        orientation = orientation_of(strip_exif_prefix(image.info.get("exif")))
        has_alpha = "A" in image.mode or "transparency" in image.info
        return Header((image.height, image.width), has_alpha, orientation, image.mode == "CMYK")


def decode(path: Path, kind: ImageFormat, *, cmyk_to_rgb: bool = False) -> Decoded:
    """Decode a JPEG, WebP or BMP file into 8-bit samples; a CMYK image as sRGB, or not at all."""
    with _open(path, kind) as image:
        notes: tuple[str, ...] = ()
        if image.mode == "CMYK" and not cmyk_to_rgb:
            raise cmyk.refused(path)
        if kind is ImageFormat.WEBP and getattr(image, "is_animated", False):
            raise ImageError(f"{path}: is an animated WebP; save the frame to restore as an image of its own")
        if isinstance(image, JpegImagePlugin.JpegImageFile) and not image.quantization:
            notes += (
                f"lossless JPEG: as JPEG it is written with some loss; {option('format')} png keeps every sample",
            )
        notes += (SIGNED,) if _is_signed(image, path) else ()
        metadata, of_further = _metadata(image)
        notes = of_further + notes
        if metadata.exif and is_greedy(metadata.exif):
            metadata, notes = replace(metadata, exif=None), (*notes, EXIF_DAMAGED)
        if image.mode == "CMYK":
            converted = cmyk.as_srgb(image, metadata)
            return replace(converted, notes=(*converted.notes, *notes))
        if image.mode == "P":
            notes, plain = (*notes, "the palette is expanded: written as RGB"), image.convert("RGB")
        else:
            plain = image.convert("L") if image.mode == "1" else image
        samples = samples_of(plain)
    return Decoded(samples if samples.ndim == 3 else samples[:, :, np.newaxis], metadata, notes)


def _open(path: Path, kind: ImageFormat) -> Image.Image:
    if kind is ImageFormat.JPEG:
        with path.open("rb") as file:
            jpeg_frame.check_frame(file, path)
    return Image.open(path, formats=_PILLOW_NAMES[kind])


def _is_signed(image: Image.Image, path: Path) -> bool:
    """Say whether a file holds a C2PA manifest, in JPEG as JUMBF in segments, in WebP as a chunk."""
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        return any(name == "APP11" and content[:2] == b"JP" and b"c2pa" in content for name, content in image.applist)
    if image.format != "WEBP":
        return False
    with path.open("rb") as file:
        file.seek(12)
        while len(head := file.read(8)) == 8:
            kind, length = struct.unpack("<4sI", head)
            if kind == b"C2PA":
                return True
            file.seek(length + length % 2, io.SEEK_CUR)
    return False


def encode(samples: Samples, metadata: Metadata, kind: ImageFormat) -> bytes:
    """Encode uint8 samples; WebP without loss, JPEG with its source's tables or at `JPEG_QUALITY`."""
    if kind is ImageFormat.BMP and samples.shape[2] in (2, 4):
        return _bmp_with_alpha(samples, metadata.dpi)
    image = Image.fromarray(samples[:, :, 0] if samples.shape[2] == 1 else samples)
    target = io.BytesIO()
    options = _options(metadata, kind)
    try:
        image.save(target, format=kind.value.upper(), **options)
    except OSError:
        if kind is not ImageFormat.JPEG:
            raise
        # Pillow gives an optimised or progressive JPEG two bytes a pixel; strong grain at best quality takes more.
        target = io.BytesIO()
        image.save(target, format="JPEG", **options | {"optimize": False, "progressive": False})
    return _with_density(target.getvalue(), metadata.own.get("density"))


def _options(metadata: Metadata, kind: ImageFormat) -> dict[str, Any]:
    if kind is ImageFormat.BMP:
        return {"dpi": metadata.dpi or (0, 0)}  # Pillow says 96 where it is given none
    options: dict[str, Any] = {"icc_profile": metadata.icc}
    if metadata.exif and (kind is ImageFormat.WEBP or jpeg.exif_fits(metadata.exif)):
        options["exif"] = add_exif_prefix(metadata.exif)
    if kind is ImageFormat.WEBP:
        return options | {"lossless": True, "exact": True} | ({"xmp": metadata.xmp} if metadata.xmp else {})
    if metadata.dpi:
        options["dpi"] = (round(metadata.dpi[0]), round(metadata.dpi[1]))
    options["extra"] = jpeg.segments_of(metadata)
    own = {key: value for key, value in metadata.own.items() if key not in ("density", "photoshop")}
    coding = {} if "qtables" in own else {"quality": JPEG_QUALITY, "subsampling": 0}
    return options | {"optimize": True, **coding, **own}


def _metadata(image: Image.Image) -> tuple[Metadata, tuple[str, ...]]:
    """Return what is kept of a file beside its samples, and notes on further images that are not."""
    info = image.info
    own: dict[str, Any] = {}
    extension: tuple[bytes, ...] = ()
    iptc: bytes | None = None
    says_so = False
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        own = {"qtables": image.quantization} if image.quantization else {}  # lossless ones have none
        own["progressive"] = bool(info.get("progressive"))
        sampling = JpegImagePlugin.get_sampling(image)
        own["subsampling"] = sampling if sampling >= 0 else 0
        own |= {"density": (info["jfif_unit"], *info["jfif_density"])} if "jfif_density" in info else {}
        own |= {"comment": info["comment"]} if "comment" in info else {}
        own["photoshop"] = resources = jpeg.photoshop_resources(image.applist)
        extension, iptc = jpeg.xmp_extension(image.applist), photoshop.iptc_of(resources)
        says_so = jpeg.holds_gain_map(image.applist)
    xmp, extension = jpeg.without_images(info.get("xmp"), extension)
    images = getattr(image, "n_frames", 1) if image.format == "MPO" else 1
    notes: tuple[str, ...] = ()
    if xmp.gain_map or says_so:
        notes, images = (GAIN_MAP,), images - 1
    if images > 1 or (xmp.further and not notes):
        notes += ("holds further images (depth, preview); only the main one is kept",)
    dpi = info.get("dpi")
    metadata = Metadata(
        icc=info.get("icc_profile"),
        exif=without_thumbnail(strip_exif_prefix(info.get("exif"))),
        xmp=xmp.packet,
        xmp_extension=extension,
        iptc=iptc,
        dpi=(float(dpi[0]), float(dpi[1])) if dpi else None,
        own=own,
    )
    return metadata, notes


def _with_density(data: bytes, density: tuple[int, int, int] | None) -> bytes:
    """A JPEG with its source's unit and density: Pillow writes whole pixels an inch, and 118 a centimetre are none."""
    if density is None or data[2:4] != b"\xff\xe0" or data[6:11] != b"JFIF\0":
        return data
    return data[:13] + struct.pack(">BHH", *density) + data[18:]


def _bmp_with_alpha(samples: Samples, dpi: tuple[float, float] | None) -> bytes:
    """A BMP with the fourth version of its header, which names each channel's bits.

    Without it, as Pillow and some releases of OpenCV write, no reader takes the fourth channel for alpha.
    """
    height, width, channels = samples.shape
    blue_to_alpha = [2, 1, 0, 3] if channels == 4 else [0, 0, 0, 1]
    pixels = samples[::-1, :, blue_to_alpha].tobytes()  # from the bottom up; four bytes a pixel need no padding
    a_metre = [round(inch / 0.0254) for inch in dpi or (0, 0)]
    bits = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)  # of red, green, blue, alpha
    header = struct.pack("<IiiHHIIiiII4I", 108, width, height, 1, 32, 3, len(pixels), *a_metre, 0, 0, *bits)
    header += b"BGRs" + bytes(48)  # in sRGB, which needs no end points
    return struct.pack("<2sIII", b"BM", 14 + len(header) + len(pixels), 0, 14 + len(header)) + header + pixels
