"""Filling of any size of image and hole with a method that works on a tile and sees a limited way into a hole.

A hole deeper than that is filled first on the image at half the scale (and so on, down to a scale at which it is
shallow). The coarse fill then stands for known pixels deep in the hole; the rim, which the method reaches from the
true pixels, is filled at full scale between the two, and the one passes smoothly into the other.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.core.light.pyramid import masked
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.tiled.counting import count, listening
from pconv_cli.methods.tiled.enlarging import double
from pconv_cli.methods.tiled.holes import groups_of, hole_depth, places_of
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.profiling import measured
from pconv_cli.tiling.blend import blend_by_depth, feather
from pconv_cli.tiling.by_pixels import PixelPlan, plan_by_pixels
from pconv_cli.tiling.halving import any_of_blocks, halve_known
from pconv_cli.tiling.rect import Rect
from pconv_cli.tiling.window import Window


class WindowToFill(NamedTuple):
    """A window that is to be filled.

    Attributes:
        rgb: ``(h, w, 3)``.
        mask: ``(h, w)``, True = valid.
        rect: Its place in the image, which may be the whole at a coarser scale.
    """

    rgb: Rgb
    mask: Mask
    rect: Rect


#: Fills windows, those of one size after one another, and gives them in order.
FillTiles = Callable[[Sequence[WindowToFill]], Iterator[Rgb]]


class WindowLimits(NamedTuple):
    """What windows a method takes, in pixels.

    Attributes:
        tile: Largest side, unless ``most`` says otherwise.
        overlap: Pixels that two of the largest windows share.
        reach: Distance from valid pixels up to which the fill can be relied on; at most a quarter of ``tile``.
        multiple: Sides of which multiple the method computes without padding.
        least: Smallest side, where the tile and the image have as much.
        most: Pixels of one window round all holes, where that is cheaper; 0: there is none.
    """

    tile: int
    overlap: int
    reach: int
    multiple: int = 1
    least: int = 1
    most: int = 0


def fill_at_any_size(
    rgb: Rgb, mask: Mask, fill_tiles: FillTiles, limits: WindowLimits, wanted: Mask | None = None
) -> Rgb:
    """Fill the holes of an image window by window, deep holes from a coarser scale.

    Args:
        rgb: ``(H, W, 3)`` float32; what stands in a hole is not looked at.
        mask: ``(H, W)`` bool, True = valid, False = hole; with at least one valid pixel.
        fill_tiles: The method.
        limits: The windows that it takes.
        wanted: The holes to fill, each as a whole; see `pconv_cli.methods.protocol.Backend`.

    Returns:
        ``(H, W, 3)`` float32, equal to ``rgb`` where valid.
    """
    if mask.all():
        return rgb.copy()
    plan, known, depth = plan_at(mask, limits, wanted)
    if known is mask:
        return _filled(rgb.copy(), mask, plan, fill_tiles)
    asked = None if wanted is None else any_of_blocks(wanted)
    with listening(None):  # a small part of the work, and the count begins after it
        half, known_of_half = halve_known(rgb, mask)
        coarse = fill_at_any_size(half, known_of_half, fill_tiles, limits, asked)
    base = masked(rgb, mask, double(coarse, mask.shape))
    hole = places_of(~mask)
    deep = base[hole]
    filled = _filled(base, known, plan, fill_tiles)
    with measured("blend"):
        filled[hole] = blend_by_depth(filled[hole], deep, depth[hole], limits.reach)
    return filled


def plan_at(
    mask: Mask, limits: WindowLimits, wanted: Mask | None = None
) -> tuple[PixelPlan, Mask, NDArray[np.float32]]:
    """Plan what `fill_at_any_size` fills at the image's own scale, with the same arguments.

    Returns:
        The windows; the mask with what lies beyond the reach as valid, for a coarser scale to fill, or the mask itself
        where nothing does; and the distance of each hole pixel to the nearest valid one.
    """
    tile, overlap, reach, multiple, least, most = limits
    with measured("plan"):
        depth = hole_depth(mask)
        deep = depth > reach if wanted is None else (depth > reach) & wanted
        known = mask | deep if deep.any() else mask
        left_out = known if wanted is None else known | ~wanted
        return plan_by_pixels(groups_of(~left_out), depth, tile, overlap, multiple, least, most), known, depth


def _filled(rgb: Rgb, mask: Mask, plan: PixelPlan, fill_tiles: FillTiles) -> Rgb:
    """Fill the windows of a plan in place and put them together; no further pixel is touched."""
    grids = {window.grid for window in plan.windows} - {0}
    shape_of_sums = mask.shape if grids else (0, 0)
    total, weights = np.zeros((*shape_of_sums, 3), np.float32), np.zeros((*shape_of_sums, 1), np.float32)

    def shape(window: Window) -> tuple[int, int]:
        return window.rect.size

    windows = sorted(plan.windows, key=shape)
    parts = [WindowToFill(rgb[window.rect.slices].copy(), mask[window.rect.slices], window.rect) for window in windows]
    for done, (window, values) in enumerate(zip(windows, fill_tiles(parts), strict=True), 1):
        count("filling", done, len(windows))
        with measured("blend"):
            place, labels = window.rect.slices, plan.labels_in(window.rect)
            if window.label:
                own = labels == window.label
                rgb[place][own] = values[own]
            if window.grid:
                own = labels == window.grid
                weight = feather(window.rect, (mask.shape[0], mask.shape[1]), window.overlap)[own, np.newaxis]
                total[place][own] += values[own] * weight
                weights[place][own] += weight
    if grids:
        with measured("blend"):
            own = np.flatnonzero(weights)  # of the pixels; the weights of a tile are above 0
            rgb.reshape(-1, 3)[own] = total.reshape(-1, 3)[own] / weights.reshape(-1, 1)[own]
    return rgb
