"""Thin lines: scratches, which are lighter than both of their sides, and cracks, which are darker.

Oriented line averages on a pyramid; a line has to differ from both of its sides, so that the edge of a shape is none,
and over a stretch of its own direction, so that a speck is none. What is left is joined by hysteresis, and short or
compact parts are dropped.

References:
    J. Canny, A Computational Approach to Edge Detection, IEEE PAMI 8(6), 1986 (hysteresis).
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.detect.thinning import thinned
from pconv_cli.masks.large.parts import Labels, Sums, counts, keep_parts
from pconv_cli.masks.large.windowed import WindowedImage
from pconv_cli.masks.large.windows import SIDE, counted_tiles
from pconv_cli.masks.ratios import Size
from pconv_cli.tiling.rect import Framed

Plane = NDArray[np.float32]
Area = NDArray[np.bool_]

ORIENTATIONS = 12
SEGMENT = 9
"""Length over which a line is averaged, at each level of the pyramid; with its neighbours it is twice that."""

ASIDE = 3
"""Distance of a line's sides from its middle at each level; lines of up to 4 px are found there."""

WEAK = 0.5
"""A line goes on while it has this share of the contrast with which it must begin somewhere."""

TEXTURE = 1.2
"""How much of the contrast of opposite lines nearby is taken off: a texture has lines of both kinds, damage of one."""

NEARBY = 8
"""Deviation of the Gaussian over which that is averaged."""

LENGTH = 5.0
"""A line is at least this many times as long as it is wide ..."""

SHORTEST = 32
"""... and at least this many pixels long."""


def lines(image: WindowedImage, *, contrast: float, width: float, dark: bool, side: int = SIDE) -> PackedMask:
    """Find thin lines.

    Args:
        image: The image.
        contrast: How much a line differs from both of its sides somewhere, in [0, 1].
        width: The widest line, in pixels.
        dark: Whether dark lines are looked for (cracks), or light ones (scratches).
        side: Side of the windows in which it is looked at.

    Returns:
        What is damaged, as hole.
    """
    area, seeds = PackedMask(image.size), PackedMask(image.size)
    levels = _levels(image.size, width)
    if not levels:
        return area
    for framed in counted_tiles(image.size, side, max(_margin(levels), 2 * _closing(width)), 1 << levels - 1):
        grey = _plane(cv2.cvtColor(image.rgb(framed.outer), cv2.COLOR_RGB2GRAY))
        value = grey if dark else 1 - grey
        strength = framed.cut(_strength(value, levels))
        thin = framed.cut(_thinner_than(value, width)) >= WEAK * contrast
        area.put_hole(framed.inner, thin & (strength >= WEAK * contrast))
        seeds.put_hole(framed.inner, thin & (strength >= contrast))
    return _long_ones(area, seeds, width, side)


def _levels(size: Size, width: float) -> int:
    """Levels of the pyramid: up to the line's width, and as long as a segment fits into the image."""
    wanted = max(1, math.ceil(math.log2(max(1.0, width / 4))) + 1)
    return next((level for level in range(wanted) if math.ceil(min(size) / 2**level) < SEGMENT), wanted)


def _margin(levels: int) -> int:
    """How far `_strength` looks: less than two segments at the coarsest level, and OpenCV's 4 deviations of texture."""
    return (2 * SEGMENT << levels - 1) + 4 * NEARBY + 1


def _strength(value: Plane, levels: int) -> Plane:
    """How much each pixel belongs to a line that is darker than both of its sides, beyond what texture explains."""
    height, width = value.shape
    strength, opposite = np.zeros(value.shape, np.float32), np.zeros(value.shape, np.float32)
    for level in range(levels):
        found, against = _contrasts(value)
        if level:
            # By whole factors, so that a window sees what the image does.
            found, against = (
                _plane(cv2.resize(one, None, fx=2**level, fy=2**level, interpolation=cv2.INTER_LINEAR))[:height, :width]
                for one in (found, against)
            )
        np.maximum(strength, found, out=strength)
        np.maximum(opposite, against, out=opposite)
        value = _plane(cv2.pyrDown(value))
    return np.asarray(strength - np.float32(TEXTURE) * cv2.GaussianBlur(opposite, (0, 0), NEARBY))


def _contrasts(value: Plane) -> tuple[Plane, Plane]:
    """Contrast of the best dark line, and of the best light line, through each pixel; 0 where there is none."""
    dark, light = np.zeros(value.shape, np.float32), np.zeros(value.shape, np.float32)
    for turn in range(ORIENTATIONS):
        angle = math.pi * turn / ORIENTATIONS
        along = (math.cos(angle), math.sin(angle))
        across = (-along[1], along[0])
        average = _plane(cv2.filter2D(value, -1, _segment(angle), borderType=cv2.BORDER_REFLECT))
        one, other = (_shifted(average, sign * ASIDE * across[0], sign * ASIDE * across[1]) for sign in (1, -1))
        for best, contrast in (
            (dark, np.minimum(one, other) - average),
            (light, average - np.maximum(one, other)),
        ):
            step = (along[0] * SEGMENT / 2, along[1] * SEGMENT / 2)
            ahead, behind = _shifted(contrast, *step), _shifted(contrast, -step[0], -step[1])
            # The median of three places: a line's end still has two of them, a speck has one.
            median = np.maximum(np.minimum(ahead, behind), np.minimum(contrast, np.maximum(ahead, behind)))
            np.maximum(best, np.minimum(median, contrast), out=best)
    return dark, light


def _thinner_than(value: Plane, width: float) -> Plane:
    """By how much each pixel is darker than it would be with all dark parts thinner than ``width`` closed."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_closing(width), _closing(width)))
    return np.asarray(cv2.morphologyEx(value, cv2.MORPH_CLOSE, disc) - value, np.float32)


def _closing(width: float) -> int:
    """Side of the disc that covers a line."""
    return 2 * math.ceil(width / 2) + 1


def _segment(angle: float) -> Plane:
    """The kernel of an average over a straight segment of `SEGMENT` pixels, softened to about one pixel's width."""
    radius = SEGMENT // 2 + 1
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float32)
    across = np.abs(y * math.cos(angle) - x * math.sin(angle))
    along = np.abs(x * math.cos(angle) + y * math.sin(angle))
    kernel = np.clip(1 - across, 0, 1) * np.clip(SEGMENT / 2 + 0.5 - along, 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _shifted(plane: Plane, x: float, y: float) -> Plane:
    """The plane's value at (x, y) further on, at each pixel (bilinear, mirrored at the edge).

    By a small kernel, since a warp counts from the window's corner and rounds otherwise in each.
    """
    columns, rows = (np.arange(min(0, math.floor(way)), max(0, math.ceil(way)) + 1) for way in (x, y))
    kernel = np.outer(np.maximum(0, 1 - np.abs(rows - y)), np.maximum(0, 1 - np.abs(columns - x)))
    anchor = (int(-columns[0]), int(-rows[0]))
    return _plane(cv2.filter2D(plane, -1, kernel.astype(np.float32), anchor=anchor, borderType=cv2.BORDER_REFLECT))


def _plane(value: Any) -> Plane:
    return np.asarray(value, np.float32)


def _long_ones(area: PackedMask, seeds: PackedMask, width: float, side: int) -> PackedMask:
    """Keep the connected parts with a seed that are long and thin, by the length of their skeleton.

    A part holds no disc of the side `_closing` (its darkest pixel would not differ from the closing there), so as many
    rounds make a skeleton of nearly all.
    """
    rounds = _closing(width) + 3

    def measure(framed: Framed, labels: Labels, count: int) -> Sums:
        around = Framed(framed.inner, framed.inner.grown(2 * rounds, area.size))
        skeleton = around.cut(thinned(area.hole(around.outer), rounds))
        marked = (labels[seeds.hole(framed.inner)], labels[skeleton], labels)
        return np.concatenate([counts(one, count) for one in marked], axis=1)

    def keep(sums: Sums) -> Area:
        strong, length, pixels = sums.T
        mean_width = pixels / np.maximum(length, 1)
        long = (length >= SHORTEST) & (length >= LENGTH * mean_width)
        return np.asarray((strong > 0) & long & (mean_width <= width))

    return keep_parts(area, measure, keep, side)[0]
