"""The term of all pixels alike: DeepFill v2's."""

from torch import Tensor

from pconv_cli.core.losses.distances import exact, mean_difference
from pconv_cli.core.losses.term import Seen, Term


def l1_loss(seen: Seen) -> Tensor:
    """L_l1 = mean |I_out - I_gt|, in holes and outside. Scalar.

    References:
        Yu et al., "Free-form image inpainting with gated convolution", ICCV 2019, section 3.3.
    """
    return mean_difference(exact(seen.output), exact(seen.truth))


TERM = Term("l1", l1_loss)
