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
    MS_SSIM = "ms_ssim"
    PERCEPTUAL = "perceptual"
    STYLE = "style"
    LOSS = "loss"
    LPIPS = "lpips"
    LPIPS_VGG = "lpips_vgg"
    FID = "fid"
    INCEPTION_SCORE = "inception_score"

    @property
    def flag(self) -> str:
        """Its option on the command line."""
        return f"--{self.value.replace('_', '-')}"


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
        "PSNR",
        "dB",
        "higher",
        2,
        "as scikit-image peak_signal_noise_ratio, peak 255 (8 bit), 65535 (16 bit) or 1 (float)",
    ),
    Metric.SSIM: Reading(
        "SSIM",
        "-1 to 1",
        "higher",
        4,
        "as scikit-image structural_similarity, gaussian_weights=True, sigma=1.5 (window 11 x 11), "
        "use_sample_covariance=False, K1=0.01, K2=0.03, channel_axis=-1; hole and band: mean of the full map",
    ),
    Metric.L1: Reading("L1", "% of the range", "lower", 3, "mean absolute difference in percent of the range"),
    Metric.MSE: Reading("MSE", "range 1", "lower", 5, "mean squared difference of values scaled to [0, 1]"),
    Metric.TV: Reading(
        "TV",
        "range 1",
        None,
        5,
        "absolute differences of neighbours in the hole dilated by 1 px; whole: per sample of the picture, "
        "hole and band: per pair",
    ),
    Metric.MS_SSIM: Reading(
        "MS-SSIM",
        "0 to 1",
        "higher",
        4,
        "Wang et al. 2003, five scales (0.0448, 0.2856, 0.3001, 0.2363, 0.1333), window and constants as SSIM",
    ),
    Metric.PERCEPTUAL: Reading(
        "perc.", "features", "lower", 4, "mean absolute difference of VGG16 features, summed over pool1 to pool3"
    ),
    Metric.STYLE: Reading(
        "style", "features", "lower", 5, "mean absolute difference of VGG16 Gram matrices, summed over pool1 to pool3"
    ),
    Metric.LOSS: Reading(
        "loss",
        "paper's sum",
        "lower",
        4,
        "valid + 6 hole + 0.05 perceptual + 120 style + 0.1 tv of Liu et al. 2018, eq. 7, the result as the output",
    ),
    Metric.LPIPS: Reading("LPIPS", "AlexNet", "lower", 4, "LPIPS 0.1 of Zhang et al. 2018 on AlexNet"),
    Metric.LPIPS_VGG: Reading("LPIPS-VGG", "VGG16", "lower", 4, "LPIPS 0.1 of Zhang et al. 2018 on VGG16"),
    Metric.FID: Reading(
        "FID",
        "Inception",
        "lower",
        2,
        "Frechet distance of Inception's 2048 features (2015, resized as TensorFlow 1) of results and truths",
    ),
    Metric.INCEPTION_SCORE: Reading(
        "IS",
        "Inception",
        "higher",
        2,
        "exp of the mean divergence of each result's class probabilities from their mean, one split, no bias",
    ),
}

#: Pixels of the band on either side of the hole's edge, where none is said.
BAND = 8

#: A Frechet distance of fewer pictures than it has features is far too high, and not comparable with others.
ENOUGH_FOR_FID = 2048

#: Metrics of the features of VGG16 up to pool3.
NEEDS_VGG = frozenset({Metric.PERCEPTUAL, Metric.STYLE, Metric.LOSS})
#: Metrics of Inception's features: one figure for a set of pictures, none for a single one.
OF_SETS = frozenset({Metric.FID, Metric.INCEPTION_SCORE})
#: All that need a network, hence torch and a file of weights.
NEEDS_NETWORK = NEEDS_VGG | OF_SETS | {Metric.LPIPS, Metric.LPIPS_VGG}
#: All that say nothing of hole and band apart.
WHOLE_ONLY = OF_SETS | {Metric.LOSS}
NO_DOWNLOAD: tuple[Metric, ...] = tuple(
    metric for metric in Metric if metric not in NEEDS_NETWORK and metric is not Metric.MS_SSIM
)
