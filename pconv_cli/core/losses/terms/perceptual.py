"""The paper's perceptual term."""

from torch import Tensor

from pconv_cli.core.losses.distances import feature_distance
from pconv_cli.core.losses.term import Seen, Term


def perceptual_loss(seen: Seen) -> Tensor:
    """L_perc: mean absolute differences of VGG16's features, eq. (2). Scalar.

    References:
        Liu et al., ECCV 2018, section 3.3.
    """
    made, true = seen.features
    return 2 * feature_distance(made, true)  # a mean over I_out and I_comp, whose sum the paper takes


TERM = Term("perceptual", perceptual_loss, weight=0.05, on_features=True)
