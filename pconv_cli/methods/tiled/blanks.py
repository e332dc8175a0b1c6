"""Pixels outside the holes that say nothing of the image: transparent ones, no numbers, and "no data".

Near a hole they count as part of it, so no method sees or copies them. Further off they are painted
over with the colours next to them: a cut-out on a large transparent ground would otherwise be one huge hole.
"""

import numpy as np

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.tiled.enlarging import double
from pconv_cli.methods.tiled.holes import grown_by_square
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.halving import halve_known

#: Pixels round a hole within which blank pixels are taken for hole.
NEAR = 32


def with_blanks(rgb: Rgb, mask: Mask, known: Mask) -> Mask:
    """Prepare a window for a method that knows pixels and holes alone.

    Args:
        rgb: ``(h, w, 3)`` float32; pixels that are blank and far from any hole are painted over, in place.
        mask: ``(h, w)`` bool, True = valid, False = hole.
        known: ``(h, w)`` bool, True where the window is valid and not blank, which is the case somewhere.

    Returns:
        The mask with the blank pixels near a hole as hole too.
    """
    far = ~known & (grown_by_square(~mask, NEAR) == 0)
    if far.any():
        rgb[far] = _spread(rgb, known)[far]
    return np.asarray(known | far)


def _spread(rgb: Rgb, known: Mask) -> Rgb:
    """A window whose unknown pixels have the mean colour of the known ones round them, from scale to scale."""
    if known.all():
        return rgb
    wide = double(_spread(*halve_known(rgb, known)), known.shape)
    return np.where(known[:, :, np.newaxis], rgb, wide)
