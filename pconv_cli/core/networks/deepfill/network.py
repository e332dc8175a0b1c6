"""The plan of both networks: a coarse stage, and one that refines its result by two branches.

One branch of the second stage is of convolutions, the other one ends in contextual attention; their features are
decoded together. What the two networks differ in is the layer, what the second stage is given, and what ends a stage.
"""

from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Iterable
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.networks.deepfill.attention import contextual_attention
from pconv_cli.core.networks.deepfill.same import SameConv2d
from pconv_cli.core.networks.deepfill.table import (
    AFTER_ATTENTION,
    BEFORE_ATTENTION,
    COARSE,
    COARSE_END,
    CONVOLVED,
    DECODED,
    DECODED_END,
    SIZE_MULTIPLE,
    LayerRow,
    reach_of,
)
from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.core.networks.spec import Spec, Values
from pconv_cli.errors import ModelError

_WIDEST = 512

# The side of the crops that the originals are trained on. Attention pastes nothing that a window does not show.
_CROPS = 256


class TwoStageSpec(Spec):
    """What the specs of both networks have in common; each adds its width.

    Attributes:
        width: Filters of the first layer; other layers have 1/2, 1, 2 or 4 times as many.
        width_step: Number of which the width has to be a multiple.
    """

    width: int
    width_step: ClassVar[int]

    size_multiple = SIZE_MULTIPLE
    least_side = _CROPS
    values: Values = "signed"

    def __post_init__(self) -> None:
        width, step = self.width, self.width_step
        if not isinstance(width, int) or isinstance(width, bool) or not step <= width <= _WIDEST or width % step:
            raise ModelError(f"no such network has width {width}: widths are multiples of {step} up to {_WIDEST}")

    @property
    def reach(self) -> int:
        """How far the first stage sees; in the second one, attention reaches any valid pixel."""
        return reach_of(COARSE)


class ActivatedConv(nn.Module):
    """A layer of the table: a convolution and its activation.

    Attributes:
        parts: How many filters make one channel of the output.
        out_channels: Channels of the output.

    Args:
        in_channels: Channels of the input.
        width: Width of the network.
        row: Row of the table.
    """

    parts: ClassVar[int] = 1

    def __init__(self, in_channels: int, width: int, row: LayerRow) -> None:
        super().__init__()
        filters = width * row.halves // 2
        self.conv = SameConv2d(in_channels, filters, row.kernel, row.stride, row.dilation)
        self.out_channels = filters // self.parts
        self.activation = F.relu if row.relu else F.elu
        self._doubles = row.doubles

    def forward(self, x: Tensor) -> Tensor:
        """Compute on ``(N, C, H, W)``."""
        if self._doubles:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        return self.activate(self.conv(x))

    def activate(self, x: Tensor) -> Tensor:
        """Make the output of what the filters give."""
        return self.activation(x)


class TwoStage(Network):
    """A network of two stages; see the module's first lines.

    Attributes:
        layer: Its class of layers.
        refine_sees_hole: Whether the second stage is given ones and the hole beside the image, as the first one is.

    Args:
        spec: Its width.
    """

    layer: ClassVar[type[ActivatedConv]] = ActivatedConv
    refine_sees_hole: ClassVar[bool]

    def __init__(self, spec: TwoStageSpec) -> None:
        super().__init__(spec)
        seen = 5 if self.refine_sees_hole else 3
        self.coarse, _ = self._stage(spec.width, 5, COARSE, COARSE_END)
        self.convolved, hallucinated = self._stage(spec.width, seen, CONVOLVED)
        self.before_attention, attended = self._stage(spec.width, seen, BEFORE_ATTENTION)
        self.after_attention, pasted = self._stage(spec.width, attended, AFTER_ATTENTION)
        self.decoded, _ = self._stage(spec.width, hallucinated + pasted, DECODED, DECODED_END)

    def _stage(
        self, width: int, channels: int, rows: Iterable[LayerRow], last: str | None = None
    ) -> tuple[nn.Sequential, int]:
        """Make some layers in a row; with ``last``, a convolution to the channels of an image ends them."""
        made: OrderedDict[str, nn.Module] = OrderedDict()
        for row in rows:
            layer = self.layer(channels, width, row)
            made[row.name], channels = layer, layer.out_channels
        if last is not None:
            made[last] = SameConv2d(channels, 3, 3)
        return nn.Sequential(made), channels

    @abstractmethod
    def bounded(self, x: Tensor) -> Tensor:
        """Bound what a stage gives to [-1, 1]."""

    def predict(self, x: Tensor, mask: Tensor) -> Prediction:
        """Predict in [-1, 1]; see `Network.predict`."""
        hole = 1 - mask
        about = torch.cat([torch.ones_like(hole), hole], 1)
        coarse = self.bounded(self.coarse(torch.cat([x, about], 1)))
        pasted = torch.where(mask > 0, x, coarse)
        seen = torch.cat([pasted, about], 1) if self.refine_sees_hole else pasted
        attended = self.after_attention(contextual_attention(self.before_attention(seen), hole))
        output = self.bounded(self.decoded(torch.cat([self.convolved(seen), attended], 1)))
        return Prediction(output, coarse)
