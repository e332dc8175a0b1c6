"""The classes of losses, by size and shape."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.condition.losses import Losses
from pconv_cli.tiling.rect import Size

#: A loss whose box is no longer than this share of the image's longest side is a spot.
SPOT = 0.01

#: A loss at least this many times as long as wide is a line.
LINE = 5


class LossClass(StrEnum):
    """What a loss is by its size and shape; the first rule that holds decides."""

    SPOT = "spot"
    LINE = "line"
    LACUNA = "lacuna"


RULES = {
    LossClass.SPOT: f"no longer and no higher than {SPOT:.0%} of the image's longest side".replace("%", " %"),
    LossClass.LINE: f"at least {LINE} times as long as wide (a crack or a scratch), its length being its area by its "
    "width",
    LossClass.LACUNA: "any other loss",
}
"""The rules in words. They are pconv's own; what a loss is made of only a label can say."""


def classes_of(losses: Losses, size: Size) -> NDArray[np.int8]:
    """Sort losses into classes.

    The length of a strip is its area by its width, also where it bends or branches, so the ratio of both is
    ``area / width ** 2``: 1 for a square, 0.8 for a disc.

    Args:
        losses: The losses.
        size: (height, width) of the image.

    Returns:
        ``(n,)``, the place of each loss's class in `LossClass`.
    """
    top, left, bottom, right = losses.boxes.T
    longest = np.maximum(bottom - top, right - left)
    ratio = losses.area / np.maximum(losses.width, 1.0) ** 2
    order = list(LossClass)
    found = np.where(ratio >= LINE, order.index(LossClass.LINE), order.index(LossClass.LACUNA))
    return np.where(longest <= SPOT * max(size), order.index(LossClass.SPOT), found).astype(np.int8)
