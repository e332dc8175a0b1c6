"""One mask under the hands of a person: strokes, areas, floods, growth, proposals, and every step undone and redone."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.packed import PackedMask
from pconv_cli.masks.annotations.shapes import Canvas, Rings, Shape, points_of, stroke
from pconv_cli.masks.operations import spread
from pconv_cli.masks.windows import SIDE, Window, views

#: Steps that can be undone, as long as what they keep takes no more than so many bytes.
STEPS, STEP_BYTES = 200, 256 << 20

#: Pixels by which a mask may grow or shrink in one step.
MOST_GROWTH = 200

Rgb8 = NDArray[np.uint8]


@dataclass
class _Step:
    """What a step changed: for each window touched, its hole before and after, packed."""

    windows: list[tuple[Window, NDArray[np.uint8], NDArray[np.uint8]]]
    proposals: list[tuple[Window, NDArray[np.uint8], NDArray[np.uint8]]]

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

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.mask.size

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

    def flood(self, image: Rgb8, window: Window, x: int, y: int, tolerance: int, *, erase: bool = False) -> None:
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
        start = (x - window[1].start, y - window[0].start)
        if not (0 <= start[0] < width and 0 <= start[1] < height):
            return
        filled = np.zeros((height + 2, width + 2), np.uint8)
        flags = 4 | (1 << 8) | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE
        cv2.floodFill(np.ascontiguousarray(image), filled, start, 0, (tolerance,) * 3, (tolerance,) * 3, flags)
        found = filled[1:-1, 1:-1].astype(np.bool_)
        hole = self.mask.hole(window)
        self._change([(window, hole & ~found if erase else hole | found)])

    def grow(self, px: int, within: Window | None = None) -> None:
        """Grow all holes by a disc, or shrink them by a negative number of pixels.

        Args:
            px: At most `MOST_GROWTH` either way.
            within: Only what lies in this window changes; None: everywhere.
        """
        px = max(-MOST_GROWTH, min(MOST_GROWTH, px))
        changed = []
        for view in views(self.size, SIDE, margin=abs(px)):
            hole = self.mask.hole(view.outer)
            if not hole.any():
                continue
            new = view.cut(spread(hole, px) if px > 0 else ~spread(~hole, -px))
            old = view.cut(hole)
            if within is not None:
                inside = np.zeros(new.shape, np.bool_)
                rows, columns = (
                    slice(max(0, part.start - inner.start), max(0, part.stop - inner.start))
                    for part, inner in zip(within, view.inner, strict=True)
                )
                inside[rows, columns] = True
                new = np.where(inside, new, old)
            changed.append((view.inner, new))
        self._change(changed)

    def clear(self, window: Window | None = None) -> None:
        """Make a window valid, or everything."""
        window = window or (slice(0, self.size[0]), slice(0, self.size[1]))
        self._change([(part, np.zeros(_shape(part), np.bool_)) for part in self._windows(window)])

    def add(self, mask: PackedMask) -> None:
        """Make hole, too, what is hole in another mask of the same size."""
        everything = (slice(0, self.size[0]), slice(0, self.size[1]))
        parts = [part for part in self._windows(everything) if mask.has_hole(part)]
        self._change([(part, self.mask.hole(part) | mask.hole(part)) for part in parts])

    def propose(self, window: Window, found: NDArray[np.bool_]) -> int:
        """Set the proposals of a window to what was found there, the mask's own holes left out; gives how many."""
        proposed = found & ~self.mask.hole(window)
        self._change([], [(window, proposed)])
        count, _ = cv2.connectedComponents(proposed.astype(np.uint8), connectivity=8)
        return int(count) - 1

    def judge(self, x: int, y: int, window: Window, *, accept: bool) -> bool:
        """Accept or reject the proposal at a point, as far as it lies in a window; False where there is none."""
        row, column = y - window[0].start, x - window[1].start
        proposed = self.proposals.hole(window)
        if not (0 <= row < proposed.shape[0] and 0 <= column < proposed.shape[1]) or not proposed[row, column]:
            return False
        _, labels = cv2.connectedComponents(proposed.astype(np.uint8), connectivity=8)
        part = np.asarray(labels == labels[row, column])
        self._change([(window, self.mask.hole(window) | part)] if accept else [], [(window, proposed & ~part)])
        return True

    def judge_all(self, window: Window, *, accept: bool) -> None:
        """Accept or reject every proposal of a window."""
        proposed = self.proposals.hole(window)
        taken = [(window, self.mask.hole(window) | proposed)] if accept else []
        self._change(taken, [(window, np.zeros_like(proposed))])

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
        for mask, changes in ((self.mask, step.windows), (self.proposals, step.proposals)):
            for window, old, new in reversed(changes) if before else changes:
                self._put(mask, window, _unpacked(old if before else new, window))
        target.append(step)
        self.version += 1
        return True

    def _put(self, mask: PackedMask, window: Window, hole: NDArray[np.bool_]) -> None:
        self._pixels[id(mask)] += int(np.count_nonzero(hole)) - int(np.count_nonzero(mask.hole(window)))
        mask.put_hole(window, hole)

    def _draw(self, shapes: Sequence[Shape], *, erase: bool) -> None:
        """Draw shapes of the raster rule, in the windows that they touch."""
        low = np.min([ring.min(axis=0) for shape in shapes if isinstance(shape, Rings) for ring in shape.rings], axis=0)
        high = np.max(
            [ring.max(axis=0) for shape in shapes if isinstance(shape, Rings) for ring in shape.rings], axis=0
        )
        height, width = self.size
        rows = slice(min(height, max(0, int(low[1]) - 1)), max(0, min(height, int(high[1]) + 2)))
        columns = slice(min(width, max(0, int(low[0]) - 1)), max(0, min(width, int(high[0]) + 2)))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        changed = []
        for part in self._windows((rows, columns)):
            down, across = part
            # A canvas is as wide as the mask; one of the part's own width needs the shapes moved.
            drawn = np.zeros(_shape(part), np.bool_)
            for shape in shapes:
                assert isinstance(shape, Rings)
                moved = Rings([ring - (across.start, 0) for ring in shape.rings], shape.even_odd, shape.closed)
                moved.draw(Canvas(drawn, down.start, height * width))
            hole = self.mask.hole(part)
            changed.append((part, hole & ~drawn if erase else hole | drawn))
        self._change(changed)

    def _windows(self, window: Window) -> list[Window]:
        """A window cut into parts that are quick to draw and to keep."""
        rows, columns = window
        return [
            (slice(top, min(rows.stop, top + SIDE)), slice(left, min(columns.stop, left + SIDE)))
            for top in range(rows.start, rows.stop, SIDE)
            for left in range(columns.start, columns.stop, SIDE)
        ]

    def _change(
        self,
        holes: Sequence[tuple[Window, NDArray[np.bool_]]],
        proposals: Sequence[tuple[Window, NDArray[np.bool_]]] = (),
    ) -> None:
        """Set windows, and keep what was there, as one step; a step that changes nothing is none."""
        step = _Step([], [])
        for mask, changes, kept in ((self.mask, holes, step.windows), (self.proposals, proposals, step.proposals)):
            for window, new in changes:
                old = mask.hole(window)
                if (old != new).any():
                    kept.append((window, np.packbits(old), np.packbits(new)))
                    self._put(mask, window, new)
        if step.windows or step.proposals:
            self._done.append(step)
            del self._done[:-STEPS]
            while len(self._done) > 1 and sum(one.nbytes for one in self._done) > STEP_BYTES:
                del self._done[0]
            self._undone.clear()
            self.version += 1


def _shape(window: Window) -> tuple[int, int]:
    return window[0].stop - window[0].start, window[1].stop - window[1].start


def _unpacked(packed: NDArray[np.uint8], window: Window) -> NDArray[np.bool_]:
    height, width = _shape(window)
    return np.unpackbits(packed, count=height * width).reshape(height, width).view(np.bool_)
