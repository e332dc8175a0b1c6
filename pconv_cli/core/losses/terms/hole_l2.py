"""The squared term of holes: that of globally and locally consistent completion."""

from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.losses.distances import exact
from pconv_cli.core.losses.term import Seen, Term


def hole_l2_loss(seen: Seen) -> Tensor:
    """L_hole_l2 = mean ((1 - M) (I_out - I_gt))^2, over the size of the whole image. Scalar.

    References:
        Iizuka et al., SIGGRAPH 2017, eq. (2).
    """
    return F.mse_loss(exact(seen.composite), exact(seen.truth))


TERM = Term("hole_l2", hole_l2_loss)
