"""Turned and mirrored copies of an image as further sources of patches: ornaments repeat so.

The copies stand beside the image on one sheet, so that the search needs no case for them: a patch that is taken from a
copy is a turned one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask

# Largest side in pixels of what is copied, round the middle of the holes, so that memory stays bounded.
_SIDE = 1024

# Unknown pixels between the image and its copies, so that no patch is taken from two of them.
_GAP = 16

# Quarter turns to the left, and whether the copy is mirrored first: the symmetries of a square but the first one.
_KINDS = tuple((quarters, mirrored) for mirrored in (False, True) for quarters in range(4))[1:]


class TurnedSheet:
    """The places of an image, at the top left, and of its seven copies to the right of it.

    Args:
        hole: ``(H, W)``, what is filled; not empty.
    """

    def __init__(self, hole: Mask) -> None:
        self.own = (hole.shape[0], hole.shape[1])
        self._part = tuple(_round_the_middle(np.any(hole, axis=axis)) for axis in (1, 0))
        cell = max(part.stop - part.start for part in self._part) + _GAP
        down = max(2, -(-self.own[0] // cell))
        left = self.own[1] + _GAP
        self._places = [(cell * (n % down), left + cell * (n // down)) for n in range(len(_KINDS))]
        self._size = max(self.own[0] + _GAP, cell * down), left + cell * -(-len(_KINDS) // down)

    def image(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Lay out samples ``(H, W)`` or ``(H, W, C)``, each copy a pixel larger on all sides, as slopes look there."""
        return self._laid_out(values, 1, copied=True)

    def known(self, mask: Mask) -> Mask:
        """Lay out what is known; between the copies there is nothing."""
        return self._laid_out(mask, 0, copied=True)

    def once(self, values: NDArray[Any]) -> NDArray[Any]:
        """Lay out what the image alone has, beside zeros."""
        return self._laid_out(values, 0, copied=False)

    def _laid_out(self, values: NDArray[Any], edge: int, *, copied: bool) -> NDArray[Any]:
        sheet = np.zeros((*self._size, *values.shape[2:]), values.dtype)
        further = [(0, edge), (0, edge), *[(0, 0)] * (values.ndim - 2)]
        own = np.pad(values, further, "edge")
        sheet[: own.shape[0], : own.shape[1]] = own
        if not copied:
            return sheet
        part = np.pad(values[self._part], [(edge, edge), (edge, edge), *[(0, 0)] * (values.ndim - 2)], "edge")
        for (top, left), (quarters, mirrored) in zip(self._places, _KINDS, strict=True):
            copy = np.rot90(part[:, ::-1] if mirrored else part, quarters)
            top, left = top + 1 - edge, left + 1 - edge
            sheet[top : top + copy.shape[0], left : left + copy.shape[1]] = copy
        return sheet


def _round_the_middle(some: NDArray[Any]) -> slice:
    """The part of a side that is copied, round the middle of where there is some hole."""
    where = np.flatnonzero(some)
    length = min(len(some), _SIDE)
    start = min(max(0, int(where[0] + where[-1] - length) // 2), len(some) - length)
    return slice(start, start + length)
