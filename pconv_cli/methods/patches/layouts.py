"""A layout that several searches agree on.

On a coarse scale a search by another seed finds other partners, and any one of them may put a stray piece where most
find none.
"""

from collections.abc import Callable

import cv2
import numpy as np

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.patches.scale import PATCH, Found, PatchScale
from pconv_cli.tiling.halving import any_of_blocks

#: The scale on which layouts are compared: a quarter of the image's.
AGREED_AT = 2

# How many layouts there are, and how far apart their seeds are.
_LAYOUTS, _APART = 8, 7919

# Sweeps after which partners that come from several layouts fit together.
_SWEEPS = 2


def agree(scales: list[PatchScale], lay_out: Callable[[int], None], where: Mask, seed: int) -> None:
    """Lay scales out several times; each patch then takes its partner from the layout that is nearest to the median.

    Args:
        scales: From `AGREED_AT` on, each half as large as the one before it.
        lay_out: Fills them by a seed.
        where: ``(H, W)`` of the image, True in the holes that are laid out so; the others keep the first layout.
        seed: Of the first layout.
    """
    scale, coarsest = scales[0], scales[-1]
    begun = coarsest.found()
    layouts: list[Found] = []
    for number in range(_LAYOUTS):
        coarsest.take(begun)
        lay_out(seed + _APART * number)
        layouts.append(scale.found())
    images = np.stack([layout.image for layout in layouts])
    off = ((images - np.median(images, axis=0)) ** 2).sum(axis=3)
    off = np.stack([cv2.boxFilter(one, -1, (PATCH, PATCH), normalize=False) for one in off])
    for _ in range(AGREED_AT):
        where = any_of_blocks(where)
    near = cv2.dilate(where.astype(np.uint8), np.ones((PATCH, PATCH), np.uint8))
    scale.take_each(layouts, off.argmin(axis=0) * near)
    scale.vote(scale, shifted=False)
    scale.search(_SWEEPS, seed + 17)  # any seed that no layout has had
