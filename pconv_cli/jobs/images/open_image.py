"""What the road of an image asks of it, whether it is held whole or read in windows from its file."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from pconv_cli.errors import FileError, ImageError, MaskError, option
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.colour.filling import evidence_of
from pconv_cli.files.colour.ranges import SampleRange
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.formats import ImageFormat, ReadOnly
from pconv_cli.files.masks.codec import read_packed_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.metadata.provenance import Provenance
from pconv_cli.files.opening import open_regular
from pconv_cli.files.previews import Rendering
from pconv_cli.jobs.images.left import LeftLosses, left_of
from pconv_cli.jobs.images.part import RestoredPart
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.masks.operations import dilate_packed
from pconv_cli.masks.ratios import MOSTLY_HOLE, polarity_remedy
from pconv_cli.methods.protocol import Backend
from pconv_cli.methods.tiled.leaving import fill_losses
from pconv_cli.methods.tiled.sweep import FilledBlock, NothingKnown
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.rect import Rect


class OpenImage(ABC):
    """An image and its mask, open from the first look at them until the restored file is there; a context manager.

    Nothing is read before it is asked for: a preview asks for the holes alone. Steps come in this order: `read`,
    `take_format`, `record`, `fill`, `write`. One thread uses it at a time.

    Args:
        pair: Where image and mask come from.
        options: How they are read.

    Attributes:
        pair: See above.
        doubts: Sentences on what may be meant otherwise than it is read, by what was read so far.
        is_windowed: Whether its samples stay in its file, and only those of a window are read.
        page: In a file of several pages or levels, the page that `window`, `holes` and `rendering` show, from 0; None:
            the file's only one.
    """

    is_windowed = False
    page: int | None = None

    def __init__(self, pair: Pair, options: InpaintOptions) -> None:
        self.pair = pair
        self.doubts: list[str] = []
        self._options = options

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""

    @property
    @abstractmethod
    def format(self) -> ImageFormat | ReadOnly:
        """The format of its file, and from `take_format` on the one that it is written in."""

    @property
    @abstractmethod
    def notes(self) -> tuple[str, ...]:
        """What a user should know about how it is read, and what its format has no place for."""

    @property
    @abstractmethod
    def scale(self) -> SampleRange:
        """The samples that stand for 0 and 1; see `pconv_cli.files.colour.ranges`."""

    @property
    @abstractmethod
    def no_data(self) -> float | None:
        """The sample that stands for "no data", and from which nothing is filled; None: there is none."""

    @property
    @abstractmethod
    def rendering(self) -> Rendering:
        """How its samples are shown."""

    @property
    @abstractmethod
    def is_copied(self) -> bool:
        """Whether it has no hole, and its file can be copied as it is."""

    @abstractmethod
    def read(self) -> None:
        """Read what has to be known before it is filled, and check that it can be.

        Raises:
            ImageError: It is damaged or too large, or nothing of it is known outside its holes.
            MaskError: See `holes`.
        """

    @abstractmethod
    def window(self, rect: Rect) -> Samples:
        """Give the samples ``(h, w, C)`` of a rectangle as they now stand, damaged or restored, alpha unassociated.

        Raises:
            ImageError: They are damaged.
        """

    @abstractmethod
    def take_format(self, kind: ImageFormat | None) -> None:
        """Convert it to the format that it is going to be written in; None: its own."""

    @abstractmethod
    def record(self, said: Provenance) -> None:
        """Put into its XMP how it is restored, where its format has a place for that; before `fill`."""

    @abstractmethod
    def fill(self, backend: Backend, target: Path) -> None:
        """Fill its holes; every other sample stays bit for bit.

        What is read in windows is written at once, beside its target, and is not in place before `write`.

        Raises:
            ImageError: It is damaged, or too little is known of it to fill its holes from.
            OutputError: The file cannot be written.
        """

    @abstractmethod
    def write(self, target: Path, check: Callable[[], None]) -> None:
        """Write its file, whole or not at all; of a TIFF, tiles and strips without a hole keep their bytes.

        Args:
            target: The file to write, the same as for `fill`.
            check: Called where bytes of the source are copied, before the copy moves into place; by an error keeps it
                from that.

        Raises:
            ImageError: The format cannot hold the image.
            OutputError: The file cannot be written.
        """

    @abstractmethod
    def parts(self) -> AbstractContextManager[Sequence[RestoredPart]]:
        """Give what files beside the restored one are made of, once it is written; it can be read within the block."""

    @abstractmethod
    def _holes_of_alpha(self) -> PackedMask:
        """The mask by its own transparency."""

    @abstractmethod
    def _close(self, error: BaseException | None) -> None:
        """Close its file, and remove what was written and is not in place."""

    @cached_property
    def holes(self) -> PackedMask:
        """Its mask, with at least one valid pixel.

        Raises:
            ImageError: The image is damaged or too large.
            MaskError: The mask is damaged, of another size, not clear, or nearly all hole.
        """
        pair, options, size = self.pair, self._options, self.size
        if pair.mask is None:
            holes, source = self._holes_of_alpha(), f"{pair.image}: its transparency"
        else:
            source = f"{pair.image}: its {options.mask_named(pair.mask)}"
            holes = read_packed_mask(
                pair.mask,
                polarity=options.polarity,
                threshold=options.threshold,
                max_pixels=options.max_pixels,
                warn=self.doubts.append,
            )
        if holes.size != size:
            raise MaskError(f"{source} is of another size; a mask must have the size of its image")
        check_ratio(source, holes.hole_ratio, pair.mask, options)
        if options.dilate:
            holes = dilate_packed(holes, options.dilate)
            check_ratio(source, holes.hole_ratio, pair.mask, options, grown=True)
        return holes

    @property
    def keeps_blocks(self) -> bool:
        """Whether it is a JPEG whose blocks without a hole stay as they are where it is written as JPEG again."""
        return False

    #: Whether `write` found that blocks of a JPEG could not be kept after all, and encoded all of it again.
    lost_blocks = False

    @cached_property
    def hole_ratio(self) -> float:
        """Share of the image that is hole, 0 to 1."""
        return self.holes.hole_ratio

    @property
    def every_holes(self) -> Sequence[PackedMask]:
        """The masks of all its pages with holes, of which most images have one."""
        return [self.holes]

    @cached_property
    def left(self) -> LeftLosses:
        """The losses that are left neutral, since they are wider than was asked for."""
        return left_of(self.every_holes, self.hole_ratio, self._options.leave_wider)

    @property
    def filled_ratio(self) -> float:
        """Share of the image that is hole and filled, 0 to 1: what `left` leaves of `hole_ratio`."""
        return self.hole_ratio - self.left.ratio

    @property
    def note(self) -> str:
        """What was out of the ordinary, or nothing; known once it is filled."""
        if self.has_holes:
            return self.left.note
        return "no hole, copied as it is" if self.is_copied else "no hole"

    @property
    def has_holes(self) -> bool:
        """Whether there is anything to fill."""
        return self.hole_ratio > 0

    def rgb(self, rect: Rect) -> Rgb:
        """See `pconv_cli.methods.tiled.sweep.DamagedImage`."""
        return evidence_of(self.window(rect), self.scale, self.no_data)

    def _fills(self, backend: Backend) -> Iterator[FilledBlock]:
        """The fill of its holes, block by block; see `fill_losses`."""
        try:
            yield from fill_losses(self, backend, self.left.masks[0])
        except NothingKnown:  # a few known pixels, lost where the whole is reduced
            raise ImageError(self._nothing_known()) from None

    def _nothing_known(self) -> str:
        return (
            f"{self.pair.image}: has no pixel outside its holes to fill them from (all transparent, or no data); "
            "leave it out"
        )

    def _copy(self, target: Path, check: Callable[[], None]) -> None:
        source = self.pair.image
        try:
            file = open_regular(source)
        except OSError as error:
            raise FileError(f"{source}: cannot be read again ({error.strerror}); check path and permissions") from error
        with file, atomic_path(target) as temporary:
            with temporary.open("wb") as copy:
                shutil.copyfileobj(file, copy, 1 << 20)
            check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(error)


def check_ratio(source: str, ratio: float, mask: Path | None, options: InpaintOptions, *, grown: bool = False) -> None:
    """Refuse a mask of so much hole that it is most often one read the wrong way round, or grown too far.

    Args:
        source: Which mask it is, with its image in front.
        ratio: Its hole ratio, 0 to 1.
        mask: Its file; None where it is the image's own transparency.
        options: How it was read.
        grown: Whether its holes were grown since, as ``options.dilate`` says.

    Raises:
        MaskError: There is nothing left to fill from, or little, and that was not allowed.
    """
    if mask is None:
        remedy = f"leave some of it opaque, or lower {option('threshold')}"
    else:
        remedy = polarity_remedy(options.polarity) if options.annotations is None else "draw smaller shapes"
    if grown:
        source, remedy = f"{source}, grown by {options.dilate} px,", f"give a smaller {option('dilate')}"
    if ratio == 1:
        raise MaskError(f"{source} is all hole, so there is nothing to fill it from; {remedy}")
    if ratio > MOSTLY_HOLE and not options.allow_large_holes:
        remedy = f"{remedy}; " if mask is not None or grown else ""
        raise MaskError(
            f"{source} is {100 * ratio:.0f} % hole, which leaves little to fill it from; {remedy}if this is intended, "
            f"pass {option('allow_large_holes')}"
        )
