"""What plans of windows are made from and made of: groups of holes, and windows that fill them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.tiling.rect import Rect

Labels = NDArray[np.int32]


class Groups(NamedTuple):
    """Pixels (or cells) in groups, such as the connected parts of a mask's holes.

    Attributes:
        labels: ``(H, W)`` int32: the group of each pixel, counted from 1; 0: none.
        boxes: ``(n + 1, 4)``: the first row and column of each group and those after its last; row 0 says nothing.
    """

    labels: Labels
    boxes: NDArray[np.intp]

    def rect(self, label: int) -> Rect:
        """Give the bounding box of a group."""
        return Rect.between(*self.boxes[label].tolist())


class Window(NamedTuple):
    """A window to fill. A window may hold further holes, which others fill.

    Attributes:
        rect: Its place.
        label: Label of the hole pixels that it alone fills; 0: none.
        grid: Number of the grid on which it shares pixels with its neighbours; 0: none.
        overlap: The least number of pixels that those neighbours share.
    """

    rect: Rect
    label: int
    grid: int
    overlap: int
