"""The parameter-free base: a hole filled from a pyramid of partial averages.

Down, each level is a 2 x 2 partial convolution with constant weights, stride 2, of the level below it; the share of
the window that was valid is carried along as a confidence. Up, each level keeps its own averages by their confidence
and takes the rest from the next coarser level, interpolated bilinearly. Valid pixels have confidence 1 and stay as
they are; a hole is filled smoothly, at the price of blur.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def fill_pyramid(x: Tensor, mask: Tensor) -> Tensor:
    """Fill the holes of pictures smoothly from their surroundings.

    Args:
        x: ``(N, C, H, W)``; what stands in a hole is not looked at.
        mask: ``(N, 1, H, W)`` of ones (valid) and zeros (hole).

    Returns:
        ``(N, C, H, W)`` in float32 (float64 for a float64 input): equal to ``x`` where valid. A picture without any
        valid pixel comes out 0.
    """
    exact = torch.promote_types(x.dtype, torch.float32)
    confidence = mask.to(exact)
    level = torch.where(confidence > 0, x.to(exact), 0.0)
    levels = [(level, confidence)]
    while max(level.shape[-2:]) > 1:
        level, confidence = _halve(level, confidence)
        levels.append((level, confidence))
    filled = level
    for level, confidence in reversed(levels[:-1]):
        # The coarse level may be half a pixel larger than the fine one where a side is odd: upsample, then crop.
        coarse = F.interpolate(filled, scale_factor=2, mode="bilinear", align_corners=False)
        coarse = coarse[..., : level.shape[-2], : level.shape[-1]]
        filled = torch.lerp(coarse, level, confidence)
    return filled


def _halve(level: Tensor, confidence: Tensor) -> tuple[Tensor, Tensor]:
    """Average 2 x 2 windows over what is valid in them; an odd side is padded with holes."""
    odd = (0, level.shape[-1] % 2, 0, level.shape[-2] % 2)
    weight = F.avg_pool2d(F.pad(confidence, odd), 2)
    total = F.avg_pool2d(F.pad(level * confidence, odd), 2)
    return torch.where(weight > 0, total / weight.clamp(min=torch.finfo(weight.dtype).tiny), 0.0), weight
