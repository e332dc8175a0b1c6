"""The separate losses of a mask of any size: where each lies, how large and how wide it is."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.depths import depths_of
from pconv_cli.masks.large.parts import Labels, Sums, list_parts
from pconv_cli.masks.large.windows import SIDE
from pconv_cli.tiling.rect import Framed

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Depths up to this are measured pixel by pixel; beyond it in cells of `_CELL` pixels, which is at most 3 % off.
_MARGIN, _CELL = 256, 8

# The columns of what is measured of a part.
_AREA, _TOP, _LEFT, _BOTTOM, _RIGHT, _DEPTH, _ROW, _COLUMN = range(8)


@dataclass(frozen=True, eq=False)
class Losses:
    """Separate losses, one an entry of each array.

    Attributes:
        area: Pixels, ``(n,)``.
        boxes: First row and column, and those after the last, ``(n, 4)``.
        depth: The largest distance from a point of the loss to its edge, in pixels, ``(n,)``. The image's edge is one.
        deepest: Row and column of the pixel where that is, ``(n, 2)``.
    """

    area: Ints
    boxes: Ints
    depth: Floats
    deepest: Ints

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.area)

    @cached_property
    def width(self) -> Floats:
        """Twice the depth, in pixels: of a strip its width, of a disc its diameter."""
        return 2 * self.depth


def measure_losses(area: PackedMask, side: int = SIDE) -> Losses:
    """Measure each separate loss of a mask; those that touch, if only at a corner, are one.

    Args:
        area: The mask.
        side: Side of the windows that are looked at, in pixels; the result does not depend on it.
    """
    depths = _Depths(area)

    def measure(framed: Framed, labels: Labels, count: int) -> Sums:
        return _measured(framed, labels, count, depths.of(framed))

    rows = list_parts(area, measure, _joined, side, _MARGIN)
    if not rows.size:
        rows = np.empty((0, 8))
    whole = rows.astype(np.int64)
    return Losses(whole[:, _AREA], whole[:, [_TOP, _LEFT, _BOTTOM, _RIGHT]], rows[:, _DEPTH], whole[:, [_ROW, _COLUMN]])


class _Depths:
    """How far pixels of an area lie from its edge."""

    def __init__(self, area: PackedMask) -> None:
        self._area = area

    def of(self, framed: Framed) -> NDArray[np.float32]:
        """Measure the depths of a window's pixels ``(h, w)``, 0 outside of the area; see `depths_of`."""
        depth = framed.cut(depths_of(self._area, framed.outer))
        deep = depth > _MARGIN - 1
        if deep.any():
            depth[deep] = np.minimum(depth, np.maximum(self._coarse_of(framed), _MARGIN - 1))[deep]
        return depth

    def _coarse_of(self, framed: Framed) -> NDArray[np.float32]:
        rect = framed.inner
        cells = rect.scaled_down(_CELL)
        spread = self._coarse[cells.slices].repeat(_CELL, axis=0).repeat(_CELL, axis=1)
        top, left = rect.top - cells.top * _CELL, rect.left - cells.left * _CELL
        return spread[top : top + rect.height, left : left + rect.width]

    @cached_property
    def _coarse(self) -> NDArray[np.float32]:
        """Depths of cells, from the cells that are wholly in the area."""
        _, every = self._area.cells(_CELL)
        distance = cv2.distanceTransform(np.pad(every, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        return np.asarray(distance[1:-1, 1:-1] * _CELL - np.float32(_CELL / 2)).clip(0)


def _measured(framed: Framed, labels: Labels, count: int, depth: NDArray[np.float32]) -> Sums:
    rows = np.zeros((count, 8))
    places = np.flatnonzero(labels)
    label = labels.ravel()[places]
    row, column = np.divmod(places, labels.shape[1])
    rows[:, _AREA] = np.bincount(label, minlength=count)
    rows[:, [_TOP, _LEFT]] = np.inf
    for at, values in ((_TOP, row), (_LEFT, column)):
        np.minimum.at(rows[:, at], label, values)
        np.maximum.at(rows[:, at + 2], label, values + 1)
    deep = depth.ravel()[places].astype(np.float64)
    np.maximum.at(rows[:, _DEPTH], label, deep)
    most = np.flatnonzero(deep == rows[label, _DEPTH])
    found, first = np.unique(label[most], return_index=True)
    rows[found, _ROW], rows[found, _COLUMN] = row[most[first]], column[most[first]]
    rows[:, [_TOP, _BOTTOM, _ROW]] += framed.inner.top
    rows[:, [_LEFT, _RIGHT, _COLUMN]] += framed.inner.left
    return rows


def _joined(parts: NDArray[np.int32], rows: Sums) -> Sums:
    """Whole parts from their pieces; the deepest piece says where the part is deepest."""
    order = np.lexsort((rows[:, _COLUMN], rows[:, _ROW], -rows[:, _DEPTH], parts))
    rows = rows[order]
    starts = np.flatnonzero(np.diff(parts[order], prepend=-1))
    whole = rows[starts]
    whole[:, _AREA] = np.add.reduceat(rows[:, _AREA], starts)
    whole[:, [_TOP, _LEFT]] = np.minimum.reduceat(rows[:, [_TOP, _LEFT]], starts)
    whole[:, [_BOTTOM, _RIGHT]] = np.maximum.reduceat(rows[:, [_BOTTOM, _RIGHT]], starts)
    return whole
