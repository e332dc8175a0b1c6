"""The metrics: pure functions of a result, the truth and the mask.

Each takes samples as they stand in the files, ``(H, W, C)`` in uint8, uint16 or float (range [0, 1]), both pictures of
one shape and one depth, and the mask, ``(H, W)`` bool, True = valid. Each computes in float64 and returns a `Score`:
the figure of the whole picture, and that of the hole only. ``None`` stands for a figure that does not exist (the hole
of a picture without one, SSIM of a picture smaller than its window); a PSNR of identical samples is infinite.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from pconv_cli.masks.ratios import Mask

Samples = NDArray[Any]
Exact = NDArray[np.float64]

SSIM_WINDOW = 11
_PEAKS = {"u1": 255.0, "u2": 65535.0, "f4": 1.0, "f8": 1.0}


class Score(NamedTuple):
    """A figure for the whole picture and one for the hole only; ``None`` where there is no such figure."""

    whole: float | None
    hole: float | None


def data_range(samples: Samples) -> float:
    """The distance of black and white: 255 for uint8, 65535 for uint16, 1 for floats.

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
        raise ValueError(f"pictures are (H, W, C), got {result.shape} and {truth.shape}")
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
        if not np.isfinite(samples).all():
            raise ValueError(f"{whose} has samples that are not finite numbers")


def psnr(result: Samples, truth: Samples, mask: Mask) -> Score:
    """Peak signal-to-noise ratio in dB, PSNR = 10 log10(R^2 / MSE), R the data range.

    The whole picture's figure comes from `skimage.metrics.peak_signal_noise_ratio` in float64; the hole's from the
    MSE over the samples in the hole.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.

    Returns:
        Both figures; infinite where nothing differs.

    Raises:
        ValueError: As `check`.
    """
    check(result, truth, mask)
    a, b, peak = result.astype(np.float64), truth.astype(np.float64), data_range(truth)
    whole = math.inf if np.array_equal(a, b) else _skimage_psnr(a, b, peak)
    if mask.all():
        return Score(whole, None)
    error = float(np.square(a[~mask] - b[~mask]).mean())
    return Score(whole, 10 * math.log10(peak**2 / error) if error > 0 else math.inf)


def ssim(result: Samples, truth: Samples, mask: Mask) -> Score:
    """Structural similarity, the mean over channels and pixels.

    `skimage.metrics.structural_similarity` in float64 with ``gaussian_weights=True, sigma=1.5`` (a window of 11 x 11),
    ``use_sample_covariance=False``, K1 = 0.01, K2 = 0.03. The whole picture's figure is scikit-image's mean, which
    leaves out the outermost 5 px; the hole's is the mean of the full map over the hole's pixels.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.

    Returns:
        Both figures in [-1, 1]; ``None`` where a side is shorter than the window.

    Raises:
        ValueError: As `check`.

    References:
        Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004.
    """
    check(result, truth, mask)
    if min(truth.shape[:2]) < SSIM_WINDOW:
        return Score(None, None)
    mean, full = structural_similarity(  # type: ignore[no-untyped-call]
        truth.astype(np.float64),
        result.astype(np.float64),
        data_range=data_range(truth),
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        K1=0.01,
        K2=0.03,
        full=True,
    )
    return Score(float(mean), None if mask.all() else float(full[~mask].mean()))


def l1(result: Samples, truth: Samples, mask: Mask) -> Score:
    """Mean absolute difference in percent of the data range.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.

    Returns:
        Both figures in [0, 100].

    Raises:
        ValueError: As `check`.
    """
    difference = np.abs(_difference(result, truth, mask))
    return Score(100 * float(difference.mean()), None if mask.all() else 100 * float(difference[~mask].mean()))


def mse(result: Samples, truth: Samples, mask: Mask) -> Score:
    """Mean squared difference of values scaled to [0, 1]; times 255^2 it is that of 8-bit values.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.

    Returns:
        Both figures in [0, 1].

    Raises:
        ValueError: As `check`.
    """
    square = np.square(_difference(result, truth, mask))
    return Score(float(square.mean()), None if mask.all() else float(square[~mask].mean()))


def tv(result: Samples, truth: Samples, mask: Mask) -> Score:
    """Total variation of the result in the hole dilated by one pixel, of values scaled to [0, 1].

    Only pairs of horizontal or vertical neighbours count whose two pixels lie in the dilated hole (8 neighbours). The
    sum of their absolute differences is divided by H * W * C for the whole picture (the paper's loss term), and by the
    number of pairs times C for the hole.

    Args:
        result: ``(H, W, C)``.
        truth: The same shape and depth; only checked.
        mask: ``(H, W)``, True = valid.

    Returns:
        Both figures; ``None`` for the hole without a pair.

    Raises:
        ValueError: As `check`.

    References:
        Liu et al., ECCV 2018, eq. (5).
    """
    check(result, truth, mask)
    values, hole = result.astype(np.float64) / data_range(result), dilated_hole(mask)
    across, down = hole[:, 1:] & hole[:, :-1], hole[1:] & hole[:-1]
    total = float(np.abs(np.diff(values, axis=1))[across].sum() + np.abs(np.diff(values, axis=0))[down].sum())
    pairs = int(across.sum() + down.sum()) * values.shape[2]
    return Score(total / values.size, total / pairs if pairs else None)


def dilated_hole(mask: Mask) -> Mask:
    """The hole and every pixel that touches it by a side or a corner, ``(H, W)`` bool, True = hole."""
    padded = np.pad(~mask, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    grown: Mask = rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]
    return grown


def _difference(result: Samples, truth: Samples, mask: Mask) -> Exact:
    """Result minus truth in units of the data range, in float64: unsigned samples cannot wrap round."""
    check(result, truth, mask)
    difference: Exact = (result.astype(np.float64) - truth.astype(np.float64)) / data_range(truth)
    return difference


def _skimage_psnr(result: Exact, truth: Exact, peak: float) -> float:
    return float(peak_signal_noise_ratio(truth, result, data_range=peak))  # type: ignore[no-untyped-call]


def _size(samples: Samples) -> str:
    return f"{samples.shape[1]}x{samples.shape[0]}"
