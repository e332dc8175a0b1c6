"""The SSIM term: the Dunhuang preset's addition, of weight 5 there."""

from torch import Tensor

from pconv_cli.core.losses.similarity import ssim
from pconv_cli.core.losses.term import Seen, Term


def ssim_loss(seen: Seen) -> Tensor:
    """L_ssim = 1 - SSIM(I_comp, I_gt); see `ssim`. Scalar."""
    return 1 - ssim(seen.composite, seen.truth)


TERM = Term("ssim", ssim_loss)
