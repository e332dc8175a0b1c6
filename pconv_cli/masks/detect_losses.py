"""White or black losses: flaked paint down to the plaster, dead parts of a scan, places torn out of a print."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.detect_color import connected_to, with_rim
from pconv_cli.masks.operations import spread

Rgb = NDArray[np.float32]
Area = NDArray[np.bool_]

FLATNESS = 7 / 255
"""The inside of a loss has places of 3 x 3 px that deviate by no more than this (standard deviation)."""

EDGE = 24 / 255
"""The least step in brightness from a loss to the picture around it."""

SHARP_SHARE = 0.6
"""The share of a loss's outline where the step must be found; a bright sky fades out instead."""

SOFT = 2
"""How far the edge of a loss is looked for beyond the pixels that are near white (black) themselves."""

RIM = 3
"""The step must be taken within so many pixels."""


def losses(rgb: Rgb, tolerance: float, *, white: bool) -> Area:
    """Find connected flat areas near white (or black) with sharp edges.

    Args:
        rgb: ``(H, W, 3)`` in [0, 1].
        tolerance: How far the farthest channel may be from white (black), in [0, 1].
        white: Whether white is looked for, or black.

    Returns:
        bool ``(H, W)``, True = damaged.
    """
    # Distance from white (black) of the channel that is farthest from it: low saturation follows from it.
    away = 1 - rgb.min(axis=2) if white else rgb.max(axis=2)
    flat = _deviation(away, 3) <= FLATNESS
    near = away <= tolerance
    inside = connected_to(near, near & flat & (away <= 0.75 * tolerance))
    if not inside.any():
        return inside
    level = float(white)
    return with_rim(rgb, _with_sharp_edges(inside, away), (level, level, level), SOFT)


def _with_sharp_edges(area: Area, away: NDArray[np.float32]) -> Area:
    """Keep the connected parts whose outline is a step: near it, outside, lies something clearly less white (black)."""
    highest = cv2.dilate(away, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM + 1, 2 * RIM + 1)))
    inner = cv2.blur(np.where(area, away, 0), (5, 5)) / np.maximum(cv2.blur(area.astype(np.float32), (5, 5)), 1e-6)
    # Beyond the picture's edge nothing is known: what lies there is no part of the outline.
    outline = area & spread(~area, 1)
    sharp = outline & (highest - inner >= EDGE)
    count, labels = cv2.connectedComponents(area.astype(np.uint8), connectivity=8)
    lengths = np.bincount(labels[outline], minlength=count)
    steps = np.bincount(labels[sharp], minlength=count)
    kept = steps >= SHARP_SHARE * lengths
    kept &= lengths > 0  # a picture that is white all over has no outline and is no loss
    kept[0] = False
    return np.asarray(kept[labels])


def _deviation(value: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    mean, square = cv2.blur(value, (side, side)), cv2.blur(value * value, (side, side))
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)
