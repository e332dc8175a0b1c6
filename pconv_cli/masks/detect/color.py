"""Damage painted over in one colour: the paint itself, and the rim where it has bled into the image."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.large.parts import connected_to
from pconv_cli.masks.large.windowed import Rgb, WindowedImage
from pconv_cli.masks.large.windows import SIDE, counted_tiles
from pconv_cli.masks.operations import spread

Area = NDArray[np.bool_]

BLEED = 4
"""How far a JPEG carries the paint's colour outwards, in pixels: half of a block of 8, or of 16 with halved chroma."""

ANTIALIASED = 1
"""How far the soft edge of a brush reaches where nothing has bled."""

LEAST_SHARE = 0.12
"""A pixel of the rim is damage from this share of paint on."""

FAR = 32
"""Where no pixel beyond the rim lies within this distance, there is nothing to compare with, and the rim is damage."""


def painted(image: WindowedImage, colour: tuple[float, float, float], tolerance: float, side: int = SIDE) -> PackedMask:
    """Find what is painted in a colour.

    Pixels within the tolerance count where they hang together with one that lies within half of it. Around them a
    pixel is a mixture of paint and image, ``p = a c + (1 - a) q`` with q taken from beyond the rim; it is damage
    where the share a of paint that fits best is not small. The rim is as wide as JPEG bleeds, or one pixel where the
    paint is exact to the bit, as in a file that was never compressed with loss.

    Args:
        image: The image.
        colour: The paint, RGB in [0, 1].
        tolerance: The largest difference of any channel from the paint, in [0, 1].
        side: Side of the windows in which it is looked at.

    Returns:
        What is damaged, as hole.
    """
    core, exact = _core(image, np.asarray(colour, np.float32), tolerance, side)
    reach = ANTIALIASED if exact > 0.95 * core.hole_pixels else BLEED
    return with_rim(image, core, colour, reach, side)


def _core(image: WindowedImage, paint: NDArray[np.float32], tolerance: float, side: int) -> tuple[PackedMask, int]:
    """Return what lies within the tolerance and hangs together with paint, and how many pixels are paint to the bit."""
    area, seeds = PackedMask(image.size), PackedMask(image.size)
    exact = 0
    for framed in counted_tiles(image.size, side):
        difference = np.abs(image.rgb(framed.inner) - paint).max(axis=2)
        area.put_hole(framed.inner, difference <= tolerance)
        seeds.put_hole(framed.inner, difference <= tolerance / 2)
        exact += int(np.count_nonzero(difference <= min(0.5 / 255, tolerance / 2)))  # all of them are seeds
    return connected_to(area, seeds, side), exact


def with_rim(
    image: WindowedImage, core: PackedMask, colour: tuple[float, float, float], reach: int, side: int = SIDE
) -> PackedMask:
    """Add to an area of one colour the pixels around it that are a mixture of that colour and the image.

    Args:
        image: The image.
        core: The area, as hole.
        colour: The colour of ``core``.
        reach: How far from ``core`` mixtures are looked for, in pixels.
        side: Side of the windows.
    """
    whole = PackedMask(core.size)
    # 8: the error of the distance, which sums steps of 1, 1.4 and 2.2 px, and the smoothing.
    for framed in counted_tiles(core.size, side, margin=FAR + reach + 8):
        if core.has_hole(framed.inner.grown(reach, core.size)):
            mixed = _mixtures(image.rgb(framed.outer), core.hole(framed.outer), colour, reach)
            whole.put_hole(framed.inner, framed.cut(mixed))
    return whole


def _mixtures(rgb: Rgb, core: Area, colour: tuple[float, float, float], reach: int) -> Area:
    """The core of a window, and what of the rim around it is a mixture; see `with_rim`."""
    near = spread(core, reach)
    rim = near & ~core
    if not rim.any() or near.all():
        return near
    paint = np.asarray(colour, np.float32)
    nearest, distance = _nearest(rgb, ~near)
    away = (paint - nearest)[rim]  # (n, 3): from the image to the paint
    moved = away + (rgb - paint)[rim]
    share = (moved * away).sum(axis=1) / np.maximum((away * away).sum(axis=1), 1e-4)
    whole = core.copy()
    whole[rim] = (share >= LEAST_SHARE) | (distance[rim] > FAR)
    return whole


def _nearest(rgb: Rgb, known: Area) -> tuple[Rgb, NDArray[np.float32]]:
    """Every pixel's colour taken from the nearest known pixel, smoothed over its known neighbours, and the distance."""
    weight = cv2.blur(known.astype(np.float32), (3, 3))
    smooth = cv2.blur(rgb * known[:, :, np.newaxis], (3, 3)) / np.maximum(weight, 1e-6)[:, :, np.newaxis]
    distance, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    sources = np.zeros(int(labels.max()) + 1, np.intp)
    sources[labels[known]] = np.flatnonzero(known)
    return np.asarray(smooth.reshape(-1, 3)[sources[labels]], np.float32), np.asarray(distance, np.float32)
