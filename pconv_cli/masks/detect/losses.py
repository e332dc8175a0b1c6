"""White or black losses: flaked paint down to the plaster, dead parts of a scan, places torn out of a print."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.detect.color import with_rim
from pconv_cli.masks.large.parts import Labels, Sums, connected_to, counts, keep_parts
from pconv_cli.masks.large.windowed import Rgb, WindowedImage
from pconv_cli.masks.large.windows import SIDE, counted_tiles
from pconv_cli.masks.operations import spread
from pconv_cli.tiling.rect import Framed

Plane = NDArray[np.float32]
Area = NDArray[np.bool_]

FLATNESS = 7 / 255
"""The inside of a loss has places of 3 x 3 px that deviate by no more than this (standard deviation)."""

EDGE = 24 / 255
"""The least step in brightness from a loss to the image around it."""

SHARP_SHARE = 0.6
"""The share of a loss's outline where the step must be found; a bright sky fades out instead."""

SOFT = 2
"""How far the edge of a loss is looked for beyond the pixels that are near white (black) themselves."""

RIM = 3
"""The step must be taken within this many pixels."""


def losses(image: WindowedImage, tolerance: float, *, white: bool, side: int = SIDE) -> PackedMask:
    """Find connected flat areas near white (or black) with sharp edges.

    Args:
        image: The image.
        tolerance: How far the farthest channel may be from white (black), in [0, 1].
        white: Whether white is looked for, or black.
        side: Side of the windows in which it is looked at.

    Returns:
        What is damaged, as hole.
    """
    level = float(white)
    sharp = _with_sharp_edges(image, _flat_parts(image, tolerance, white, side), white, side)
    return with_rim(image, sharp, (level, level, level), SOFT, side)


def _flat_parts(image: WindowedImage, tolerance: float, white: bool, side: int) -> PackedMask:
    """The connected parts near white (black) that are flat somewhere."""
    near, flat = PackedMask(image.size), PackedMask(image.size)
    for framed in counted_tiles(image.size, side, margin=1):
        away = _away(image.rgb(framed.outer), white=white)
        is_flat = framed.cut(_deviation(away, 3) <= FLATNESS)
        away = framed.cut(away)
        near.put_hole(framed.inner, away <= tolerance)
        flat.put_hole(framed.inner, is_flat & (away <= 0.75 * tolerance))
    return connected_to(near, flat, side)


def _away(rgb: Rgb, *, white: bool) -> Plane:
    """Distance from white (black) of the channel that is farthest from it: low saturation follows from it."""
    return np.asarray(1 - rgb.min(axis=2) if white else rgb.max(axis=2))


def _with_sharp_edges(image: WindowedImage, area: PackedMask, white: bool, side: int) -> PackedMask:
    """Keep the connected parts whose outline is a step: near it, outside, lies something clearly less white (black)."""

    def measure(framed: Framed, labels: Labels, count: int) -> Sums:
        around = framed.inner.grown(max(RIM, 2), area.size)
        wide = Framed(framed.inner, around)
        outline, sharp = _outline(_away(image.rgb(around), white=white), area.hole(around))
        return np.concatenate([counts(labels[wide.cut(line)], count) for line in (outline, sharp)], axis=1)

    def keep(sums: Sums) -> Area:
        lengths, steps = sums.T
        # An image that is white all over has no outline and is not a loss.
        return np.asarray((steps >= SHARP_SHARE * lengths) & (lengths > 0))

    return keep_parts(area, measure, keep, side)[0]


def _outline(away: Plane, area: Area) -> tuple[Area, Area]:
    """The outline of an area, and where on it there is a step."""
    highest = cv2.dilate(away, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM + 1, 2 * RIM + 1)))
    inner = cv2.blur(np.where(area, away, 0), (5, 5)) / np.maximum(cv2.blur(area.astype(np.float32), (5, 5)), 1e-6)
    # Beyond the image's edge nothing is known: what lies there is no part of the outline.
    outline = area & spread(~area, 1)
    return outline, outline & (highest - inner >= EDGE)


def _deviation(value: Plane, side: int) -> Plane:
    mean, square = cv2.blur(value, (side, side)), cv2.blur(value * value, (side, side))
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)
