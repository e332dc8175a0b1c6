"""An image as the page shows it: tiles of any zoom, read in windows where the file is a huge scan."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import PconvError, one_file
from pconv_cli.files.colour.ranges import own_range
from pconv_cli.files.images import read_image
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.previews import Rendering, shown, upright
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff.windowed import open_scan
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from pconv_cli.files.tiff.scans import Scan

Rgb8 = NDArray[np.uint8]

#: Longest side, in pixels, of the reduced copy of a scan, from which small zooms are shown.
OVERVIEW = 4096

# Bytes of samples that are read at a time for it.
_AT_ONCE = 8 << 20


class ShownImage(Protocol):
    """An image, upright as a viewer shows it, that is looked at in windows.

    Attributes:
        size: (height, width) in pixels, as shown.
        orientation: EXIF orientation by which it was turned; 1 where it is shown as it is stored.
    """

    size: tuple[int, int]
    orientation: int

    def window(self, rect: Rect) -> Rgb8:
        """Read the pixels of a window, ``(h, w, 3)`` uint8 in sRGB, full size."""

    def tile(self, rect: Rect, reduced: int) -> Rgb8 | None:
        """Read a window at a part of its size, ``(h / reduced, w / reduced, 3)``; None while it is still being read."""

    def close(self) -> None:
        """Let go of the file."""


def open_image(path: Path) -> ShownImage:
    """Open an image for the page.

    Raises:
        ImageError: It cannot be read.
    """
    scan = open_scan(path)
    return _ShownWhole(read_image(path)) if scan is None else _ShownScan(scan)


class _ShownWhole:
    """An image that is held in memory, in its own depth, turned upright."""

    def __init__(self, image: StoredImage) -> None:
        self.orientation = image.metadata.orientation
        self._samples: Samples = upright(image.samples, self.orientation)
        self.size = (self._samples.shape[0], self._samples.shape[1])
        scale = image.range()
        self._rendering = Rendering(scale.high, 1, image.metadata.icc, scale.low, image.top, image.lab)

    def window(self, rect: Rect) -> Rgb8:
        part = self._samples[rect.slices]
        return shown(part, self._rendering, max(part.shape[:2]))

    def tile(self, rect: Rect, reduced: int) -> Rgb8 | None:
        return _reduced(self.window(rect), reduced)

    def close(self) -> None:
        """Nothing is open."""


class _ShownScan:
    """A scan that is read in windows; a reduced copy of it is made beside, from its first use on."""

    orientation = 1  # windows are read as they are stored, and so are masks of scans

    def __init__(self, scan: "Scan") -> None:
        self._scan = scan
        self.size = self._scan.size
        self._rendering = Rendering(own_range(scan.dtype).high, 1, scan.icc, lab=scan.lab)
        self._lock = threading.Lock()  # tifffile reads from one file position
        self._factor = 1
        while max(self.size) > OVERVIEW * self._factor:
            self._factor *= 2
        height, width = (-(-side // self._factor) for side in self.size)
        self._overview = np.zeros((height, width, 3), np.uint8)
        self._ready = 0  # rows of it
        self._trouble: Exception | None = None  # what kept the rest of it from being read
        self._closed = threading.Event()
        self._reader = threading.Thread(target=self._read_overview, daemon=True)
        self._started = False

    def window(self, rect: Rect) -> Rgb8:
        with self._lock:
            samples = self._scan.read(rect)
        return shown(samples, self._rendering, max(samples.shape[:2]))

    def tile(self, rect: Rect, reduced: int) -> Rgb8 | None:
        if reduced < self._factor:
            return _reduced(self.window(rect), reduced)
        with self._lock:
            if not self._started:
                self._started = True
                self._reader.start()
        small = rect.scaled_down(self._factor)
        if self._ready < small.bottom:
            if self._trouble is not None:
                raise self._trouble
            return None
        return _reduced(self._overview[small.slices], reduced // self._factor)

    def close(self) -> None:
        self._closed.set()
        if self._started:
            self._reader.join()
        self._scan.close()

    def _read_overview(self) -> None:
        try:
            with one_file(self._scan.path):
                self._reduce()
        except PconvError as error:
            self._trouble = error

    def _reduce(self) -> None:
        height, width = self.size
        row = width * self._scan.channels * self._scan.dtype.itemsize
        band = max(self._factor, _AT_ONCE // row // self._factor * self._factor)
        for top in range(0, height, band):
            if self._closed.is_set():
                return
            bottom = min(height, top + band)
            part = _reduced(self.window(Rect.between(top, 0, bottom, width)), self._factor)
            first = top // self._factor
            self._overview[first : first + part.shape[0]] = part
            self._ready = first + part.shape[0]


def _reduced(rgb: Rgb8, factor: int) -> Rgb8:
    """An image at a part of its size, by the mean of blocks; those at the right and the lower edge may be cut."""
    if factor <= 1:
        return rgb
    height, width = (-(-side // factor) for side in rgb.shape[:2])
    return np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
