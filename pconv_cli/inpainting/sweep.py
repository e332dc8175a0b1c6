"""The sweep: a picture of any size filled window by window from top to bottom, be it in memory or in a file.

Only windows that touch a hole are read, and what is kept of them is their fill, so that memory follows the windows.
A hole too deep for a window is filled on a reduced picture first, as in `coarse`; that fill then stands for known
pixels deep in the hole, and passes smoothly into the fill of the rim.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.packed import PackedMask
from pconv_cli.inpainting.backends import Backend
from pconv_cli.inpainting.blanks import with_blanks
from pconv_cli.inpainting.blend import smoothstep
from pconv_cli.inpainting.coarse import halve
from pconv_cli.inpainting.counting import count, within
from pconv_cli.inpainting.profile import measured
from pconv_cli.inpainting.regions import (
    CELL,
    CONTEXT,
    ON_GRID,
    SIDE,
    Plan,
    Task,
    plan_windows,
    spread_cells,
    wanted_holes,
)
from pconv_cli.inpainting.tiles import Tile
from pconv_cli.inpainting.windows import Rgb
from pconv_cli.masks.ratios import Mask

#: Side in pixels of the blocks in which fills are gathered and handed over.
BLOCK = 256

#: Coarse fills that are kept for the windows to come.
_GUESSES = 4


class NothingKnown(Exception):
    """A picture has holes, and not one pixel outside them that says anything."""


class Scene(Protocol):
    """A picture that can be looked at in windows.

    Attributes:
        holes: Its mask.
    """

    holes: PackedMask

    def rgb(self, tile: Tile) -> Rgb:
        """A window as ``(h, w, 3)`` float32 RGB in [0, 1], the caller's own.

        NaN at pixels that say nothing of the picture, hole or not; other values in a hole are not looked at.
        """


class Block(NamedTuple):
    """A part of a picture whose holes are filled.

    Attributes:
        tile: Its place.
        hole: ``(h, w)`` bool, True = hole.
        fill: ``(n, 3)`` float32 RGB, one row for each True of ``hole``.
    """

    tile: Tile
    hole: NDArray[np.bool_]
    fill: NDArray[np.float32]


def sweep(
    scene: Scene,
    backend: Backend,
    *,
    side: int | None = None,
    context: int | None = None,
) -> Iterator[Block]:
    """Fill all holes of a picture.

    Args:
        scene: The picture; with at least one valid pixel.
        backend: The method.
        side: Largest side of a window; None: `SIDE`. A picture no larger is given to the method as it is.
        context: Pixels shown round holes; None: `CONTEXT`.

    Yields:
        Blocks that together hold every hole pixel once, in rows of `BLOCK` pixels from top to bottom.

    Raises:
        NothingKnown: There is nothing to fill the holes from.
    """
    swept = _Sweep(scene, backend, SIDE if side is None else side, CONTEXT if context is None else context)
    return swept.run()


def plan_of(holes: PackedMask) -> Plan:
    """The windows in which `sweep` fills a picture with these holes."""
    return plan_windows(holes.cells(CELL)[0], holes.size, SIDE, CONTEXT)


class _Sweep:
    def __init__(self, scene: Scene, backend: Backend, side: int, context: int) -> None:
        self._scene, self._backend, self._side, self._context = scene, backend, side, context
        some, every = scene.holes.cells(CELL)
        self._plan = plan_windows(some, scene.holes.size, side, context)
        self._deep = context // 2  # every pixel that counts in a window sees as far as this
        self._cores = _cores(every, self._plan, self._deep)
        self._afar: tuple[Rgb, int] | None = None
        self._guesses: OrderedDict[int, tuple[Rgb, Tile, int]] = OrderedDict()
        self._open: dict[tuple[int, int], Block] = {}

    def run(self) -> Iterator[Block]:
        total = len(self._plan.tasks)
        for done, task in enumerate(self._plan.tasks):
            if total > 1:
                count("filling", done, total)
            yield from self._finished(task.tile.top)
            share = self._plan.share(task)
            with within(done, total):
                filled = self._fill(task, share)
            with measured("blend"):
                self._gather(task, filled, share)
        if total > 1:
            count("filling", total, total)
        yield from self._finished(self._scene.holes.size[0])

    def _fill(self, task: Task, share: NDArray[np.float32]) -> Rgb:
        rgb, mask, known = self._look(task.tile)
        if not known.any():
            return self._from_afar(task.tile)
        if known is not mask:
            share = share * ~mask
            mask = with_blanks(rgb, mask, known)
        guesses = list(self._guess(task.tile)) if task.label == ON_GRID else []
        if not guesses:
            return self._run(rgb, mask, wanted_holes(mask, share))
        depth = _depth(mask)
        for place, here, values in guesses:
            rgb[place][here] = values
            mask[place] |= here & (depth[place] > self._deep)  # stands for known
        filled = rgb if mask.all() else self._run(rgb, mask, wanted_holes(mask, share))
        half = np.float32(self._deep / 2)
        for place, here, values in guesses:
            rim = filled[place][here]
            weight = smoothstep((depth[place][here] - half) / half)[:, np.newaxis]
            filled[place][here] = rim + weight * (values - rim)
        return filled

    def _look(self, tile: Tile) -> tuple[Rgb, Mask, Mask]:
        """A window, its mask, and what is known of it: the mask itself, or less where some of it says nothing."""
        with measured("decode"):
            rgb, mask = self._scene.rgb(tile), self._scene.holes.window(tile.window)
            blank = np.isnan(rgb[:, :, 0])
            if not blank.any():
                return rgb, mask, mask
            rgb[blank] = 0
            return rgb, mask, mask & ~blank if (mask & blank).any() else mask

    def _from_afar(self, tile: Tile) -> Rgb:
        """Fill a window in which nothing is known from the whole picture, reduced to the size of a window."""
        if self._afar is None:
            height, width = self._scene.holes.size
            scale = 1
            while max(height, width) > self._side * scale:
                scale *= 2
            rgb, mask = self._reduced(Tile(0, 0, height, width), scale)
            if not mask.any():
                raise NothingKnown
            self._afar = self._run(rgb, mask), scale
        coarse, scale = self._afar
        rows, columns = (
            (np.arange(start, start + length) + 0.5) / scale - 0.5
            for start, length in ((tile.top, tile.height), (tile.left, tile.width))
        )
        return _bilinear(coarse, rows, columns)

    def _run(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        with measured("infer"):
            return self._backend.fill(rgb, mask, wanted)

    def _guess(self, tile: Tile) -> Iterator[tuple[tuple[slice, slice], NDArray[np.bool_], NDArray[np.float32]]]:
        """The coarse fills within a window: a place in it, where in that place there is one, and what is there."""
        for label, core in self._cores.items():
            part = core.box.shared(tile)
            if part is None:
                continue
            here = spread_cells(core.cells(self._plan.labels.shape), part)
            if not here.any():
                continue
            coarse, box, scale = self._coarse(label, core.box)
            rows = (np.arange(part.top, part.top + part.height) - box.top + 0.5) / scale - 0.5
            columns = (np.arange(part.left, part.left + part.width) - box.left + 0.5) / scale - 0.5
            yield part.within(tile).window, here, _bilinear(coarse, rows, columns)[here]

    def _coarse(self, label: int, core: Tile) -> tuple[Rgb, Tile, int]:
        """Fill the surroundings of a core at the first scale at which they fit into a window."""
        if label in self._guesses:
            self._guesses.move_to_end(label)
            return self._guesses[label]
        height, width = self._scene.holes.size
        margin, scale = self._deep + self._context, 1
        while True:
            top, left = ((max(0, start - margin) // scale * scale) for start in (core.top, core.left))
            bottom, right = min(height, core.top + core.height + margin), min(width, core.left + core.width + margin)
            if max(bottom - top, right - left) <= self._side * scale:
                break
            scale *= 2
        box = Tile(top, left, bottom - top, right - left)
        self._guesses[label] = self._run(*self._reduced(box, scale)), box, scale
        while len(self._guesses) > _GUESSES:
            self._guesses.popitem(last=False)
        return self._guesses[label]

    def _reduced(self, box: Tile, scale: int) -> tuple[Rgb, Mask]:
        """Averages of what is valid, read band by band."""
        parts = []
        band = max(scale, BLOCK)
        for top in range(box.top, box.top + box.height, band):
            tile = Tile(top, box.left, min(band, box.top + box.height - top), box.width)
            rgb, _, known = self._look(tile)
            for _ in range(scale.bit_length() - 1):
                rgb, known = halve(rgb, known)
            parts.append((rgb, known))
        return np.concatenate([rgb for rgb, _ in parts]), np.concatenate([known for _, known in parts])

    def _gather(self, task: Task, filled: Rgb, share: NDArray[np.float32]) -> None:
        """Add a window's fill to the blocks that it touches, by its share in them."""
        tile, size = task.tile, self._scene.holes.size
        for row in range(tile.top // BLOCK, -(-(tile.top + tile.height) // BLOCK)):
            for column in range(tile.left // BLOCK, -(-(tile.left + tile.width) // BLOCK)):
                top, left = row * BLOCK, column * BLOCK
                place = Tile(top, left, min(BLOCK, size[0] - top), min(BLOCK, size[1] - left))
                part = place.shared(tile)
                assert part is not None
                here, there = part.within(place).window, part.within(tile).window
                if not share[there].any() or not self._scene.holes.has_hole(place.window):
                    continue
                if (row, column) not in self._open:
                    hole = ~self._scene.holes.window(place.window)
                    fill = np.zeros((int(np.count_nonzero(hole)), 3), np.float32)
                    self._open[row, column] = Block(place, hole, fill)
                block = self._open[row, column]
                inside = np.zeros_like(block.hole)
                counts = block.hole[here] & (share[there] > 0)
                inside[here] = counts
                block.fill[inside[block.hole]] += filled[there][counts] * share[there][counts][:, np.newaxis]

    def _finished(self, top: int) -> Iterator[Block]:
        """Hand over the blocks that no window from ``top`` on can touch, row by row."""
        for place in sorted(place for place, block in self._open.items() if block.tile.top + block.tile.height <= top):
            yield self._open.pop(place)


class _Core(NamedTuple):
    """Cells of a deep part of a hole: their box in pixels, and which they are in it."""

    box: Tile
    inside: NDArray[np.bool_]

    def cells(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """A map of all cells."""
        cells = np.zeros(shape, np.bool_)
        top, left = self.box.top // CELL, self.box.left // CELL
        cells[top : top + self.inside.shape[0], left : left + self.inside.shape[1]] = self.inside
        return cells


def _cores(every: NDArray[np.bool_], plan: Plan, deep: int) -> dict[int, _Core]:
    """The parts of holes on the grid that may lie deeper than half of ``deep``, from cells that are all hole.

    All pixels of a cell and of the rings of cells round it lie within half of ``deep`` of one another, so that round a
    pixel as deep as that they are all hole. Parts that are nowhere as deep as ``deep`` are left to the windows.
    """
    rings = max(0, int(deep / 2 / (CELL * 2**0.5)) - 1)
    full = (every & (plan.labels == ON_GRID)).astype(np.uint8)
    cells = cv2.erode(full, np.ones((2 * rings + 1, 2 * rings + 1), np.uint8)) if rings else full
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cells, ltype=cv2.CV_32S)
    # No two pixels of two cells lie further apart than their centres and a cell's diagonal.
    depth = (cv2.distanceTransform(full, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) + 2**0.5) * CELL
    cores = {}
    for label in range(1, count):
        left, top, width, height = (int(value) for value in stats[label][:4])
        here = np.s_[top : top + height, left : left + width]
        inside = labels[here] == label
        if depth[here][inside].max() > deep:
            cores[label] = _Core(Tile(top * CELL, left * CELL, height * CELL, width * CELL), inside)
    return cores


def _depth(mask: Mask) -> NDArray[np.float32]:
    """Distance of each pixel to the nearest valid one; very large where there is none."""
    if not mask.any():
        return np.full(mask.shape, np.float32(1e9))
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(distance, np.float32)


def _bilinear(picture: Rgb, rows: NDArray[np.float64], columns: NDArray[np.float64]) -> Rgb:
    """A picture between its pixels, at the crossings of rows and columns; beyond its edges as at them."""
    above, down = _between(rows, picture.shape[0])
    before, right = _between(columns, picture.shape[1])
    below, after = np.minimum(above + 1, picture.shape[0] - 1), np.minimum(before + 1, picture.shape[1] - 1)
    lines = picture[above] + (picture[below] - picture[above]) * down[:, np.newaxis, np.newaxis]
    return np.asarray(lines[:, before] + (lines[:, after] - lines[:, before]) * right[:, np.newaxis], np.float32)


def _between(places: NDArray[np.float64], length: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    places = np.clip(places, 0, length - 1)
    first = places.astype(np.intp)
    return first, (places - first).astype(np.float32)
