"""The metrics over VGG16's features: perceptual and style distance, and the paper's loss. Apart, for they need torch.

Images and mask as in `pconv_cli.evaluation.metrics.differences`; grey images count as RGB of three equal channels.
"""

import numpy as np
import torch
from torch import Tensor

from pconv_cli.core.losses import InpaintingLoss
from pconv_cli.core.vgg import VGG16Features
from pconv_cli.evaluation.metrics.differences import Samples, Score, band_of, check, data_range
from pconv_cli.evaluation.metrics.feature_sums import TILE, FeatureSums, add_tile, feature_tiles
from pconv_cli.evaluation.metrics.names import BAND
from pconv_cli.masks.ratios import Mask

SHORTEST_SIDE = 8  # three poolings by 2


def feature_scores(
    vgg: VGG16Features,
    result: Samples,
    truth: Samples,
    mask: Mask,
    device: torch.device | str = "cpu",
    band: int = BAND,
    tile: int = TILE,
) -> tuple[Score, Score]:
    """Compute the perceptual and style distance of a result from the truth.

    With P_k the features at pool k = 1, 2, 3, and G the Gram matrix F F^T / (C H W):

        perceptual = sum over k of mean |P_k(result) - P_k(truth)|
        style      = sum over k of mean |G_k(result) - G_k(truth)|

    For the hole only, the positions of P_k count whose block of 2^k x 2^k pixels has a pixel of the hole: the mean is
    taken over them, and G is summed over them and divided by C times their number. The same for the band. A strip
    narrower than a block at the right or the lower edge is cut off by pooling: a region may have no position then.

    Args:
        vgg: The features, on ``device``.
        result: ``(H, W, C)``, C = 1 or 3.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        device: Where to compute.
        band: Pixels of the band on either side of the hole's edge.
        tile: Side of the tiles in which larger images go through VGG16, a multiple of 8; they change no more than
            the rounding of the sums.

    Returns:
        Perceptual, style. ``None`` for images with a side under 8 px, and for hole and band of one without a hole.

    Raises:
        ValueError: As `pconv_cli.evaluation.metrics.differences.check`, or neither 1 nor 3 channels.

    References:
        Liu et al., ECCV 2018, eq. (2) to (4), with one image as both output and composite.
    """
    check(result, truth, mask)
    if min(truth.shape[:2]) < SHORTEST_SIDE:
        return Score(None), Score(None)
    hole, band_area = ~mask, band_of(mask, band)
    regions = FeatureSums(), FeatureSums(), FeatureSums()
    with torch.no_grad():
        for framed in feature_tiles(mask.shape, tile):
            of_result, of_truth = (as_tensor(samples[framed.outer.slices], device) for samples in (result, truth))
            areas = [
                torch.from_numpy(area[framed.outer.slices]).to(device, torch.float32)[None, None]
                for area in (hole, band_area)
            ]
            add_tile(regions, vgg, framed, of_result, of_truth, [None, *areas])
    found = [region.distances() for region in regions]
    perceptual, style = (Score(*(None if one is None else one[which] for one in found)) for which in (0, 1))
    return perceptual, style


def paper_loss(
    loss: InpaintingLoss, result: Samples, truth: Samples, mask: Mask, device: torch.device | str = "cpu"
) -> Score:
    """Compute the paper's weighted sum of terms, with the result as the network's output.

    Args:
        loss: The sum, on ``device``.
        result: ``(H, W, C)``, C = 1 or 3.
        truth: The same shape and depth.
        mask: ``(H, W)``, True = valid.
        device: Where to compute.

    Returns:
        The whole image's figure; ``None`` for images with a side under 8 px.

    Raises:
        ValueError: As `pconv_cli.evaluation.metrics.differences.check`, or neither 1 nor 3 channels.

    References:
        Liu et al., ECCV 2018, eq. (7).
    """
    check(result, truth, mask)
    if min(truth.shape[:2]) < SHORTEST_SIDE:
        return Score(None)
    with torch.no_grad():
        valid = torch.from_numpy(mask).to(device, torch.float32)[None, None]
        return Score(float(loss(as_tensor(result, device), as_tensor(truth, device), valid).total))


def as_tensor(samples: Samples, device: torch.device | str) -> Tensor:
    """Turn ``(H, W, C)`` in the file's depth into ``(1, 3, H, W)`` float32 in [0, 1].

    Raises:
        ValueError: Neither 1 nor 3 channels.
    """
    if samples.shape[2] not in (1, 3):
        raise ValueError(f"colour channels: {samples.shape[2]}; networks take 1 or 3")
    values = (samples.astype(np.float64) / data_range(samples)).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None].to(device).expand(-1, 3, -1, -1)
