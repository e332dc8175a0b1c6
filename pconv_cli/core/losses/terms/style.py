"""The paper's style term."""

from torch import Tensor

from pconv_cli.core.losses.distances import style_distance
from pconv_cli.core.losses.term import Seen, Term


def style_loss(seen: Seen) -> Tensor:
    """L_style: mean absolute differences of Gram matrices of VGG16's features, eq. (3) and (4). Scalar.

    References:
        Liu et al., ECCV 2018, section 3.3.
    """
    made, true = seen.features
    return 2 * style_distance(made, true)  # a mean over I_out and I_comp, whose sum the paper takes


TERM = Term("style", style_loss, weight=120.0, on_features=True)
