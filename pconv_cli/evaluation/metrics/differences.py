"""The metrics of differences: pure functions of a result, the truth and the mask. Those of structure: `similarity`.

Each takes samples as they stand in the files, ``(H, W, C)`` in uint8, uint16 or float (range [0, 1]), both images of
one shape and one depth, and the mask, ``(H, W)`` bool, True = valid. Each computes in float64 and returns a `Score`:
the figure of the whole image, that of the hole only, and that of the band round the hole's edge. ``None`` stands for
a figure that does not exist (the hole of an image without one, SSIM of an image smaller than its window); a PSNR of
identical samples is infinite.
"""

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.evaluation.metrics.names import BAND
from pconv_cli.masks.ratios import Mask

Samples = NDArray[Any]
Exact = NDArray[np.float64]

_PEAKS = {"u1": 255.0, "u2": 65535.0, "f4": 1.0, "f8": 1.0}


class Score(NamedTuple):
    """A figure for the whole image, for the hole only, for the band; ``None`` where there is no such figure."""

    whole: float | None
    hole: float | None = None
    band: float | None = None


def data_range(samples: Samples) -> float:
    """Give the distance of black and white: 255 for uint8, 65535 for uint16, 1 for floats.

    Raises:
        ValueError: Samples of another kind.
    """
    try:
        return _PEAKS[samples.dtype.str[1:]]
    except KeyError:
        raise ValueError(f"samples of {samples.dtype}; metrics know uint8, uint16, float32 and float64") from None


def check(result: Samples, truth: Samples, mask: Mask) -> None:
    """Check that a comparison means something.

    Raises:
        ValueError: Not ``(H, W, C)``, unequal shapes or depths, or values that are not finite. One clause that says
            what differs.
    """
    if result.ndim != 3 or truth.ndim != 3:
        raise ValueError(f"images are (H, W, C), got {result.shape} and {truth.shape}")
    if result.shape[:2] != truth.shape[:2]:
        raise ValueError(f"size {_size(result)} against {_size(truth)} of the truth")
    if mask.shape != truth.shape[:2]:
        raise ValueError(f"size {_size(truth)} against {_size(mask)} of the mask")
    if result.shape[2] != truth.shape[2]:
        raise ValueError(f"colour channels: {result.shape[2]} against {truth.shape[2]} of the truth")
    if result.dtype != truth.dtype:
        raise ValueError(f"samples of {result.dtype} against {truth.dtype} of the truth")
    data_range(truth)
    for samples, whose in ((result, "the result"), (truth, "the truth")):
        if samples.dtype.kind == "f" and not np.isfinite(samples).all():
            raise ValueError(f"{whose} has samples that are not finite numbers")


def band_of(mask: Mask, width: int = BAND) -> Mask:
    """Find the band round the hole's edge, where seams show: ``(H, W)`` bool, True = in the band.

    A pixel of the hole lies in it that has a valid pixel no more than ``width`` rows and columns away, and the other
    way round. The image's own border is not an edge of the hole.

    Args:
        mask: ``(H, W)``, True = valid.
        width: Pixels on either side of the edge, 1 or more.
    """
    reach = min(width, max(mask.shape))
    # By counts, of which no width makes more work than another.
    hole, valid = (
        cv2.boxFilter(
            area.astype(np.uint8), cv2.CV_32S, (2 * reach + 1,) * 2, normalize=False, borderType=cv2.BORDER_CONSTANT
        )
        for area in (~mask, mask)
    )
    band: Mask = (hole != 0) & (valid != 0)
    return band


def over_regions(values: Exact, mask: Mask, band: int, whole: float | None = None) -> Score:
    """Average a map of figures over the regions.

    Args:
        values: ``(H, W)`` or ``(H, W, C)``.
        mask: ``(H, W)``, True = valid.
        band: See `band_of`.
        whole: The whole image's figure, where it is another than the mean of the map.
    """
    return Score(
        float(values.mean()) if whole is None else whole,
        mean_over(values, ~mask),
        mean_over(values, band_of(mask, band)),
    )


def mean_over(values: Exact, area: Mask) -> float | None:
    """Average the pixels of an area; ``None`` where it is empty."""
    return float(values[area].mean()) if area.any() else None


def psnr(result: Samples, truth: Samples, mask: Mask, band: int = BAND) -> Score:
    """Compute the peak signal-to-noise ratio in dB.

    PSNR = 10 log10(R^2 / MSE), R the data range, MSE over the region's samples.

    The whole image's figure is that of `skimage.metrics.peak_signal_noise_ratio` in float64.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        band: Pixels of the band on either side of the hole's edge.

    Returns:
        The figures; infinite where nothing differs.

    Raises:
        ValueError: As `check`.
    """
    return Score(*(None if error is None else _decibels(error) for error in mse(result, truth, mask, band)))


def l1(result: Samples, truth: Samples, mask: Mask, band: int = BAND) -> Score:
    """Compute the mean absolute difference in percent of the data range.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        band: Pixels of the band on either side of the hole's edge.

    Returns:
        The figures in [0, 100].

    Raises:
        ValueError: As `check`.
    """
    return over_regions(100 * np.abs(_difference(result, truth, mask)), mask, band)


def mse(result: Samples, truth: Samples, mask: Mask, band: int = BAND) -> Score:
    """Compute the mean squared difference of values scaled to [0, 1]; times 255^2 it is that of 8-bit values.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        band: Pixels of the band on either side of the hole's edge.

    Returns:
        The figures in [0, 1].

    Raises:
        ValueError: As `check`.
    """
    return over_regions(np.square(_difference(result, truth, mask)), mask, band)


def hue_bias(result: Samples, truth: Samples, mask: Mask, band: int = BAND) -> Score:
    """Compute by how much the mean colour of the hole is shifted towards a hue, in 1/255 of the data range.

    With m_c the mean over the hole of a_c - b_c in channel c, and m the mean of the m_c, the figure is the mean over
    the channels of abs(m_c - m). Too light or too dark everywhere is no bias; nor is an error that one part of the hole
    makes up for another.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        band: Not used; all metrics are called alike.

    Returns:
        The hole's figure in [0, 227]; ``None`` without a hole, and unless the image has three channels.

    Raises:
        ValueError: As `check`.
    """
    difference = _difference(result, truth, mask)
    if mask.all() or difference.shape[2] != 3:
        return Score(None)
    shift = difference[~mask].mean(axis=0)
    return Score(None, float(255 * np.abs(shift - shift.mean()).mean()))


def tv(result: Samples, truth: Samples, mask: Mask, band: int = BAND) -> Score:
    """Compute the result's total variation in the hole dilated by one pixel, of values scaled to [0, 1].

    Only pairs of horizontal or vertical neighbours count whose two pixels lie in the dilated hole (8 neighbours). The
    sum of their absolute differences is divided by H * W * C for the whole image (the paper's loss term), and by the
    number of pairs times C for the hole; for the band, those pairs count whose two pixels lie in the band.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth; only checked.
        mask: ``(H, W)``, True = valid.
        band: Pixels of the band on either side of the hole's edge.

    Returns:
        The figures; ``None`` for a region without a pair.

    Raises:
        ValueError: As `check`.

    References:
        Liu et al., ECCV 2018, eq. (5).
    """
    check(result, truth, mask)
    values = result.astype(np.float64) / data_range(result)
    total, pairs = _variation(values, dilated_hole(mask))
    seam, seam_pairs = _variation(values, band_of(mask, band))
    return Score(total / values.size, total / pairs if pairs else None, seam / seam_pairs if seam_pairs else None)


def _variation(values: Exact, area: Mask) -> tuple[float, int]:
    """Sum the absolute differences of neighbours that both lie in an area, and count them."""
    across, down = area[:, 1:] & area[:, :-1], area[1:] & area[:-1]
    total = float(np.abs(np.diff(values, axis=1))[across].sum() + np.abs(np.diff(values, axis=0))[down].sum())
    return total, int(across.sum() + down.sum()) * values.shape[2]


def dilated_hole(mask: Mask) -> Mask:
    """Grow the hole by every pixel that touches it by a side or a corner: ``(H, W)`` bool, True = hole."""
    padded = np.pad(~mask, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    grown: Mask = rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]
    return grown


def _difference(result: Samples, truth: Samples, mask: Mask) -> Exact:
    """Subtract the truth from the result in units of the data range, in float64: unsigned samples cannot wrap round."""
    check(result, truth, mask)
    difference: Exact = (result.astype(np.float64) - truth.astype(np.float64)) / data_range(truth)
    return difference


def _decibels(error: float) -> float:
    """Turn a mean squared difference of values in [0, 1] into PSNR."""
    return 10 * math.log10(1 / error) if error > 0 else math.inf


def _size(samples: Samples) -> str:
    return f"{samples.shape[1]}x{samples.shape[0]}"
