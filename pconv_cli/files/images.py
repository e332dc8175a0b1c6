"""The one place where images are read and written: every sample in its own depth, and all that stands beside it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import ImageError
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.codecs import registry
from pconv_cli.files.decoding import check_size, decoding
from pconv_cli.files.formats import RAW_SUFFIXES, ImageFormat, ReadOnly, format_of_bytes
from pconv_cli.files.limits import MAX_PIXELS, MAX_SCAN_PIXELS
from pconv_cli.files.metadata.carried import FURTHER, Header, Metadata, Samples, with_sound_resolution
from pconv_cli.files.opening import open_regular
from pconv_cli.files.readback import check_file, encoding
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff.windowed import open_windowed
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from pconv_cli.files.tiff.scans import Scan


def read_image(path: Path, *, max_pixels: int = MAX_PIXELS, cmyk_to_rgb: bool = False) -> StoredImage:
    """Read an image of any supported format (see `ImageFormat`), known by its content and not by its name.

    Args:
        path: The file.
        max_pixels: The largest image that is decoded.
        cmyk_to_rgb: Whether a CMYK image is converted to sRGB (see `pconv_cli.files.codecs.cmyk`), or refused.

    Raises:
        ImageError: The file cannot be opened, is damaged, too large, or of a kind that is not supported (CMYK,
            animated, ...).
    """
    kind = read_format(path)
    header = registry.read_header(path, kind)
    with decoding(path):
        check_size(path, header.size, max_pixels)  # before anything is decoded
        decoded = with_sound_resolution(registry.decode(path, kind, max_pixels, cmyk_to_rgb=cmyk_to_rgb))
    if isinstance(kind, ReadOnly):
        note = f"is read, and not written, as {kind.value}"
        decoded = replace(decoded, notes=(note, *decoded.notes))
        kind = ImageFormat.TIFF
    bits = decoded.bits if decoded.bits != 8 * decoded.samples.dtype.itemsize else 0
    return StoredImage(
        decoded.samples,
        kind,
        decoded.metadata,
        decoded.notes,
        decoded.converted,
        bits,
        decoded.lab,
        decoded.no_data,
    )


def read_page(path: Path, number: int, *, max_pixels: int = MAX_PIXELS) -> StoredImage:
    """Read a page of a TIFF as an image of its own; see `read_image`.

    Args:
        path: The file.
        number: Which page, from 0.
        max_pixels: The largest page that is decoded.

    Raises:
        ImageError: The file is damaged, or the page is too large, of many bands, or of a kind that is not read among
            others (a palette, planes apart, CMYK, ...).
    """
    from pconv_cli.files.tiff.scans import Scan

    with Scan(path, number=number) as scan:
        check_size(path, scan.size, max_pixels)
        if scan.is_multiband:
            raise ImageError(f"{path}: its page {number + 1} has {scan.channels} bands; save three of them as RGB")
        return image_of_page(scan, scan.read(Rect.whole(scan.size)))


def image_of_page(scan: "Scan", samples: Samples) -> StoredImage:
    """Give the samples ``(H, W, C)`` of a page as an image, a further channel that is not alpha beside it."""
    own: dict[str, Any] = {"extrasamples": tuple(scan.page.extrasamples)}
    if scan.channels in (2, 4) and not scan.has_alpha:
        own[FURTHER], samples = samples[:, :, -1:], samples[:, :, :-1]
    return StoredImage(samples, ImageFormat.TIFF, Metadata(own=own), lab=scan.lab, no_data=scan.no_data)


def read_header(path: Path, *, max_pixels: int = MAX_PIXELS) -> Header:
    """Read size, transparency and orientation of an image without decoding its samples.

    An image that can be read in windows, or unpacked into one that can, may be larger, up to `MAX_SCAN_PIXELS`.

    Raises:
        ImageError: The file cannot be opened, declares too large a size, or its first bytes are damaged or of no
            known kind.
    """
    kind = read_format(path)
    header = registry.read_header(path, kind)
    if header.size[0] * header.size[1] > max_pixels and kind is ImageFormat.TIFF:
        scan = open_windowed(path, is_mask=True)
        if scan is not None:
            scan.close()
            max_pixels = max(max_pixels, MAX_SCAN_PIXELS)
    elif header.size[0] * header.size[1] > max_pixels and registry.reads_rows(kind):
        with registry.open_rows(path, kind) as rows:
            max_pixels = max_pixels if rows is None else max(max_pixels, MAX_SCAN_PIXELS)
    registry.check_large(path, header.size, kind, max_pixels)
    return header


def read_size(path: Path, *, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    """Read (height, width) of an image from its header; see `read_header`."""
    return read_header(path, max_pixels=max_pixels).size


def write_image(path: Path, image: StoredImage) -> None:
    """Write an image in its format (``image.format``; the name is not looked at), whole or not at all.

    Before it moves into place the file is read back by another library than the one that encoded it, and compared. A
    format without alpha holds an image whose alpha is opaque everywhere, which says nothing.

    Raises:
        ImageError: The format cannot hold the image (16 bits, alpha or a side of 70,000 pixels in a JPEG, ...).
        OutputError: The file cannot be written, or does not read back as the image.
    """
    image = image if registry.holds_alpha(image.format) else image.without_opaque_alpha()
    kind, samples, depth = image.format, image.stored, image.depth
    registry.check_fits(path, image.samples.shape, samples.dtype, depth, kind)
    with atomic_path(path) as temporary:
        with encoding(path):
            data = registry.encode(path, samples, image.metadata, kind, depth, image.lab)
        temporary.write_bytes(data)
        del data
        check_file(temporary, path, samples, kind, depth)


def write_rgb(path: Path, rgb: NDArray[np.uint8]) -> None:
    """Write ``(H, W, 3)`` uint8 RGB as a PNG file, whole or not at all; the same input gives the same bytes."""
    write_image(path, StoredImage(np.ascontiguousarray(rgb, dtype=np.uint8)))


def read_format(path: Path) -> ImageFormat | ReadOnly:
    """Read the format of an image from its first bytes; camera raw that begins as a TIFF does, from its name.

    Raises:
        ImageError: The file cannot be opened, or is of no known kind.
    """
    with decoding(path), open_regular(path) as file:
        start = file.read(12)
    kind = format_of_bytes(start)
    if kind is ImageFormat.TIFF and path.suffix.lower() in RAW_SUFFIXES:
        return ReadOnly.RAW
    if kind is None:
        if not start:
            raise ImageError(f"{path}: is empty (0 bytes); copy it again, or leave it out")
        raise ImageError(f"{path}: is not an image of a known kind; save it as PNG or TIFF, or leave it out")
    return kind
