"""Structural similarity, as the SSIM term and the trainer's validation have it."""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.losses.distances import exact


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Mean structural similarity with an 11 x 11 Gaussian window of sigma 1.5, in float32.

    Population covariances, K1 = 0.01, K2 = 0.03, values in [0, 1]; the mean is taken where the window lies wholly in
    the image, as scikit-image takes it.

    Args:
        a: ``(N, C, H, W)``.
        b: The same shape.

    Returns:
        Scalar in [-1, 1].

    Raises:
        ValueError: A side is shorter than the window.

    References:
        Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004.
    """
    if min(a.shape[-2:]) < 11:
        raise ValueError(f"SSIM needs sides of 11 pixels or more, got {tuple(a.shape[-2:])}")
    # Of u = a + b and v = a - b the moments are those of a and b: 4 cov(a, b) = var u - var v, and the like.
    a, b = exact(a), exact(b)
    pair = torch.stack([a + b, a - b])
    maps = torch.stack([pair, pair * pair]).flatten(0, 3)[None]  # (1, 2 moments x u and v x N x C, H, W)
    count, window = maps.shape[1], _ssim_window(a.dtype, a.device)
    with torch.autocast(a.device.type, enabled=False):
        # Every map a group of its own: some fifty times as fast on a processor as every map an image of its own.
        maps = F.conv2d(maps, window.view(1, 1, 11, 1).expand(count, 1, 11, 1), groups=count)
        maps = F.conv2d(maps, window.view(1, 1, 1, 11).expand(count, 1, 1, 11), groups=count)
    mean, square = maps.view(2, -1, *maps.shape[2:]).unbind()
    product = mean * mean
    (means_u, means_v), (vars_u, vars_v) = product.chunk(2), (square - product).chunk(2)
    means_u, vars_u = means_u + 2 * 0.01**2, vars_u + 2 * 0.03**2
    similarity = (means_u - means_v) * (vars_u - vars_v) / ((means_u + means_v) * (vars_u + vars_v))
    return similarity.mean()


@cache
def _ssim_window(dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # a later call may differentiate
        position = torch.arange(11, dtype=dtype, device=device) - 5
        window = torch.exp(-(position**2) / (2 * 1.5**2))
        normalised: Tensor = window / window.sum()
    return normalised
