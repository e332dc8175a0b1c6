"""A huge TIFF, restored in windows from file to file: memory follows the window and the mask, not the image."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pconv_cli.errors import MaskError
from pconv_cli.files.colour.filling import fill_holes
from pconv_cli.files.colour.lab import lab_range
from pconv_cli.files.colour.ranges import SampleRange, blank_pixels, colours_of, own_range, range_of
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.masks.values import reaches
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.metadata.provenance import NOT_RECORDED, Provenance, with_provenance
from pconv_cli.files.previews import Rendering
from pconv_cli.jobs.images.blocks import WaitingFills, part_of_block
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.images.part import RestoredPart, part_of
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.methods.protocol import Backend
from pconv_cli.profiling import measured
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from pconv_cli.files.tiff.scans import Scan
    from pconv_cli.files.tiff.segments import Segment

# Pixels of a scan that are decoded to find its range: a second or two, and some 50 MB.
_SAMPLE = 8_000_000


class ScanImage(OpenImage):
    """A scan, of which a window at a time is decoded; see `OpenImage`.

    Args:
        pair: Where image and mask come from.
        options: How they are read.
        scan: Its file, open.
    """

    is_windowed = True

    def __init__(self, pair: Pair, options: InpaintOptions, scan: "Scan | None") -> None:
        super().__init__(pair, options)
        self._opened = scan
        self._output = ExitStack()  # the new file, until it is in place
        self._restored: Path | None = None
        self._recorded: bytes | None = None
        self._more_notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """See `OpenImage`."""
        return self._scan.size

    @property
    def format(self) -> ImageFormat:
        """See `OpenImage`."""
        return ImageFormat.TIFF

    @property
    def notes(self) -> tuple[str, ...]:
        """See `OpenImage`."""
        return (*self._scan.notes, *self._more_notes)

    @cached_property
    def scale(self) -> SampleRange:
        """See `OpenImage`."""
        return sampled_range(self._scan, self.holes)

    @property
    def no_data(self) -> float | None:
        """See `OpenImage`."""
        return self._scan.no_data

    @property
    def rendering(self) -> Rendering:
        """See `OpenImage`."""
        return Rendering(self.scale.high, self._scan.orientation, self._scan.icc, self.scale.low, lab=self._scan.lab)

    @property
    def is_copied(self) -> bool:
        """See `OpenImage`."""
        return not self.has_holes

    def read(self) -> None:
        """See `OpenImage`; of the scan no more is decoded than its range asks for."""
        _ = self.holes, self.scale

    def window(self, rect: Rect) -> Samples:
        """See `OpenImage`."""
        return self._shown.window(rect)

    def take_format(self, kind: ImageFormat | None) -> None:
        """See `OpenImage`; a scan is written as TIFF, or held whole."""

    def record(self, said: Provenance) -> None:
        """See `OpenImage`."""
        if self.has_holes:
            self._recorded = with_provenance(self._scan.xmp, said)
            self._more_notes = () if self._recorded else (NOT_RECORDED,)

    def fill(self, backend: Backend, target: Path) -> None:
        """See `OpenImage`."""
        if self.is_copied:
            return
        from pconv_cli.files.tiff.rewriting.writer import scan_written

        scan = self._scan
        fills = WaitingFills(self._fills(backend))  # which fills the first window at once
        opaque = own_range(scan.dtype).high if self.pair.mask is None else None

        def samples(number: int) -> Samples:
            place = scan.segments[number].rect
            values = scan.read(place).copy()
            for block, part in fills.meeting(place):
                hole, fill = part_of_block(block, part.relative_to(block.rect))
                window = values[part.relative_to(place).slices]
                fill_holes(
                    window,
                    hole,
                    fill,
                    self.scale,
                    no_data=scan.no_data,
                    opaque=opaque,
                    is_associated=scan.is_associated,
                )
            return values

        changed = np.array([self.holes.has_hole(segment.rect) for segment in scan.segments])
        with measured("encode"):
            self._output.enter_context(scan_written(scan, target, changed, samples, xmp=self._recorded))

    def write(self, target: Path, check: Callable[[], None]) -> None:
        """See `OpenImage`."""
        if self.is_copied:
            self._copy(target, check)
            return
        check()
        self._output.close()  # moves it into place
        self._restored = target

    @contextmanager
    def parts(self) -> Iterator[Sequence[RestoredPart]]:
        """See `OpenImage`."""
        scan = self._shown
        yield [part_of(scan, self.holes, self.rendering, None, self.left.masks[0])]

    @property
    def _shown(self) -> "Scan":
        """The scan as it now is, open: the restored one, once that is written."""
        if self._restored is not None:
            from pconv_cli.files.tiff.scans import Scan

            self._scan.close()
            self._opened, self._restored = Scan(self._restored), None
        return self._scan

    @property
    def _scan(self) -> "Scan":
        """The scan, open."""
        self._opened = self._opened or self._open()
        return self._opened

    def _open(self) -> "Scan":
        """Open the scan where that is put off until it is asked for."""
        raise AssertionError

    def _holes_of_alpha(self) -> PackedMask:
        """The mask by the scan's own transparency; every segment has to be decoded for it."""
        scan = self._scan
        if not scan.has_alpha:
            raise MaskError(f"{scan.path}: the image has no alpha channel; give its mask as a file")
        holes = PackedMask(scan.size)
        top = own_range(scan.dtype).high
        for segment in scan.segments:
            alpha = scan.decode(segment)[:, :, -1].astype(np.float32) / np.float32(top)
            holes.put(segment.rect, reaches(alpha, self._options.white_from))
        return holes

    def _close(self, error: BaseException | None) -> None:
        try:
            self._output.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
        finally:
            if self._opened is not None:
                self._opened.close()


def sampled_range(scan: "Scan", holes: PackedMask | None = None) -> SampleRange:
    """Find the range of a scan by a part of its segments that is the same at each call.

    See `pconv_cli.files.colour.ranges`.

    Args:
        scan: The scan.
        holes: Its mask: what is hole says nothing, and the segments with holes come first, since it is there that the
            range counts; what is left is spread evenly. None: all of it counts.
    """
    if scan.lab:
        return lab_range(scan.lab)
    if scan.dtype == np.uint8:
        return own_range(scan.dtype)
    with_holes = [segment for segment in scan.segments if holes is not None and holes.has_hole(segment.rect)]
    known = []
    for segment in dict.fromkeys((*_spread(with_holes, _SAMPLE // 2), *_spread(scan.segments, _SAMPLE // 2))):
        samples = scan.seen(scan.decode(segment))
        blank = blank_pixels(samples, scan.no_data)
        counts = np.ones(segment.rect.size, np.bool_) if holes is None else holes.window(segment.rect)
        colours = colours_of(samples)
        known.append(colours[counts if blank is None else counts & ~blank])
    few = np.concatenate([colours[:: max(1, len(colours) >> 14)] for colours in known])
    return range_of(few, known, scan.dtype)


def _spread(segments: Sequence["Segment"], pixels: int) -> Sequence["Segment"]:
    """Choose segments, evenly spread, that hold about this many pixels; one at least, where there is any."""
    total = sum(segment.height * segment.width for segment in segments)
    step = max(1, round(total / pixels))
    return segments[step // 2 :: step] or segments[:1]
