"""The sweep: an image of any size filled window by window from top to bottom, be it in memory or in a file.

Only windows that touch a hole are read, and what is kept of them is their fill, so that memory follows the windows.
A hole too deep for a window is filled on a reduced image first, as in `coarse`, and gets detail if the method has any,
as in `detail`; that fill then stands for known pixels deep in the hole, and passes smoothly into the fill of the rim.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.protocol import Backend, DetailingBackend, is_threaded
from pconv_cli.methods.tiled.blanks import with_blanks
from pconv_cli.methods.tiled.counting import Counted
from pconv_cli.methods.tiled.deep import DeepPart, deep_parts
from pconv_cli.methods.tiled.detail import CoarseFill, DetailedParts
from pconv_cli.methods.tiled.holes import groups_of, hole_depth, wanted_holes
from pconv_cli.methods.tiled.waves import in_order
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.profiling import measured
from pconv_cli.tiling.blend import blend_by_depth
from pconv_cli.tiling.by_cells import CELL, CellPlan, plan_by_cells, spread_cells
from pconv_cli.tiling.grid import tiles_of
from pconv_cli.tiling.halving import halve_known
from pconv_cli.tiling.rect import Rect

#: Largest side of a window in pixels. An image no larger is one window; at this side a fill needs some 500 MB,
#: and of several cores two are filled at once.
SIDE = 2048

#: Pixels round a hole that a window shows at least; on the grid, half of the overlap of two windows.
CONTEXT = 256

# A window round scattered damage, which would have to be filled on the grid otherwise, shows this part of the context.
_SCATTERED = 2

#: Side in pixels of the blocks in which fills are gathered and handed over.
BLOCK = 256

#: Coarse fills that are kept for the windows to come.
_GUESSES = 4

# Pixels of windows that are filled at once, by methods that bear it: two of the largest, so that memory stays bounded.
_ROOM = 2 * SIDE**2


class NothingKnown(Exception):
    """An image has holes, and not one pixel outside them that says anything."""


class DamagedImage(Protocol):
    """An image with holes that can be read in windows."""

    @property
    def holes(self) -> PackedMask:
        """Its mask."""

    def rgb(self, rect: Rect) -> Rgb:
        """Read a rectangle as ``(h, w, 3)`` float32 RGB in [0, 1], the caller's own.

        NaN at pixels that say nothing of the image, hole or not; other values in a hole are not looked at.
        """


class FilledBlock(NamedTuple):
    """A part of an image whose holes are filled.

    Attributes:
        rect: Its place.
        hole: ``(h, w)`` bool, True = hole.
        fill: ``(n, 3)`` float32 RGB, one row for each True of ``hole``.
    """

    rect: Rect
    hole: NDArray[np.bool_]
    fill: NDArray[np.float32]


def sweep(
    image: DamagedImage,
    backend: Backend,
    *,
    side: int | None = None,
    context: int | None = None,
) -> Iterator[FilledBlock]:
    """Fill all holes of an image.

    Args:
        image: The image; with at least one valid pixel.
        backend: The method.
        side: Largest side of a window; None: `SIDE`. An image no larger is given to the method as it is.
        context: Pixels shown round holes; None: `CONTEXT`.

    Yields:
        Blocks that together hold every hole pixel once, in rows of `BLOCK` pixels from top to bottom.

    Raises:
        NothingKnown: There is nothing to fill the holes from.
    """
    swept = _Sweep(image, backend, SIDE if side is None else side, CONTEXT if context is None else context)
    return swept.run()


def plan_of(holes: PackedMask) -> CellPlan:
    """Plan the windows in which `sweep` fills an image with these holes."""
    return plan_for(holes.cells(CELL)[0], holes.size, SIDE, CONTEXT)


def plan_for(some: NDArray[np.bool_], size: tuple[int, int], side: int, context: int) -> CellPlan:
    """Plan windows from the cells that hold any hole; see `pconv_cli.tiling.by_cells.plan_by_cells`."""
    near, nearer = (groups_of(some, -(-context // (share * CELL))) for share in (1, _SCATTERED))
    return plan_by_cells(some, near, size, side, context, nearer)


class _Sweep:
    def __init__(self, image: DamagedImage, backend: Backend, side: int, context: int) -> None:
        self._image, self._backend, self._side, self._context = image, backend, side, context
        some, every = image.holes.cells(CELL)
        self._plan = plan_for(some, image.holes.size, side, context)
        self._deep = context // 2  # every pixel that counts in a window sees as far as this
        self._parts = deep_parts(every, self._plan, self._deep)
        self._afar: CoarseFill | None = None
        self._guesses: OrderedDict[int, CoarseFill] = OrderedDict()
        self._room = _ROOM if is_threaded(backend) else None
        self._detailed: DetailedParts | None = None
        if isinstance(backend, DetailingBackend):
            self._detailed = DetailedParts(self._known, image.holes.size, backend)
        self._open: dict[tuple[int, int], FilledBlock] = {}

    def run(self) -> Iterator[FilledBlock]:
        windows = self._plan.windows
        self._counted = Counted("filling", len(windows))
        fills = in_order([window.rect for window in windows], self._begun, self._room)
        with closing(fills):
            for number, (window, filled) in enumerate(zip(windows, fills, strict=True)):
                yield from self._finished(window.rect.top)
                with measured("blend"):
                    self._gather(window.rect, filled, self._plan.share(window))
                self._counted.done(number)
        yield from self._finished(self._image.holes.size[0])

    def _begun(self, number: int) -> Callable[[], Rgb]:
        """Read a window, and what it takes from coarser scales; give what fills it, in any thread."""
        window = self._plan.windows[number]
        with self._counted.window(number):
            rgb, mask, known = self._look(window.rect)
            if not known.any():
                afar = self._from_afar(window.rect)
                return lambda: afar
            share = self._plan.share(window)
            if known is not mask:
                share = share * ~mask
                mask = with_blanks(rgb, mask, known)
            guesses = list(self._guess(window.rect)) if window.grid else []
        depth = hole_depth(mask) if guesses else np.zeros(mask.shape, np.float32)
        for place, here, values in guesses:
            rgb[place][here] = values
            mask[place] |= here & (depth[place] > self._deep)  # stands for known

        def fill() -> Rgb:
            with self._counted.window(number):
                filled = rgb if mask.all() else self._run(rgb, mask, wanted_holes(mask, share))
            for place, here, values in guesses:
                filled[place][here] = blend_by_depth(filled[place][here], values, depth[place][here], self._deep)
            return filled

        return fill

    def _look(self, rect: Rect) -> tuple[Rgb, Mask, Mask]:
        """Read a window, its mask, and what is known of it: the mask itself, or less where some of it says nothing."""
        with measured("decode"):
            rgb, mask = self._image.rgb(rect), self._image.holes.window(rect)
            blank = np.isnan(rgb[:, :, 0])
            if not blank.any():
                return rgb, mask, mask
            rgb[blank] = 0
            return rgb, mask, mask & ~blank if (mask & blank).any() else mask

    def _known(self, rect: Rect) -> tuple[Rgb, Mask]:
        rgb, _, known = self._look(rect)
        return rgb, known

    def _from_afar(self, rect: Rect) -> Rgb:
        """Fill a window in which nothing is known from the whole image, reduced to the size of a window."""
        if self._afar is None:
            height, width = self._image.holes.size
            scale = 1
            while max(height, width) > self._side * scale:
                scale *= 2
            rgb, mask = self._reduced(Rect(0, 0, height, width), scale)
            if not mask.any():
                raise NothingKnown
            self._afar = CoarseFill(self._run(rgb, mask), mask, Rect(0, 0, height, width), scale)
        return self._part(-1, self._afar, rect)

    def _part(self, number: int, fill: CoarseFill, rect: Rect) -> Rgb:
        """Give a part of a coarse fill, with detail where it is reduced and the method has any."""
        if self._detailed is None or fill.scale == 1:
            return fill.part(rect)
        return self._detailed.part(number, fill, rect)

    def _run(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        with measured("infer"):
            return self._backend.fill(rgb, mask, wanted)

    def _guess(self, rect: Rect) -> Iterator[tuple[tuple[slice, slice], NDArray[np.bool_], NDArray[np.float32]]]:
        """The coarse fills within a window: a place in it, where in that place there is one, and what is there."""
        for number, deep in enumerate(self._parts):
            part = deep.rect.overlap(rect)
            if part is None:
                continue
            here = spread_cells(deep.cells(self._plan.labels.shape), part)
            if not here.any():
                continue
            values = self._part(number, self._coarse(number, deep), part)
            yield part.relative_to(rect).slices, here, values[here]

    def _coarse(self, number: int, deep: DeepPart) -> CoarseFill:
        """Fill the surroundings of a deep part at the first scale at which they fit into a window."""
        if number in self._guesses:
            self._guesses.move_to_end(number)
            return self._guesses[number]
        margin, scale = self._deep + self._context, 1
        box = deep.rect.grown(margin, self._image.holes.size)
        while max(box.size) > self._side * scale:
            scale *= 2
            box = deep.rect.grown(margin, self._image.holes.size, scale)
        rgb, mask = self._reduced(box, scale)
        self._guesses[number] = CoarseFill(self._run(rgb, mask), mask, box, scale)
        while len(self._guesses) > _GUESSES:
            self._guesses.popitem(last=False)
        return self._guesses[number]

    def _reduced(self, rect: Rect, scale: int) -> tuple[Rgb, Mask]:
        """Average what is valid in a rectangle, read band by band."""
        parts = []
        band = max(scale, BLOCK)
        for top in range(rect.top, rect.bottom, band):
            rgb, _, known = self._look(Rect(top, rect.left, min(band, rect.bottom - top), rect.width))
            for _ in range(scale.bit_length() - 1):
                rgb, known = halve_known(rgb, known)
            parts.append((rgb, known))
        return np.concatenate([rgb for rgb, _ in parts]), np.concatenate([known for _, known in parts])

    def _gather(self, rect: Rect, filled: Rgb, share: NDArray[np.float32]) -> None:
        """Add a window's fill to the blocks that it touches, by its share in them."""
        size = self._image.holes.size
        for part in tiles_of(rect, BLOCK, origin=(0, 0)):
            top, left = part.top // BLOCK * BLOCK, part.left // BLOCK * BLOCK
            place = Rect(top, left, min(BLOCK, size[0] - top), min(BLOCK, size[1] - left))
            here, there = part.relative_to(place).slices, part.relative_to(rect).slices
            if not share[there].any() or not self._image.holes.has_hole(place):
                continue
            if (top, left) not in self._open:
                hole = ~self._image.holes.window(place)
                fill = np.zeros((int(np.count_nonzero(hole)), 3), np.float32)
                self._open[top, left] = FilledBlock(place, hole, fill)
            block = self._open[top, left]
            inside = np.zeros_like(block.hole)
            counts = block.hole[here] & (share[there] > 0)
            inside[here] = counts
            block.fill[inside[block.hole]] += filled[there][counts] * share[there][counts][:, np.newaxis]

    def _finished(self, top: int) -> Iterator[FilledBlock]:
        """Hand over the blocks that no window from ``top`` on can touch, row by row."""
        for place in sorted(place for place, block in self._open.items() if block.rect.bottom <= top):
            yield self._open.pop(place)
