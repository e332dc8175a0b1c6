"""The contrast term: what a filled hole has of specks that are of more contrast than anything in the truth there."""

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.losses.term import Seen, Term

# Side in pixels of the squares whose mean a pixel is compared with; and how far away the truth may have as much.
_SIDE = 5
_REACH = 8


def contrast_loss(image: Tensor, truth: Tensor, mask: Tensor, known: Tensor | None = None) -> Tensor:
    """L_contrast: by how much the hole's pixels stand out, more than any pixel nearby does in the truth.

    Gram matrices are means over an image: a few specks, as bright and as dark as can be, have the energy that the
    texture of a whole hole lacks. With d(I) = |I - mean of I over 5 x 5 pixels| the term is, over the hole and over
    five planes, red, green, blue, red less green and blue less green,

        sum of max(0, d(I_comp) - largest d(I_gt) within 8 pixels) / (N * 3 * H * W)

    so that texture as strong as the truth's costs nothing wherever it lies, and colours cost where the truth is grey.
    It is not the paper's.

    Args:
        image: I_comp, ``(N, 3, H, W)``.
        truth: I_gt, the same shape.
        mask: ``(N, 1, H, W)``, 1 = valid.
        known: ``(N, 1, H, W)``, 1 = known, 0 = damaged: then the hole is what is known and not valid. None: all is
            known.

    Returns:
        Scalar.
    """
    hole = (1 if known is None else known) - mask
    made, real = (_standing_out(_with_colours(x)) for x in (image, truth))
    # First along columns, then along rows: the same values for an eighth of the comparisons.
    side = 2 * _REACH + 1
    limit = F.max_pool2d(real, (side, 1), stride=1, padding=(_REACH, 0))
    limit = F.max_pool2d(limit, (1, side), stride=1, padding=(0, _REACH))
    return (hole * F.relu(made - limit)).sum() / image.numel()


def _with_colours(image: Tensor) -> Tensor:
    """The three channels, and how red and blue differ from green, ``(N, 5, H, W)``."""
    return torch.cat([image, image[:, ::2] - image[:, 1:2]], 1)


def _standing_out(image: Tensor) -> Tensor:
    """The absolute difference of each pixel from the mean of the square round it; an edge goes on as it is."""
    padded = F.pad(image, (_SIDE // 2,) * 4, mode="replicate")
    return (image - F.avg_pool2d(padded, _SIDE, stride=1)).abs()


def _contrast(seen: Seen) -> Tensor:
    return contrast_loss(seen.composite, seen.truth, seen.mask, seen.known)


TERM = Term("contrast", _contrast)
