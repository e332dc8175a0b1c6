"""One mask under the hands of a person: strokes, areas, floods, growth, proposals, and every step undone and redone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.annotations.shapes import Canvas, Rings, points_of, stroke, together
from pconv_cli.masks.large.windows import SIDE, counted_tiles
from pconv_cli.masks.operations import spread
from pconv_cli.tiling.grid import tiles_of
from pconv_cli.tiling.rect import Framed, Rect

#: Steps that can be undone, as long as what they keep takes no more than this number of bytes.
STEPS, STEP_BYTES = 200, 256 << 20

#: Pixels by which a mask may grow or shrink in one step.
MOST_GROWTH = 200

Rgb8 = NDArray[np.uint8]

# A window and its hole; and one with its hole before and after, packed.
_Change = tuple[Rect, NDArray[np.bool_]]
_Packed = tuple[Rect, NDArray[np.uint8], NDArray[np.uint8]]


@dataclass
class _Step:
    """What a step changed: for each window touched, its hole before and after, packed; steps are counted from 1."""

    number: int
    windows: list[_Packed]
    proposals: list[_Packed]

    @property
    def nbytes(self) -> int:
        """What it keeps in memory."""
        return sum(old.nbytes + new.nbytes for _, old, new in (*self.windows, *self.proposals))


class MaskDrawing:
    """A mask and the proposals beside it, changed step by step.

    Proposals are holes that a search found and nobody has judged: a click accepts or rejects a connected one.

    Args:
        mask: The mask to begin with; it is changed.
    """

    def __init__(self, mask: PackedMask) -> None:
        self.mask = mask
        self.proposals = PackedMask(mask.size)
        self.version = 0
        self._pixels = {id(self.mask): mask.hole_pixels, id(self.proposals): 0}  # counted on, not over and over
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self._forgotten = 0  # the revision before all steps that are kept

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.mask.size

    @property
    def revision(self) -> int:
        """Number of the last step that changed the mask and stands, 0 for none: equal numbers mean equal masks."""
        return next((step.number for step in reversed(self._done) if step.windows), self._forgotten)

    @property
    def hole_ratio(self) -> float:
        """Share of the pixels that are hole, 0 to 1."""
        return self._pixels[id(self.mask)] / (self.size[0] * self.size[1])

    @property
    def proposed(self) -> bool:
        """Whether there are proposals to judge."""
        return self._pixels[id(self.proposals)] > 0

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self._undone)

    def brush(self, points: Sequence[Sequence[float]], radius: float, *, erase: bool = False) -> None:
        """Draw a stroke.

        Args:
            points: x and y in pixels, corners being whole numbers; one point draws a disc.
            radius: In pixels, more than 0.
            erase: Make valid instead of hole.

        Raises:
            ShapeError: The points are no points.
        """
        self._draw(stroke(points_of(points), 2 * radius), erase=erase)

    def area(self, points: Sequence[Sequence[float]], *, erase: bool = False) -> None:
        """Fill a polygon; see `brush` for the arguments."""
        self._draw([Rings([points_of(points)], even_odd=False)], erase=erase)

    def flood(self, image: Rgb8, window: Rect, x: int, y: int, tolerance: int, *, erase: bool = False) -> None:
        """Take the connected area of one colour about a point.

        Args:
            image: ``(h, w, 3)`` uint8, the window's pixels.
            window: Where they lie; the flood does not leave it.
            x: Column of the point in the image.
            y: Its row.
            tolerance: How far (of 255) a channel may be from that of the point.
            erase: Make valid instead of hole.
        """
        height, width = image.shape[:2]
        start = (x - window.left, y - window.top)
        if not (0 <= start[0] < width and 0 <= start[1] < height):
            return
        filled = np.zeros((height + 2, width + 2), np.uint8)
        flags = 4 | (1 << 8) | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE
        cv2.floodFill(np.ascontiguousarray(image), filled, start, 0, (tolerance,) * 3, (tolerance,) * 3, flags)
        found = filled[1:-1, 1:-1].astype(np.bool_)
        hole = self.mask.hole(window)
        self._change([(window, hole & ~found if erase else hole | found)])

    def grow(self, px: int, within: Rect | None = None) -> None:
        """Grow all holes by a disc, or shrink them by a negative number of pixels.

        Args:
            px: At most `MOST_GROWTH` either way.
            within: Only what lies in this window changes; None: everywhere.
        """
        px = max(-MOST_GROWTH, min(MOST_GROWTH, px))
        self._change(self._grown(framed, px, within) for framed in counted_tiles(self.size, SIDE, margin=abs(px)))

    def _grown(self, framed: Framed, px: int, within: Rect | None) -> _Change:
        hole = self.mask.hole(framed.outer)
        if not hole.any():
            return framed.inner, framed.cut(hole)
        new = framed.cut(spread(hole, px) if px > 0 else ~spread(~hole, -px))
        if within is None:
            return framed.inner, new
        inside = np.zeros(new.shape, np.bool_)
        part = within.overlap(framed.inner)
        if part is not None:
            inside[part.relative_to(framed.inner).slices] = True
        return framed.inner, np.where(inside, new, framed.cut(hole))

    def clear(self, window: Rect | None = None) -> None:
        """Make a window valid, or everything."""
        window = window or Rect.whole(self.size)
        self._change((part, np.zeros(part.size, np.bool_)) for part in tiles_of(window, SIDE))

    def propose(self, window: Rect, found: NDArray[np.bool_]) -> int:
        """Set the proposals of a window to what was found there, the mask's own holes left out; gives how many."""
        proposed = found & ~self.mask.hole(window)
        self._change([], [(window, proposed)])
        count, _ = cv2.connectedComponents(proposed.astype(np.uint8), connectivity=8)
        return int(count) - 1

    def judge(self, x: int, y: int, window: Rect, *, accept: bool) -> bool:
        """Accept or reject the proposal at a point, as far as it lies in a window; False where there is none."""
        row, column = y - window.top, x - window.left
        proposed = self.proposals.hole(window)
        if not (0 <= row < proposed.shape[0] and 0 <= column < proposed.shape[1]) or not proposed[row, column]:
            return False
        _, labels = cv2.connectedComponents(proposed.astype(np.uint8), connectivity=8)
        part = np.asarray(labels == labels[row, column])
        self._change([(window, self.mask.hole(window) | part)] if accept else [], [(window, proposed & ~part)])
        return True

    def judge_all(self, window: Rect, *, accept: bool) -> None:
        """Accept or reject every proposal of a window."""
        parts = [part for part in tiles_of(window, SIDE) if self.proposals.has_hole(part)]
        self._change(
            ((part, self.mask.hole(part) | self.proposals.hole(part)) for part in parts if accept),
            ((part, np.zeros(part.size, np.bool_)) for part in parts),
        )

    def undo(self) -> bool:
        """Take the last step back; False where there is none."""
        return self._walk(self._done, self._undone, before=True)

    def redo(self) -> bool:
        """Take the last undone step again; False where there is none."""
        return self._walk(self._undone, self._done, before=False)

    def _walk(self, source: list[_Step], target: list[_Step], *, before: bool) -> bool:
        if not source:
            return False
        step = source.pop()
        self._put_all(step, before=before)
        target.append(step)
        return True

    def _draw(self, shapes: Sequence[Rings], *, erase: bool) -> None:
        """Draw shapes of the raster rule, in the windows that they touch."""
        touched: dict[tuple[int, int], list[tuple[Rings, Rect]]] = {}
        for shape in shapes:
            for part in tiles_of(_box(shape, self.size), SIDE, origin=(0, 0)):
                touched.setdefault((part.top // SIDE, part.left // SIDE), []).append((shape, part))
        self._change(self._drawn(touched[place], erase=erase) for place in sorted(touched))

    def _drawn(self, shapes: Sequence[tuple[Rings, Rect]], *, erase: bool) -> _Change:
        """Draw shapes of one window, each with the part of it that it touches, in as much of it as they all touch."""
        rect = Rect.enclosing([part for _, part in shapes])
        # A canvas is as wide as the mask; one of the part's own width needs the shape moved.
        drawn = np.zeros(rect.size, np.bool_)
        shape = shapes[0][0] if len(shapes) == 1 else together([one for one, _ in shapes])
        moved = replace(shape, rings=[ring - (rect.left, 0) for ring in shape.rings])
        moved.draw(Canvas(drawn, rect.top, self.size[0] * self.size[1]))
        hole = self.mask.hole(rect)
        return rect, hole & ~drawn if erase else hole | drawn

    def _change(self, holes: Iterable[_Change], proposals: Iterable[_Change] = ()) -> None:
        """Set windows, and keep what was there, as one step; a step that changes nothing is none.

        All changes are made from the mask as it is before the step, and kept packed: of a huge mask, no more than a
        window is ever unpacked.
        """
        step = _Step(self.version + 1, self._packed(self.mask, holes), self._packed(self.proposals, proposals))
        if not step.windows and not step.proposals:
            return
        self._put_all(step, before=False)
        self._done.append(step)
        while len(self._done) > STEPS or (len(self._done) > 1 and sum(one.nbytes for one in self._done) > STEP_BYTES):
            forgotten = self._done.pop(0)
            self._forgotten = forgotten.number if forgotten.windows else self._forgotten
        self._undone.clear()

    def _packed(self, mask: PackedMask, changes: Iterable[_Change]) -> list[_Packed]:
        olds = ((window, mask.hole(window), new) for window, new in changes)
        return [(window, np.packbits(old), np.packbits(new)) for window, old, new in olds if (old != new).any()]

    def _put_all(self, step: _Step, *, before: bool) -> None:
        """Set what a step changed to what it was before the step, or after it."""
        for mask, changes in ((self.mask, step.windows), (self.proposals, step.proposals)):
            for window, old, new in changes:
                hole = _unpacked(old if before else new, window)
                self._pixels[id(mask)] += int(np.count_nonzero(hole)) - int(np.count_nonzero(mask.hole(window)))
                mask.put_hole(window, hole)
        self.version += 1


def _box(shape: Rings, size: tuple[int, int]) -> Rect:
    """The window of a mask that a shape may touch; empty where it lies outside."""
    low = np.min([ring.min(axis=0) for ring in shape.rings], axis=0)
    high = np.max([ring.max(axis=0) for ring in shape.rings], axis=0)
    left, top, right, bottom = int(low[0]) - 1, int(low[1]) - 1, int(high[0]) + 2, int(high[1]) + 2
    return Rect.between(top, left, bottom, right).overlap(Rect.whole(size)) or Rect(0, 0, 0, 0)


def _unpacked(packed: NDArray[np.uint8], window: Rect) -> NDArray[np.bool_]:
    return np.unpackbits(packed, count=window.area).reshape(window.size).view(np.bool_)
