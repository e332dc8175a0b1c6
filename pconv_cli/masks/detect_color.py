"""Damage painted over in one colour: the paint itself, and the rim where it has bled into the picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.operations import spread

Rgb = NDArray[np.float32]
Area = NDArray[np.bool_]

BLEED = 4
"""How far a JPEG carries the paint's colour outwards, in pixels: half of a block of 8, or of 16 with halved chroma."""

ANTIALIASED = 1
"""How far the soft edge of a brush reaches where nothing has bled."""

LEAST_SHARE = 0.12
"""A pixel of the rim is damage from this share of paint on."""


def painted(rgb: Rgb, colour: tuple[float, float, float], tolerance: float) -> Area:
    """Find what is painted in a colour.

    Pixels within the tolerance count where they hang together with one that lies within half of it. Around them a
    pixel is a mixture of paint and picture, ``p = a c + (1 - a) q`` with q taken from beyond the rim; it is damage
    where the share a of paint that fits best is not small. The rim is as wide as JPEG bleeds, or one pixel where the
    paint is exact to the bit, as in a file that was never compressed with loss.

    Args:
        rgb: ``(H, W, 3)`` in [0, 1].
        colour: The paint, RGB in [0, 1].
        tolerance: The largest difference of any channel from the paint, in [0, 1].

    Returns:
        bool ``(H, W)``, True = damaged.
    """
    paint = np.asarray(colour, np.float32)
    difference = np.abs(rgb - paint).max(axis=2)
    core = connected_to(difference <= tolerance, difference <= tolerance / 2)
    if not core.any():
        return core
    exact = np.count_nonzero(difference[core] <= 0.5 / 255) > 0.95 * np.count_nonzero(core)
    return with_rim(rgb, core, colour, ANTIALIASED if exact else BLEED)


def with_rim(rgb: Rgb, core: Area, colour: tuple[float, float, float], reach: int) -> Area:
    """Add to an area of one colour the pixels around it that are a mixture of that colour and the picture.

    Args:
        rgb: ``(H, W, 3)`` in [0, 1].
        core: bool ``(H, W)``.
        colour: The colour of ``core``.
        reach: How far from ``core`` mixtures are looked for, in pixels.
    """
    near = spread(core, reach)
    if not core.any() or near.all():
        return core
    rim = near & ~core
    paint = np.asarray(colour, np.float32)
    away = (paint - _nearest(rgb, ~near))[rim]  # (n, 3): from the picture to the paint
    moved = away + (rgb - paint)[rim]
    share = (moved * away).sum(axis=1) / np.maximum((away * away).sum(axis=1), 1e-4)
    whole = core.copy()
    whole[rim] = share >= LEAST_SHARE
    return whole


def connected_to(area: Area, seeds: Area) -> Area:
    """The connected parts (8 neighbours) of ``area`` that hold at least one of ``seeds``."""
    count, labels = cv2.connectedComponents(area.astype(np.uint8), connectivity=8)
    kept = np.zeros(count, np.bool_)
    kept[labels[seeds & area]] = True
    return np.asarray(kept[labels])


def _nearest(rgb: Rgb, known: Area) -> Rgb:
    """Every pixel's colour taken from the nearest known pixel, which is smoothed over its known neighbours first."""
    weight = cv2.blur(known.astype(np.float32), (3, 3))
    smooth = cv2.blur(rgb * known[:, :, np.newaxis], (3, 3)) / np.maximum(weight, 1e-6)[:, :, np.newaxis]
    _, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    sources = np.zeros(int(labels.max()) + 1, np.intp)
    sources[labels[known]] = np.flatnonzero(known)
    return np.asarray(smooth.reshape(-1, 3)[sources[labels]], np.float32)
