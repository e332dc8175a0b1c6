"""An image to be searched, of which one window at a time is seen: in memory, or in a file."""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.colour.filling import rgb_of
from pconv_cli.files.colour.lab import lab_range
from pconv_cli.files.colour.ranges import SampleRange, blank_pixels, colours_of
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.stored import StoredImage
from pconv_cli.masks.ratios import Size
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from pconv_cli.files.tiff.scans import Scan

Rgb = NDArray[np.float32]
"""``(h, w, 3)`` in [0, 1]; grey three times."""


class WindowedImage(Protocol):
    """An image that is looked at in windows.

    Attributes:
        size: (height, width) in pixels.
        has_blanks: Whether parts of it may be transparent, no numbers or without data, and so are no damage.
    """

    size: Size
    has_blanks: bool

    def rgb(self, rect: Rect) -> Rgb:
        """Give the colours of a rectangle."""

    def shows(self, rect: Rect) -> NDArray[np.bool_]:
        """Give which pixels ``(h, w)`` of a rectangle show anything; asked only where ``has_blanks``."""


class SearchedArray:
    """An image in memory: its colours in [0, 1], and its opacity, if any; NaN is 0, as it is where files are read."""

    def __init__(self, rgb: Rgb, alpha: NDArray[np.float32] | None = None) -> None:
        self.size, self.has_blanks = (rgb.shape[0], rgb.shape[1]), alpha is not None
        self._rgb, self._alpha = rgb, alpha

    def rgb(self, rect: Rect) -> Rgb:
        """See `WindowedImage`."""
        colours = self._rgb[rect.slices]
        # A network carries a value that is no number as far as it sees.
        return colours if np.isfinite(colours).all() else np.nan_to_num(colours, posinf=1, neginf=0)

    def shows(self, rect: Rect) -> NDArray[np.bool_]:
        """See `WindowedImage`."""
        return np.ones(rect.size, np.bool_) if self._alpha is None else self._alpha[rect.slices] > 0


class SearchedImage:
    """An image in memory, in its file's depth."""

    def __init__(self, image: StoredImage) -> None:
        image = image.as_srgb()
        self.size = image.size
        self.has_blanks = _may_be_blank(image.samples.dtype, image.samples.shape[2] in (2, 4), image.no_data)
        self._image, self._scale = image, SampleRange(0.0, image.white())

    def rgb(self, rect: Rect) -> Rgb:
        """See `WindowedImage`."""
        return rgb_of(self._image.window(rect), self._scale)

    def shows(self, rect: Rect) -> NDArray[np.bool_]:
        """See `WindowedImage`."""
        return _shows(self._image.samples[rect.slices], self._image.no_data)


class SearchedScan:
    """A huge TIFF, of which only what a window touches is decoded."""

    def __init__(self, scan: "Scan") -> None:
        self.size, self.has_blanks = scan.size, _may_be_blank(scan.dtype, scan.has_alpha, scan.no_data)
        self._scan = scan
        self._scale = lab_range(scan.lab) if scan.lab else SampleRange(0.0, _white(scan))

    def rgb(self, rect: Rect) -> Rgb:
        """See `WindowedImage`."""
        return rgb_of(self._scan.seen(self._scan.read(rect)), self._scale)

    def shows(self, rect: Rect) -> NDArray[np.bool_]:
        """See `WindowedImage`."""
        return _shows(self._scan.window(rect), self._scan.no_data)


def _may_be_blank(dtype: np.dtype[Any], has_alpha: bool, no_data: float | None) -> bool:
    """Say whether samples may say nothing; floats may be no numbers. See `blank_pixels`."""
    return has_alpha or no_data is not None or dtype.kind == "f"


def _shows(samples: Samples, no_data: float | None) -> NDArray[np.bool_]:
    blank = blank_pixels(samples, no_data)
    return np.ones(samples.shape[:2], np.bool_) if blank is None else ~blank


def _white(scan: "Scan") -> float:
    """See `pconv_cli.files.images.Image.white`; float samples have all to be decoded for it."""
    if scan.dtype.kind != "f":
        return float(np.iinfo(scan.dtype).max)
    return max(1.0, *(_largest(scan.decode(segment), scan.no_data) for segment in scan.segments))


def _largest(samples: Samples, no_data: float | None) -> float:
    colours = colours_of(samples)
    counts = np.isfinite(colours) if no_data is None else np.isfinite(colours) & (colours != no_data)
    return float(np.max(colours, where=counts, initial=0.0))
