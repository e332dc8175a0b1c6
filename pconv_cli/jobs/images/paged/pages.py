"""TIFF files of several pages and pyramids: each page filled by its own mask, each level made of its page again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pconv_cli.errors import ImageError, MaskError, option
from pconv_cli.files.colour.lab import lab_range
from pconv_cli.files.colour.ranges import SampleRange, own_range
from pconv_cli.files.decoding import check_size, decoding
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.formats import ImageFormat, is_tiff
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import SIGNED, Samples
from pconv_cli.files.metadata.provenance import NOT_RECORDED, Provenance, with_provenance
from pconv_cli.files.previews import Rendering
from pconv_cli.jobs.images.open_image import OpenImage, check_ratio
from pconv_cli.jobs.images.paged.levels import level_change, page_change
from pconv_cli.jobs.images.paged.one_page import filled_page, open_page
from pconv_cli.jobs.images.part import RestoredPart, Turns, part_of
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.masks.operations import dilate
from pconv_cli.masks.ratios import hole_ratio
from pconv_cli.methods.protocol import Backend
from pconv_cli.methods.tiled.sweep import NothingKnown
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from tifffile import TiffFile

    from pconv_cli.files.tiff.pages import ChangedPage
    from pconv_cli.files.tiff.scans import Scan


def is_paged(pair: Pair, kind: ImageFormat | None, max_pixels: int, scan: "Scan | None") -> bool:
    """Say whether an image is a TIFF of several pages, or one with levels that is small enough to be held whole.

    Args:
        pair: The image and its masks.
        kind: The format to write; None: the image's own.
        max_pixels: The largest page that is decoded.
        scan: Its file, open, where it has one page that can be read in windows.

    Raises:
        ImageError: It has several pages, and is to be written in a format that has one.
    """
    if not is_tiff(pair.image) or pair.mask is None:
        return False
    from pconv_cli.files.tiff.pages import has_bands, has_levels, level_offsets, page_sizes

    with decoding(pair.image):
        if scan is not None:
            return scan.size[0] * scan.size[1] <= max_pixels and bool(level_offsets(scan.file, 0))
        sizes = page_sizes(pair.image)
        if len(sizes) > 1 and kind not in (None, ImageFormat.TIFF):
            raise ImageError(f"{pair.image}: has {len(sizes)} pages, which {kind} cannot hold; write tiff")
        many = bool(sizes) and has_bands(pair.image)
        if many and kind not in (None, ImageFormat.TIFF):
            raise ImageError(f"{pair.image}: has more channels than {kind} can hold; write tiff")
        if len(sizes) > 1 or many:
            return True
        within = sizes[0][0] * sizes[0][1] <= max_pixels if sizes else False
        return kind in (None, ImageFormat.TIFF) and within and has_levels(pair.image)


class PagedImage(OpenImage):
    """A file of several pages, or with levels, of which one with holes at a time is held. See `OpenImage`."""

    def __init__(self, pair: Pair, options: InpaintOptions) -> None:
        super().__init__(pair, options)
        self._scan: Scan | None = None  # of the page that is shown
        self._output = ExitStack()  # the new file, until it is in place
        self._file = pair.image
        self._old_levels = 0  # levels that are no copies of their page
        self._said: Provenance | None = None
        self._unrecorded = self._is_signed = False

    @cached_property
    def _sizes(self) -> list[tuple[int, int]]:
        from pconv_cli.files.tiff.pages import page_sizes

        with decoding(self.pair.image):
            return page_sizes(self.pair.image)

    @cached_property
    def _masks(self) -> dict[int, PackedMask]:
        """By the number of a page, from 0, its mask; only of pages with holes.

        Raises:
            ImageError: A page is too large.
            MaskError: A mask is damaged, of another size than its page, or nearly all hole.
        """
        pair, options = self.pair, self._options
        doubts: list[str] = []
        masks: dict[int, PackedMask] = {}
        for number, size in enumerate(self._sizes):
            path = pair.mask_of_page(number + 1, size, max_pixels=options.max_pixels)
            if path is None:
                continue
            source = f"{pair.image}: the {options.mask_named(path)} of its page {number + 1}"
            check_size(pair.image, size, options.max_pixels)
            mask = read_mask(
                path,
                polarity=options.polarity,
                threshold=options.threshold,
                max_pixels=options.max_pixels,
                warn=doubts.append,
            )
            if mask.shape != size:
                raise MaskError(f"{source} is of another size")
            check_ratio(source, hole_ratio(mask), path, options)
            if options.dilate:
                mask = dilate(mask, options.dilate)
                check_ratio(source, hole_ratio(mask), path, options, grown=True)
            if not mask.all():
                masks[number] = PackedMask.of(mask)
        self.doubts += dict.fromkeys(doubts)
        return masks

    @cached_property
    def page(self) -> int:  # type: ignore[override]
        """The page that is shown: the first one with a hole."""
        return min(self._masks, default=0)

    @property
    def size(self) -> tuple[int, int]:
        """Of the first page."""
        return self._sizes[0]

    @property
    def format(self) -> ImageFormat:
        """See `OpenImage`."""
        return ImageFormat.TIFF

    @property
    def notes(self) -> tuple[str, ...]:
        """See `OpenImage`."""
        said = {NOT_RECORDED: self._unrecorded, SIGNED: self._is_signed}
        return tuple(note for note, holds in said.items() if holds)

    @property
    def note(self) -> str:
        """See `OpenImage`."""
        levels = f"{self._old_levels} smaller images in it that are no copies of it are left as they are"
        return "; ".join(filter(None, [levels if self._old_levels else "", super().note]))

    @cached_property
    def holes(self) -> PackedMask:
        """Of the page that is shown; see `OpenImage`."""
        return self._masks.get(self.page) or PackedMask(self._sizes[self.page])

    @property
    def every_holes(self) -> Sequence[PackedMask]:
        """See `OpenImage`."""
        return list(self._masks.values())

    @cached_property
    def hole_ratio(self) -> float:
        """Share of all pages together that is hole, 0 to 1."""
        total = sum(height * width for height, width in self._sizes)
        return sum(mask.hole_pixels for mask in self._masks.values()) / max(1, total)

    @property
    def scale(self) -> SampleRange:
        """Of the page that is shown, by its type alone."""
        scan = self._shown
        return lab_range(scan.lab) if scan.lab else own_range(scan.dtype)

    @property
    def no_data(self) -> float | None:
        """Of the page that is shown; see `OpenImage`."""
        return self._shown.no_data

    @property
    def rendering(self) -> Rendering:
        """See `OpenImage`."""
        return self._rendering(self._shown)

    @property
    def is_copied(self) -> bool:
        """See `OpenImage`."""
        return not self.has_holes

    def read(self) -> None:
        """See `OpenImage`; no page is decoded yet."""
        _ = self._masks

    def window(self, rect: Rect) -> Samples:
        """See `OpenImage`."""
        seen = self._shown.window(rect)
        return seen[:, :, :3] if self._shown.is_multiband else seen

    def take_format(self, kind: ImageFormat | None) -> None:
        """See `OpenImage`; pages are written as TIFF alone."""

    def record(self, said: Provenance) -> None:
        """See `OpenImage`; each page with a hole has the record."""
        self._said = said

    def fill(self, backend: Backend, target: Path) -> None:
        """See `OpenImage`.

        Raises:
            ImageError: A page is damaged, cannot stay beside others, or has more bands than its layer holds.
            OutputError: See `OpenImage`.
        """
        if not self.has_holes:
            return
        from pconv_cli.files.tiff.page import is_signed
        from pconv_cli.files.tiff.pages import pages_written, shared_pages

        with shared_pages(self.pair.image) as file:
            self._is_signed = is_signed(file)
            self._output.enter_context(pages_written(self.pair.image, target, self._changes(file, backend)))

    def _changes(self, file: "TiffFile", backend: Backend) -> Iterator["ChangedPage"]:
        """Fill one page after another, and give what changed: the levels of each page, and the page."""
        from pconv_cli.files.tiff.pages import level_offsets
        from pconv_cli.files.tiff.scans import Scan

        path = self.pair.image
        for (number, holes), left in zip(self._masks.items(), self.left.masks, strict=True):
            scan = open_page(path, number, file)
            if scan.is_multiband and self._options.retouch is not None:
                raise ImageError(
                    f"{path}: has {scan.channels} bands, which no layer holds; leave out {option('retouch')}"
                )
            if scan.is_multiband and self._options.confidence:
                raise ImageError(
                    f"{path}: has {scan.channels} bands, whose fills cannot be judged; leave out {option('confidence')}"
                )
            samples = scan.read(Rect.whole(scan.size))
            try:
                filled = filled_page(scan, samples, holes, backend, self._options.named_bands, left)
            except NothingKnown:
                raise ImageError(self._nothing_known()) from None
            with decoding(path):
                levels = level_offsets(scan.file, number)
            for offset in levels:
                level = Scan(path, number=number, level=offset, file=file)
                change = level_change(level, scan, samples, filled, holes)
                self._old_levels += change is None
                if change is not None:
                    yield change
            recorded = with_provenance(scan.xmp, self._said) if self._said else None
            self._unrecorded |= bool(self._said) and recorded is None
            yield page_change(scan, filled, holes)._replace(xmp=recorded)

    def write(self, target: Path, check: Callable[[], None]) -> None:
        """See `OpenImage`."""
        if self.is_copied:
            self._copy(target, check)
            return
        check()
        self._output.close()  # moves it into place
        self._show(target)

    @contextmanager
    def parts(self) -> Iterator[Sequence[RestoredPart]]:
        """See `OpenImage`: a part for each page with holes."""
        from pconv_cli.files.tiff.pages import shared_pages
        from pconv_cli.files.tiff.scans import Scan

        total = len(self._sizes)
        with shared_pages(self._file) as file:
            parts, turns = [], Turns()
            for (number, holes), left in zip(self._masks.items(), self.left.masks, strict=True):
                scan = Scan(self._file, number=number, file=file)
                place = (number + 1, total) if total > 1 else None
                part = part_of(scan, holes, self._rendering(scan), place, left)
                parts.append(replace(part, window=turns.window(scan)))
            yield parts

    @staticmethod
    def _rendering(scan: "Scan") -> Rendering:
        return Rendering(own_range(scan.dtype).high, scan.orientation, scan.icc, lab=scan.lab)

    @property
    def _shown(self) -> "Scan":
        """The page that is shown, open."""
        if self._scan is None:
            from pconv_cli.files.tiff.scans import Scan

            self._scan = Scan(self._file, number=self.page)
        return self._scan

    def _show(self, file: Path) -> None:
        if self._scan is not None:
            self._scan.close()
        self._file, self._scan = file, None

    def _holes_of_alpha(self) -> PackedMask:
        raise AssertionError("an image whose mask is its alpha is not opened by pages")

    def _close(self, error: BaseException | None) -> None:
        try:
            self._output.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
        finally:
            self._show(self._file)
