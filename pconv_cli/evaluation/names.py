"""The names of the metrics and how their figures are to be read; nothing heavy is imported here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Metric(StrEnum):
    """What can be measured."""

    PSNR = "psnr"
    SSIM = "ssim"
    L1 = "l1"
    MSE = "mse"
    TV = "tv"
    PERCEPTUAL = "perceptual"
    STYLE = "style"


@dataclass(frozen=True)
class Reading:
    """How the figures of a metric are headed, printed and ranked.

    Attributes:
        title: The column's head.
        unit: What the figures count, for a legend.
        better: Which direction is better; ``None`` where neither is.
        decimals: Digits after the point in a table.
        statement: The definition and every parameter, in one line.
    """

    title: str
    unit: str
    better: Literal["higher", "lower"] | None
    decimals: int
    statement: str


READINGS: dict[Metric, Reading] = {
    Metric.PSNR: Reading(
        "PSNR", "dB", "higher", 2, "scikit-image peak_signal_noise_ratio, peak 255 (8 bit), 65535 (16 bit) or 1 (float)"
    ),
    Metric.SSIM: Reading(
        "SSIM",
        "-1 to 1",
        "higher",
        4,
        "scikit-image structural_similarity, gaussian_weights=True, sigma=1.5 (window 11 x 11), "
        "use_sample_covariance=False, K1=0.01, K2=0.03, channel_axis=-1; hole: mean of the full map",
    ),
    Metric.L1: Reading("L1", "% of the range", "lower", 3, "mean absolute difference in percent of the range"),
    Metric.MSE: Reading("MSE", "range 1", "lower", 5, "mean squared difference of values scaled to [0, 1]"),
    Metric.TV: Reading(
        "TV",
        "range 1",
        None,
        5,
        "absolute differences of neighbours in the hole dilated by 1 px; whole: per sample of the picture, "
        "hole: per pair",
    ),
    Metric.PERCEPTUAL: Reading(
        "perc.", "features", "lower", 4, "mean absolute difference of VGG16 features, summed over pool1 to pool3"
    ),
    Metric.STYLE: Reading(
        "style", "features", "lower", 5, "mean absolute difference of VGG16 Gram matrices, summed over pool1 to pool3"
    ),
}

NEEDS_VGG = frozenset({Metric.PERCEPTUAL, Metric.STYLE})
NO_DOWNLOAD: tuple[Metric, ...] = tuple(metric for metric in Metric if metric not in NEEDS_VGG)
