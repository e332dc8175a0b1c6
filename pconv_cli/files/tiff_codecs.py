"""Codings of tiles and strips in TIFF: those that are read, and those that say their own size, held against the tile's.

A tile of a few hundred bytes may hold a JPEG 2000 stream that says it has a billion pixels.
"""

import io
from pathlib import Path

import tifffile
from PIL import Image
from tifffile import COMPRESSION, PREDICTOR

from pconv_cli.errors import PictureError

#: By what their size is read, without their samples.
_SIZED: dict[int, str] = {
    COMPRESSION.JPEG: "JPEG",
    COMPRESSION.ALT_JPEG: "JPEG",
    COMPRESSION.JPEG_LOSSY: "JPEG",
    COMPRESSION.JPEG2000: "JPEG2000",
    COMPRESSION.JPEG_2000_LOSSY: "JPEG2000",
    COMPRESSION.APERIO_JP2000_RGB: "JPEG2000",
    COMPRESSION.APERIO_JP2000_YCBC: "JPEG2000",
    COMPRESSION.PNG: "PNG",
    COMPRESSION.WEBP: "WEBP",
}
#: For samples of one bit.
FAX: set[int] = {COMPRESSION.CCITTRLE, COMPRESSION.CCITTFAX3, COMPRESSION.CCITTFAX4}
#: These end where the samples of a tile do.
_BOUNDED: set[int] = {
    COMPRESSION.NONE,
    *FAX,
    COMPRESSION.LZW,
    COMPRESSION.ADOBE_DEFLATE,
    COMPRESSION.DEFLATE,
    COMPRESSION.PACKBITS,
    COMPRESSION.LZMA,
    COMPRESSION.ZSTD,
}
#: Those of them that a predictor goes with: beside the others some programs pass its tag over, and some obey it.
_FORETOLD: set[int] = {
    COMPRESSION.LZW,
    COMPRESSION.ADOBE_DEFLATE,
    COMPRESSION.DEFLATE,
    COMPRESSION.LZMA,
    COMPRESSION.ZSTD,
}
_BLOCK = 16  # encoders may fill up the last rows of a strip to whole blocks


def check_coding(page: tifffile.TiffPage, path: Path) -> None:
    """Check that a page is coded in a way that is read.

    Raises:
        PictureError: It is not.
        ValueError: Its depth does not go with it.
    """
    if page.predictor != PREDICTOR.NONE and page.compression in _BOUNDED - _FORETOLD:
        raise PictureError(
            f"{path}: has a predictor without a compression that uses one, which programs read in two ways; open it "
            "in an image editor, check it, and save it again"
        )
    if page.compression in FAX and page.bitspersample != 1:
        raise ValueError("it is coded as a fax, and says that its samples have more than one bit")
    if page.compression == COMPRESSION.OJPEG:
        name = "old-style JPEG"
    elif page.compression in _SIZED or page.compression in _BOUNDED:
        return
    else:
        name = getattr(page.compression, "name", f"method {page.compression}")
    raise PictureError(
        f"{path}: is compressed by {name} inside TIFF, which is not supported; open it in an image editor and save it "
        "with another compression, such as LZW or deflate"
    )


def check_segment(page: tifffile.TiffPage, data: bytes, needed: tuple[int, int]) -> None:
    """Hold the size that a tile or strip says it has against its place, before it is decoded.

    Args:
        page: The page.
        data: The tile or strip as it is in the file.
        needed: (height, width) of what of it lies within the image.

    Raises:
        ValueError: They differ.
        OSError: It says no size.
    """
    kind = _SIZED.get(page.compression)
    if kind is None:
        return
    tall, wide = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        width, height = image.size
    if width not in (wide, needed[1]) or not needed[0] <= height < tall + _BLOCK:
        raise ValueError(f"a tile or strip says it has {width}x{height} pixels, and not {wide}x{tall}")


def check_segments(page: tifffile.TiffPage) -> None:
    """Check all tiles or strips of a page; see `check_segment`."""
    if page.compression not in _SIZED:
        return
    height, width = page.imagelength, page.imagewidth
    tall, wide = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, width)
    down, across = -(-height // tall), -(-width // wide)
    handle = page.parent.filehandle
    for index, (offset, count) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
        if count:
            top, left = index // across % down * tall, index % across * wide
            handle.seek(offset)
            check_segment(page, bytes(handle.read(count)), (min(tall, height - top), min(wide, width - left)))
