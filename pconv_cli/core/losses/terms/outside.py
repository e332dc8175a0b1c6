"""The term of valid pixels of DeepFill v1, a mean over these and not over the whole image."""

from torch import Tensor

from pconv_cli.core.losses.term import Seen, Term


def outside_loss(seen: Seen) -> Tensor:
    """L_outside = mean of |I_out - I_gt| over valid pixels. Scalar.

    References:
        Yu et al., "Generative image inpainting with contextual attention", CVPR 2018, the released code.
    """
    return seen.mean_within(seen.mask)


TERM = Term("outside", outside_loss)
