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

from pconv_cli.masks.detect_color import connected_to

Plane = NDArray[np.float32]
Area = NDArray[np.bool_]

ORIENTATIONS = 12
SEGMENT = 9
"""Length over which a line is averaged, at each level of the pyramid; with its neighbours it is twice that."""

SIDE = 3
"""Distance of a line's sides from its middle at each level; lines of up to 4 px are found there."""

WEAK = 0.5
"""A line goes on while it has this share of the contrast with which it must begin somewhere."""

TEXTURE = 1.2
"""How much of the contrast of opposite lines nearby is taken off: a texture has lines of both kinds, damage of one."""

LENGTH = 5.0
"""A line is at least so many times as long as it is wide ..."""

SHORTEST = 32
"""... and at least so many pixels long."""


def lines(grey: Plane, *, contrast: float, width: float, dark: bool) -> Area:
    """Find thin lines.

    Args:
        grey: ``(H, W)`` brightness in [0, 1].
        contrast: How much a line differs from both of its sides somewhere, in [0, 1].
        width: The widest line, in pixels.
        dark: Whether dark lines are looked for (cracks), or light ones (scratches).

    Returns:
        bool ``(H, W)``, True = damaged.
    """
    value = grey if dark else 1 - grey
    strength = np.zeros(grey.shape, np.float32)
    opposite = np.zeros(grey.shape, np.float32)
    size = (grey.shape[1], grey.shape[0])
    for level in range(max(1, math.ceil(math.log2(max(1.0, width / 4))) + 1)):
        if min(value.shape) < SEGMENT:
            break
        found, against = _contrasts(value)
        if level:
            found, against = (_plane(cv2.resize(one, size, interpolation=cv2.INTER_LINEAR)) for one in (found, against))
        np.maximum(strength, found, out=strength)
        np.maximum(opposite, against, out=opposite)
        value = _plane(cv2.pyrDown(value))
    strength -= np.float32(TEXTURE) * cv2.GaussianBlur(opposite, (0, 0), 8)
    thin = _thinner_than(grey if dark else 1 - grey, width) >= WEAK * contrast
    return _long_ones(connected_to(thin & (strength >= WEAK * contrast), strength >= contrast), width)


def _contrasts(value: Plane) -> tuple[Plane, Plane]:
    """Contrast of the best dark line, and of the best light line, through each pixel; 0 where there is none."""
    dark, light = np.zeros(value.shape, np.float32), np.zeros(value.shape, np.float32)
    for turn in range(ORIENTATIONS):
        angle = math.pi * turn / ORIENTATIONS
        along = (math.cos(angle), math.sin(angle))
        across = (-along[1], along[0])
        average = _plane(cv2.filter2D(value, -1, _segment(angle), borderType=cv2.BORDER_REFLECT))
        one, other = (_shifted(average, sign * SIDE * across[0], sign * SIDE * across[1]) for sign in (1, -1))
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
    side = 2 * math.ceil(width / 2) + 1
    closed = cv2.morphologyEx(value, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return np.asarray(closed - value, np.float32)


def _segment(angle: float) -> Plane:
    """The kernel of an average over a straight segment of `SEGMENT` pixels, softened to about one pixel's width."""
    radius = SEGMENT // 2 + 1
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float32)
    across = np.abs(y * math.cos(angle) - x * math.sin(angle))
    along = np.abs(x * math.cos(angle) + y * math.sin(angle))
    kernel = np.clip(1 - across, 0, 1) * np.clip(SEGMENT / 2 + 0.5 - along, 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _shifted(plane: Plane, x: float, y: float) -> Plane:
    """The plane's value at (x, y) further on, at each pixel (bilinear, mirrored at the edge)."""
    move = np.array([[1, 0, x], [0, 1, y]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (plane.shape[1], plane.shape[0])
    return _plane(cv2.warpAffine(plane, move, size, flags=flags, borderMode=cv2.BORDER_REFLECT))


def _plane(value: Any) -> Plane:
    return np.asarray(value, np.float32)


def _long_ones(area: Area, width: float) -> Area:
    """Keep the connected parts that are long and thin, by the length of their skeleton."""
    from skimage import morphology

    skeletonize: Any = morphology.skeletonize  # it has no types
    count, labels, stats, _ = cv2.connectedComponentsWithStats(area.astype(np.uint8), connectivity=8)
    length = np.bincount(labels[skeletonize(area)], minlength=count).astype(np.float64)
    mean_width = stats[:, cv2.CC_STAT_AREA] / np.maximum(length, 1)
    kept = (length >= SHORTEST) & (length >= LENGTH * mean_width) & (mean_width <= width)
    kept[0] = False
    return np.asarray(kept[labels])
