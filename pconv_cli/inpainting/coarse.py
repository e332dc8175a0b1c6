"""Filling of any size of picture and hole with a method that works on a tile and sees a limited way into a hole.

A hole deeper than that is filled first on the picture at half the scale (and so on, down to a scale at which it is
shallow). The coarse fill then stands for known pixels deep in the hole; the rim, which the method reaches from the
true pixels, is filled at full scale between the two, and the one passes smoothly into the other.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.inpainting.blend import Blend, smoothstep
from pconv_cli.inpainting.profile import measured
from pconv_cli.inpainting.tiles import plan_tiles
from pconv_cli.inpainting.windows import Rgb
from pconv_cli.masks.ratios import Mask

#: Fills one tile: its picture ``(h, w, 3)`` and mask ``(h, w)``, True = valid, give a whole tile.
FillTile = Callable[[Rgb, Mask], Rgb]


def fill_at_any_size(rgb: Rgb, mask: Mask, fill_tile: FillTile, *, tile: int, overlap: int, reach: int) -> Rgb:
    """Fill the holes of a picture tile by tile, deep holes from a coarser scale.

    Args:
        rgb: ``(H, W, 3)`` float32; what stands in a hole is not looked at.
        mask: ``(H, W)`` bool, True = valid, False = hole; with at least one valid pixel.
        fill_tile: The method.
        tile: Largest side that the method is given.
        overlap: See `plan_tiles`.
        reach: Distance in pixels from valid pixels up to which the method's fill can be relied on.

    Returns:
        ``(H, W, 3)`` float32, equal to ``rgb`` where valid.
    """
    if mask.all():
        return rgb.copy()
    with measured("plan"):
        depth = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    known, base, deep = mask, rgb, None
    if depth.max() > reach:
        coarse = fill_at_any_size(*halve(rgb, mask), fill_tile, tile=tile, overlap=overlap, reach=reach)
        guess = double(coarse, mask.shape)
        base = np.where(mask[:, :, np.newaxis], rgb, guess)
        known = mask | (depth > reach)
        half = np.float32(reach / 2)
        deep = smoothstep((depth - half) / half)[:, :, np.newaxis]
    blend = Blend((mask.shape[0], mask.shape[1]), overlap)
    with measured("plan"):
        windows = plan_tiles(known, tile, overlap)
    for window in windows:
        values = fill_tile(base[window.window], known[window.window])
        with measured("blend"):
            blend.add(window, values)
    with measured("blend"):
        filled = blend.result()
        if deep is not None:
            filled += deep * (base - filled)
        return np.where(mask[:, :, np.newaxis], rgb, filled)


def halve(rgb: Rgb, mask: Mask) -> tuple[Rgb, Mask]:
    """Reduce a picture to half its sides by averages over what is valid; an odd side is padded with hole.

    Returns:
        The picture, 0 in its holes, and its mask: valid where any of the four pixels was.
    """
    pad = ((0, mask.shape[0] % 2), (0, mask.shape[1] % 2))
    valid = np.pad(mask, pad).astype(np.float32)[:, :, np.newaxis]
    known = np.where(valid > 0, np.pad(rgb, (*pad, (0, 0))), np.float32(0))
    count, total = _sum_of_four(valid), _sum_of_four(known)
    return np.asarray(total / np.maximum(count, 1), np.float32), count[:, :, 0] > 0


def double(rgb: Rgb, size: tuple[int, ...]) -> Rgb:
    """Enlarge a picture to twice its sides, bilinearly, and crop it to ``size``; the way back from `halve`."""
    height, width = rgb.shape[:2]
    large = cv2.resize(rgb, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large[: size[0], : size[1]], dtype=np.float32)


def _sum_of_four(array: NDArray[np.float32]) -> NDArray[np.float32]:
    return array[::2, ::2] + array[1::2, ::2] + array[::2, 1::2] + array[1::2, 1::2]
