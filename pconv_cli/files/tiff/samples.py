"""TIFF: whole numbers and floats of any depth, grey to RGBA and Lab, by tifffile. What stands beside them: `tags`."""

import io
import struct
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from tifffile import COMPRESSION, EXTRASAMPLE, PHOTOMETRIC

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs import cmyk
from pconv_cli.files.decoding import check_size
from pconv_cli.files.limits import MAX_PIXELS
from pconv_cli.files.metadata import ifd
from pconv_cli.files.metadata.carried import FURTHER, Decoded, Header, Metadata, Samples
from pconv_cli.files.tiff.codecs import decode_whole
from pconv_cli.files.tiff.no_data import expanded, no_data_of
from pconv_cli.files.tiff.page import checked_page, has_alpha, main_pages, only_page, open_tiff, settle_segments
from pconv_cli.files.tiff.tags import (
    DEFLATE,
    IPTC,
    LOSSLESS,
    NAMES,
    ORIENTATION,
    PLACEHOLDER,
    XMP,
    metadata_of,
    orientation_of,
)

_KNOWN = (PHOTOMETRIC.MINISWHITE, PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.RGB, PHOTOMETRIC.PALETTE, PHOTOMETRIC.YCBCR)
_LAB = (PHOTOMETRIC.CIELAB, PHOTOMETRIC.ICCLAB)
#: Types and depths of samples that are read and written as such; of the others, whole numbers of packed bits.
_TYPES = {f"{kind}{bits}": bits for kind in ("int", "uint") for bits in (8, 16, 32)}
_TYPES |= {f"float{bits}": bits for bits in (16, 32, 64)}
_INK_SET = 332
#: Side in pixels of the tiles of files that are written tile by tile.
TILE = 512
#: Bytes of samples from which such a file is a BigTIFF.
_CLASSIC_LIMIT = (1 << 32) - (64 << 20)
_MOST_BANDS = 64


def read_header(path: Path) -> Header:
    """Read size, transparency and orientation of the first page, and the sizes of all; no sample is decoded."""
    with open_tiff(path) as file:
        pages = main_pages(file)
        page = only_page(file, path) if len(pages) == 1 else checked_page(pages[0], path)
        sizes = tuple((int(one.imagelength), int(one.imagewidth)) for one in pages) if len(pages) > 1 else ()
        is_cmyk = page.photometric == PHOTOMETRIC.SEPARATED
        return Header((page.imagelength, page.imagewidth), has_alpha(page), orientation_of(page), is_cmyk, sizes)


def decode(path: Path, max_pixels: int = MAX_PIXELS, *, cmyk_to_rgb: bool = False) -> Decoded:
    """Decode a TIFF file of one page into samples of its own depth; a CMYK image as sRGB, or not at all."""
    with open_tiff(path) as file:
        page = only_page(file, path)
        if page.photometric == PHOTOMETRIC.SEPARATED:
            check_size(path, (page.imagelength, page.imagewidth), max_pixels)
            settle_segments(page)
            return _cmyk(file, page, path, convert=cmyk_to_rgb)
        check_kind(page, path)
        check_size(path, (page.imagelength, page.imagewidth), max_pixels)
        settle_segments(page)
        notes: tuple[str, ...] = ()
        samples = decode_whole(page)
        if page.photometric == PHOTOMETRIC.PALETTE:  # some programs put a palette beside grey samples, too
            assert page.colormap is not None  # only_page has seen to it
            samples, notes = expanded(samples, page.colormap), ("the palette is expanded: written as RGB",)
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
        metadata, more = metadata_of(file, page)
        if samples.shape[2] in (2, 4) and not has_alpha(page):
            metadata = replace(metadata, own={**metadata.own, FURTHER: samples[:, :, -1:]})
            samples = samples[:, :, :-1]
        bits = page.bitspersample if page.bitspersample > 8 else 0
        return Decoded(
            np.ascontiguousarray(samples), metadata, notes + more, bits=bits, lab=lab_of(page), no_data=no_data_of(page)
        )


def encode(samples: Samples, metadata: Metadata, bits: int, lab: int = 0) -> bytes:
    """Encode samples as a TIFF file of one page, coded as its source was where that was a TIFF.

    Args:
        samples: With a further channel that is not alpha, where there is one.
        metadata: What stands beside them.
        bits: Their depth.
        lab: How they are stored where they are Lab, by TIFF's number.
    """
    channels = samples.shape[2]
    own = {key: value for key, value in metadata.own.items() if key != FURTHER}
    layout = {"compression": DEFLATE, "predictor": samples.dtype.kind != "f", **own}
    if bits != 8 * samples.dtype.itemsize:  # which tifffile packs, and does not compress
        layout |= {"compression": COMPRESSION.NONE, "predictor": None, "bitspersample": bits}
    white_is_zero = layout.pop("white_is_zero", False)
    stored = turned(samples) if white_is_zero else samples
    apart = layout.pop("apart", False) and channels > 1
    if apart:
        stored = np.moveaxis(stored, 2, 0)
    elif channels == 1:
        stored = stored[:, :, 0]
    grey = "miniswhite" if white_is_zero else "minisblack"
    layout["photometric"] = PHOTOMETRIC(lab) if lab else "rgb" if channels > 2 else grey
    layout["planarconfig"] = "separate" if apart else "contig" if channels > 1 else None
    if channels in (2, 4):
        layout.setdefault("extrasamples", ["unassalpha"])
    target = io.BytesIO()
    _write(target, stored, metadata, layout)
    return target.getvalue()


def write_tiles(
    file: BinaryIO,
    tiles: Iterable[Samples],
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    metadata: Metadata,
    lab: int,
) -> None:
    """Write a TIFF file of one page tile by tile, compressed by deflate.

    Args:
        file: Where to, open for reading and writing.
        tiles: Samples ``(TILE, TILE, C)``, row by row.
        shape: (H, W, C) of all of them.
        dtype: Type of the samples.
        metadata: What stands beside them, of no format's own.
        lab: How they are stored where they are Lab, by TIFF's number.
    """
    channels = shape[2]
    layout = {
        "compression": DEFLATE,
        "predictor": dtype.kind != "f",
        "tile": (TILE, TILE),
        "shape": shape if channels > 1 else shape[:2],
        "dtype": dtype,
        "photometric": PHOTOMETRIC(lab) if lab else "rgb" if channels > 2 else "minisblack",
        "planarconfig": "contig" if channels > 1 else None,
        "extrasamples": ["unassalpha"] if channels in (2, 4) else None,
        "big": int(np.prod(shape, dtype=np.int64)) * dtype.itemsize > _CLASSIC_LIMIT,
    }
    _write(file, (tile if channels > 1 else tile[:, :, 0] for tile in tiles), metadata, layout)


def _write(file: BinaryIO, data: Any, metadata: Metadata, layout: dict[str, Any]) -> None:
    """Write a page in tifffile's words, and what stands beside it."""
    order, first, below = _exif_parts(metadata)
    order, below = layout.pop("order", order), layout.pop("below", below)
    extra = layout.pop("tags", None)
    if extra is None:
        extra = [(ORIENTATION, 3, 1, metadata.orientation, True)] if metadata.orientation != 1 else []
        extra += [(tag, *first[tag], True) for tag in NAMES if tag in first]
        extra += [(XMP, 1, len(metadata.xmp), metadata.xmp, True)] if metadata.xmp else []
        extra += [(IPTC, 7, len(metadata.iptc), metadata.iptc, True)] if metadata.iptc else []
    extra = [*extra, *((tag + PLACEHOLDER, 4, 1, 0, True) for tag in below)]
    layout.setdefault("resolution", metadata.dpi)
    # tifffile writes 1 pixel a unit where nothing is known; the unit then has to be none, or that would be 1 dpi.
    layout.setdefault("resolutionunit", "NONE" if layout["resolution"] is None else "INCH")
    with tifffile.TiffWriter(file, byteorder=order, bigtiff=layout.pop("big", False)) as writer:
        writer.write(data, iccprofile=metadata.icc, extratags=extra, metadata=None, software=False, **layout)
    if below:
        _place_directories(file, below, order)


def check_kind(page: tifffile.TiffPage, path: Path, *, bands: bool = False) -> None:
    """Check that a page is grey or RGB, with or without alpha, in a depth that is read.

    Args:
        page: The page.
        path: Its file, for messages.
        bands: Whether it may have many bands, too.

    Raises:
        ImageError: It is not.
    """
    if page.photometric == PHOTOMETRIC.SEPARATED:
        raise cmyk.refused(path)
    if page.photometric not in (*_KNOWN, *_LAB):
        kind = PHOTOMETRIC(page.photometric).name
        raise ImageError(f"{path}: has colours of kind {kind}, which is not supported; convert it to RGB")
    if page.photometric == PHOTOMETRIC.YCBCR and page.compression != COMPRESSION.JPEG:
        raise ImageError(f"{path}: is a YCbCr image without JPEG, which is not supported; convert it to RGB")
    colours = 3 if page.photometric in (PHOTOMETRIC.RGB, PHOTOMETRIC.YCBCR, *_LAB) else 1
    if page.photometric == PHOTOMETRIC.PALETTE and page.samplesperpixel > 1:
        raise ImageError(f"{path}: has a palette and a further channel, which is not supported; save it as RGBA")
    many = bands and is_multiband(page)
    if page.imagedepth != 1 or (page.samplesperpixel not in (colours, colours + 1) and not many):
        raise ImageError(f"{path}: has {page.samplesperpixel} channels; only grey or RGB, with or without alpha, work")
    dtype, bits = str(page.dtype), page.bitspersample
    whole = _TYPES.get(dtype) == bits
    if page.photometric == PHOTOMETRIC.MINISWHITE and bits > 8 and (dtype, bits) != ("uint16", 16):
        raise ImageError(f"{path}: has {bits}-bit {dtype} samples whose 0 is white; turn them so that 0 is black")
    if page.photometric in _LAB and (dtype, bits) not in (("uint8", 8), ("uint16", 16)):
        raise ImageError(f"{path}: has Lab samples of {bits} bits; convert them to 8 or 16 bits")
    plain = (dtype, bits) in (("uint8", 8), ("uint16", 16), ("float32", 32))
    if EXTRASAMPLE.ASSOCALPHA in page.extrasamples and (not plain or page.photometric in _LAB):
        raise ImageError(f"{path}: has {bits}-bit {dtype} samples multiplied by their alpha; save it with plain alpha")
    if whole or (dtype == "uint16" and 8 < bits < 16):
        return
    if colours != 1 or page.samplesperpixel != 1 or bits not in (1, 2, 4) or dtype not in ("bool", "uint8"):
        raise ImageError(f"{path}: has {bits}-bit {dtype} samples; convert it to 8 or 16 bits or to a float")


def is_multiband(page: tifffile.TiffPage) -> bool:
    """Say whether a page has more channels than colours and one other: up to `_MOST_BANDS`."""
    colours = 3 if page.photometric == PHOTOMETRIC.RGB else 1
    known = page.photometric in (PHOTOMETRIC.RGB, PHOTOMETRIC.MINISBLACK)
    return known and page.imagedepth == 1 and colours + 1 < page.samplesperpixel <= _MOST_BANDS


def lab_of(page: tifffile.TiffPage) -> int:
    """Return how a page stores Lab samples, by TIFF's number; 0 where they are no Lab."""
    return int(page.photometric) if page.photometric in _LAB else 0


def _cmyk(file: tifffile.TiffFile, page: tifffile.TiffPage, path: Path, *, convert: bool) -> Decoded:
    """A CMYK page in sRGB, whatever its layout."""
    if not convert:
        raise cmyk.refused(path)
    if page.bitspersample != 8 or page.samplesperpixel != 4 or page.tags.valueof(_INK_SET, default=1) != 1:
        raise ImageError(
            f"{path}: has {page.samplesperpixel} inks of {page.bitspersample} bits; only CMYK of 8 bits is converted, "
            "so save it as RGB"
        )
    inks = decode_whole(page)
    inks = np.moveaxis(inks, 0, 2) if page.axes == "SYX" else inks
    if page.compression == COMPRESSION.JPEG:
        raise ImageError(f"{path}: is a CMYK image compressed by JPEG inside TIFF; save it as RGB")
    metadata, notes = metadata_of(file, page)
    decoded = cmyk.as_srgb(Image.fromarray(np.ascontiguousarray(inks), "CMYK"), metadata)
    return replace(decoded, notes=decoded.notes + notes)


def turned(samples: NDArray[Any]) -> NDArray[Any]:
    """White for black, as MinIsWhite stores it; its own inverse."""
    return np.asarray(np.iinfo(samples.dtype).max - samples, dtype=samples.dtype)


def _exif_parts(metadata: Metadata) -> tuple[str, ifd.Entries, dict[int, ifd.Entries]]:
    try:
        return ifd.split_exif(metadata.exif) if metadata.exif else ("<", {}, {})
    except (ValueError, struct.error):
        return "<", {}, {}


def _place_directories(file: BinaryIO, below: dict[int, ifd.Entries], order: str) -> None:
    """Append the EXIF and GPS directories and let the tags that wait for them point there."""
    file.seek(0)
    with tifffile.TiffFile(file) as written:
        big = written.is_bigtiff
        waiting = {tag: written.pages.first.tags[tag + PLACEHOLDER] for tag in below}
    for tag, entries in below.items():
        place = file.seek(0, 2)
        place += file.write(b"\0" * (place % 2))
        file.write(ifd.write_entries(entries, place, order, big=big))
        for value, form, where in ((tag, "H", waiting[tag].offset), (place, "I", waiting[tag].valueoffset)):
            file.seek(where)
            file.write(struct.pack(order + form, value))
