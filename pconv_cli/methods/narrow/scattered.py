"""Holes of which hardly anything but specks is known: the known pixels are thin there, and not the holes.

Between specks no edge can be followed and no whole patch copied; the method alone interpolates best. Known lines and
dashes are no specks, however thin: they show edges, and thin holes between them are filled better along those
(benchmarks/scattered.py measures it; docs/texture.md has its figures).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.tiled.holes import hole_depth, parts_of

# Side of the square in which specks are counted, and their share of it from which on they are more than a flaw or two.
_NEAR, _SOME = 43, 0.01

# Side of the square in which all that is known is counted, and its share from which on there are patches to copy, and
# thin holes are filled as well as by a method.
_ROUND, _MANY = 129, 0.25

# Side of the smallest square of known pixels that is no speck.
_SOLID = 5

# Most times that a speck may be as long as it is wide on the average; what is longer is a line. No speck is longer
# than the square in which specks are counted, either: a net of lines is not long for its width.
_SLENDER = 8

# How many pixels farther than to a speck it is to anything larger.
_BEYOND = 12


def scattered_parts(mask: Mask) -> Mask:
    """Find the parts of holes in which only scattered specks are known.

    Args:
        mask: ``(H, W)``, True = valid.

    Returns:
        ``(H, W)``, True where less than a quarter of a hole's surroundings is known, most of that in specks, and more
        than one or two of them are near, one far nearer than anything larger.
    """
    few = ~mask & (_share(mask, _ROUND) < _MANY)
    if not few.any():
        return few
    larger = _no_specks(mask)
    specks = mask & ~larger
    few &= _share(specks, _NEAR) > _SOME
    # Specks left over in a wide hole have patches and lines beyond them, and the method alone would be fog there.
    few &= _share(specks, _ROUND) > _share(larger, _ROUND)
    return np.asarray(few & (hole_depth(larger) > hole_depth(mask) + _BEYOND), np.bool_)


def _no_specks(known: Mask) -> Mask:
    """Find what is known in squares of some size, in lines, and in anything longer than a speck."""
    square = np.ones((_SOLID, _SOLID), np.uint8)
    solid = cv2.morphologyEx(known.astype(np.uint8), cv2.MORPH_OPEN, square).astype(np.bool_)
    labels, stats = parts_of(known.astype(np.uint8))
    extent, area = stats[:, 2:4].max(1).astype(np.intp), stats[:, 4]
    long = (extent > _NEAR) | (extent**2 > _SLENDER * area)
    long[0] = False  # what is not known
    return np.asarray(solid | long[labels], np.bool_)


def _share(known: Mask, side: int) -> NDArray[np.float32]:
    """Give the share of known pixels in the square round each."""
    bytes_of = known.view(np.uint8)  # a third of the time that floats take
    return np.asarray(cv2.boxFilter(bytes_of, cv2.CV_32F, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
