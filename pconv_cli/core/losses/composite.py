"""What terms compare: the composite, and output and truth that agree where the truth is damaged."""

import torch
from torch import Tensor

from pconv_cli.core.pyramid import fill_pyramid


def composite(output: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """I_comp: the truth where valid, the output in the hole.

    References:
        Liu et al., ECCV 2018, section 3.3.
    """
    dtype = torch.promote_types(output.dtype, truth.dtype)
    return torch.lerp(output.to(dtype), truth.to(dtype), mask.to(dtype))


def without_damage(output: Tensor, truth: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """I_out' and I_gt': output and truth where known, both the partial averages of what is known where not.

    Args:
        output: I_out, ``(N, 3, H, W)``.
        truth: I_gt, the same shape; what stands at damaged pixels is not looked at.
        known: K, ``(N, 1, H, W)``, 1 = known, 0 = damaged.

    Returns:
        The two images; the gradient reaches the output at known pixels alone.
    """
    with torch.no_grad():
        truth = torch.where(known > 0, truth, fill_pyramid(truth, known).to(truth.dtype))
    return torch.where(known > 0, output, truth.to(output.dtype)), truth
