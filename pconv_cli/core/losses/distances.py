"""Mean absolute differences: of images, of VGG16's features, and of their Gram matrices."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def mean_difference(a: Tensor, b: Tensor) -> Tensor:
    """Return the mean absolute difference of two tensors of one shape. Scalar.

    References:
        Huber's loss, which is that except for differences below beta and for half of beta, which no sum notices here;
            unlike the L1 loss, PyTorch has it and its gradient as one operation each.
    """
    return F.smooth_l1_loss(a, b, beta=1e-30)


class _Products(torch.autograd.Function):
    """F^T F / (C H W) of ``(N, HW, C)``.

    The gradient is F (dG + dG^T) / (C H W): one product, in the layout of channels-last features. Left to itself,
    autograd makes two, of two layouts, whose sum every layer before it would have to turn round.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor) -> Tensor:
        ctx.save_for_backward(flat)
        return _scaled_product(flat.transpose(1, 2), flat, flat[0].numel())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (flat,) = ctx.saved_tensors
        (gradient,) = gradients
        return _scaled_product(flat, gradient + gradient.transpose(1, 2), flat[0].numel())


def _scaled_product(a: Tensor, b: Tensor, divisor: int) -> Tensor:
    """Matrix products over a number, in one operation; nothing is added."""
    with torch.autocast(a.device.type, enabled=False):
        return torch.baddbmm(a.new_empty(1, 1, 1), a, b, beta=0, alpha=1 / divisor)


def gram_matrix(features: Tensor) -> Tensor:
    """G = F F^T / (C H W), in float32 whatever the features' precision.

    Args:
        features: ``(N, C, H, W)``.

    Returns:
        ``(N, C, C)``.
    """
    flat = exact(features.flatten(2).transpose(1, 2))
    products: Tensor = _Products.apply(flat)  # type: ignore[no-untyped-call]
    return products


def feature_distance(features: list[Tensor], truth: list[Tensor]) -> Tensor:
    """Sum over the levels of the mean absolute difference of features (half of L_perc, eq. 2). Scalar.

    Args:
        features: ``(P * N, C, H, W)`` a level, of P images to each of the truth's; the mean is over all.
        truth: ``(N, C, H, W)`` a level.
    """
    return torch.stack([_from_each(exact(f), exact(t)) for f, t in zip(features, truth, strict=True)]).sum()


def style_distance(features: list[Tensor], truth: list[Tensor]) -> Tensor:
    """Sum over the levels of the mean absolute difference of Gram matrices (half of L_style, eq. 3, 4). Scalar.

    Args:
        features: As for `feature_distance`.
        truth: Likewise.
    """
    return torch.stack([_from_each(gram_matrix(f), gram_matrix(t)) for f, t in zip(features, truth, strict=True)]).sum()


def _from_each(values: Tensor, truth: Tensor) -> Tensor:
    """`mean_difference` of ``(P * N, ...)`` from ``(N, ...)``, taken P times."""
    several = values.view(-1, *truth.shape)
    return mean_difference(several, truth.expand_as(several))


def exact(x: Tensor) -> Tensor:
    """Return the tensor in float32, or in float64 if it is."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
