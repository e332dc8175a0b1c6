"""The metrics over VGG16's features: perceptual and style distance. Apart, because they alone need torch.

Pictures and mask as in `pconv_cli.evaluation.metrics`; grey pictures are taken as RGB with three equal channels.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.losses import gram_matrix
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.evaluation.metrics import Samples, Score, check, data_range
from pconv_cli.masks.ratios import Mask

SHORTEST_SIDE = 8  # three poolings by 2


def feature_scores(
    vgg: VGG16Features, result: Samples, truth: Samples, mask: Mask, device: torch.device | str = "cpu"
) -> tuple[Score, Score]:
    """Perceptual and style distance of a result from the truth.

    With P_k the features at pool k = 1, 2, 3, and G the Gram matrix F F^T / (C H W):

        perceptual = sum over k of mean |P_k(result) - P_k(truth)|
        style      = sum over k of mean |G_k(result) - G_k(truth)|

    For the hole only, the positions of P_k count whose block of 2^k x 2^k pixels has a pixel of the hole: the mean is
    taken over them, and G is summed over them and divided by C times their number.

    Args:
        vgg: The features, on ``device``.
        result: ``(H, W, C)``, C = 1 or 3.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        device: Where to compute.

    Returns:
        Perceptual, style. ``None`` for pictures with a side under 8 px, and for the hole of a picture without one.

    Raises:
        ValueError: As `pconv_cli.evaluation.metrics.check`, or neither 1 nor 3 channels.

    References:
        Liu et al., ECCV 2018, eq. (2) to (4), for one picture in the place of output and composite.
    """
    check(result, truth, mask)
    if min(truth.shape[:2]) < SHORTEST_SIDE:
        return Score(None, None), Score(None, None)
    with torch.no_grad():
        of_result, of_truth = vgg(_tensor(result, device)), vgg(_tensor(truth, device))
        hole = torch.from_numpy(~mask).to(device, torch.float32)[None, None]
        levels = [
            _level(a, b, F.max_pool2d(hole, 2**k))
            for k, (a, b) in enumerate(zip(of_result, of_truth, strict=True), start=1)
        ]
    perceptual, style, perceptual_hole, style_hole = (sum(column) for column in zip(*levels, strict=True))
    # A strip narrower than a block at the right or the lower edge is cut off by pooling: then no position may be left.
    holed = all(F.max_pool2d(hole, 2**k).any() for k in (1, 2, 3))
    return (
        Score(perceptual, perceptual_hole if holed else None),
        Score(style, style_hole if holed else None),
    )


def _level(result: Tensor, truth: Tensor, hole: Tensor) -> tuple[float, float, float, float]:
    """Perceptual and style distance at one pool, ``(1, C, h, w)``, then both over the hole ``(1, 1, h, w)`` alone."""
    there = hole[0, 0] > 0
    inside = [features[..., there].unsqueeze(-1) for features in (result, truth)]  # (1, C, positions, 1)
    return _distances(result, truth) + (_distances(*inside) if there.any() else (0.0, 0.0))


def _distances(a: Tensor, b: Tensor) -> tuple[float, float]:
    perceptual = (a - b).abs().mean(dtype=torch.float64)
    style = (gram_matrix(a) - gram_matrix(b)).abs().mean(dtype=torch.float64)
    return float(perceptual), float(style)


def _tensor(samples: Samples, device: torch.device | str) -> Tensor:
    """(H, W, C) in the file's depth -> (1, 3, H, W) float32 in [0, 1]."""
    if samples.shape[2] not in (1, 3):
        raise ValueError(f"colour channels: {samples.shape[2]}; VGG16 takes 1 or 3")
    values = (samples.astype(np.float64) / data_range(samples)).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None].to(device).expand(-1, 3, -1, -1)
