"""The paper's term of valid pixels."""

from torch import Tensor

from pconv_cli.core.losses.distances import mean_difference
from pconv_cli.core.losses.term import Seen, Term


def valid_loss(output: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """L_valid = mean |M (I_out - I_gt)|, divided by the size of the whole image. Scalar."""
    return mean_difference(mask * output, mask * truth)


def _valid(seen: Seen) -> Tensor:
    return valid_loss(seen.output, seen.truth, seen.mask)


TERM = Term("valid", _valid, weight=1.0, always=True)
