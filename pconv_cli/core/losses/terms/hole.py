"""The paper's term of holes."""

from torch import Tensor

from pconv_cli.core.losses.distances import mean_difference
from pconv_cli.core.losses.term import Seen, Term


def hole_loss(comp: Tensor, truth: Tensor) -> Tensor:
    """L_hole = mean |(1 - M) (I_out - I_gt)| = mean |I_comp - I_gt|, over the size of the whole image. Scalar."""
    return mean_difference(comp, truth)


def _hole(seen: Seen) -> Tensor:
    return hole_loss(seen.composite, seen.truth)


TERM = Term("hole", _hole, weight=6.0, always=True)
