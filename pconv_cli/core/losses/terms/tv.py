"""The paper's total variation of the hole's edge."""

from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.losses.term import Seen, Term


def total_variation(image: Tensor, mask: Tensor, known: Tensor | None = None) -> Tensor:
    """L_tv: the absolute differences of neighbours in the hole dilated by one pixel, over C * H * W.

    Only pairs both of whose pixels lie in the dilated hole count, so the hole's edge is smoothed against its
    surroundings and nothing else is.

    Args:
        image: I_comp, ``(N, C, H, W)``.
        mask: ``(N, 1, H, W)``.
        known: ``(N, 1, H, W)``, 1 = known, 0 = damaged: then the hole is what is known and not valid, and only pairs
            both of whose pixels are known count. None: all is known.

    Returns:
        Scalar.

    References:
        Liu et al., ECCV 2018, eq. (5).
    """
    if known is None:
        hole = F.max_pool2d(1 - mask, 3, stride=1, padding=1)
    else:
        hole = known * F.max_pool2d(known - mask, 3, stride=1, padding=1)
    across = (image[..., :, 1:] - image[..., :, :-1]).abs() * (hole[..., :, 1:] * hole[..., :, :-1])
    down = (image[..., 1:, :] - image[..., :-1, :]).abs() * (hole[..., 1:, :] * hole[..., :-1, :])
    return (across.sum() + down.sum()) / image.numel()


def _tv(seen: Seen) -> Tensor:
    return total_variation(seen.composite, seen.mask, seen.known)


TERM = Term("tv", _tv, weight=0.1, always=True)
