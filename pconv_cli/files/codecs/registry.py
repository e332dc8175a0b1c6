"""Which module reads and writes which format, and what a format can hold.

A decoder is imported when a file of its format is met.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs import photo, png
from pconv_cli.files.codecs.rows import Rows
from pconv_cli.files.decoding import check_size, decoding, missing_package
from pconv_cli.files.formats import ImageFormat, ReadOnly
from pconv_cli.files.metadata.carried import Decoded, Header, Metadata, Samples

_JPEG_2000 = (ImageFormat.JP2, ImageFormat.J2K)
#: The longest side that the encoders of a format write, in pixels.
_LONGEST = {
    ImageFormat.PNG: 1_000_000,
    ImageFormat.JPEG: 65_500,
    ImageFormat.WEBP: 16_383,
    ImageFormat.AVIF: 65_536,
}
#: Types of samples that a format holds; of the others uint8 alone.
_TYPES = {
    ImageFormat.PNG: ("uint8", "uint16"),
    ImageFormat.TIFF: ("int8", "int16", "int32", "uint8", "uint16", "uint32", "float16", "float32", "float64"),
    ImageFormat.JP2: ("uint8", "uint16"),
    ImageFormat.J2K: ("uint8", "uint16"),
    ImageFormat.JXL: ("uint8", "uint16", "float32"),
    ImageFormat.AVIF: ("uint8", "uint16"),
}
#: Formats that hold samples of any number of bits; the others, of whole bytes.
_ANY_BITS = (ImageFormat.TIFF, *_JPEG_2000, ImageFormat.JXL, ImageFormat.AVIF)
_AVIF_BITS = (8, 10, 12)


def read_header(path: Path, kind: ImageFormat | ReadOnly) -> Header:
    """Read what the first bytes of a file say.

    Raises:
        ImageError: They are damaged.
    """
    with decoding(path):
        if isinstance(kind, ReadOnly):
            header: Header = _reader(kind).read_header(path)
            return header
        if kind is ImageFormat.PNG:
            return png.read_header(path)
        if kind is ImageFormat.TIFF:
            from pconv_cli.files.tiff import samples as tiff

            return tiff.read_header(path)
        if kind in _JPEG_2000:
            from pconv_cli.files.codecs.boxed import jpeg2000

            return jpeg2000.read_header(path)
        if kind is ImageFormat.JXL:
            from pconv_cli.files.codecs.boxed import jxl

            return jxl.read_header(path)
        if kind is ImageFormat.AVIF:
            from pconv_cli.files.codecs.boxed import avif

            return avif.read_header(path)
        return photo.read_header(path, kind)


def decode(path: Path, kind: ImageFormat | ReadOnly, max_pixels: int, *, cmyk_to_rgb: bool) -> Decoded:
    """Decode a file; see `pconv_cli.files.images.read_image`. To be called inside `decoding`."""
    if isinstance(kind, ReadOnly):
        decoded: Decoded = _reader(kind).decode(path)
        return decoded
    if kind is ImageFormat.PNG:
        return png.decode(path)
    if kind is ImageFormat.TIFF:
        from pconv_cli.files.tiff import samples as tiff

        return tiff.decode(path, max_pixels, cmyk_to_rgb=cmyk_to_rgb)
    if kind in _JPEG_2000:
        from pconv_cli.files.codecs.boxed import jpeg2000

        return jpeg2000.decode(path)
    if kind is ImageFormat.JXL:
        from pconv_cli.files.codecs.boxed import jxl

        return jxl.decode(path)
    if kind is ImageFormat.AVIF:
        from pconv_cli.files.codecs.boxed import avif

        return avif.decode(path)
    return photo.decode(path, kind, cmyk_to_rgb=cmyk_to_rgb)


def reads_rows(kind: ImageFormat | ReadOnly) -> bool:
    """Say whether files of a format can be decoded some rows at a time, with what is installed."""
    if kind in _JPEG_2000:
        from pconv_cli.files.codecs.boxed import jpeg2000_rows

        return jpeg2000_rows.is_available()
    return kind is ReadOnly.PSD


@contextmanager
def open_rows(path: Path, kind: ImageFormat | ReadOnly) -> Iterator[Rows | None]:
    """Open a file of a format that `reads_rows` to be decoded some rows at a time.

    Yields:
        Its rows, which are to be read inside `decoding`; None where it has to be decoded as a whole.

    Raises:
        ImageError: It is damaged, or of a kind that is not read.
    """
    with ExitStack() as opened:
        with decoding(path):
            if kind in _JPEG_2000:
                from pconv_cli.files.codecs.boxed import jpeg2000_rows

                rows = opened.enter_context(jpeg2000_rows.open_rows(path))
            else:
                rows = opened.enter_context(_reader(kind).open_rows(path))
        yield rows


def _reader(kind: ImageFormat | ReadOnly) -> Any:
    """The module of a format that is read and not written, named as the format is."""
    return import_module(f"pconv_cli.files.codecs.readonly.{kind.value}")


def encode(path: Path, samples: Samples, metadata: Metadata, kind: ImageFormat, bits: int, lab: int = 0) -> bytes:
    """Encode samples.

    Args:
        path: Where they go, for messages.
        samples: ``(H, W, C)``; see `pconv_cli.files.stored.StoredImage`.
        metadata: What stands beside them.
        kind: The format.
        bits: Their depth.
        lab: How they are stored where they are Lab, by TIFF's number.

    Raises:
        ImageError: A package is missing.
    """
    try:
        if kind is ImageFormat.PNG:
            return png.encode(samples, metadata)
        if kind is ImageFormat.TIFF:
            from pconv_cli.files.tiff import samples as tiff

            return tiff.encode(samples, metadata, bits, lab)
        if kind in _JPEG_2000:
            from pconv_cli.files.codecs.boxed import jpeg2000

            return jpeg2000.encode(samples, metadata, kind, bits)
        if kind is ImageFormat.JXL:
            from pconv_cli.files.codecs.boxed import jxl

            return jxl.encode(samples, metadata, bits)
        if kind is ImageFormat.AVIF:
            from pconv_cli.files.codecs.boxed import avif

            return avif.encode(samples, metadata, bits)
    except ImportError as error:
        raise missing_package(path, error) from error
    return photo.encode(samples, metadata, kind)


def check_large(path: Path, size: tuple[int, int], kind: ImageFormat | ReadOnly, max_pixels: int) -> None:
    """Refuse an image that is too large to be decoded as a whole, and say what would read it in windows.

    Args:
        path: The file, for the message.
        size: (height, width).
        kind: Its format.
        max_pixels: The largest number of pixels.

    Raises:
        ImageError: It is.
    """
    if kind in _JPEG_2000 and size[0] * size[1] > max_pixels and not reads_rows(kind):
        raise ImageError(
            f"{path}: has {size[1]}x{size[0]} pixels, and at most {max_pixels / 1e6:g} million are decoded as a whole; "
            "to have it read in windows, pip install 'pconv-cli[jp2]'"
        )
    check_size(path, size, max_pixels)


def holds_any_bits(kind: ImageFormat) -> bool:
    """Say whether a format holds samples of 10, 12 or 14 bits as such."""
    return kind in _ANY_BITS


def holds_alpha(kind: ImageFormat) -> bool:
    """Say whether a format has a place for alpha."""
    return kind is not ImageFormat.JPEG


def check_fits(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], bits: int, kind: ImageFormat) -> None:
    """Check that a format can hold samples.

    Args:
        path: Where they go, for the message.
        shape: (H, W, C) of them.
        dtype: Type of the samples.
        bits: Their depth.
        kind: The format.

    Raises:
        ImageError: It cannot.
    """
    if str(dtype) not in _TYPES.get(kind, ("uint8",)):
        best = "png or tiff" if str(dtype) in _TYPES[ImageFormat.PNG] else "tiff"
        raise ImageError(f"{path}: {kind.value} cannot hold {dtype} samples; write {best}")
    if kind is ImageFormat.AVIF and bits not in _AVIF_BITS:
        raise ImageError(f"{path}: avif holds samples of 8, 10 or 12 bits, not {bits}; write png or tiff")
    if shape[2] in (2, 4) and not holds_alpha(kind):
        raise ImageError(f"{path}: {kind.value} cannot hold transparency; write png, tiff or webp")
    longest = max(shape[:2])
    if longest > _LONGEST.get(kind, longest):
        raise ImageError(f"{path}: {kind.value} cannot hold a side of {longest} pixels; write tiff")
