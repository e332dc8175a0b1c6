"""The metrics over VGG16's features: perceptual and style distance, and the paper's loss. Apart, for they need torch.

Pictures and mask as in `pconv_cli.evaluation.metrics`; grey pictures are taken as RGB with three equal channels.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.losses import InpaintingLoss, gram_matrix
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.evaluation.metrics import Samples, Score, band_of, check, data_range
from pconv_cli.evaluation.names import BAND
from pconv_cli.masks.ratios import Mask

SHORTEST_SIDE = 8  # three poolings by 2


def feature_scores(
    vgg: VGG16Features,
    result: Samples,
    truth: Samples,
    mask: Mask,
    device: torch.device | str = "cpu",
    band: int = BAND,
) -> tuple[Score, Score]:
    """Perceptual and style distance of a result from the truth.

    With P_k the features at pool k = 1, 2, 3, and G the Gram matrix F F^T / (C H W):

        perceptual = sum over k of mean |P_k(result) - P_k(truth)|
        style      = sum over k of mean |G_k(result) - G_k(truth)|

    For the hole only, the positions of P_k count whose block of 2^k x 2^k pixels has a pixel of the hole: the mean is
    taken over them, and G is summed over them and divided by C times their number. The same for the band.

    Args:
        vgg: The features, on ``device``.
        result: ``(H, W, C)``, C = 1 or 3.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        device: Where to compute.
        band: Pixels of the band on either side of the hole's edge.

    Returns:
        Perceptual, style. ``None`` for pictures with a side under 8 px, and for hole and band of one without a hole.

    Raises:
        ValueError: As `pconv_cli.evaluation.metrics.check`, or neither 1 nor 3 channels.

    References:
        Liu et al., ECCV 2018, eq. (2) to (4), for one picture in the place of output and composite.
    """
    check(result, truth, mask)
    if min(truth.shape[:2]) < SHORTEST_SIDE:
        return Score(None), Score(None)
    with torch.no_grad():
        of_result, of_truth = vgg(as_tensor(result, device)), vgg(as_tensor(truth, device))
        areas = [torch.from_numpy(area).to(device, torch.float32)[None, None] for area in (~mask, band_of(mask, band))]
        whole = [_distances(a, b) for a, b in zip(of_result, of_truth, strict=True)]
        inside = [_inside(of_result, of_truth, area) for area in areas]
    perceptual, style = (
        Score(sum(level[which] for level in whole), *(None if one is None else one[which] for one in inside))
        for which in (0, 1)
    )
    return perceptual, style


def paper_loss(
    loss: InpaintingLoss, result: Samples, truth: Samples, mask: Mask, device: torch.device | str = "cpu"
) -> Score:
    """The paper's weighted sum of terms, the result in the place of the network's output.

    Args:
        loss: The sum, on ``device``.
        result: ``(H, W, C)``, C = 1 or 3.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        device: Where to compute.

    Returns:
        The whole picture's figure; ``None`` for pictures with a side under 8 px.

    Raises:
        ValueError: As `pconv_cli.evaluation.metrics.check`, or neither 1 nor 3 channels.

    References:
        Liu et al., ECCV 2018, eq. (7).
    """
    check(result, truth, mask)
    if min(truth.shape[:2]) < SHORTEST_SIDE:
        return Score(None)
    with torch.no_grad():
        valid = torch.from_numpy(mask).to(device, torch.float32)[None, None]
        return Score(float(loss(as_tensor(result, device), as_tensor(truth, device), valid).total))


def _inside(result: list[Tensor], truth: list[Tensor], area: Tensor) -> tuple[float, float] | None:
    """Both distances over the positions whose block touches an area ``(1, 1, H, W)``; None where a pool has none.

    A strip narrower than a block at the right or the lower edge is cut off by pooling: then no position may be left.
    """
    perceptual, style = 0.0, 0.0
    for k, (a, b) in enumerate(zip(result, truth, strict=True), start=1):
        there = F.max_pool2d(area, 2**k)[0, 0] > 0
        if not there.any():
            return None
        level = _distances(a[..., there].unsqueeze(-1), b[..., there].unsqueeze(-1))  # (1, C, positions, 1)
        perceptual, style = perceptual + level[0], style + level[1]
    return perceptual, style


def _distances(a: Tensor, b: Tensor) -> tuple[float, float]:
    perceptual = (a - b).abs().mean(dtype=torch.float64)
    style = (gram_matrix(a) - gram_matrix(b)).abs().mean(dtype=torch.float64)
    return float(perceptual), float(style)


def as_tensor(samples: Samples, device: torch.device | str) -> Tensor:
    """(H, W, C) in the file's depth -> (1, 3, H, W) float32 in [0, 1].

    Raises:
        ValueError: Neither 1 nor 3 channels.
    """
    if samples.shape[2] not in (1, 3):
        raise ValueError(f"colour channels: {samples.shape[2]}; networks take 1 or 3")
    values = (samples.astype(np.float64) / data_range(samples)).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None].to(device).expand(-1, 3, -1, -1)
