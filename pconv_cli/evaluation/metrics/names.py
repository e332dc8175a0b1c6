"""The names of the metrics, and how to read their figures; nothing heavy is imported here."""

import math
from dataclasses import dataclass
from typing import Literal

from pconv_cli.arguments import Choice

Region = Literal["whole", "hole", "band"]
REGIONS: tuple[Region, ...] = ("whole", "hole", "band")


class Metric(Choice):
    """A metric.

    Example:
        >>> Metric("psnr")
        <Metric.PSNR: 'psnr'>
    """

    PSNR = "psnr"
    SSIM = "ssim"
    L1 = "l1"
    MSE = "mse"
    TV = "tv"
    MS_SSIM = "ms_ssim"
    TEXTURE = "texture"
    RIM = "rim"
    HUE = "hue"
    PERCEPTUAL = "perceptual"
    STYLE = "style"
    LOSS = "loss"
    LPIPS = "lpips"
    LPIPS_VGG = "lpips_vgg"
    FID = "fid"
    INCEPTION_SCORE = "inception_score"


@dataclass(frozen=True)
class MetricReading:
    """The head, print and ranking of a metric's figures.

    Attributes:
        title: The column's head.
        unit: The unit of the figures, for a legend.
        better: The figures that are better; ``None`` where none are.
        decimals: Digits after the point in a table.
        statement: The definition and every parameter, in one line.
        regions: Where it has figures.
    """

    title: str
    unit: str
    better: Literal["higher", "lower", "closer to 1"] | None
    decimals: int
    statement: str
    regions: tuple[Region, ...] = REGIONS

    def worse(self, figure: float) -> float:
        """Measure how bad a figure is: less is better. Half and twice as much as 1 are equally far from it."""
        if self.better == "closer to 1":
            return abs(math.log(figure)) if figure > 0 else math.inf
        return -figure if self.better == "higher" else figure


#: Side of the window of `Metric.TEXTURE`, and the depth from which it counts, in px: no window holds a valid pixel.
TEXTURE_WINDOW, TEXTURE_DEPTH = 7, 6

READINGS: dict[Metric, MetricReading] = {
    Metric.PSNR: MetricReading(
        "PSNR",
        "dB",
        "higher",
        2,
        "as scikit-image peak_signal_noise_ratio, peak 255 (8 bit), 65535 (16 bit) or 1 (float)",
    ),
    Metric.SSIM: MetricReading(
        "SSIM",
        "-1 to 1",
        "higher",
        4,
        "as scikit-image structural_similarity, gaussian_weights=True, sigma=1.5 (window 11 x 11), "
        "use_sample_covariance=False, K1=0.01, K2=0.03, channel_axis=-1; hole and band: mean of the full map",
    ),
    Metric.L1: MetricReading("L1", "% of the range", "lower", 3, "mean absolute difference in percent of the range"),
    Metric.MSE: MetricReading("MSE", "range 1", "lower", 5, "mean squared difference of values scaled to [0, 1]"),
    Metric.TV: MetricReading(
        "TV",
        "range 1",
        None,
        5,
        "absolute differences of neighbours in the hole dilated by 1 px; whole: per sample of the image, "
        "hole and band: per pair",
    ),
    Metric.MS_SSIM: MetricReading(
        "MS-SSIM",
        "0 to 1",
        "higher",
        4,
        "Wang et al. 2003, five scales (0.0448, 0.2856, 0.3001, 0.2363, 0.1333), window and constants as SSIM",
    ),
    Metric.TEXTURE: MetricReading(
        "texture",
        "fill / truth",
        "closer to 1",
        2,
        f"local standard deviation ({TEXTURE_WINDOW} x {TEXTURE_WINDOW}) of the result over that of the truth, in the "
        f"hole deeper than {TEXTURE_DEPTH} px; of many images the ratio of the sums",
        ("hole",),
    ),
    Metric.RIM: MetricReading(
        "rim",
        "fill / truth",
        "closer to 1",
        2,
        "absolute differences of neighbours across the hole's edge, result over truth; of many images the ratio of the "
        "sums",
        ("band",),
    ),
    Metric.HUE: MetricReading(
        "hue bias",
        "1/255",
        "lower",
        2,
        "difference of each channel's mean over the hole, less the mean of the three; absolute, averaged over channels",
        ("hole",),
    ),
    Metric.PERCEPTUAL: MetricReading(
        "perc.", "features", "lower", 4, "mean absolute difference of VGG16 features, summed over pool1 to pool3"
    ),
    Metric.STYLE: MetricReading(
        "style", "features", "lower", 5, "mean absolute difference of VGG16 Gram matrices, summed over pool1 to pool3"
    ),
    Metric.LOSS: MetricReading(
        "loss",
        "paper's sum",
        "lower",
        4,
        "valid + 6 hole + 0.05 perceptual + 120 style + 0.1 tv of Liu et al. 2018, eq. 7, the result as the output",
        REGIONS[:1],
    ),
    Metric.LPIPS: MetricReading("LPIPS", "AlexNet", "lower", 4, "LPIPS 0.1 of Zhang et al. 2018 on AlexNet"),
    Metric.LPIPS_VGG: MetricReading("LPIPS-VGG", "VGG16", "lower", 4, "LPIPS 0.1 of Zhang et al. 2018 on VGG16"),
    Metric.FID: MetricReading(
        "FID",
        "Inception",
        "lower",
        2,
        "Frechet distance of Inception's 2048 features (2015, resized as TensorFlow 1) of results and truths",
        REGIONS[:1],
    ),
    Metric.INCEPTION_SCORE: MetricReading(
        "IS",
        "Inception",
        "higher",
        2,
        "exp of the mean divergence of each result's class probabilities from their mean, one split, no bias",
        REGIONS[:1],
    ),
}

#: Pixels of the band on either side of the hole's edge, where none is said.
BAND = 8

#: A Frechet distance of fewer images than it has features is far too high, and not comparable with others.
ENOUGH_FOR_FID = 2048

#: Metrics of the features of VGG16 up to pool3.
NEEDS_VGG = frozenset({Metric.PERCEPTUAL, Metric.STYLE, Metric.LOSS})
#: Metrics of Inception's features: one figure for a set of images, none for a single one.
OF_SETS = frozenset({Metric.FID, Metric.INCEPTION_SCORE})
#: All that need a network, and so torch and a file of weights.
NEEDS_NETWORK = NEEDS_VGG | OF_SETS | {Metric.LPIPS, Metric.LPIPS_VGG}
#: All whose figures know nothing of the band's width.
WITHOUT_BAND = OF_SETS | {Metric.LOSS, Metric.TEXTURE, Metric.RIM, Metric.HUE}
#: What is measured where nothing is named.
USUAL = (Metric.PSNR, Metric.SSIM, Metric.L1, Metric.MSE, Metric.TV)
