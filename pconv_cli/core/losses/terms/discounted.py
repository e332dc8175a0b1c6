"""The discounted term: a hole's pixels count the less, the deeper they lie. DeepFill v1's."""

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.losses.term import Seen, Term

# What a pixel further in counts of the one before.
GAMMA = 0.9

# How far in pixels it is followed; there it has fallen to a thousandth, and deeper in nothing counts.
_FOLLOWED = 64


def discount(mask: Tensor) -> Tensor:
    """Give 0.9^d, d being how many steps it is to the nearest valid pixel, across corners too.

    As in the paper, for holes of any shape. (The released code knows rectangles alone, and counts from their edge.)

    Args:
        mask: ``(N, 1, H, W)``, 1 = valid.

    Returns:
        ``(N, 1, H, W)``, 1 where valid.

    References:
        Yu et al., "Generative image inpainting with contextual attention", CVPR 2018, section 3.2.

    Example:
        >>> discount(torch.tensor([1.0, 0, 0, 0, 1]).view(1, 1, 1, 5)).flatten()
        tensor([1.0000, 0.9000, 0.8100, 0.9000, 1.0000])
    """
    weights = mask
    for _ in range(min(_FOLLOWED, max(mask.shape[-2:]))):
        weights = torch.maximum(weights, GAMMA * F.max_pool2d(weights, 3, stride=1, padding=1))
    return weights


def discounted_loss(seen: Seen) -> Tensor:
    """L_discounted = mean of 0.9^d |I_out - I_gt| over the pixels of holes. Scalar."""
    with torch.no_grad():
        weights = discount(seen.mask)
    return seen.mean_within(seen.hole, weights)


TERM = Term("discounted", discounted_loss)
