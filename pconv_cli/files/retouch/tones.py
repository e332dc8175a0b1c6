"""Neutral tones for losses, each the mean of what is known near it.

They work on a part of an image alone, and give what they give of the whole.

Reference: C. Brandi, Teoria del restauro, 1963 (neutral tones where nothing is known).
"""

from collections.abc import Callable, Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.retouch.shows import Rgb8
from pconv_cli.tiling.rect import Rect

#: Side of a cell in pixels: holes in cells that touch have one tone, that of what is known in and round those cells.
CELL = 16


class Tones:
    """Neutral tones for the holes of an image: each the mean of what is known near its hole.

    Holes in cells of `CELL` pixels that touch share a tone. What is known in those cells, and in the ones round them,
    counts for it, more where several of them lie round.

    Args:
        holes: The holes of the image.
        known: Gives the ``(h, w, 3)`` RGB of a rectangle, of any scale, and ``(h, w)`` bool, True where known.
        parts: The rectangles to look at, which begin at multiples of `CELL` and do not overlap; those far from any hole
            are passed over.
    """

    def __init__(
        self, holes: PackedMask, known: Callable[[Rect], tuple[NDArray[Any], NDArray[np.bool_]]], parts: Iterable[Rect]
    ) -> None:
        some = holes.cells(CELL)[0].astype(np.uint8)
        count, self._labels = cv2.connectedComponents(some, connectivity=8)
        near = cv2.dilate(some, np.ones((3, 3), np.uint8)) > 0
        sums = np.zeros((*some.shape, 4), np.float32)
        for part in parts:
            cells = part.scaled_down(CELL).slices
            if near[cells].any():
                rgb, counts = known(part)
                values = np.where(counts[:, :, np.newaxis], np.dstack([rgb, np.ones(counts.shape, np.uint8)]), 0)
                rows = np.add.reduceat(values, np.arange(0, part.height, CELL), axis=0, dtype=np.float32)
                sums[cells] = np.add.reduceat(rows, np.arange(0, part.width, CELL), axis=1)
        nearby = cv2.boxFilter(sums, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT).reshape(sums.shape)
        labels = self._labels.ravel()
        total = np.stack([np.bincount(labels, nearby[:, :, channel].ravel(), count) for channel in range(4)], axis=1)
        every = total[1:].sum(axis=0)  # for holes with nothing known near them
        total = np.where(total[:, 3:] > 0, total, every)
        self._tones = (total[:, :3] / np.maximum(total[:, 3:], 1)).astype(np.float32)

    def of(self, hole: NDArray[np.bool_], rect: Rect) -> NDArray[np.float32]:
        """Give the tones of holes in a part of the image.

        Args:
            hole: ``(h, w)`` bool, True where the tone is asked for: in holes alone.
            rect: Its place in the image.

        Returns:
            ``(n, 3)`` RGB in the scale of what is known, a row for each True of ``hole``.
        """
        rows, columns = (np.arange(place.start, place.stop) // CELL for place in rect.slices)
        return np.asarray(self._tones[self._labels[np.ix_(rows, columns)][hole]])

    def toned(self, rgb: Rgb8, hole: NDArray[np.bool_], rect: Rect) -> Rgb8:
        """Give a part of the image with its holes in their tones.

        Args:
            rgb: ``(h, w, 3)`` uint8.
            hole: ``(h, w)`` bool, True where it was filled.
            rect: Its place in the image.
        """
        toned = rgb.copy()
        toned[hole] = np.rint(self.of(hole, rect)).astype(np.uint8)
        return toned
