"""An image that is held whole, in the depth of its file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pconv_cli.errors import ImageError, MaskError
from pconv_cli.files.codecs import cmyk, jpeg_blocks
from pconv_cli.files.colour.filling import evidence_of
from pconv_cli.files.colour.ranges import SampleRange, blank_pixels, says_no_data
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.formats import ImageFormat, ReadOnly
from pconv_cli.files.images import read_format, read_header, read_image, write_image
from pconv_cli.files.masks.codec import mask_of_alpha
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Header, Samples
from pconv_cli.files.metadata.provenance import NOT_RECORDED, Provenance, with_provenance
from pconv_cli.files.previews import Rendering
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.images.part import RestoredPart
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.protocol import Backend
from pconv_cli.methods.tiled.leaving import fill_losses, neutral_blocks
from pconv_cli.methods.tiled.sweep import FilledBlock
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
        self._image: StoredImage | None = None
        self._own_format: ImageFormat | None = None
        self._recorded: bytes | None = None

    @property
    def image(self) -> StoredImage:
        """The samples and what stands beside them, as they now are."""
        if self._image is None:
            options = self._options
            self._image = read_image(self.pair.image, max_pixels=options.max_pixels, cmyk_to_rgb=options.cmyk_to_rgb)
            self._own_format = self._image.format
        return self._image

    @property
    def size(self) -> tuple[int, int]:
        """See `OpenImage`."""
        return self._header.size if self._image is None else self._image.size

    @property
    def format(self) -> ImageFormat | ReadOnly:
        """See `OpenImage`."""
        return read_format(self.pair.image) if self._image is None else self._image.format

    @property
    def notes(self) -> tuple[str, ...]:
        """See `OpenImage`."""
        return self.image.notes

    @cached_property
    def scale(self) -> SampleRange:
        """See `OpenImage`."""
        samples = self.image.samples
        return self.image.range(None if samples.dtype == np.uint8 else self.holes.whole())  # which bytes do not need

    @property
    def no_data(self) -> float | None:
        """See `OpenImage`."""
        return self.image.no_data

    @property
    def rendering(self) -> Rendering:
        """See `OpenImage`."""
        image, (low, high) = self.image, self.scale
        return Rendering(high, image.metadata.orientation, image.metadata.icc, low, image.top, image.lab)

    @property
    def is_copied(self) -> bool:
        """See `OpenImage`."""
        return not self.has_holes and self.image.format is self._own_format and not self.image.converted

    @cached_property
    def keeps_blocks(self) -> bool:
        """See `OpenImage`."""
        return read_format(self.pair.image) is ImageFormat.JPEG and jpeg_blocks.can_rewrite(self.pair.image)

    def read(self) -> None:
        """See `OpenImage`."""
        image, holes = self.image, self.holes
        blank = blank_pixels(image.samples, image.no_data)
        if blank is not None and not (holes.whole() & ~blank).any():
            raise ImageError(self._nothing_known())
        if image.samples.dtype.kind == "f" and self._holds_undeclared(image.colours[holes.whole()]):
            self.doubts.append(
                f"{self.pair.image}: holds samples that are not numbers outside its holes; they stay as they are, "
                "and no fill is taken from them"
            )
        _ = self.scale

    def _holds_undeclared(self, colours: Samples) -> bool:
        """Say whether samples are not numbers that are not the image's own "no data" either."""
        no_data = self.image.no_data
        odd = ~np.isfinite(colours)
        return bool(odd.any() if no_data is None else (odd & ~says_no_data(colours, no_data)).any())

    def window(self, rect: Rect) -> Samples:
        """See `OpenImage`."""
        return self.image.window(rect)

    def take_format(self, kind: ImageFormat | None) -> None:
        """See `OpenImage`."""
        if kind is not None and kind is not self.image.format:
            self._image = self.image.to_format(kind)
            self.__dict__.pop("scale", None)  # samples of 12 bits, say, may have become those of 16

    def record(self, said: Provenance) -> None:
        """See `OpenImage`."""
        image = self.image
        if not self.has_holes or not image.metadata.has_place_for_xmp(image.format):
            return
        packet = with_provenance(image.metadata.xmp, said)
        if packet is None:
            self._image = replace(image, notes=(*image.notes, NOT_RECORDED))
        else:
            self._recorded = packet
            self._image = replace(image, metadata=image.metadata.with_xmp(packet))

    def fill(self, backend: Backend, target: Path) -> None:
        """See `OpenImage`."""
        if self.has_holes:
            blocks = self._fills(backend)
            self._image = _filled(self.image, blocks, self.scale, opaque=self.pair.mask is None)

    def write(self, target: Path, check: Callable[[], None]) -> None:
        """See `OpenImage`."""
        if self.is_copied:
            self._copy(target, check)
        elif not (self._blocks_rewritten(target, check) or self._rewritten(target, check)):
            write_image(target, self.image)

    @contextmanager
    def parts(self) -> Iterator[Sequence[RestoredPart]]:
        """See `OpenImage`."""
        image = self.image
        samples, left = image.samples, self.left.masks[0]
        kind = samples.dtype, samples.shape[2], image.bits, image.metadata.dpi
        yield [RestoredPart(self.window, self.holes, self.rendering, *kind, left=left, no_data=image.no_data)]

    def _blocks_rewritten(self, target: Path, check: Callable[[], None]) -> bool:
        """Write a JPEG again where it can keep its blocks without a hole, and say whether it could."""
        image = self.image
        if not self.has_holes or image.format is not ImageFormat.JPEG or not self.keeps_blocks:
            return False
        kept = jpeg_blocks.rewrite(self.pair.image, target, image.samples, self.holes, image.metadata, check)
        self.lost_blocks = not kept
        return kept

    def _rewritten(self, target: Path, check: Callable[[], None]) -> bool:
        """Write a TIFF again where it can keep most of its bytes, and say whether it could."""
        if self._tiff is None or not self.has_holes or self.image.converted:
            return False
        from pconv_cli.files.tiff.rewriting.writer import rewrite  # tifffile is loaded for TIFF files alone

        return rewrite(self._tiff, target, self.image.stored, self.holes, check, xmp=self._recorded)

    def _holes_of_alpha(self) -> PackedMask:
        try:
            return PackedMask.of(mask_of_alpha(self.image, threshold=self._options.threshold))
        except MaskError as error:
            raise MaskError(f"{self.pair.image}: {error}") from error

    @cached_property
    def _header(self) -> Header:
        header = read_header(self.pair.image, max_pixels=self._options.max_pixels)
        if header.is_cmyk and not self._options.cmyk_to_rgb:
            raise cmyk.refused(self.pair.image)
        return header

    def _close(self, error: BaseException | None) -> None:
        if self._tiff is not None:
            self._tiff.close()


def inpaint_image(
    image: StoredImage, mask: Mask, backend: Backend, *, opaque: bool = False, left: PackedMask | None = None
) -> StoredImage:
    """Fill the holes of an image in memory, and leave every other sample bit for bit as it is.

    Args:
        image: The image.
        mask: ``(H, W)`` bool, True = valid, False = hole; with at least one valid pixel.
        backend: The method.
        opaque: Whether filled pixels become opaque where the image has alpha (its mask came from there).
        left: The holes that get a neutral tone instead; None: none.
    """
    if mask.all():
        return image
    damaged = _DamagedArray(image, mask)
    return _filled(image, fill_losses(damaged, backend, left), damaged.scale, opaque=opaque)


def neutral_image(image: StoredImage, mask: Mask, left: PackedMask) -> StoredImage:
    """Give the holes in ``left`` a neutral tone, and no other hole anything; see `inpaint_image`."""
    damaged = _DamagedArray(image, mask)
    return _filled(image, neutral_blocks(damaged, left), damaged.scale, opaque=False)


class _DamagedArray:
    """An image without a file as `pconv_cli.methods.tiled.sweep.DamagedImage`."""

    def __init__(self, image: StoredImage, mask: Mask) -> None:
        self.holes = PackedMask.of(mask)
        self.scale = image.range(mask)
        self._image = image

    def rgb(self, rect: Rect) -> Rgb:
        """See `pconv_cli.methods.tiled.sweep.DamagedImage`."""
        return evidence_of(self._image.window(rect), self.scale, self._image.no_data)


def _filled(image: StoredImage, blocks: Iterable[FilledBlock], scale: SampleRange, *, opaque: bool) -> StoredImage:
    samples = image.samples.copy()
    for block in blocks:
        with measured("blend"):
            image.fill(samples[block.rect.slices], block.hole, block.fill, scale, opaque=opaque)
    return replace(image, samples=samples)
