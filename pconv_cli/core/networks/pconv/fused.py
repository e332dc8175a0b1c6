"""The engine's chains of element-wise operations, compiled: each becomes one loop over memory instead of several.

The rest of the engine is left as it is. Convolutions are calls of a library in any case; which levels have holes is
found out while it runs, and changes what comes next. The steps of the pyramid are compiled on a GPU, where the number
of kernels counts; on a processor halving, which takes every second pixel, came out at half the speed.

Each kind of shape costs a compilation, and a size of 1 is a kind of its own. So there are few kinds: the channels of an
image go as images of one channel, a level's values as rows of a matrix, and all other sizes may vary. What is small
is computed without compilation, which costs no more there.
"""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.compiling import compiled
from pconv_cli.core.networks.pconv.spec import Activation
from pconv_cli.core.pyramid import LevelSteps, fill_pyramid, fine_detail, halve, refine

_Result = TypeVar("_Result")

# Planes with a shorter side are left to the plain functions.
_LEAST_SIDE = 16


def fill_pyramid_fused(x: Tensor, mask: Tensor) -> Tensor:
    """Fill as `fill_pyramid` does, with compiled steps."""
    planes = _planes(x)
    masks = _planes(mask.expand_as(x)).contiguous()  # strides of 0 are a kind of their own, too
    return fill_pyramid(planes, masks, LevelSteps(_halve, _refine)).reshape(x.shape)


def fine_detail_fused(base: Tensor) -> Tensor:
    """Compute `fine_detail`, compiled."""
    return _best(fine_detail, _is_large(base))(_planes(base)).reshape(base.shape)


def finish_fused(y: Tensor, covered: Tensor, count: Tensor, shift: Tensor, activation: Activation) -> bool:
    """Apply in place what follows the convolution of a level.

    Args:
        y: Values ``(N, C, h, w)``.
        covered: How much of each window is valid, ``(N or 1, 1, h, w)`` in float32; where it is 0, y becomes 0.
        count: What it comes to where all is valid, ``()``; the two are s and N.
        shift: ``(C)``, added after the ratio N/s; before it, where the activation is ``ratio``.
        activation: What comes last.

    Returns:
        Whether it is done; it is not where the values are few, or lie otherwise than channels-last.
    """
    rows = y.permute(0, 2, 3, 1)
    if not (_is_large(y) and rows.is_contiguous()):
        return False
    sums = covered.expand(y.shape[0], -1, -1, -1).reshape(-1, 1)
    compiled(_finish)(rows.view(-1, y.shape[1]), sums, count, shift, activation)
    return True


def _finish(rows: Tensor, covered: Tensor, count: Tensor, shift: Tensor, activation: Activation) -> None:
    ratio = count / covered.clamp(min=1.0)
    y = (rows + shift) * ratio if activation == "ratio" else rows * ratio + shift
    if activation == "relu":
        y = F.relu(y)
    elif activation == "leaky_relu":
        y = F.leaky_relu(y, 0.2)
    elif activation == "tanh":
        y = torch.tanh(y)
    rows.copy_(torch.where(covered > 0, y, 0.0))


def _halve(level: Tensor, confidence: Tensor) -> tuple[Tensor, Tensor]:
    return _best(halve, _is_large(level) and _is_even(level))(level, confidence)


def _refine(coarse: Tensor, level: Tensor, confidence: Tensor) -> Tensor:
    return _best(refine, _is_large(level) and _is_even(level))(coarse, level, confidence)


def _best(function: Callable[..., _Result], compile: bool) -> Callable[..., _Result]:
    return compiled(function) if compile else function


def _planes(x: Tensor) -> Tensor:
    """``(N, C, H, W)`` as ``(N C, 1, H, W)``."""
    return x.reshape(-1, 1, *x.shape[-2:])


def _is_large(x: Tensor) -> bool:
    return min(x.shape[-2:]) >= _LEAST_SIDE


def _is_even(x: Tensor) -> bool:
    return x.shape[-2] % 2 == x.shape[-1] % 2 == 0
