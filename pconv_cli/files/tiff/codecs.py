"""Codings of tiles and strips in TIFF: those that are read, and those that say their own size or depth.

What they say is held against the page. A tile of a few hundred bytes may hold a JPEG 2000 stream that says it has a
billion pixels, and one of 8 bits in a file of 16 would be nearly black.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from tifffile import COMPRESSION, PREDICTOR

from pconv_cli.errors import ImageError

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
_EXPECTED: set[int] = {
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
        ImageError: It is not.
        ValueError: Its depth does not go with it.
    """
    if page.predictor != PREDICTOR.NONE and page.compression in _BOUNDED - _EXPECTED:
        raise ImageError(
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
    raise ImageError(
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


def decode_whole(page: tifffile.TiffPage) -> NDArray[Any]:
    """Decode all samples of a page whose table is settled, in the axes of the page.

    Raises:
        ValueError: Some tile or strip is not of the size or depth that the page says.
        OSError: Some says no size.
    """
    _check_segments(page)
    check_as_decoded(page)
    samples: NDArray[Any] = page.asarray(maxworkers=1)
    return samples


def check_as_decoded(page: tifffile.TiffPage) -> None:
    """Let a page's decoder raise a `ValueError` where samples are not of the depth that the page says.

    tifffile takes whatever the stream of a tile holds, and converts it without scaling.
    """
    decode, dtype, bits = page.decode, np.dtype(page.dtype), page.bitspersample

    def checked(*segment: Any, **tables: Any) -> Any:
        decoded = decode(*segment, **tables)
        samples = decoded[0]
        if samples is None:  # the file leaves the tile out
            return decoded
        if bits >= 8 and samples.dtype != dtype:
            raise ValueError(f"a tile or strip holds samples of type {samples.dtype}, not {dtype}")
        if bits < 8 and samples.max(initial=0) >= 2**bits:
            raise ValueError(f"a tile or strip holds samples of more than {bits} bits")
        return decoded

    page.decode = checked


def _check_segments(page: tifffile.TiffPage) -> None:
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
