"""Regions of a large image that a coarse fill was taken from, found on its reduced image alone.

There every patch of the fill has a known one that it is most like. What is read at the image's own scale are the
regions in which most of these lie.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.tiling.rect import Rect

#: Side of a region in pixels of the large image.
REGION = 256

# Regions for one tile, at most.
_MOST = 9

# Side in pixels of the cells in which partners are counted, unless a pixel of the reduced image is larger.
_CELL = 64

# The share of a tile's patches whose partners a region holds at least, to be worth reading.
_LEAST = 0.01


class Regions:
    """Where the patches of a coarse fill have their like.

    Args:
        partners: ``(h, w, 2)``, for each pixel of the reduced image the row and column of the centre of the known patch
            that is most like that round it; -1: there is none, or it is known itself.
        scale: How many times smaller than the large one it is, a power of 2 up to `REGION`.
    """

    def __init__(self, partners: NDArray[np.int32], scale: int) -> None:
        self._partners, self._scale = partners, scale
        self._side = max(1, _CELL // scale)  # of a cell, in pixels of the reduced image
        self._cells = REGION // (self._side * scale)  # that a region has a side
        self._step = max(1, self._cells // 2)  # between the cells at which regions begin
        self._shape = tuple(-(-length // self._side) for length in partners.shape[:2])

    def of(self, rect: Rect, hole: Mask) -> list[Rect]:
        """Choose regions for a part of the image: those that hold most partners of its hole, but for its own.

        Args:
            rect: The part, in pixels of the large image, counted from the reduced one's top left corner, where it
                begins at a multiple of the scale.
            hole: ``(h, w)``, of the large image in the part.

        Returns:
            Up to nine rectangles of at most `REGION` px a side, counted like the part; the best one first.
        """
        small = rect.scaled_down(self._scale)
        inside = self._partners[small.slices][hole[:: self._scale, :: self._scale]]
        rows, columns = inside[inside[:, 0] >= 0].T
        own = (rows >= small.top) & (rows < small.bottom) & (columns >= small.left) & (columns < small.right)
        counts = np.zeros(self._shape, np.float32)
        np.add.at(counts, (rows[~own] // self._side, columns[~own] // self._side), 1)
        chosen: list[Rect] = []
        while len(chosen) < _MOST:
            held = cv2.boxFilter(
                counts, -1, (self._cells,) * 2, anchor=(0, 0), normalize=False, borderType=cv2.BORDER_CONSTANT
            )[:: self._step, :: self._step]
            row, column = (int(at) * self._step for at in np.unravel_index(int(held.argmax()), held.shape))
            if held.max() < max(1, _LEAST * len(inside)):
                break
            counts[row : row + self._cells, column : column + self._cells] = 0
            large = self._side * self._scale
            chosen.append(Rect(row * large, column * large, REGION, REGION))
        return chosen
