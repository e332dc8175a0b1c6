"""DeepFill v2: free-form inpainting with gated convolutions.

References:
    Yu et al., "Free-form image inpainting with gated convolution", ICCV 2019; the released code, whose second stage is
    given the image alone.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from pconv_cli.core.networks.deepfill.network import ActivatedConv, TwoStage, TwoStageSpec


@dataclass(frozen=True)
class GatedSpec(TwoStageSpec):
    """What distinguishes one network of this kind from another.

    Attributes:
        width: Filters of the first layer, a multiple of 4; the original's are 48. Half of a layer's filters are gates,
            so that it has half as many channels.

    Example:
        >>> GatedSpec().reach, GatedSpec().size_multiple
        (147, 8)
    """

    width: int = 48

    width_step = 4


class GatedLayer(ActivatedConv):
    """A gated convolution: one half of the filters is activated, the other one says how much of it passes.

    References:
        Yu et al., ICCV 2019, section 3.2.
    """

    parts = 2

    def activate(self, x: Tensor) -> Tensor:
        """Give activation(first half) * sigmoid(second half)."""
        features, gates = x.chunk(2, 1)
        return self.activation(features) * torch.sigmoid(gates)


class Gated(TwoStage):
    """DeepFill v2: gated convolutions, a second stage that sees the filled image alone, tanh at either end.

    Args:
        spec: Its width.
    """

    layer = GatedLayer
    refine_sees_hole = False

    def bounded(self, x: Tensor) -> Tensor:
        """Give tanh."""
        return x.tanh()
