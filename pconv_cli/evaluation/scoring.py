"""The chosen metrics of one picture."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from pconv_cli.errors import ModelError, UsageError
from pconv_cli.evaluation import metrics
from pconv_cli.evaluation.metrics import Samples, Score
from pconv_cli.evaluation.names import NEEDS_VGG, Metric
from pconv_cli.masks.ratios import Mask

if TYPE_CHECKING:
    from pconv_cli.core.vgg import VGG16Features

_PLAIN = {
    Metric.PSNR: metrics.psnr,
    Metric.SSIM: metrics.ssim,
    Metric.L1: metrics.l1,
    Metric.MSE: metrics.mse,
    Metric.TV: metrics.tv,
}


@dataclass(frozen=True)
class Features:
    """VGG16 and where it runs; the lock lets one picture at a time through, which bounds the memory."""

    vgg: "VGG16Features"
    device: str
    file: str
    sha256: str
    lock: Lock


class Scorer:
    """Computes the chosen metrics; safe to call from several threads.

    Args:
        chosen: The metrics, in the order of the report.
        vgg: VGG16's weights for the perceptual and style distance; looked for where ``None``.
        device: Where VGG16 runs.

    Raises:
        UsageError: No metric, or no such device.
        ModelError: A metric needs VGG16, and it is not at hand; the message says how to get it.
    """

    def __init__(self, chosen: Sequence[Metric], vgg: Path | None = None, device: str = "auto") -> None:
        if not chosen:
            raise UsageError("no metric is named; name one, such as --psnr")
        self.chosen = tuple(metric for metric in Metric if metric in chosen)
        self._features = _load(vgg, device) if NEEDS_VGG & set(self.chosen) else None

    @property
    def settings(self) -> dict[str, Any]:
        """What the figures depend on beside the pictures, for the report."""
        features = self._features
        if features is None:
            return {}
        return {"vgg": features.file, "vgg_sha256": features.sha256, "vgg_device": features.device}

    def __call__(self, result: Samples, truth: Samples, mask: Mask) -> dict[Metric, Score]:
        """Score a result against the truth.

        Args:
            result: ``(H, W, C)``.
            truth: The same shape and depth.
            mask: ``(H, W)``, True = valid.

        Raises:
            ValueError: As `pconv_cli.evaluation.metrics.check`.
        """
        scores = {metric: _PLAIN[metric](result, truth, mask) for metric in self.chosen if metric in _PLAIN}
        if self._features is not None:
            from pconv_cli.evaluation.features import feature_scores

            with self._features.lock:
                both = feature_scores(self._features.vgg, result, truth, mask, self._features.device)
            pair = zip((Metric.PERCEPTUAL, Metric.STYLE), both, strict=True)
            scores |= {metric: score for metric, score in pair if metric in self.chosen}
        return scores


def _load(path: Path | None, device: str) -> Features:
    from pconv_cli.core.device import pick_device
    from pconv_cli.core.vgg import VGG16_VARIABLE, find_vgg, load_vgg
    from pconv_cli.core.weights import weights_hash

    where = pick_device(device)
    try:
        file = find_vgg(path)
    except ModelError as error:
        if path is not None or os.environ.get(VGG16_VARIABLE):  # a file was named, and the message is about that one
            raise
        raise ModelError(
            "VGG16's weights are not at hand: run `pconv weights fetch-vgg` once (528 MB), or name a copy by "
            f"--vgg PATH or ${VGG16_VARIABLE}; or leave out --perceptual and --style"
        ) from error
    return Features(load_vgg(file).to(where), str(where), file.name, weights_hash(file), Lock())
