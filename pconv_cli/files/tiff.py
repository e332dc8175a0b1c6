"""TIFF: 8 and 16 bits and 32-bit float, grey to RGBA, by tifffile; its describing tags are carried over as bytes."""

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from tifffile import COMPRESSION, PHOTOMETRIC, PLANARCONFIG

from pconv_cli.errors import PictureError
from pconv_cli.files import cmyk, ifd, photoshop
from pconv_cli.files.decoding import check_size
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.metadata import Decoded, Header, Metadata, Samples

LOSSLESS = {
    COMPRESSION.NONE,
    COMPRESSION.LZW,
    COMPRESSION.ADOBE_DEFLATE,
    COMPRESSION.DEFLATE,
    COMPRESSION.ZSTD,
    COMPRESSION.PACKBITS,
    COMPRESSION.LZMA,
}
_KNOWN = (PHOTOMETRIC.MINISWHITE, PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.RGB, PHOTOMETRIC.PALETTE, PHOTOMETRIC.YCBCR)
#: Names, makers, times and rights, which an EXIF block has under the same numbers.
_NAMES = (270, 271, 272, 305, 306, 315, 316, 33432, 40091, 40092, 40093, 40094, 40095)
_XMP, _IPTC, _PHOTOSHOP = 700, 33723, 34377
#: Tags that describe the picture and stay true: these, pages, curves, primaries, and places on a map.
_DESCRIBING: tuple[int, ...] = (*_NAMES, _XMP, _IPTC, _PHOTOSHOP, 269, 285, 301, 318, 319)
_DESCRIBING += (33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113)
_ORIENTATION, _ICC, _INK_SET = 274, 34675, 332
#: tifffile writes no pointers to EXIF and GPS; unassigned tags one higher keep their places, and are renamed after.
_PLACEHOLDER = 1
#: By tifffile's name "deflate" it would be the old code 32946, which fewer programs read.
_DEFLATE = COMPRESSION.ADOBE_DEFLATE


def read_header(path: Path) -> Header:
    """Read size, transparency and orientation without decoding the samples."""
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        orientation = page.tags.valueof(_ORIENTATION, default=1)
        is_cmyk = page.photometric == PHOTOMETRIC.SEPARATED
        return Header((page.imagelength, page.imagewidth), bool(page.extrasamples), int(orientation), is_cmyk)


def decode(path: Path, max_pixels: int = MAX_PIXELS, *, cmyk_to_rgb: bool = False) -> Decoded:
    """Decode a TIFF file of one page into samples of its own depth; a CMYK picture as sRGB, or not at all."""
    with tifffile.TiffFile(path) as file:
        page = only_page(file, path)
        if page.photometric == PHOTOMETRIC.SEPARATED:
            check_size(path, (page.imagelength, page.imagewidth), max_pixels)
            return _cmyk(file, page, path, convert=cmyk_to_rgb)
        check_kind(page, path)
        check_size(path, (page.imagelength, page.imagewidth), max_pixels)  # its header may speak of a preview
        notes: tuple[str, ...] = ()
        samples: NDArray[Any] = page.asarray(maxworkers=1)
        if page.colormap is not None:
            samples, notes = _expanded(samples, page.colormap), ("the palette is expanded: written as RGB",)
        elif page.bitspersample < 8:
            top = 2**page.bitspersample - 1
            samples = samples.astype(np.uint8) * np.uint8(255 // top)
            notes = (f"{page.bitspersample}-bit grey: written as 8-bit grey",)
        elif page.axes == "SYX":
            samples = np.moveaxis(samples, 0, 2)
        if page.photometric == PHOTOMETRIC.MINISWHITE:
            samples = turned(samples)
        samples = samples if samples.ndim == 3 else samples[:, :, np.newaxis]
        if page.compression not in LOSSLESS:
            notes += (f"compressed by {COMPRESSION(page.compression).name}: written with lossless compression",)
        return Decoded(np.ascontiguousarray(samples), _metadata(file, page), notes)


def encode(samples: Samples, metadata: Metadata) -> bytes:
    """Encode samples as a TIFF file of one page, coded as its source was where that was a TIFF."""
    own = dict(metadata.own)
    order, first, below = _exif_parts(metadata)
    order, below = own.pop("order", order), own.pop("below", below)
    extra = own.pop("tags", None)
    if extra is None:
        extra = [(_ORIENTATION, 3, 1, metadata.orientation, True)] if metadata.orientation != 1 else []
        extra += [(tag, *first[tag], True) for tag in _NAMES if tag in first]
        extra += [(_XMP, 1, len(metadata.xmp), metadata.xmp, True)] if metadata.xmp else []
        extra += [(_IPTC, 7, len(metadata.iptc), metadata.iptc, True)] if metadata.iptc else []
    extra = [*extra, *((tag + _PLACEHOLDER, 4, 1, 0, True) for tag in below)]
    channels = samples.shape[2]
    big = own.pop("big", False)
    layout = {"compression": _DEFLATE, "predictor": samples.dtype != np.float32, **own}
    layout.setdefault("resolution", metadata.dpi)
    # tifffile writes 1 pixel a unit where nothing is known; the unit then has to be none, or that would be 1 dpi.
    layout.setdefault("resolutionunit", "NONE" if layout["resolution"] is None else "INCH")
    if channels in (2, 4):
        layout.setdefault("extrasamples", ["unassalpha"])
    white_is_zero = layout.pop("white_is_zero", False)
    stored = turned(samples) if white_is_zero else samples
    grey = "miniswhite" if white_is_zero else "minisblack"
    apart = layout.pop("apart", False) and channels > 1
    if apart:
        stored = np.moveaxis(stored, 2, 0)
    elif channels == 1:
        stored = stored[:, :, 0]
    target = io.BytesIO()
    with tifffile.TiffWriter(target, byteorder=order, bigtiff=big) as writer:
        writer.write(
            stored,
            photometric="rgb" if channels > 2 else grey,
            planarconfig="separate" if apart else "contig" if channels > 1 else None,
            iccprofile=metadata.icc,
            extratags=extra,
            metadata=None,
            software=False,
            **layout,
        )
    return _with_directories(target, below, order)


def only_page(file: tifffile.TiffFile, path: Path) -> tifffile.TiffPage:
    """The file's picture; a smaller preview of it beside it does not count."""
    pages = [page for page in file.pages if not page.aspage().is_reduced]
    if len(pages) != 1:
        raise PictureError(f"{path}: has {len(pages)} pages; save each page as a picture of its own")
    return pages[0].aspage()


def check_kind(page: tifffile.TiffPage, path: Path) -> None:
    """Check that a page is grey or RGB, with or without alpha, in a depth that is read.

    Raises:
        PictureError: It is not.
    """
    if page.photometric == PHOTOMETRIC.SEPARATED:
        raise cmyk.refused(path)
    if page.photometric not in _KNOWN:
        kind = PHOTOMETRIC(page.photometric).name
        raise PictureError(f"{path}: is a {kind} picture, which is not supported; convert it to RGB")
    if page.photometric == PHOTOMETRIC.YCBCR and page.compression != COMPRESSION.JPEG:
        raise PictureError(f"{path}: is a YCbCr picture without JPEG, which is not supported; convert it to RGB")
    colours = 3 if page.photometric in (PHOTOMETRIC.RGB, PHOTOMETRIC.YCBCR) else 1
    if page.imagedepth != 1 or page.samplesperpixel not in (colours, colours + 1):
        raise PictureError(
            f"{path}: has {page.samplesperpixel} channels; only grey or RGB, with or without alpha, work"
        )
    dtype, bits = str(page.dtype), page.bitspersample
    if dtype == "float32" and page.photometric == PHOTOMETRIC.MINISWHITE:
        raise PictureError(f"{path}: is a float picture whose 0 is white; turn it round so that 0 is black")
    if (dtype, bits) in (("uint8", 8), ("uint16", 16), ("float32", 32)):
        return
    if colours != 1 or page.samplesperpixel != 1 or bits not in (1, 2, 4) or dtype not in ("bool", "uint8"):
        raise PictureError(f"{path}: has {bits}-bit {dtype} samples; convert it to 8 or 16 bits or to 32-bit float")


def _cmyk(file: tifffile.TiffFile, page: tifffile.TiffPage, path: Path, *, convert: bool) -> Decoded:
    """A CMYK page in sRGB, whatever its layout."""
    if not convert:
        raise cmyk.refused(path)
    if page.bitspersample != 8 or page.samplesperpixel != 4 or page.tags.valueof(_INK_SET, default=1) != 1:
        raise PictureError(
            f"{path}: has {page.samplesperpixel} inks of {page.bitspersample} bits; only CMYK of 8 bits is converted, "
            "so save it as RGB"
        )
    inks: NDArray[Any] = page.asarray(maxworkers=1)
    inks = np.moveaxis(inks, 0, 2) if page.axes == "SYX" else inks
    if page.compression == COMPRESSION.JPEG:
        raise PictureError(f"{path}: is a CMYK picture compressed by JPEG inside TIFF; save it as RGB")
    return cmyk.as_srgb(Image.fromarray(np.ascontiguousarray(inks), "CMYK"), _metadata(file, page))


def _expanded(indices: NDArray[Any], colours: NDArray[np.uint16]) -> Samples:
    """Palette indices as RGB, in 8 bits where the palette (always stored in 16) holds no more."""
    table = np.moveaxis(colours, 0, 1)
    if np.all(table & 0xFF == 0) or np.all(table % 257 == 0):
        table = (table >> 8).astype(np.uint8)
    return np.asarray(table[indices.astype(np.intp)])


def turned(samples: NDArray[Any]) -> NDArray[Any]:
    """White for black, as MinIsWhite stores it; its own inverse."""
    return np.asarray(np.iinfo(samples.dtype).max - samples, dtype=samples.dtype)


def _metadata(file: tifffile.TiffFile, page: tifffile.TiffPage) -> Metadata:
    order, big, handle = file.byteorder, file.is_bigtiff, file.filehandle

    def read(offset: int, length: int) -> bytes:
        handle.seek(offset)
        return bytes(handle.read(length))

    entries = ifd.read_entries(read, page.offset, order, big=big)
    below = {}
    for tag in (ifd.EXIF_POINTER, ifd.GPS_POINTER):
        if tag in entries:
            offset = int.from_bytes(entries[tag][2], "little" if order == "<" else "big")
            below[tag] = ifd.read_entries(read, offset, order, big=big)
    drop_thumbnails(entries)
    tags = [(tag, *entries[tag], True) for tag in (_ORIENTATION, *_DESCRIBING) if tag in entries]
    own: dict[str, Any] = {"order": order, "below": below, "tags": tags}
    own["big"] = big
    own["compression"] = page.compression if page.compression in LOSSLESS else _DEFLATE
    own["predictor"] = page.predictor if page.predictor != 1 and page.compression in LOSSLESS else None
    own["white_is_zero"] = page.photometric == PHOTOMETRIC.MINISWHITE and page.bitspersample >= 8
    own["apart"] = page.samplesperpixel > 1 and page.planarconfig != PLANARCONFIG.CONTIG
    if page.is_tiled:
        own["tile"] = (page.tilelength, page.tilewidth)
    if page.extrasamples:
        own["extrasamples"] = page.extrasamples
    dpi = None
    if 282 in page.tags and 283 in page.tags:
        own["resolution"] = (page.tags[282].value, page.tags[283].value)
        own["resolutionunit"] = page.tags.valueof(296, default=2)
        per_inch = {2: 1.0, 3: 2.54}.get(int(own["resolutionunit"]))
        x, y = (_ratio(value) for value in own["resolution"])
        dpi = (x * per_inch, y * per_inch) if per_inch and x > 0 and y > 0 else None
    first = {tag: entry for tag, entry in entries.items() if tag in (_ORIENTATION, *_NAMES)}
    exif = ifd.build_exif(order, first, below) if below or first else None
    icc, xmp, iptc = (entries[tag][2] if tag in entries else None for tag in (_ICC, _XMP, _IPTC))
    iptc = photoshop.upright(iptc) if iptc else photoshop.iptc_of(entries.get(_PHOTOSHOP, (7, 0, b""))[2])
    return Metadata(icc=icc, exif=exif, xmp=xmp, iptc=iptc, dpi=dpi, own=own)


def drop_thumbnails(entries: ifd.Entries) -> None:
    """Take the thumbnails, which show the damage, out of Photoshop's resources among the tags of a page."""
    if _PHOTOSHOP in entries:
        before = entries.pop(_PHOTOSHOP)
        resources = photoshop.without_thumbnails(before[2])
        if resources:
            entries[_PHOTOSHOP] = before if resources == before[2] else (7, len(resources), resources)


def _ratio(value: tuple[int, int]) -> float:
    return value[0] / value[1] if value[1] else 0.0


def _exif_parts(metadata: Metadata) -> tuple[str, ifd.Entries, dict[int, ifd.Entries]]:
    try:
        return ifd.split_exif(metadata.exif) if metadata.exif else ("<", {}, {})
    except (ValueError, struct.error):
        return "<", {}, {}


def _with_directories(target: io.BytesIO, below: dict[int, ifd.Entries], order: str) -> bytes:
    """Append the EXIF and GPS directories and let the tags that wait for them point there."""
    if not below:
        return target.getvalue()
    target.seek(0)
    with tifffile.TiffFile(target) as file:
        big = file.is_bigtiff
        waiting = {tag: file.pages.first.tags[tag + _PLACEHOLDER] for tag in below}
    data = bytearray(target.getvalue())
    for tag, entries in below.items():
        data += b"\0" * (len(data) % 2)
        struct.pack_into(order + "H", data, waiting[tag].offset, tag)
        struct.pack_into(order + "I", data, waiting[tag].valueoffset, len(data))
        data += ifd.write_entries(entries, len(data), order, big=big)
    return bytes(data)
