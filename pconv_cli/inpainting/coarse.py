"""Filling of any size of picture and hole with a method that works on a tile and sees a limited way into a hole.

A hole deeper than that is filled first on the picture at half the scale (and so on, down to a scale at which it is
shallow). The coarse fill then stands for known pixels deep in the hole; the rim, which the method reaches from the
true pixels, is filled at full scale between the two, and the one passes smoothly into the other.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.inpainting.blend import smoothstep, tile_weight
from pconv_cli.inpainting.counting import count, listening
from pconv_cli.inpainting.cover import Cover, Window, plan_cover
from pconv_cli.inpainting.profile import measured
from pconv_cli.inpainting.windows import Rgb
from pconv_cli.masks.ratios import Mask

#: Fills windows of one size: their pictures ``(h, w, 3)`` and masks ``(h, w)``, True = valid, give them filled, in
#: order; each is used up before the next one is asked for.
FillTiles = Callable[[Sequence[tuple[Rgb, Mask]]], Iterator[Rgb]]


def fill_at_any_size(
    rgb: Rgb,
    mask: Mask,
    fill_tiles: FillTiles,
    wanted: Mask | None = None,
    *,
    tile: int,
    overlap: int,
    reach: int,
    multiple: int = 1,
) -> Rgb:
    """Fill the holes of a picture window by window, deep holes from a coarser scale.

    Args:
        rgb: ``(H, W, 3)`` float32; what stands in a hole is not looked at.
        mask: ``(H, W)`` bool, True = valid, False = hole; with at least one valid pixel.
        fill_tiles: The method.
        wanted: The holes to fill, each as a whole; see `pconv_cli.inpainting.backends.Backend`.
        tile: Largest side that the method is given.
        overlap: See `plan_cover`.
        reach: Distance in pixels from valid pixels up to which the method's fill can be relied on; at most a quarter
            of ``tile``.
        multiple: See `plan_cover`.

    Returns:
        ``(H, W, 3)`` float32, equal to ``rgb`` where valid.
    """
    if mask.all():
        return rgb.copy()
    cover, known, depth = plan_at(mask, wanted, tile=tile, overlap=overlap, reach=reach, multiple=multiple)
    if known is mask:
        return _fill(rgb, mask, cover, fill_tiles)
    asked = None if wanted is None else _any_of_four(wanted)
    with listening(None):  # a small part of the work, and the count begins after it
        coarse = fill_at_any_size(
            *halve(rgb, mask), fill_tiles, asked, tile=tile, overlap=overlap, reach=reach, multiple=multiple
        )
    base = np.where(mask[:, :, np.newaxis], rgb, double(coarse, mask.shape))
    filled = _fill(base, known, cover, fill_tiles)
    with measured("blend"):
        half = np.float32(reach / 2)
        filled += smoothstep((depth - half) / half)[:, :, np.newaxis] * (base - filled)
        return np.where(mask[:, :, np.newaxis], rgb, filled)


def plan_at(
    mask: Mask, wanted: Mask | None = None, *, tile: int, overlap: int, reach: int, multiple: int = 1
) -> tuple[Cover, Mask, NDArray[np.float32]]:
    """Plan what `fill_at_any_size` fills at the picture's own scale, with the same arguments.

    Returns:
        The windows; the mask with what lies beyond ``reach`` as valid, for a coarser scale to fill, or the mask itself
        where nothing does; and the distance of each hole pixel to the nearest valid one.
    """
    with measured("plan"):
        distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        depth = np.asarray(distance, np.float32)
        deep = depth > reach if wanted is None else (depth > reach) & wanted
        known = mask | deep if deep.any() else mask
        left_out = known if wanted is None else known | ~wanted
        return plan_cover(left_out, depth, tile, overlap, multiple), known, depth


def _fill(rgb: Rgb, mask: Mask, cover: Cover, fill_tiles: FillTiles) -> Rgb:
    """Fill the windows of a plan, those of one size at once, and put them together; no further pixel is touched."""
    filled = rgb.copy()
    grids = {window.grid for window in cover.windows} - {0}
    shape_of_sums = mask.shape if grids else (0, 0)
    total, weights = np.zeros((*shape_of_sums, 3), np.float32), np.zeros((*shape_of_sums, 1), np.float32)

    def shape(window: Window) -> tuple[int, int]:
        return window.tile.height, window.tile.width

    done = itertools.count(1)
    for _, group in groupby(sorted(cover.windows, key=shape), shape):
        windows = list(group)
        parts = [(rgb[window.tile.window], mask[window.tile.window]) for window in windows]
        for window, values in zip(windows, fill_tiles(parts), strict=True):
            count("filling", next(done), len(cover.windows))
            with measured("blend"):
                place, labels = window.tile.window, cover.labels_in(window.tile)
                if window.label:
                    own = labels == window.label
                    filled[place][own] = values[own]
                if window.grid:
                    own = labels == window.grid
                    weight = tile_weight(window.tile, (mask.shape[0], mask.shape[1]), window.overlap)[own, np.newaxis]
                    total[place][own] += values[own] * weight
                    weights[place][own] += weight
    if grids:
        with measured("blend"):
            own = np.flatnonzero(weights)  # of the pixels; the weights of a tile are above 0
            filled.reshape(-1, 3)[own] = total.reshape(-1, 3)[own] / weights.reshape(-1, 1)[own]
    return filled


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


def _any_of_four(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Flags at half the sides, an odd side padded: whether any of the four is set."""
    padded = np.pad(flags, ((0, flags.shape[0] % 2), (0, flags.shape[1] % 2)))
    return np.asarray(_sum_of_four(padded.astype(np.float32)) > 0)


def _sum_of_four(array: NDArray[np.float32]) -> NDArray[np.float32]:
    return array[::2, ::2] + array[1::2, ::2] + array[::2, 1::2] + array[1::2, 1::2]
