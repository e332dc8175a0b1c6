"""The deep parts of a large image's holes, found on its coarse map: no window can fill them; a coarser scale can."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.methods.tiled.holes import groups_of
from pconv_cli.tiling.by_cells import CELL, ON_GRID, CellPlan
from pconv_cli.tiling.rect import Rect


class DeepPart(NamedTuple):
    """Cells of a deep part of a hole.

    Attributes:
        rect: Their bounding box, in pixels.
        inside: Which of the cells in it they are.
    """

    rect: Rect
    inside: NDArray[np.bool_]

    def cells(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Give a map of all cells of the image, True in the part."""
        cells = np.zeros(shape, np.bool_)
        cells[self.rect.scaled_down(CELL).slices] = self.inside
        return cells


def deep_parts(every: NDArray[np.bool_], plan: CellPlan, deep: int) -> list[DeepPart]:
    """Find the parts of holes on the grid that may lie deeper than half of ``deep``, from cells that are all hole.

    All pixels of a cell and of the rings of cells round it lie within half of ``deep`` of one another, so that round a
    pixel as deep as that they are all hole. Parts that are nowhere as deep as ``deep`` are left to the windows.

    Args:
        every: For each cell whether all of it is hole.
        plan: The windows of the image.
        deep: In pixels.
    """
    rings = max(0, int(deep / 2 / (CELL * 2**0.5)) - 1)
    full = (every & (plan.labels == ON_GRID)).astype(np.uint8)
    cells = cv2.erode(full, np.ones((2 * rings + 1, 2 * rings + 1), np.uint8)) if rings else full
    groups = groups_of(cells > 0)
    # No two pixels of two cells lie further apart than their centres and a cell's diagonal.
    depth = (cv2.distanceTransform(full, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) + 2**0.5) * CELL
    parts = []
    for label in range(1, len(groups.boxes)):
        box = groups.rect(label)
        inside = groups.labels[box.slices] == label
        if depth[box.slices][inside].max() > deep:
            parts.append(DeepPart(Rect(*(CELL * value for value in box)), inside))
    return parts
