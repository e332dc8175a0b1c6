"""Thin holes: filled along the lines and edges that they interrupt, without a network.

Across a scratch of a few pixels the surroundings say nearly all there is to know. Where edges run is measured round the
hole; colours are carried in along them from the rim inwards, pixel by pixel; then the two sides are brought together by
diffusion along the edges. The fill is a mean of both, since the first has contrast and the second has no seam. The
time follows the pixels of the holes, not those of the image.

References:
    Bornemann, März, "Fast image inpainting based on coherence transport", Journal of Mathematical Imaging and Vision,
    2007, for colours carried in.
    Weickert, "Coherence-enhancing diffusion filtering", International Journal of Computer Vision, 1999, for diffusion
    along edges, and for the structure tensor.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.cores import side_by_side
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.tiled.holes import grown_by_square, hole_depth, places_of
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.grid import framed_tiles
from pconv_cli.tiling.rect import Framed

#: Depth in pixels up to which a hole is thin.
THIN = 9.5

# Depth up to which a thin hole is too shallow for texture of patches to show in it.
_SHALLOW = 2.0

# Pixels round what is deeper that are left with it, so that a thin part ends where both its sides are known.
_APART = 12

# The holes are filled tile by tile; a pixel depends on little beyond the margin.
_TILE, _MARGIN = 256, 32

# Gaussians in pixels over which slopes are averaged: of what is known, and of what is filled.
_KNOWN_SIGMA, _FILLED_SIGMA = 3.0, 2.0

# What slopes in the hole count beside known ones.
_INSIDE = 0.3

# How much of the fill is what was carried in; the rest is diffused.
_CARRIED = 0.25


def thin_parts(mask: Mask) -> Mask:
    """Find the thin holes of an image, and the parts of others that are thin.

    Args:
        mask: ``(H, W)``, True = valid.

    Returns:
        ``(H, W)``, True where a hole is no deeper than `THIN` as far as it is near.
    """
    deep = hole_depth(mask) > THIN
    thin = ~mask
    if deep.any():
        thin &= grown_by_square(deep, int(THIN) + _APART) == 0
    return thin


def shallow_parts(mask: Mask, thin: Mask) -> Mask:
    """Find those thin parts that are finished by `fill_thin`, as patches would hardly change them.

    Args:
        mask: ``(H, W)``, True = valid.
        thin: ``(H, W)``, as of `thin_parts`.
    """
    deeper = hole_depth(mask) > _SHALLOW
    return np.asarray(thin & (grown_by_square(deeper, int(_SHALLOW)) == 0), np.bool_)


def fill_thin(rgb: Rgb, mask: Mask, thin: Mask) -> Rgb:
    """Fill thin holes.

    Args:
        rgb: ``(H, W, 3)`` in [0, 1]; what stands in a hole is not looked at.
        mask: ``(H, W)``, True = valid.
        thin: ``(H, W)``, the holes that are filled, as of `thin_parts`. Other holes say nothing.

    Returns:
        ``(H, W, 3)`` in [0, 1], equal to ``rgb`` elsewhere.
    """
    filled = rgb.copy()

    def fill(tile: Framed) -> None:
        inner, outer = tile.inner.slices, tile.outer.slices
        if thin[inner].any():
            values = tile.cut(_filled(rgb[outer], mask[outer], thin[outer]))
            filled[inner][thin[inner]] = values[thin[inner]]

    side_by_side(fill, framed_tiles((mask.shape[0], mask.shape[1]), _TILE, _MARGIN))
    return filled


def _filled(rgb: Rgb, mask: Mask, thin: Mask) -> Rgb:
    """Fill the thin holes of a tile."""
    from pconv_cli.methods.narrow import thin_kernels as kernels  # which takes long to load

    state = np.where(mask, kernels.KNOWN, np.where(thin, kernels.FILLED, kernels.BLANK)).astype(np.uint8)
    image = np.ascontiguousarray(np.where(mask[:, :, np.newaxis], rgb, np.float32(0)))
    wide, narrow = (_gaussian(sigma) for sigma in (_KNOWN_SIGMA, _FILLED_SIGMA))
    band = places_of(grown_by_square(thin, len(wide) // 2) > 0)
    near = band[0].astype(np.int32), band[1].astype(np.int32)
    slopes = np.empty_like(image)
    rows, columns = _from_the_rim(hole_depth(mask), thin)
    lines = np.empty((len(rows), 3), np.float32)

    kernels.slopes(image, state, *near, kernels.KNOWN, slopes)
    kernels.directions(slopes, state, rows, columns, wide, np.float32(0), lines)
    kernels.carry_in(image, state.copy(), rows, columns, lines)
    carried = image.copy()
    kernels.slopes(image, state, *near, kernels.FILLED, slopes)
    kernels.directions(slopes, state, rows, columns, narrow, np.float32(_INSIDE), lines)
    kernels.diffuse(image, state, rows, columns, lines)
    return np.asarray((image + np.float32(_CARRIED) * (carried - image)).clip(0, 1), np.float32)


def _from_the_rim(depth: NDArray[np.float32], thin: Mask) -> Any:
    """List the pixels to fill from the rim inwards: rows and columns, ``(n,)`` each."""
    rows, columns = places_of(thin)
    order = np.argsort(depth[rows, columns], kind="stable")
    return rows[order].astype(np.int32), columns[order].astype(np.int32)


def _gaussian(sigma: float) -> NDArray[np.float32]:
    reach = int(np.ceil(2.5 * sigma))
    kernel = cv2.getGaussianKernel(2 * reach + 1, sigma, cv2.CV_32F)
    return np.asarray(kernel[:, 0], np.float32)
