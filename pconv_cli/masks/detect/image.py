"""Finding the damage of one image, from its file to the file of its mask, and an overlay to check it by.

A huge TIFF is never held whole: see `pconv_cli.masks.large.windows`. Its mask is a TIFF that can be read in windows
again, and its overlay a reduced image.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import ImageError, MaskError, OutputError, PconvError, one_file, option
from pconv_cli.files.images import read_image, write_rgb
from pconv_cli.files.masks.codec import read_packed_mask, write_mask_by_name
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.detect.detection import Search, count_areas, search_scene
from pconv_cli.masks.large.windowed import SearchedImage, SearchedScan, WindowedImage
from pconv_cli.masks.large.windows import SIDE, counted_tiles
from pconv_cli.masks.operations import spread
from pconv_cli.masks.ratios import Mask
from pconv_cli.tiling.halving import any_of_blocks

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from tifffile import TiffFile

OUTLINE = (255, 0, 255)
"""The colour of the mask's outline on an overlay; magenta is rare in images."""

OVERLAY_SIDE = 4096
"""The longest side of a huge scan's overlay."""


@dataclass(frozen=True)
class SearchJob:
    """One image to search; small, so that it travels to another process.

    Attributes:
        name: The image, relative to the folder it was found in.
        image: Its file.
        mask: The file to write: a PNG, or a TIFF where ``scan``.
        overlay: The file of the overlay, a PNG, if wanted.
        scan: Whether the image is huge, and read in windows.
        page: Which page of its file it is, from 0; None: the only one.
    """

    name: str
    image: Path
    mask: Path
    overlay: Path | None
    scan: bool = False
    page: int | None = None

    @property
    def label(self) -> str:
        """The name, of a file of several pages with the page."""
        return _label(self.name, None if self.page is None else self.page + 1)


@dataclass(frozen=True)
class Detected:
    """What was found in an image.

    Attributes:
        name: The image, relative to the folder it was found in.
        mask: Its mask file.
        hole_ratio: The share of the image that is damaged, 0 to 1.
        areas: Connected damaged areas.
        kept: Whether the mask was there already and is reported as it was.
        page: Which page of its file it is, from 1; None: the only one.
    """

    name: str
    mask: str
    hole_ratio: float
    areas: int
    kept: bool = False
    page: int | None = None

    @property
    def label(self) -> str:
        """The name, of a file of several pages with the page."""
        return _label(self.name, self.page)


def _label(name: str, page: int | None) -> str:
    return name if page is None else f"{name} page {page}"


class _LastPages(threading.local):
    """The file of several pages that was searched last, open: its directories are read once, not once for each page."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._opened = ExitStack()

    def of(self, path: Path) -> "TiffFile":
        """Give a file, open.

        Raises:
            ImageError: It is damaged.
        """
        from pconv_cli.files.tiff.pages import shared_pages

        if path != self._path:
            self.close()
            self._file = self._opened.enter_context(shared_pages(path))
            self._path = path
        return self._file

    def close(self) -> None:
        """Close the file, if one is open."""
        self._path = None
        self._opened.close()


last_pages = _LastPages()
"""One for each process and thread; whoever searches here closes it, and the end of a process does."""


def search_one(
    job: SearchJob, *, search: Search, overwrite: bool, report: Callable[[str, str, float, int], None] | None = None
) -> Detected | PconvError:
    """Search one image and write its mask and overlay; what goes wrong is given and not raised.

    Args:
        job: The image, and where its files go.
        search: What to look for.
        overwrite: Replace a mask that exists; otherwise it is kept, and reported as it is.
        report: Called with the image's name, the stage, and how many of its windows are done and how many there are.
    """
    try:
        with one_file(job.image, room=f"search it in parts, or with fewer {option('workers')}"):
            return _search(job, search, overwrite, report)
    except PconvError as error:
        return type(error)(str(error))  # without what it was raised from, which may not travel to another process


def _search(
    job: SearchJob, search: Search, overwrite: bool, report: Callable[[str, str, float, int], None] | None
) -> Detected:
    place = _place(job)
    kept = place.exists() and not overwrite
    wants_overlay = job.overlay is not None and (overwrite or not job.overlay.exists())
    if place != job.mask and not kept:
        raise OutputError(f"{place}: is an older mask of this scan, which {job.mask.name} replaces; remove it")
    if job.overlay is not None and not wants_overlay and not kept:
        raise OutputError(f"{job.overlay}: is there already, of an older mask; {option('overwrite')} replaces it")
    if kept:
        mask = read_packed_mask(place)
    if not kept or wants_overlay:
        with _opened(job) as image:
            if not kept:
                mask = search_scene(image, search, SIDE, report and partial(report, job.label, "searching"))
                write_mask_by_name(job.mask, mask)
            if job.overlay is not None and wants_overlay:
                if mask.size != image.size:
                    raise MaskError(f"{place}: is of another size than its image; {option('overwrite')} replaces it")
                longest = OVERLAY_SIDE if job.scan else max(image.size)
                write_rgb(job.overlay, drawn_over(image, mask, longest))
    page = None if job.page is None else job.page + 1
    return Detected(job.name, str(place), round(mask.hole_ratio, 6), count_areas(mask), kept, page)


def drawn_over(image: WindowedImage, mask: PackedMask, longest: int) -> NDArray[np.uint8]:
    """Draw the outline of its mask on an image, reduced by a whole factor so that no side is above ``longest``."""
    factor = -(-max(image.size) // longest)
    small = np.empty((-(-image.size[0] // factor), -(-image.size[1] // factor), 3), np.uint8)
    hole = np.empty(small.shape[:2], np.bool_)
    for framed in counted_tiles(image.size, max(1, SIDE // factor) * factor):
        reduced = framed.inner.scaled_down(factor)
        rest = [(0, -length % factor) for length in framed.inner.size]
        rgb = np.pad(image.rgb(framed.inner), [*rest, (0, 0)], mode="edge")
        small[reduced.slices] = np.rint(cv2.resize(rgb, reduced.size[::-1], interpolation=cv2.INTER_AREA) * 255)
        hole[reduced.slices] = any_of_blocks(mask.hole(framed.inner), factor)
    return outlined(small, ~hole)


def outlined(rgb: NDArray[np.uint8], mask: Mask) -> NDArray[np.uint8]:
    """Draw the outline of a mask on an image, outside of the hole, so that what is in it can be seen.

    Args:
        rgb: ``(H, W, 3)``.
        mask: ``(H, W)`` bool, True = valid, False = hole.
    """
    thickness = max(1, round(max(mask.shape) / 1500))
    drawn = rgb.copy()
    drawn[spread(~mask, thickness) & mask] = OUTLINE
    return drawn


def _place(job: SearchJob) -> Path:
    """Where the mask stands: a scan may have one in PNG from before, and two would be one too many."""
    older = job.mask.with_suffix(".png")
    return older if job.scan and older.exists() and not job.mask.exists() else job.mask


@contextmanager
def _opened(job: SearchJob) -> Iterator[WindowedImage]:
    if not job.scan and job.page is None:
        yield SearchedImage(read_image(job.image, cmyk_to_rgb=True))
        return
    from pconv_cli.files.tiff.scans import Scan  # tifffile is loaded where there is a TIFF

    file = None if job.page is None else last_pages.of(job.image)
    with Scan(job.image, number=job.page, file=file) as scan:
        if scan.is_multiband:
            raise ImageError(f"{job.image}: has {scan.channels} bands; save those to look at as RGB or grey")
        yield SearchedScan(scan)
