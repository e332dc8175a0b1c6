"""DeepFill v1: generative inpainting with contextual attention.

References:
    Yu et al., "Generative image inpainting with contextual attention", CVPR 2018; the released code, which has more
    parameters than the paper says.
"""

from dataclasses import dataclass

from torch import Tensor

from pconv_cli.core.networks.deepfill.network import TwoStage, TwoStageSpec


@dataclass(frozen=True)
class ContextualAttentionSpec(TwoStageSpec):
    """What distinguishes one network of this kind from another.

    Attributes:
        width: Channels of the first layer, an even number; the original's are 32.

    Example:
        >>> ContextualAttentionSpec().reach, ContextualAttentionSpec(8).padded(250)
        (147, 256)
    """

    width: int = 32

    width_step = 2


class ContextualAttention(TwoStage):
    """DeepFill v1: ELU after plain convolutions, both stages see the hole, and clip their result.

    Args:
        spec: Its width.
    """

    refine_sees_hole = True

    def bounded(self, x: Tensor) -> Tensor:
        """Clip to [-1, 1]."""
        return x.clamp(-1, 1)
