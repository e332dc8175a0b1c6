"""Huge TIFF files, restored in windows from file to file: memory follows the window and the mask, not the picture."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import MaskError, PictureError
from pconv_cli.files.finding.pairing import Pair
from pconv_cli.files.formats import PictureFormat, is_tiff
from pconv_cli.files.images import evidence_of, fill_holes, read_size
from pconv_cli.files.lab import lab_range
from pconv_cli.files.limits import SCAN_PIXELS
from pconv_cli.files.masks.codec import reaches, read_packed_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.ranges import SampleRange, blank_pixels, own_range, range_of
from pconv_cli.jobs.image import Filled, Loaded, load_pair, nothing_known
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.pages import LoadedPages, is_paged, load_pages
from pconv_cli.jobs.report.doubts import check_ratio
from pconv_cli.jobs.targets import Job
from pconv_cli.masks.operations import dilate_packed
from pconv_cli.methods.backends import Backend
from pconv_cli.methods.tiled.sweep import FilledBlock, NothingKnown, sweep
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.profiling import measured
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from pconv_cli.files.tiff.scans import Scan, Segment

# Pixels of a scan that are decoded to find its range: a second or two, and some 50 MB.
_SAMPLE = 8_000_000


@dataclass(frozen=True, eq=False)
class LoadedScan:
    """A scan and its mask, found fit for inpainting; of the scan nothing is decoded yet.

    Attributes:
        pair: Where they come from.
        holes: The mask; with at least one valid pixel.
        scale: The samples that stand for 0 and 1.
        notes: See `pconv_cli.files.tiff.scans.Scan`.
        doubts: Sentences on what may be meant otherwise than it is read.
    """

    pair: Pair
    holes: PackedMask
    scale: SampleRange
    notes: tuple[str, ...]
    doubts: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.holes.size

    @property
    def hole_ratio(self) -> float:
        """Share of the picture that is hole, 0 to 1."""
        return self.holes.hole_ratio

    @property
    def format(self) -> PictureFormat:
        """The format of its file."""
        return PictureFormat.TIFF


def is_scan(path: Path, kind: PictureFormat | None) -> bool:
    """Whether a picture is restored in windows: a TIFF of at least `SCAN_PIXELS` that can be, written as TIFF again.

    Args:
        path: The picture.
        kind: The format to write; None: the picture's own.
    """
    if kind not in (None, PictureFormat.TIFF) or not is_tiff(path):
        return False
    from pconv_cli.files.tiff.scans import Scan
    from pconv_cli.files.tiff.writer import can_encode

    try:
        with Scan(path) as scan:
            return scan.size[0] * scan.size[1] >= SCAN_PIXELS and can_encode(scan)
    except PictureError:
        return False


def load(job: Job, options: InpaintOptions) -> Loaded | LoadedScan | LoadedPages:
    """Load what a job is about, be it pages, a scan or a picture that is held whole.

    Raises:
        PictureError: See `load_scan`, and `pconv_cli.jobs.image.load_pair`.
        MaskError: See there.
    """
    if is_paged(job.pair, job.format, options.max_pixels):
        return load_pages(job.pair, options)
    scan = is_scan(job.pair.picture, job.format)
    return load_scan(job.pair, options) if scan else load_pair(job.pair, options)


def load_scan(pair: Pair, options: InpaintOptions) -> LoadedScan:
    """Read the mask of a scan into one bit a pixel; see `pconv_cli.jobs.image.load_pair`.

    Raises:
        PictureError: The scan is damaged.
        MaskError: The mask is damaged, of another size, or all hole.
    """
    from pconv_cli.files.tiff.scans import Scan

    doubts: list[str] = []
    holes = load_holes(pair, options, doubts.append)
    with Scan(pair.picture) as scan:
        return LoadedScan(pair, holes, _range(scan, holes), scan.notes, tuple(doubts))


def load_holes(pair: Pair, options: InpaintOptions, warn: Callable[[str], None]) -> PackedMask:
    """Read the mask of a scan alone; see `load_scan`."""
    from pconv_cli.files.tiff.scans import Scan

    with Scan(pair.picture) as scan:
        if pair.mask is None:
            holes = _holes_of_alpha(scan, options.white_from)
            source = f"{pair.picture}: its transparency"
        else:
            source = f"{pair.picture}: its mask {pair.mask}"
            if read_size(pair.mask, max_pixels=options.max_pixels) != scan.size:
                raise MaskError(f"{source} is of another size; a mask must have the size of its picture")
            holes = read_packed_mask(
                pair.mask,
                polarity=options.polarity,
                threshold=options.threshold,
                max_pixels=options.max_pixels,
                warn=warn,
            )
    holes = dilate_packed(holes, options.dilate) if options.dilate else holes
    check_ratio(source, holes.hole_ratio, pair.mask, options)
    return holes


def restore_scan(
    loaded: LoadedScan, target: Path, backend: Backend, check: Callable[[], None] = lambda: None
) -> Filled:
    """Fill the holes of a scan and write it, whole or not at all.

    Tiles and strips without a hole keep their bytes (see `pconv_cli.files.tiff.writer`). ``check`` is called before the
    file moves into place, and by an error keeps it from that.

    Returns:
        What came of it; one without any hole is not written, but to be copied.

    Raises:
        PictureError: The scan is damaged.
        OutputError: The file cannot be written.
    """
    if loaded.hole_ratio == 0:
        return Filled(None, 0, "no hole, copied as it is")
    from pconv_cli.files.tiff.scans import Scan
    from pconv_cli.files.tiff.writer import write_scan

    with Scan(loaded.pair.picture) as scan:
        changed = np.array([loaded.holes.has_hole(segment.rect) for segment in scan.segments])

        def samples(number: int) -> Samples:
            place = scan.segments[number].rect
            values = scan.read(place).copy()
            for block, part in fills.meeting(place):
                hole, fill = _part_of(block, part.relative_to(block.rect))
                opaque = own_range(scan.dtype).high if loaded.pair.mask is None else None
                window, is_associated = values[part.relative_to(place).slices], scan.is_associated
                fill_holes(window, hole, fill, loaded.scale, opaque=opaque, is_associated=is_associated)
            return values

        try:
            fills = _Fills(sweep(_DamagedScan(scan, loaded), backend))  # which fills the first window at once
            with measured("encode"):
                write_scan(scan, target, changed, samples, check)
        except NothingKnown:
            raise PictureError(nothing_known(loaded.pair.picture)) from None
    return Filled(None, loaded.hole_ratio, written=True)


class _DamagedScan:
    """A scan as `pconv_cli.methods.tiled.sweep.DamagedImage`."""

    def __init__(self, scan: "Scan", loaded: LoadedScan) -> None:
        self.holes = loaded.holes
        self._scan = scan
        self._scale = loaded.scale

    def rgb(self, rect: Rect) -> Rgb:
        """See `pconv_cli.methods.tiled.sweep.DamagedImage`."""
        return evidence_of(self._scan.seen(self._scan.read(rect)), self._scale)


class _Fills:
    """Blocks as they come from a sweep, kept as long as segments may ask for them."""

    def __init__(self, blocks: Iterator[FilledBlock]) -> None:
        self._blocks = blocks
        self._ahead: FilledBlock | None = next(blocks, None)
        self._kept: list[FilledBlock] = []

    def meeting(self, place: Rect) -> Iterator[tuple[FilledBlock, Rect]]:
        """The blocks that meet a place, and where they do; places come from top to bottom."""
        self._kept = [block for block in self._kept if block.rect.bottom > place.top]
        while self._ahead is not None and self._ahead.rect.top < place.bottom:
            self._kept.append(self._ahead)
            self._ahead = next(self._blocks, None)
        for block in self._kept:
            part = place.overlap(block.rect)
            if part is not None:
                yield block, part


def _part_of(block: FilledBlock, part: Rect) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """The holes of a part of a block, and their fill; nothing is spread out, since strips may be of one row."""
    rows, columns = part.slices
    holes = block.hole[rows]
    before = np.count_nonzero(block.hole[: part.top])
    fill = block.fill[before : before + np.count_nonzero(holes)]
    inside = np.zeros_like(holes)
    inside[:, columns] = True
    return holes[:, columns], fill[inside[holes]]


def _holes_of_alpha(scan: "Scan", threshold: int) -> PackedMask:
    """The mask by a scan's own transparency; every segment has to be decoded for it."""
    if not scan.has_alpha:
        raise MaskError(f"{scan.path}: the picture has no alpha channel; give its mask as a file")
    holes = PackedMask(scan.size)
    top = own_range(scan.dtype).high
    for segment in scan.segments:
        alpha = scan.decode(segment)[:, :, -1].astype(np.float32) / np.float32(top)
        holes.put(segment.rect, reaches(alpha, threshold))
    return holes


def _range(scan: "Scan", holes: PackedMask) -> SampleRange:
    """The range of a scan, see `pconv_cli.files.ranges`, by a part of its segments that is the same at each call.

    The segments with holes in them come first, since it is there that the range counts; what is left is spread evenly.
    """
    if scan.lab:
        return lab_range(scan.lab)
    if scan.dtype == np.uint8:
        return own_range(scan.dtype)
    with_holes = [segment for segment in scan.segments if holes.has_hole(segment.rect)]
    known = []
    for segment in dict.fromkeys((*_spread(with_holes, _SAMPLE // 2), *_spread(scan.segments, _SAMPLE // 2))):
        samples = scan.seen(scan.decode(segment))
        blank = blank_pixels(samples)
        counts = holes.window(segment.rect)
        colours = samples[:, :, : 1 if scan.channels < 3 else 3]
        known.append(colours[counts if blank is None else counts & ~blank])
    few = np.concatenate([colours[:: max(1, len(colours) >> 14)] for colours in known])
    return range_of(few, known, scan.dtype)


def _spread(segments: Sequence["Segment"], pixels: int) -> Sequence["Segment"]:
    """As many of the segments, evenly spread, as hold about so many pixels; one at least, where there is any."""
    total = sum(segment.height * segment.width for segment in segments)
    step = max(1, round(total / pixels))
    return segments[step // 2 :: step] or segments[:1]
