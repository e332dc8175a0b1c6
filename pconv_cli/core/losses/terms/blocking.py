"""The blocking term: what the decoder's grid leaves in a filled hole."""

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.losses.term import Seen, Term

# Pixels of the output to one of the decoder's level at an eighth; squares of 2 and 4 pixels lie on this grid too.
_GRID = 8


def blocking_loss(image: Tensor, mask: Tensor, known: Tensor | None = None) -> Tensor:
    """L_block: how unevenly the steps between neighbours in the hole lie on the grid of the decoder's upsampling.

    Nearest upsampling leaves squares of 2, 4 and 8 pixels, whose edges have the energy that the style term asks for, at
    no pains. In an image the absolute difference of neighbours is on the average the same at each of the eight
    phases of a grid of 8 pixels. With S_p the sum of these differences at phase p, over n_p pairs of neighbours, and S
    and n the sums over the phases, an image and an axis have

        sum over p of |S_p - n_p S / n|

    and the term is the sum over the images and both axes, over N * C * H * W. It is not the paper's.

    Args:
        image: I_comp, ``(N, C, H, W)``, its upper left corner on the grid.
        mask: ``(N, 1, H, W)``, 1 = valid. Only pairs both of whose pixels lie in the hole count.
        known: ``(N, 1, H, W)``, 1 = known, 0 = damaged: then the hole is what is known and not valid. None: all is
            known.

    Returns:
        Scalar.
    """
    hole = (1 if known is None else known) - mask
    sums = []
    for x, inside in ((image, hole), (image.transpose(2, 3), hole.transpose(2, 3))):
        pairs = inside[..., 1:] * inside[..., :-1]
        steps = (x[..., 1:] - x[..., :-1]).abs() * pairs
        sums.append(_by_phase(torch.stack([steps.sum((1, 2)), pairs.sum((1, 2))])))
    total, count = torch.stack(sums, 1).unbind()  # (2 axes, N, 8)
    count = count.detach()  # pairs are as they are, and no gradient is wanted
    mean = total.sum(-1, keepdim=True) / count.sum(-1, keepdim=True).clamp(min=1)
    return (total - count * mean).abs().sum() / image.numel()


def _by_phase(columns: Tensor) -> Tensor:
    """The sums of ``(..., W)`` over every eighth column, ``(..., 8)``."""
    padded = F.pad(columns, (0, -columns.shape[-1] % _GRID))
    return padded.reshape(*columns.shape[:-1], -1, _GRID).sum(-2)


def _blocking(seen: Seen) -> Tensor:
    return blocking_loss(seen.composite, seen.mask, seen.known)


TERM = Term("blocking", _blocking)
