"""The engine's chains of element-wise operations, compiled: each becomes one loop over memory in the place of ten.

The rest of the engine is left as it is. Convolutions are calls of a library in any case; which levels have holes is
found out while it runs, and changes what comes next; masks of one channel are small.

Each kind of shape costs a compilation, and a size of 1 is a kind of its own. So there are few kinds: the channels of a
picture go as pictures of one channel, a level's values as rows of a matrix, and all other sizes may vary. Levels that
are small or odd are computed without compilation, which costs no more there.
"""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.compiling import compiled
from pconv_cli.core.pyramid import Steps, fill_pyramid, halve, refine
from pconv_cli.core.unet import Activation, fine_detail, roughness

_Result = TypeVar("_Result")

# Planes with a shorter side are left to the plain functions.
_LEAST_SIDE = 16


def fill_pyramid_fused(x: Tensor, mask: Tensor) -> Tensor:
    """`fill_pyramid` with compiled steps."""
    planes = x.reshape(-1, 1, *x.shape[-2:])
    masks = mask.expand(-1, x.shape[1], -1, -1).reshape(planes.shape).contiguous()  # strides of 0 are a kind, too
    return fill_pyramid(planes, masks, Steps(_halve, _refine)).reshape(x.shape)


def roughness_fused(base: Tensor, mask: Tensor) -> Tensor:
    """`roughness`, compiled."""
    return roughness(base, mask, _fine_detail, fill_pyramid_fused)


def finish_fused(y: Tensor, ratio: Tensor, shift: Tensor, activation: Activation) -> bool:
    """What follows a level's convolution, in place.

    Args:
        y: Values ``(N, C, h, w)``.
        ratio: Their N/s ``(N or 1, 1, h, w)`` in float32, 0 in holes, where y becomes 0.
        shift: ``(C)``, added after the ratio; before it, where the activation is ``ratio``.
        activation: What comes last.

    Returns:
        Whether it is done; it is not where the values are few, or lie otherwise than channels-last.
    """
    rows = y.permute(0, 2, 3, 1)
    if not (_is_worth(y) and rows.is_contiguous()):
        return False
    ratios = ratio.expand(y.shape[0], -1, -1, -1).reshape(-1, 1)
    compiled(_finish)(rows.view(-1, y.shape[1]), ratios, shift, activation)
    return True


def _finish(rows: Tensor, ratio: Tensor, shift: Tensor, activation: Activation) -> None:
    y = (rows + shift) * ratio if activation == "ratio" else rows * ratio + shift
    if activation == "relu":
        y = F.relu(y)
    elif activation == "leaky_relu":
        y = F.leaky_relu(y, 0.2)
    elif activation == "tanh":
        y = torch.tanh(y)
    rows.copy_(torch.where(ratio > 0, y, 0.0))


def _halve(level: Tensor, confidence: Tensor) -> tuple[Tensor, Tensor]:
    return _best(halve, level)(level, confidence)


def _refine(coarse: Tensor, level: Tensor, confidence: Tensor) -> Tensor:
    return _best(refine, level)(coarse, level, confidence)


def _fine_detail(base: Tensor) -> Tensor:
    return _best(fine_detail, base)(base.reshape(-1, 1, *base.shape[-2:])).reshape(base.shape)


def _best(function: Callable[..., _Result], planes: Tensor) -> Callable[..., _Result]:
    return compiled(function) if _is_worth(planes) else function


def _is_worth(planes: Tensor) -> bool:
    height, width = planes.shape[-2:]
    return min(height, width) >= _LEAST_SIDE and height % 2 == width % 2 == 0
