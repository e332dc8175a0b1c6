"""Which part of each of the decoder's levels a part of the image depends on: pure arithmetic on boxes."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Boxes begin at multiples of this many pixels of the image, except for those moved inside at its end, and their sides
# are multiples of it: few sizes occur.
_GRID = 32

# A side of the image no longer than this is taken whole: a part of it saves little, and would be one size more.
_WHOLE = 128

# A side of a deeper level no longer than this is taken whole, too: most of the time goes into the finer levels.
_WHOLE_BELOW = 32

# A box that takes in more of its level than this is not worth the copies that cutting it out needs.
_MOST = 0.75


class LevelRegion(NamedTuple):
    """A part of a level: rows ``top`` to ``bottom`` and columns ``left`` to ``right``, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def of(self) -> Any:
        """The index that cuts it out of a tensor ``(..., H, W)``."""
        return ..., *self.slices

    @property
    def slices(self) -> tuple[slice, slice]:
        """The rows and columns, which cut it out of an array ``(H, W, ...)``."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    def within(self, other: "LevelRegion") -> "LevelRegion":
        """Return the same part, counted from the corner of a box that holds it."""
        return LevelRegion(
            self.top - other.top, self.bottom - other.top, self.left - other.left, self.right - other.left
        )

    def doubled(self) -> "LevelRegion":
        """Return the same part one level finer."""
        return LevelRegion(*(2 * value for value in self))


def hole_box(rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> LevelRegion | None:
    """Return the smallest box that holds all holes; None where there is none.

    Args:
        rows: ``(H,)``, which rows have holes.
        columns: ``(W,)``, which columns have.
    """
    down, across = np.flatnonzero(rows).tolist(), np.flatnonzero(columns).tolist()
    return LevelRegion(down[0], down[-1] + 1, across[0], across[-1] + 1) if down else None


def decoder_boxes(box: LevelRegion, sizes: Sequence[Sequence[int]]) -> list[LevelRegion]:
    """Return the part of each level on which a box of the image depends in the decoder, and somewhat more.

    For each new size of its input a library prepares a convolution and keeps it: some half a millisecond each, and
    memory. So a box is widened to one of few sizes, the same at an edge as elsewhere.

    Args:
        box: The part of the image, of level 0.
        sizes: (height, width) of each level, from the image to the deepest one; each is half of the one before.

    Returns:
        A box a level, from the deepest one to the image. Twice a box holds the next, and where its edge is not the
        level's own, a pixel of context round it, as a 3 x 3 kernel needs it.
    """
    boxes = [_fitted(box, sizes[0], _steps)]
    for size in sizes[1:]:
        boxes.append(_fitted(boxes[-1], size, _below))
    return boxes[::-1]


def least_boxes(box: LevelRegion, sizes: Sequence[Sequence[int]]) -> list[LevelRegion]:
    """Return the part of each level on which a box of the image depends in the decoder, and nothing more.

    For engines that prepare nothing for a size; see `decoder_boxes` for the arguments and what is returned.
    """
    boxes = [box]
    for height, width in sizes[1:]:
        rows, columns = (
            _needed(boxes[-1].top, boxes[-1].bottom, height),
            _needed(boxes[-1].left, boxes[-1].right, width),
        )
        boxes.append(LevelRegion(*rows, *columns))
    return boxes[::-1]


def _needed(start: int, end: int, side: int) -> tuple[int, int]:
    """Give the span of a level, of that length, on which one of the level above depends through a 3 x 3 kernel."""
    return max(0, (start - 1) // 2), min(side, end // 2 + 1)


class Dependence(NamedTuple):
    """What wanted places of a level of the decoder depend on.

    Attributes:
        skip: Of twice the box below: the wanted places themselves.
        below: ``(h + 1, w + 1)``, the windows of 2 x 2 pixels of the box below ``(h, w)``, the first beyond its corner.
        pixels: ``(h, w)``, the pixels of that box.
    """

    skip: NDArray[np.bool_]
    below: NDArray[np.bool_]
    pixels: NDArray[np.bool_]


def dependences(wanted: NDArray[np.bool_], boxes: Sequence[LevelRegion]) -> list[Dependence]:
    """Find what places of the image depend on at each level of the decoder, through 3 x 3 kernels on enlarged levels.

    Args:
        wanted: True at places of the image's box.
        boxes: A box a level, as of `least_boxes`.

    Returns:
        One a step from a level to the next, from the deepest one on.
    """
    found: list[Dependence] = []
    for low, here in zip(boxes[-2::-1], boxes[:0:-1], strict=True):
        (height, width), around = low.size, low.doubled()
        skip = np.zeros(around.size, np.bool_)
        skip[here.within(around).slices] = wanted
        below = np.zeros((height + 1, width + 1), np.bool_)
        for row, column in np.ndindex(2, 2):
            below[row : row + height, column : column + width] |= skip[row::2, column::2]
        wanted = below[:-1, :-1] | below[1:, :-1] | below[:-1, 1:] | below[1:, 1:]
        found.append(Dependence(skip, below, wanted))
    return found[::-1]


def _fitted(box: LevelRegion, size: Sequence[int], span: Callable[[int, int, int], tuple[int, int]]) -> LevelRegion:
    """Rows and columns of a box become those of a level; the whole level, where that is most of it."""
    height, width = size
    fitted = LevelRegion(*span(box.top, box.bottom, height), *span(box.left, box.right, width))
    taken = (fitted.bottom - fitted.top) * (fitted.right - fitted.left)
    return LevelRegion(0, height, 0, width) if taken > _MOST * height * width else fitted


def _steps(start: int, end: int, side: int) -> tuple[int, int]:
    """A span of the image, widened to 1, 2, 3, 4, 6, 8, 10 ... cells of the grid; a short side whole."""
    if side <= _WHOLE:
        return 0, side
    first = start // _GRID * _GRID
    cells = -(-(end - first) // _GRID)
    if cells > 4:
        cells += cells % 2
    return _placed(first, cells * _GRID, side)


def _below(start: int, end: int, side: int) -> tuple[int, int]:
    """What a span depends on one level deeper, of even length: as long at an edge as elsewhere; a short side whole."""
    if side <= _WHOLE_BELOW:
        return 0, side
    first, last = _needed(start, end, side)
    return _placed(first, last - first + (last - first) % 2, side)


def _placed(start: int, length: int, side: int) -> tuple[int, int]:
    """A span moved back to where it lies on a side, or the side itself."""
    start = max(0, min(start, side - length))
    return start, min(start + length, side)
