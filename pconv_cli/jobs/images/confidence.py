"""The map of how sure the fills of an image are, made after it is restored, by other fills of the same holes."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.colour.filling import evidence_of, luma_of, rgb_of
from pconv_cli.files.colour.ranges import SampleRange, blank_pixels
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.images.blocks import WaitingFills, part_of_block
from pconv_cli.jobs.images.part import RestoredPart
from pconv_cli.methods.confidence.calibration import KNOWN, LEFT, levels
from pconv_cli.methods.confidence.terms import MARGIN, terms_of
from pconv_cli.methods.protocol import Backend, remark_of
from pconv_cli.methods.tiled.sweep import sweep
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.grid import tiles_of
from pconv_cli.tiling.rect import Rect

Map = NDArray[np.uint8]
"""``(H, W)``, 255 where nothing was filled, and else 255 times the probability that the error is small."""

# Side in pixels of what is judged at a time.
_SIDE = 512


@dataclass(frozen=True, eq=False)
class FillJudge:
    """What judges the fills of an image.

    Attributes:
        kind: Kind of the fills, by which they are calibrated.
        witnesses: The methods whose fills they are compared with.
        turn: Held while methods run, which fill one image at a time.
    """

    kind: str
    witnesses: tuple[Backend, Backend]
    turn: threading.Lock

    def map_of(self, part: RestoredPart, scale: SampleRange | None) -> Map:
        """Judge the fills of a restored image or page.

        Losses that are left neutral are `LEFT`. A large map lies in a temporary file, and not in memory.

        Args:
            part: The image or page.
            scale: The samples that stand for 0 and 1; None: as they are of a page that is held whole.
        """
        seen = _PartSeen(part, _range_of(part) if scale is None else scale)
        judged = _mapped(part.size)
        with self.turn:
            fills = [WaitingFills(sweep(seen, backend)) for backend in self.witnesses] if seen.holes.hole_pixels else []
            for rect in tiles_of(Rect.whole(part.size), _SIDE):
                judged[rect.slices] = self._judged(part, seen, fills, rect)
            for backend in self.witnesses:
                remark_of(backend)  # which is no remark on the next image
        return judged

    def _judged(self, part: RestoredPart, seen: "_PartSeen", fills: list[WaitingFills], rect: Rect) -> Map:
        there = np.where(part.holes.hole(rect), np.uint8(LEFT), np.uint8(KNOWN))
        filled = seen.holes.hole(rect)
        if filled.any():
            around = rect.grown(MARGIN, part.size)
            inside = rect.relative_to(around).slices
            rgb, known = seen.restored(around)
            hole = np.zeros(around.size, np.bool_)
            hole[inside] = filled
            witnesses = []
            for waiting in fills:
                witness = np.zeros_like(rgb)
                for block, place in waiting.meeting(rect):
                    holes, fill = part_of_block(block, place.relative_to(block.rect))
                    witness[place.relative_to(around).slices][holes] = luma_of(fill) if part.channels < 3 else fill
                witnesses.append(witness)
            there[filled] = levels(self.kind, terms_of(rgb, hole, known, witnesses))
        return there


class _PartSeen:
    """A restored part as `pconv_cli.methods.tiled.sweep.DamagedImage`, whose holes are to be filled again."""

    def __init__(self, part: RestoredPart, scale: SampleRange) -> None:
        self.holes = part.filled
        self._part, self._scale = part, scale

    def rgb(self, rect: Rect) -> Rgb:
        """See `pconv_cli.methods.tiled.sweep.DamagedImage`; losses that are left say nothing."""
        rgb = evidence_of(self._part.window(rect), self._scale, self._part.no_data)
        if self._part.left is not None:
            rgb[self._part.left.hole(rect)] = np.nan
        return rgb

    def restored(self, rect: Rect) -> tuple[Rgb, NDArray[np.bool_]]:
        """Give a rectangle as it was restored, and which of its pixels are known."""
        samples = self._part.window(rect)
        blank = blank_pixels(samples, self._part.no_data)
        known = self._part.holes.window(rect)
        return rgb_of(samples, self._scale), known if blank is None else known & ~blank


def _range_of(part: RestoredPart) -> SampleRange:
    """The range by which a page was filled, one of several that are held whole."""
    whole = part.window(Rect.whole(part.size))
    return StoredImage(whole, ImageFormat.TIFF, lab=part.rendering.lab, no_data=part.no_data).range(part.holes.whole())


def _mapped(size: tuple[int, int]) -> Map:
    if size[0] * size[1] < 1 << 26:
        return np.empty(size, np.uint8)
    with tempfile.TemporaryFile() as file:  # which the map holds open
        return np.memmap(file, np.uint8, "w+", shape=size)


@contextmanager
def map_windows(place: Path) -> Iterator[Callable[[Rect], Map]]:
    """Open a map that was written, of several pages the first; it can be read within the block.

    Raises:
        ImageError: It is damaged.
    """
    if place.suffix == ".png":
        whole = read_image(place).samples[:, :, 0]
        yield lambda rect: whole[rect.slices]
        return
    from pconv_cli.files.tiff.scans import Scan

    with Scan(place, number=0) as scan:
        yield lambda rect: scan.window(rect)[:, :, 0]
