"""An image that is held whole, in the depth of its file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pconv_cli.errors import MaskError, PictureError
from pconv_cli.files.codecs import cmyk
from pconv_cli.files.finding.pairing import Pair
from pconv_cli.files.formats import PictureFormat, ReadOnly
from pconv_cli.files.images import (
    Picture,
    evidence_of,
    read_format,
    read_header,
    read_picture,
    write_picture,
)
from pconv_cli.files.masks.codec import mask_of_alpha
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Header, Samples
from pconv_cli.files.metadata.provenance import NOT_RECORDED, Provenance, with_provenance
from pconv_cli.files.previews import Rendering
from pconv_cli.files.ranges import SampleRange, blank_pixels
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.images.part import Part
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.backends import Backend
from pconv_cli.methods.tiled.sweep import FilledBlock, sweep
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.profiling import measured
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from pconv_cli.files.tiff.scans import Scan


class WholeImage(OpenImage):
    """An image that is held whole; see `OpenImage`.

    Args:
        pair: Where image and mask come from.
        options: How they are read.
        tiff: Its file, open, where it is a TIFF most of whose bytes may be kept.
    """

    def __init__(self, pair: Pair, options: InpaintOptions, tiff: "Scan | None" = None) -> None:
        super().__init__(pair, options)
        self._tiff = tiff
        self._picture: Picture | None = None
        self._own_format: PictureFormat | None = None
        self._recorded: bytes | None = None

    @property
    def picture(self) -> Picture:
        """The samples and what stands beside them, as they now are."""
        if self._picture is None:
            options = self._options
            self._picture = read_picture(
                self.pair.picture, max_pixels=options.max_pixels, cmyk_to_rgb=options.cmyk_to_rgb
            )
            self._own_format = self._picture.format
        return self._picture

    @property
    def size(self) -> tuple[int, int]:
        """See `OpenImage`."""
        return self._header.size if self._picture is None else self._picture.size

    @property
    def format(self) -> PictureFormat | ReadOnly:
        """See `OpenImage`."""
        return read_format(self.pair.picture) if self._picture is None else self._picture.format

    @property
    def notes(self) -> tuple[str, ...]:
        """See `OpenImage`."""
        return self.picture.notes

    @cached_property
    def scale(self) -> SampleRange:
        """See `OpenImage`."""
        samples = self.picture.samples
        return self.picture.range(None if samples.dtype == np.uint8 else self.holes.whole())  # which bytes do not need

    @property
    def rendering(self) -> Rendering:
        """See `OpenImage`."""
        picture, (low, high) = self.picture, self.scale
        return Rendering(high, picture.metadata.orientation, picture.metadata.icc, low, picture.top, picture.lab)

    @property
    def is_copied(self) -> bool:
        """See `OpenImage`."""
        return not self.has_holes and self.picture.format is self._own_format and not self.picture.converted

    def read(self) -> None:
        """See `OpenImage`."""
        picture, holes = self.picture, self.holes
        blank = blank_pixels(picture.samples)
        if blank is not None and not (holes.whole() & ~blank).any():
            raise PictureError(self._nothing_known())
        if picture.samples.dtype.kind == "f" and not np.isfinite(picture.colours[holes.whole()]).all():
            self.doubts.append(
                f"{self.pair.picture}: holds samples that are not numbers outside its holes; they stay as they are, "
                "and no fill is taken from them"
            )
        _ = self.scale

    def window(self, rect: Rect) -> Samples:
        """See `OpenImage`."""
        return self.picture.window(rect)

    def take_format(self, kind: PictureFormat | None) -> None:
        """See `OpenImage`."""
        if kind is not None and kind is not self.picture.format:
            self._picture = self.picture.to_format(kind)
            self.__dict__.pop("scale", None)  # samples of 12 bits, say, may have become those of 16

    def record(self, said: Provenance) -> None:
        """See `OpenImage`."""
        picture = self.picture
        if not self.has_holes or not picture.metadata.has_place_for_xmp(picture.format):
            return
        packet = with_provenance(picture.metadata.xmp, said)
        if packet is None:
            self._picture = replace(picture, notes=(*picture.notes, NOT_RECORDED))
        else:
            self._recorded = packet
            self._picture = replace(picture, metadata=picture.metadata.with_xmp(packet))

    def fill(self, backend: Backend, target: Path) -> None:
        """See `OpenImage`."""
        if self.has_holes:
            blocks = self._fills(backend)
            self._picture = _filled(self.picture, blocks, self.scale, opaque=self.pair.mask is None)

    def write(self, target: Path, check: Callable[[], None]) -> None:
        """See `OpenImage`."""
        if self.is_copied:
            self._copy(target, check)
        elif not self._rewritten(target, check):
            write_picture(target, self.picture)

    @contextmanager
    def parts(self) -> Iterator[Sequence[Part]]:
        """See `OpenImage`."""
        picture = self.picture
        samples, dpi = picture.samples, picture.metadata.dpi
        yield [Part(self.window, self.holes, self.rendering, samples.dtype, samples.shape[2], picture.bits, dpi)]

    def _rewritten(self, target: Path, check: Callable[[], None]) -> bool:
        """Write a TIFF again where it can keep most of its bytes, and say whether it could."""
        if self._tiff is None or not self.has_holes or self.picture.converted:
            return False
        from pconv_cli.files.tiff.writer import rewrite  # tifffile is loaded for TIFF files alone

        return rewrite(self._tiff, target, self.picture.stored, self.holes, check, xmp=self._recorded)

    def _holes_of_alpha(self) -> PackedMask:
        try:
            return PackedMask.of(mask_of_alpha(self.picture, threshold=self._options.threshold))
        except MaskError as error:
            raise MaskError(f"{self.pair.picture}: {error}") from error

    @cached_property
    def _header(self) -> Header:
        header = read_header(self.pair.picture, max_pixels=self._options.max_pixels)
        if header.is_cmyk and not self._options.cmyk_to_rgb:
            raise cmyk.refused(self.pair.picture)
        return header

    def _close(self, error: BaseException | None) -> None:
        if self._tiff is not None:
            self._tiff.close()


def inpaint_picture(picture: Picture, mask: Mask, backend: Backend, *, opaque: bool = False) -> Picture:
    """Fill the holes of an image in memory, and leave every other sample bit for bit as it is.

    Args:
        picture: The image.
        mask: ``(H, W)`` bool, True = valid, False = hole; with at least one valid pixel.
        backend: The method.
        opaque: Whether filled pixels become opaque where the image has alpha (its mask came from there).
    """
    if mask.all():
        return picture
    damaged = _DamagedPicture(picture, mask)
    return _filled(picture, sweep(damaged, backend), damaged.scale, opaque=opaque)


class _DamagedPicture:
    """An image without a file as `pconv_cli.methods.tiled.sweep.DamagedImage`."""

    def __init__(self, picture: Picture, mask: Mask) -> None:
        self.holes = PackedMask.of(mask)
        self.scale = picture.range(mask)
        self._picture = picture

    def rgb(self, rect: Rect) -> Rgb:
        """See `pconv_cli.methods.tiled.sweep.DamagedImage`."""
        return evidence_of(self._picture.window(rect), self.scale)


def _filled(picture: Picture, blocks: Iterable[FilledBlock], scale: SampleRange, *, opaque: bool) -> Picture:
    samples = picture.samples.copy()
    for block in blocks:
        with measured("blend"):
            picture.fill(samples[block.rect.slices], block.hole, block.fill, scale, opaque=opaque)
    return replace(picture, samples=samples)
