"""TIFF files of several pages and pyramids: each page filled by its own mask, each level made of its page again."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import MaskError, PictureError
from pconv_cli.files.decoding import check_size, decoding
from pconv_cli.files.finding.pairing import Pair
from pconv_cli.files.formats import PictureFormat, is_tiff
from pconv_cli.files.images import Picture, read_size
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Metadata, Samples
from pconv_cli.jobs.image import Filled, inpaint_picture, nothing_known
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.report.doubts import check_ratio
from pconv_cli.masks.operations import dilate
from pconv_cli.masks.ratios import hole_ratio
from pconv_cli.methods.backends import Backend
from pconv_cli.methods.tiled.sweep import NothingKnown
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from pconv_cli.files.tiff.pages import Change
    from pconv_cli.files.tiff.scans import Scan

# The share of the range by which a level may differ on average from its page reduced, and still be a copy of it.
_ALIKE = 0.08


@dataclass(frozen=True, eq=False)
class LoadedPages:
    """A file of several pages, or one with levels, and its masks; no page is decoded yet.

    Attributes:
        pair: Where they come from.
        masks: By the number of a page, from 0, its mask; only of pages with holes.
        size: (height, width) of the first page.
        hole_ratio: Share of all pages together that is hole, 0 to 1.
        notes: What a user should know about how it is read.
        doubts: Sentences on what may be meant otherwise than it is read.
    """

    pair: Pair
    masks: dict[int, PackedMask]
    size: tuple[int, int]
    hole_ratio: float
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def shown(self) -> int:
        """The page that reports show, from 0: the first one with a hole."""
        return min(self.masks, default=0)

    @property
    def format(self) -> PictureFormat:
        """The format of its file."""
        return PictureFormat.TIFF


def is_paged(pair: Pair, kind: PictureFormat | None, max_pixels: int) -> bool:
    """Whether a picture is a TIFF of several pages, or one with levels that is small enough to be held whole.

    Args:
        pair: The picture and its masks.
        kind: The format to write; None: the picture's own.
        max_pixels: The largest page that is decoded.

    Raises:
        PictureError: It has several pages, and is to be written in a format that has one.
    """
    if not is_tiff(pair.picture) or pair.mask is None:
        return False
    from pconv_cli.files.tiff.pages import has_levels, page_sizes

    with decoding(pair.picture):
        sizes = page_sizes(pair.picture)
        if len(sizes) > 1 and kind not in (None, PictureFormat.TIFF):
            raise PictureError(f"{pair.picture}: has {len(sizes)} pages, which {kind} cannot hold; write tiff")
        if len(sizes) > 1:
            return True
        within = sizes[0][0] * sizes[0][1] <= max_pixels if sizes else False
        return kind in (None, PictureFormat.TIFF) and within and has_levels(pair.picture)


def load_pages(pair: Pair, options: InpaintOptions) -> LoadedPages:
    """Read the masks of a file of several pages.

    Raises:
        PictureError: The file is damaged, or a page too large.
        MaskError: A mask is damaged, of another size than its page, or nearly all hole.
    """
    from pconv_cli.files.tiff.pages import page_sizes

    doubts: list[str] = []
    with decoding(pair.picture):
        sizes = page_sizes(pair.picture)
    masks: dict[int, PackedMask] = {}
    own = dict(pair.pages)
    for number, size in enumerate(sizes):
        path = own.get(number + 1, pair.shared_mask)
        if path is None or (number + 1 not in own and read_size(path, max_pixels=options.max_pixels) != size):
            continue  # a mask of all is one of those of its size
        check_size(pair.picture, size, options.max_pixels)
        mask = read_mask(
            path,
            polarity=options.polarity,
            threshold=options.threshold,
            max_pixels=options.max_pixels,
            warn=doubts.append,
        )
        if mask.shape != size:
            raise MaskError(f"{pair.picture}: the mask {path} of its page {number + 1} is of another size")
        mask = dilate(mask, options.dilate) if options.dilate else mask
        check_ratio(f"{pair.picture}: the mask {path} of its page {number + 1}", hole_ratio(mask), path, options)
        if not mask.all():
            masks[number] = PackedMask.of(mask)
    holes = sum(mask.hole_pixels for mask in masks.values())
    total = sum(height * width for height, width in sizes)
    return LoadedPages(pair, masks, sizes[0], holes / max(1, total), (), tuple(dict.fromkeys(doubts)))


def restore_pages(
    loaded: LoadedPages, target: Path, backend: Backend, check: Callable[[], None] = lambda: None
) -> Filled:
    """Fill the holes of all pages and write the file, whole or not at all; one page is held at a time, and its levels.

    Returns:
        What came of it; a file without any hole is not written, but to be copied.

    Raises:
        PictureError: A page is damaged, or of a kind that cannot stay beside others.
        OutputError: The file cannot be written.
    """
    if not loaded.masks:
        return Filled(None, 0, "no hole, copied as it is")
    from pconv_cli.files.tiff.pages import level_offsets, write_pages
    from pconv_cli.files.tiff.scans import Scan

    path, changes, left = loaded.pair.picture, list["Change"](), 0
    with ExitStack() as opened:
        for number, holes in loaded.masks.items():
            scan = opened.enter_context(_page(path, number))
            samples = scan.read(Rect.whole(scan.size))
            filled = _filled(scan, samples, holes, backend)
            with decoding(path):
                levels = level_offsets(scan.file, number)
            for offset in levels:
                level = opened.enter_context(Scan(path, number=number, level=offset))
                change = _reduced(level, scan, samples, filled, holes)
                changes += [change] if change is not None else []
                left += change is None
            changes.append(_change(scan, filled, holes))
        write_pages(path, target, changes, check)
    note = f"{left} smaller images in it that are no copies of it are left as they are" if left else ""
    return Filled(None, loaded.hole_ratio, note, written=True)


def _page(path: Path, number: int) -> "Scan":
    from pconv_cli.files.tiff.scans import Scan
    from pconv_cli.files.tiff.writer import can_encode

    try:
        scan = Scan(path, number=number)
    except PictureError as error:
        words = str(error).removeprefix(f"{path}: ").partition(", so it cannot be read in windows")[0]
        raise PictureError(
            f"{path}: its page {number + 1} cannot be restored among others: it {words}; save it as an image of its own"
        ) from error
    if not can_encode(scan):
        scan.file.close()
        raise PictureError(
            f"{path}: its page {number + 1} is coded in a way that is not written; save it as an image of its own"
        )
    return scan


def _filled(scan: "Scan", samples: Samples, holes: PackedMask, backend: Backend) -> Samples:
    further = samples[:, :, -1:] if scan.channels in (2, 4) and not scan.has_alpha else None
    own: dict[str, Any] = {"extrasamples": tuple(scan.page.extrasamples)}
    colours = samples if further is None else samples[:, :, :-1]
    picture = Picture(colours, PictureFormat.TIFF, Metadata(own=own), lab=scan.lab)
    try:
        filled = inpaint_picture(picture, holes.whole(), backend).samples
    except NothingKnown:
        raise PictureError(nothing_known(scan.path)) from None
    return filled if further is None else np.concatenate([filled, further], axis=2)


def _change(scan: "Scan", samples: Samples, holes: PackedMask) -> "Change":
    from pconv_cli.files.tiff.pages import Change

    return Change(scan, samples, np.array([holes.has_hole(segment.rect) for segment in scan.segments]))


def _reduced(level: "Scan", scan: "Scan", before: Samples, after: Samples, holes: PackedMask) -> "Change | None":
    """A level with the pixels made again that holes reach into; None where it is no copy of its page."""
    if (level.channels, level.dtype, level.lab) != (scan.channels, scan.dtype, scan.lab):
        return None
    own = level.read(Rect.whole(level.size))
    known = cv2.resize(holes.whole().astype(np.float32), level.size[::-1], interpolation=cv2.INTER_AREA) >= 1
    there = _smaller(before, level.size, scan.lab)
    apart = np.abs(there.astype(np.float64) - own)[known]
    span = float(np.ptp(there.astype(np.float64))) or 1.0
    if apart.size and np.nanmean(apart) > _ALIKE * span:
        return None
    changed = np.where(known[:, :, np.newaxis], own, _smaller(after, level.size, scan.lab))
    return _change(level, changed.astype(own.dtype), PackedMask.of(known))


def _smaller(samples: Samples, size: tuple[int, int], lab: int) -> NDArray[Any]:
    """Samples reduced by area averages, in their own type; the signed channels of Lab offset meanwhile."""
    dtype: np.dtype[Any] = samples.dtype
    sign = 1 << (8 * dtype.itemsize - 1)
    turn = np.array([0, sign, sign, 0][: samples.shape[2]], dtype) if lab == 8 else None
    shifted = samples if turn is None else np.bitwise_xor(samples, turn)
    small = cv2.resize(shifted.astype(np.float64), size[::-1], interpolation=cv2.INTER_AREA)
    small = small.reshape(*size, samples.shape[2])
    whole: NDArray[Any] = small.astype(dtype) if dtype.kind == "f" else np.rint(small).astype(dtype)
    return whole if turn is None else np.bitwise_xor(whole, turn)
