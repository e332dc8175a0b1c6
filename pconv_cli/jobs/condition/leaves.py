"""What a condition report looks at: an image, or each page of a file of several, of any size."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import ImageCms

from pconv_cli.files.colour.ranges import own_range
from pconv_cli.files.decoding import decoding
from pconv_cli.files.formats import is_tiff
from pconv_cli.files.images import read_image
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.previews import Rendering
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff.windowed import open_scan
from pconv_cli.jobs.condition.resolution import remedy
from pconv_cli.jobs.images.part import RestoredPart
from pconv_cli.tiling.rect import Rect, Size

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from pconv_cli.files.tiff.scans import Scan

# How TIFF says that a resolution has no unit.
_NO_UNIT = 1

_CHANNELS = {1: "grey", 2: "grey with alpha", 3: "RGB", 4: "RGB with alpha"}


@dataclass(frozen=True, eq=False)
class Leaf:
    """An image, or a page of one.

    Attributes:
        window: Gives the samples ``(h, w, C)`` of a rectangle, alpha unassociated.
        size: (height, width) in pixels, as stored.
        rendering: How samples are shown, with profile and orientation.
        depth: Its depth and channels, in words.
        profile: Its colour profile, in words.
        dpi: The resolution that the file states, in pixels an inch, (x, y).
        number: Which page of how many it is, from 1; None: the only one.
        notes: What a user should know about how it was read.
        opaque: The alpha that is opaque, in the last channel of its samples; 0: it has none.
    """

    window: Callable[[Rect], Samples]
    size: Size
    rendering: Rendering
    depth: str
    profile: str
    dpi: tuple[float, float] | None
    number: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    opaque: float = 0.0

    @property
    def shown_size(self) -> Size:
        """(height, width) as viewers turn it."""
        return self.size[::-1] if self.rendering.orientation > 4 else self.size


def open_leaves(path: Path) -> Iterator[Leaf]:
    """Give an image, or each of its pages in turn; each can be read until the next one is asked for.

    Large TIFF files, and pages of TIFF files of several, are read in windows; CMYK images are shown as sRGB.

    Raises:
        ImageError: It is damaged or too large.
    """
    if is_tiff(path):
        total = _pages(path)
        if total:
            yield from _each_page(path, total)
            return
        scan = open_scan(path)
        if scan is not None:
            with scan:
                yield _of_scan(scan, None)
            return
    yield _of_image(read_image(path, cmyk_to_rgb=True))


def leaf_of(part: RestoredPart) -> Leaf:
    """Give what a run restores as a leaf."""
    depth = _depth(part.dtype, part.bits, part.rendering.lab, part.channels, part.bands)
    profile = profile_name(part.rendering.icc)
    return Leaf(part.window, part.size, part.rendering, depth, profile, part.dpi, part.number)


def profile_name(icc: bytes | None) -> str:
    """Name a colour profile as it names itself."""
    if not icc:
        return "none"
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc)))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return "damaged"
    return " ".join(name.split()) or "without a name"


def _pages(path: Path) -> int:
    """How many pages a TIFF has that are to be read as such: of several, or of one with many bands; else 0."""
    from pconv_cli.files.tiff.pages import has_bands, page_sizes

    with decoding(path):
        total = len(page_sizes(path))
        return total if total > 1 or (total == 1 and has_bands(path)) else 0


def _each_page(path: Path, total: int) -> Iterator[Leaf]:
    from pconv_cli.files.tiff.pages import shared_pages
    from pconv_cli.files.tiff.scans import Scan

    with shared_pages(path) as file:
        for number in range(total):
            with Scan(path, number=number, file=file) as scan:
                yield _of_scan(scan, (number + 1, total) if total > 1 else None)


def _of_scan(scan: "Scan", number: tuple[int, int] | None) -> Leaf:
    from pconv_cli.files.tiff.tags import resolution_of
    from pconv_cli.jobs.images.scan import sampled_range

    stored, dpi, notes = resolution_of(scan.page)
    low, high = sampled_range(scan)
    rendering = Rendering(high, scan.orientation, scan.icc, low, lab=scan.lab)
    channels = 3 if scan.is_multiband else scan.channels - (scan.channels in (2, 4) and not scan.has_alpha)
    depth = _depth(scan.dtype, 0, scan.lab, channels, scan.channels if scan.is_multiband else 0)

    def window(rect: Rect) -> Samples:
        return scan.window(rect)[:, :, :channels]

    notes += _zero(stored, dpi)
    opaque = own_range(scan.dtype).high if scan.has_alpha and not scan.is_multiband else 0.0
    return Leaf(window, scan.size, rendering, depth, profile_name(scan.icc), dpi, number, notes, opaque)


def _of_image(image: StoredImage) -> Leaf:
    metadata, (low, high) = image.metadata, image.range()
    rendering = Rendering(high, metadata.orientation, metadata.icc, low, image.top, image.lab)
    depth = _depth(image.samples.dtype, image.bits, image.lab, image.samples.shape[2])
    profile = profile_name(metadata.icc)
    if image.converted:
        depth, profile = f"{depth.split(',')[0]}, CMYK", "shown as sRGB"
    notes = (*(note for note in image.notes if "resolution" in note), *_zero(metadata.own, metadata.dpi))
    opaque = 0.0 if image.alpha() is None else float(image.top)
    return Leaf(image.window, image.size, rendering, depth, profile, metadata.dpi, None, notes, opaque)


def _zero(stored: Mapping[str, Any], dpi: tuple[float, float] | None) -> tuple[str, ...]:
    """What to say of a TIFF whose resolution has a unit and is 0."""
    if dpi is not None or stored.get("resolutionunit", _NO_UNIT) == _NO_UNIT:
        return ()
    return (f"its resolution is 0, so areas are in pixels only; {remedy()}",)


def _depth(dtype: np.dtype[Any], bits: int, lab: int, channels: int, bands: int = 0) -> str:
    kind = " (floats)" if dtype.kind == "f" else " (signed)" if dtype.kind == "i" and not lab else ""
    colours = f"{bands} bands" if bands else "Lab" if lab else _CHANNELS[channels]
    return f"{bits or 8 * dtype.itemsize} bits{kind}, {colours}"
