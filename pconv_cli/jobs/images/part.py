"""What files beside a restored image are made of: the image itself, or each page of it that has holes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from pconv_cli.files.colour.ranges import own_range
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.previews import Rendering
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:  # tifffile is loaded where there is a TIFF
    from pconv_cli.files.tiff.scans import Scan


@dataclass(frozen=True, eq=False)
class RestoredPart:
    """A restored image, or a page of one.

    Attributes:
        window: Gives the restored samples ``(h, w, C)`` of a rectangle, alpha unassociated.
        holes: Its holes, those of losses that are left neutral included.
        rendering: How samples are shown, with profile and orientation.
        dtype: Type of the samples.
        channels: 1 grey, 2 grey and alpha, 3 RGB or the first of many bands, 4 RGB and alpha.
        bits: Bits of a sample, where they use fewer than their type has; 0: all.
        dpi: Resolution in pixels an inch, (x, y).
        number: Which page of how many it is, from 1; None: the only one.
        left: The holes that are left neutral; None: none is.
        no_data: The sample that stands for "no data"; None: there is none.
        bands: How many bands its file has, where those are more than colours and one other; 0: it has no such bands.
    """

    window: Callable[[Rect], Samples]
    holes: PackedMask
    rendering: Rendering
    dtype: np.dtype[Any]
    channels: int
    bits: int = 0
    dpi: tuple[float, float] | None = None
    number: tuple[int, int] | None = None
    left: PackedMask | None = None
    bands: int = 0
    no_data: float | None = None

    @property
    def filled(self) -> PackedMask:
        """Its holes without those that are left neutral."""
        if self.left is None:
            return self.holes
        filled = PackedMask(self.size)
        filled.add(self.holes)
        filled.subtract(self.left)
        return filled

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels, as stored."""
        return self.holes.size

    @property
    def opaque(self) -> float:
        """The alpha that is opaque."""
        return own_range(self.dtype, self.bits).high


class Turns:
    """Lets one page of a file at a time keep what was decoded of it."""

    def __init__(self) -> None:
        self._last: Scan | None = None

    def window(self, scan: "Scan") -> Callable[[Rect], Samples]:
        """Give the window of a page; the page that was read before it forgets its own."""

        def window(rect: Rect) -> Samples:
            if self._last is not None and self._last is not scan:
                self._last.forget()
            self._last = scan
            return _seen(scan, rect)

        return window


def part_of(
    scan: "Scan",
    holes: PackedMask,
    rendering: Rendering,
    number: tuple[int, int] | None = None,
    left: PackedMask | None = None,
) -> RestoredPart:
    """Give a page of a TIFF, open as long as the part is used.

    Args:
        scan: The page.
        holes: Its holes.
        rendering: How its samples are shown.
        number: See `RestoredPart`.
        left: See `RestoredPart`.
    """
    from pconv_cli.files.tiff.tags import resolution_of

    bands = scan.channels if scan.is_multiband else 0
    channels = scan.channels if scan.has_alpha or scan.channels in (1, 3) else scan.channels - 1
    _, dpi, _ = resolution_of(scan.page)
    kind = scan.dtype, 3 if bands else channels, 0, dpi
    return RestoredPart(partial(_seen, scan), holes, rendering, *kind, number, left, bands, scan.no_data)


def _seen(scan: "Scan", rect: Rect) -> Samples:
    """Read a rectangle of a page; of many bands the first three, none of which is an alpha."""
    samples = scan.window(rect)
    return samples[:, :, :3] if scan.is_multiband else samples
