"""The squared term of the whole image: Context Encoders'."""

from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.losses.distances import exact
from pconv_cli.core.losses.term import Seen, Term


def l2_loss(seen: Seen) -> Tensor:
    """L_l2 = mean (I_out - I_gt)^2, in holes and outside. Scalar.

    References:
        Pathak et al., CVPR 2016, eq. (1), over the whole image as in the authors' ``train_random``.
    """
    return F.mse_loss(exact(seen.output), exact(seen.truth))


TERM = Term("l2", l2_loss)
