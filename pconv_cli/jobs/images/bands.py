"""Images of many bands (multispectral): all bands of a hole are filled, so that they belong together.

Where three bands are named, they are filled as the red, green and blue of one image, and every other band takes its
sample from where in the known image those three look most alike, centre and surroundings: each spectrum in a hole is
one that the image has. Without names, each band is filled on its own, as grey.

Reference: Hertzmann et al., "Image Analogies", SIGGRAPH 2001, for samples taken where features match best.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pconv_cli.files.colour.ranges import blank_pixels, without_no_data
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.images.whole import inpaint_image, neutral_image
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.protocol import Backend

# Pixels from a hole within which partners are looked for, and the greatest number of them.
_REACH, _MOST = 96, 150_000

# Sides of the squares whose means are compared beside the pixel itself.
_SQUARES = (3, 7)

# What the whole reach weighs against the whole range of a band: of equals, the near one.
_PLACE = 0.05


def fill_bands(
    samples: Samples,
    mask: Mask,
    bands: Sequence[int],
    named: Sequence[int] | None,
    backend: Backend,
    left: PackedMask | None = None,
    no_data: float | None = None,
) -> Samples:
    """Fill the holes of an image of many bands.

    Args:
        samples: ``(H, W, C)``.
        mask: ``(H, W)`` bool, True = valid, False = hole.
        bands: The channels to fill, from 0; others (alpha) stay.
        named: Three of them that are seen as red, green and blue; None: each is filled on its own.
        backend: The method.
        left: The holes that get a neutral tone instead, each band its own; None: none.
        no_data: The sample that stands for "no data". Where bands are named, a pixel is no evidence if one of ``bands``
            holds it; else each band goes by itself.

    Returns:
        New samples; those outside the holes are the same bit for bit.

    Raises:
        NothingKnown: No pixel outside the holes is evidence.
    """
    filled = samples.copy()
    if named is None:
        for band in bands:
            filled[:, :, band] = inpaint_image(_grey(samples, band, no_data), mask, backend, left=left).samples[:, :, 0]
        return filled
    ranges = [_grey(samples, band, no_data).range(mask) for band in named]
    seen = np.stack([scale.values(samples[:, :, band]) for band, scale in zip(named, ranges, strict=True)], axis=2)
    blank = np.zeros(mask.shape, np.bool_)
    for band in bands:
        here = blank_pixels(samples[:, :, band : band + 1], no_data)
        blank |= False if here is None else here & mask
    seen[blank] = np.nan
    colours = inpaint_image(StoredImage(seen, ImageFormat.TIFF), mask, backend, left=left).samples
    hole = ~mask
    for number, (band, scale) in enumerate(zip(named, ranges, strict=True)):
        values = scale.samples(colours[hole][:, number : number + 1], samples.dtype)
        filled[hole, band] = (values if no_data is None else without_no_data(values, no_data))[:, 0]
    others = [band for band in bands if band not in named]
    if others:
        rows, columns = partners(colours, mask, blank)
        for band in others:
            filled[hole, band] = samples[rows, columns, band]
            if left is not None:
                toned = neutral_image(_grey(samples, band, no_data), mask, left).samples[:, :, 0]
                filled[:, :, band] = np.where(left.whole(), filled[:, :, band], toned)
    return filled


def _grey(samples: Samples, band: int, no_data: float | None) -> StoredImage:
    return StoredImage(np.ascontiguousarray(samples[:, :, band : band + 1]), ImageFormat.TIFF, no_data=no_data)


def partners(
    colours: NDArray[np.float32], mask: Mask, blank: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find for each pixel of the holes the known one that looks most like it.

    Args:
        colours: ``(H, W, 3)`` float32 in about [0, 1], holes filled.
        mask: ``(H, W)`` bool, True = valid, False = hole; with at least one valid pixel.
        blank: ``(H, W)`` bool, True where a valid pixel is no evidence, nor are its colours; None: nowhere.

    Returns:
        Rows and columns, one of each for every hole pixel, in the order of ``~mask``.
    """
    far = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    known = mask if blank is None else mask & ~blank
    candidates = np.flatnonzero(known & (far <= _REACH)) if (known & (far <= _REACH)).any() else np.flatnonzero(known)
    candidates = candidates[:: max(1, len(candidates) // _MOST)]
    features = np.concatenate([colours, *(_means(colours, side, blank) for side in _SQUARES)], axis=2)
    place = np.moveaxis(np.indices(mask.shape), 0, 2).astype(np.float32) * np.float32(_PLACE / _REACH)
    points = np.concatenate([features, place], axis=2).reshape(mask.size, -1)
    tree = cKDTree(points[candidates])
    _, nearest = tree.query(points[np.flatnonzero(~mask)], workers=1)
    rows, columns = np.unravel_index(candidates[nearest], mask.shape)
    return np.asarray(rows), np.asarray(columns)


def _means(colours: NDArray[np.float32], side: int, blank: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """The means of the squares round all pixels, of what in them is not blank."""
    square = (side, side)
    if blank is None or not blank.any():
        return np.asarray(cv2.blur(colours, square))
    shares = cv2.blur((~blank).astype(np.float32), square)[:, :, np.newaxis]
    return np.asarray(cv2.blur(np.where(blank[:, :, np.newaxis], 0, colours), square) / np.maximum(shares, 1e-6))
