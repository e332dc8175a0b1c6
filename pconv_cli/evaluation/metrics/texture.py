"""Two things that people see and PSNR does not: how much texture a fill has, and how plain its edge is.

Both are ratios of the fill to the truth, best at 1: under 1 is fog, over 1 is noise or a seam.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.evaluation.metrics.differences import Exact, Samples, Score, check, data_range
from pconv_cli.evaluation.metrics.names import BAND, TEXTURE_DEPTH, TEXTURE_WINDOW
from pconv_cli.evaluation.metrics.ratio import Ratio
from pconv_cli.masks.ratios import Mask

_ROUNDING = 1e-6
"""Deviations of floats up to here, of the range, are rounding: the least that 16 bits can hold is twice as much."""


def texture(result: Samples, truth: Samples, mask: Mask, band: int = BAND) -> Score:
    """Compute the local contrast of the result over that of the truth, deep in the hole.

    With s(p) the standard deviation of the 7 x 7 samples round pixel p, averaged over the channels, the figure is
    sum of s_result(p) / sum of s_truth(p), over the pixels of the hole that are more than 6 px from the nearest valid
    pixel and whose window lies in the image. At that depth no window holds a valid pixel.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        band: Not used; all metrics are called alike.

    Returns:
        The hole's figure, 0 or more; infinite where the truth alone is flat. ``None`` where no pixel lies that deep, or
        both are flat. It is a `Ratio`, its parts in units of the data range.

    Raises:
        ValueError: As `check`.
    """
    check(result, truth, mask)
    deep = depth_of(mask) > TEXTURE_DEPTH
    reach = TEXTURE_WINDOW // 2
    deep[:reach], deep[-reach:], deep[:, :reach], deep[:, -reach:] = False, False, False, False
    if not deep.any():
        return Score(None)
    return Score(None, Ratio.of(*(float(deviations(samples, deep).mean()) for samples in (result, truth))))


def rim(result: Samples, truth: Samples, mask: Mask, band: int = BAND) -> Score:
    """Compute the step across the hole's edge in the result over that in the truth.

    With E the pairs of horizontal or vertical neighbours of which one is valid and the other is hole, the figure is
    sum over E of abs(a_i - a_j) / sum over E of abs(b_i - b_j), a the result, b the truth, over all channels.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        band: Not used; all metrics are called alike.

    Returns:
        The figure, as that of the band, 0 or more; infinite where the truth alone has no step. ``None`` where the mask
        has no edge, or neither has a step. It is a `Ratio`, its parts in units of the data range.

    Raises:
        ValueError: As `check`.
    """
    check(result, truth, mask)
    if mask.all() or not mask.any():
        return Score(None)
    return Score(None, None, Ratio.of(*(_step(samples, mask) for samples in (result, truth))))


def depth_of(mask: Mask) -> NDArray[np.float32]:
    """Measure the distance in px from each pixel ``(H, W)`` to the nearest valid one: 0 outside of the hole.

    The image's own border is not an edge of the hole; in an image that is all hole, every distance is infinite.
    """
    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)


def deviations(samples: Samples, where: Mask) -> Exact:
    """Compute the standard deviations of the windows round some pixels, each a mean over the channels, in data ranges.

    Args:
        samples: ``(H, W, C)`` uint8, uint16 or float.
        where: ``(H, W)``, True = wanted; their windows lie in the image.

    Returns:
        ``(n,)``, for the pixels in their order.
    """
    rows, columns = (_reached(where.any(axis=axis)) for axis in (1, 0))
    values, where = samples[rows, columns].astype(np.float64), where[rows, columns]
    window, count = (TEXTURE_WINDOW, TEXTURE_WINDOW), TEXTURE_WINDOW**2
    total, squares = (
        cv2.boxFilter(part, -1, window, normalize=False).reshape(values.shape)[where]
        for part in (values, np.square(values))
    )
    # Whole numbers up to 16 bits stay exact: a flat window is 0, and not what is left of rounding.
    spread = np.sqrt(np.maximum(count * squares - np.square(total), 0)) / (count * data_range(samples))
    return np.asarray(np.where(spread > _ROUNDING, spread, 0.0).mean(axis=1), np.float64)


def _reached(wanted: Any) -> slice:
    """Find the part of an axis that the windows of what is wanted reach."""
    places = np.flatnonzero(wanted)
    return slice(int(places[0]) - TEXTURE_WINDOW // 2, int(places[-1]) + TEXTURE_WINDOW // 2 + 1)


def _step(samples: Samples, mask: Mask) -> float:
    """Average the absolute differences of the pairs across the edge, in units of the data range."""
    across, down = mask[:, 1:] != mask[:, :-1], mask[1:] != mask[:-1]
    sides = (samples[:, 1:], samples[:, :-1], across), (samples[1:], samples[:-1], down)
    steps = [np.abs(one[edge].astype(np.float64) - other[edge]) for one, other, edge in sides]
    return float(np.concatenate(steps).mean()) / data_range(samples)
