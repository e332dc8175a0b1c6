"""Structural similarity, at one scale and at several: pure functions, as those of `metrics`, in float64."""

from typing import NamedTuple

import cv2
import numpy as np

from pconv_cli.evaluation.metrics.differences import Exact, Samples, Score, band_of, check, data_range, over_regions
from pconv_cli.evaluation.metrics.names import BAND
from pconv_cli.masks.ratios import Mask
from pconv_cli.tiling.halving import any_of_blocks, halve_whole

WINDOW = 11
SIGMA = 1.5
K1, K2 = 0.01, 0.03

#: Wang et al. 2003: the exponents of the five scales, the finest first.
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
SHORTEST_SIDE = WINDOW * 2 ** (len(SCALE_WEIGHTS) - 1)


class Maps(NamedTuple):
    """The full maps ``(H, W, C)`` of similarity and of its factor of contrast and structure."""

    similarity: Exact
    structure: Exact


def ssim(result: Samples, truth: Samples, mask: Mask, band: int = BAND) -> Score:
    """Compute structural similarity, the mean over channels and pixels.

    The figures are those of `skimage.metrics.structural_similarity` in float64 with ``gaussian_weights=True,
    sigma=1.5`` (a window of 11 x 11), ``use_sample_covariance=False``, K1 = 0.01, K2 = 0.03. The whole image's is
    scikit-image's mean, which leaves out the outermost 5 px; the others are means of the full map over their pixels.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        band: Pixels of the band on either side of the hole's edge.

    Returns:
        The figures in [-1, 1]; ``None`` where a side is shorter than the window.

    Raises:
        ValueError: As `check`.

    References:
        Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004.
    """
    check(result, truth, mask)
    if min(truth.shape[:2]) < WINDOW:
        return Score(None)
    full = maps(result.astype(np.float64), truth.astype(np.float64), data_range(truth)).similarity
    return over_regions(full, mask, band, whole=float(_inner(full).mean()))


def ms_ssim(result: Samples, truth: Samples, mask: Mask, band: int = BAND) -> Score:
    """Compute multi-scale structural similarity.

    It is the product over five scales of cs_j^w_j, and of the similarity at the last.

    cs_j is the mean of the factor of contrast and structure at scale j, each scale half the one before by means of
    2 x 2 pixels; a negative mean counts as 0. Window, constants and the whole image's mean are those of `ssim`, for
    each channel apart, then averaged over the channels. For the hole and the band, the means at scale j are over the
    pixels whose block of 2^j x 2^j pixels has a pixel of the region.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        band: Pixels of the band on either side of the hole's edge.

    Returns:
        The figures in [0, 1]; ``None`` where a side is under 176 px, or no block of a scale has a pixel of the region.

    Raises:
        ValueError: As `check`.

    References:
        Wang, Simoncelli and Bovik, "Multi-Scale Structural Similarity for Image Quality Assessment", 2003.
    """
    check(result, truth, mask)
    if min(truth.shape[:2]) < SHORTEST_SIDE:
        return Score(None)
    a, b, peak = result.astype(np.float64), truth.astype(np.float64), data_range(truth)
    regions = [~mask, band_of(mask, band)]
    products: list[Exact | None] = [np.ones(a.shape[2])] * 3
    for scale, weight in enumerate(SCALE_WEIGHTS):
        if scale:
            a, b, regions = halve_whole(a), halve_whole(b), [_any_of_four(region) for region in regions]
        both = maps(a, b, peak)
        values = both.structure if scale + 1 < len(SCALE_WEIGHTS) else both.similarity
        means = [_inner(values).mean((0, 1))]
        means += [values[region].mean(0) if region.any() else None for region in regions]
        products = [
            None if product is None or mean is None else product * np.maximum(mean, 0) ** weight
            for product, mean in zip(products, means, strict=True)
        ]
    return Score(*(None if product is None else float(product.mean()) for product in products))


def maps(result: Exact, truth: Exact, peak: float) -> Maps:
    """Compute the maps of both, with the mirrored borders of scikit-image.

    OpenCV's filter takes the weights and the borders that scikit-image takes; the maps agree to 1e-10 and better.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape.
        peak: The data range.
    """
    c1, c2 = (K1 * peak) ** 2, (K2 * peak) ** 2
    planes = truth.transpose(2, 0, 1).shape
    similarity, structure = np.empty(planes), np.empty(planes)
    for channel in range(truth.shape[2]):  # a plane at a time, and in place, stays near the processor
        x, y = truth[..., channel].copy(), result[..., channel].copy()
        mean_x, mean_y, covariance = _blurred(x), _blurred(y), _blurred(x * y)
        x *= x
        y *= y
        x += y
        variances = _blurred(x)
        product = np.multiply(mean_x, mean_y, out=x)
        mean_x *= mean_x
        mean_y *= mean_y
        squares = np.add(mean_x, mean_y, out=mean_x)
        covariance -= product
        variances -= squares
        for value, constant in ((product, c1), (covariance, c2)):
            value *= 2
            value += constant
        squares += c1
        variances += c2
        product /= squares
        covariance /= variances
        structure[channel] = covariance
        np.multiply(product, covariance, out=similarity[channel])
    return Maps(similarity.transpose(1, 2, 0), structure.transpose(1, 2, 0))


def _weights() -> Exact:
    position = np.arange(WINDOW) - WINDOW // 2
    weights: Exact = np.exp(-0.5 * position**2 / SIGMA**2)
    weights /= weights.sum()
    return weights


_WEIGHTS = _weights()


def _blurred(plane: Exact) -> Exact:
    blurred = cv2.sepFilter2D(plane, cv2.CV_64F, _WEIGHTS, _WEIGHTS, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float64)


def _inner(values: Exact) -> Exact:
    """Take the part of a map where the window lies wholly in the image."""
    margin = WINDOW // 2
    return values[margin:-margin, margin:-margin]


def _any_of_four(area: Mask) -> Mask:
    """Halve a region as its pixels are: an odd last row or column is left out."""
    height, width = (side // 2 * 2 for side in area.shape)
    return any_of_blocks(area[:height, :width], 2)
