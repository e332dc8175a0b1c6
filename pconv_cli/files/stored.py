"""An image as it stands in its file: every sample in its own depth, and all that stands beside it."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.codecs import registry
from pconv_cli.files.colour.alpha import unassociated
from pconv_cli.files.colour.filling import fill_holes, rgb_of
from pconv_cli.files.colour.lab import as_srgb, lab_range
from pconv_cli.files.colour.ranges import SampleRange, blank_pixels, colours_of, own_range, range_of
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.metadata.carried import FURTHER, Metadata, Samples
from pconv_cli.tiling.rect import Rect

# Pixels from which a first idea of an image's range is had, and rows that are looked at together for the whole of it.
_FEW, _BAND = 1 << 20, 256


@dataclass(frozen=True, eq=False)
class StoredImage:
    """An image as it stands in its file.

    Attributes:
        samples: ``(H, W, C)`` whole numbers or floats; C = 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. Rows and
            columns are as stored: an EXIF orientation is kept, and not applied.
        format: The format of its file.
        metadata: Colour profile, EXIF, resolution and the rest.
        notes: What a user should know about how the file was read ("the palette is expanded ..."), and what the format
            that it is to be written in has no place for.
        converted: Whether the colours are not those of the file, but were asked to be converted (CMYK to sRGB).
        bits: Depth of samples that use fewer bits than their type has (12 of 16: 0 to 4095); 0: all of them.
        lab: How Lab samples are stored, by TIFF's number (8, 9; see `pconv_cli.files.colour.lab`); 0: they are no Lab.
        no_data: The sample that stands for "no data", as GDAL writes it; None: there is none.
    """

    samples: Samples
    format: ImageFormat = ImageFormat.PNG
    metadata: Metadata = field(default_factory=Metadata)
    notes: tuple[str, ...] = ()
    converted: bool = False
    bits: int = 0
    lab: int = 0
    no_data: float | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.samples.shape[0], self.samples.shape[1]

    @property
    def is_grey(self) -> bool:
        """Whether there is one channel of colour."""
        return int(self.samples.shape[2]) < 3

    @property
    def depth(self) -> int:
        """Bits of a sample."""
        return self.bits or 8 * self.samples.dtype.itemsize

    @property
    def top(self) -> float:
        """The largest sample that its depth has, which is opaque in alpha; 1 for floats."""
        return own_range(self.samples.dtype, self.bits).high

    def white(self) -> float:
        """Return the sample value that stands for 1.0 where the image is shown or measured.

        Float samples run to 1, or to the largest finite one where an image goes beyond it (scans in 0 to 65535,
        images of high dynamic range), so nothing is clipped.
        """
        if self.samples.dtype.kind != "f":
            return self.top
        counts = np.isfinite(self.colours)
        if self.no_data is not None:
            counts &= self.colours != self.no_data
        return max(1.0, float(np.max(self.colours, where=counts, initial=0.0)))

    def range(self, mask: NDArray[np.bool_] | None = None) -> SampleRange:
        """Find the range in which its holes are filled; see `pconv_cli.files.colour.ranges`.

        Args:
            mask: ``(H, W)`` bool, True = valid, False = hole; given, only valid samples count, since a hole may hold
                a number that says nothing of the image (-9999, 1e6, ...) without being `no_data`.
        """
        dtype: np.dtype[Any] = self.samples.dtype
        if self.lab:
            return lab_range(self.lab)
        if dtype == np.uint8:
            return own_range(dtype, self.bits)
        height, width = self.size
        step = max(1, int((height * width / _FEW) ** 0.5))

        def known(rows: slice, step: int = 1) -> NDArray[Any]:
            samples = self._seen(self.samples[rows][::step, ::step])
            counts = np.ones(samples.shape[:2], np.bool_) if mask is None else mask[rows][::step, ::step]
            blank = blank_pixels(samples, self.no_data)
            return np.asarray(colours_of(samples)[counts if blank is None else counts & ~blank])

        few = known(slice(0, height), step)
        if not few.size:  # of a large image with little that is known
            few = known(slice(0, height))
        return range_of(few, (known(slice(top, top + _BAND)) for top in range(0, height, _BAND)), dtype, self.bits)

    @property
    def stored(self) -> Samples:
        """The samples as they stand in the file, where a TIFF may have a channel that is neither colour nor alpha."""
        further = self.metadata.own.get(FURTHER)
        return self.samples if further is None else np.concatenate([self.samples, further], axis=2)

    @property
    def colours(self) -> Samples:
        """The samples without alpha, ``(H, W, 1 or 3)``; a view."""
        return colours_of(self.samples)

    def rgb(self, mask: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
        """Return the colours as ``(H, W, 3)`` float32 in [0, 1] of their range; grey three times; NaN as 0.

        Args:
            mask: See `range`; what a hole holds beyond it is cut off.
        """
        return rgb_of(self._seen(self.samples), self.range(mask))

    def brightness(self) -> NDArray[np.float32]:
        """Return the brightest channel of each pixel as ``(H, W)`` float32 in [0, 1]."""
        if self.lab:
            return np.asarray(self.rgb().max(axis=2))
        seen = self._seen(self.samples)
        brightest: Samples = seen[:, :, 0] if self.is_grey else seen[:, :, :3].max(axis=2)
        return SampleRange(0.0, self.white()).values(brightest)

    def alpha(self) -> NDArray[np.float32] | None:
        """Return the opacity as ``(H, W)`` float32 in [0, 1], or None where the image has none."""
        if self.samples.shape[2] in (1, 3):
            return None
        return self.samples[:, :, -1].astype(np.float32) / np.float32(self.top)

    def without_opaque_alpha(self) -> "StoredImage":
        """Give the image without an alpha that is opaque everywhere; as it is where some of it is transparent."""
        if self.samples.shape[2] in (1, 3) or (self.samples[:, :, -1] != self.top).any():
            return self
        return replace(self, samples=np.ascontiguousarray(self.colours))

    def with_holes_filled(
        self, rgb: NDArray[np.float32], mask: NDArray[np.bool_], *, opaque: bool = False
    ) -> "StoredImage":
        """Give the image with other samples in its holes; every other sample stays bit for bit.

        Args:
            rgb: ``(H, W, 3)`` float32, in the scale of ``rgb(mask)``; looked at in the holes alone, and clamped to
                [0, 1]. A grey image takes its luma.
            mask: ``(H, W)`` bool, True = valid, False = hole.
            opaque: Whether the alpha of filled pixels is set to opaque (where the mask came from alpha) or kept.

        Returns:
            A new image of the same depth and channels, with the same metadata.

        Raises:
            ValueError: A shape does not fit, or the fill of a hole is not a finite number.
        """
        if rgb.shape != (*self.size, 3) or mask.shape != self.size:
            raise ValueError(f"the image is {self.size}, its fill {rgb.shape} and its mask {mask.shape}")
        samples = self.samples.copy()
        self.fill(samples, ~mask, rgb[~mask], self.range(mask), opaque=opaque)
        return replace(self, samples=samples)

    def fill(
        self, samples: Samples, hole: NDArray[np.bool_], fill: NDArray[np.float32], scale: SampleRange, *, opaque: bool
    ) -> None:
        """Put a fill into samples that are like its own; see `fill_holes`."""
        alpha = self.top if opaque else None
        fill_holes(
            samples, hole, fill, scale, no_data=self.no_data, opaque=alpha, is_associated=self.metadata.is_associated
        )

    def to_format(self, kind: ImageFormat) -> "StoredImage":
        """Convert the image for a file of another format; what only its old format understands is dropped.

        Its notes then say what of captions, profiles and the like the new format has no place for; a profile for grey
        has none among RGB samples, nor the other way round.
        """
        if kind is self.format:
            return self
        if self.lab and kind is not ImageFormat.TIFF:
            return self.as_srgb().to_format(kind)
        metadata, lost = self.metadata.for_format(kind, grey=self.is_grey)
        lost += ["no-data number"] if self.no_data is not None and kind is not ImageFormat.TIFF else []
        notes = list(self.notes)
        notes += [f"written as {kind.value}, which has no place for its {' and '.join(lost)}"] if lost else []
        if self.metadata.is_associated:
            notes.append(
                f"its associated alpha becomes unassociated, as {kind.value} has it: colours are divided by it"
            )
        image = self if registry.holds_any_bits(kind) else self.whole_bytes()
        notes += [f"its {self.bits} bits are spread over {image.depth}"] if image is not self else []
        samples = self._seen(image.samples)
        return replace(image, samples=samples, format=kind, metadata=metadata, notes=tuple(notes))

    def as_srgb(self) -> "StoredImage":
        """Convert Lab samples to sRGB; colours beyond it are cut off."""
        if not self.lab:
            return self
        samples = as_srgb(self.samples, self.lab)
        notes = (*self.notes, "its Lab colours become sRGB")
        return replace(
            self, samples=samples, lab=0, no_data=None, notes=notes, metadata=replace(self.metadata, icc=None)
        )

    def whole_bytes(self) -> "StoredImage":
        """Scale the samples so that they use all bits of their type: 4095 of 12 bits becomes 65535."""
        if not self.bits:
            return self
        dtype: np.dtype[Any] = self.samples.dtype
        top, most = int(self.top), int(own_range(dtype).high)
        table = (np.arange(top + 1, dtype=np.uint32) * most + top // 2) // top
        no_data = None if self.no_data is None else float(table[int(self.no_data)])
        return replace(self, samples=table.astype(dtype)[self.samples], bits=0, no_data=no_data)

    def window(self, rect: Rect) -> Samples:
        """Give a rectangle of the samples as methods see them, with unassociated alpha."""
        return self._seen(self.samples[rect.slices])

    def _seen(self, samples: Samples) -> Samples:
        return unassociated(samples) if self.metadata.is_associated else samples
