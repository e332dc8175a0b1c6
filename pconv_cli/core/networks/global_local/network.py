"""The completion network of globally and locally consistent image completion, its table written as data.

Convolutions down to a quarter of the scale, four dilated ones that see far, and two transposed ones back up, each
followed by BatchNorm and ReLU but for the last. What goes in is RGB less the mean colour of the training images, 0 in
holes, and a fourth channel that is 1 in them.

References:
    Iizuka et al., "Globally and Locally Consistent Image Completion", SIGGRAPH 2017, section 3.2 and table 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.core.networks.spec import Spec, Values
from pconv_cli.core.networks.values import by_channel
from pconv_cli.errors import ModelError

Head = Literal["sigmoid", "clip"]


class ConvRow(NamedTuple):
    """One row of the network's table.

    Attributes:
        kernel: Its side in pixels.
        channels: That come out, in halves of the width.
        stride: By which sides are divided.
        dilation: Dilation of the kernel.
        doubles: Whether it is a transposed one, which doubles sides.
    """

    kernel: int
    channels: int
    stride: int = 1
    dilation: int = 1
    doubles: bool = False


LAYERS = (
    ConvRow(5, 2),
    ConvRow(3, 4, stride=2),
    ConvRow(3, 4),
    ConvRow(3, 8, stride=2),
    *[ConvRow(3, 8)] * 2,
    *[ConvRow(3, 8, dilation=dilation) for dilation in (2, 4, 8, 16)],
    *[ConvRow(3, 8)] * 2,
    ConvRow(4, 4, doubles=True),
    ConvRow(3, 4),
    ConvRow(4, 2, doubles=True),
    ConvRow(3, 1),
)
"""All but the last one, a 3 x 3 convolution to RGB."""


@dataclass(frozen=True)
class GlobalLocalSpec(Spec):
    """What distinguishes one `GlobalLocal` from another; stored with its weights.

    Attributes:
        width: Channels of the first layer, an even number; the paper's is 64. Deeper ones have 2 and 4 times as many.
        mean: R, G, B in [0, 1] that is subtracted first: the training images' mean colour, by default ImageNet's.
        head: What follows the last convolution: a ``sigmoid``, the paper's; or ``clip``, of a network whose values are
            RGB in [-1, 1] with no mean but that, as mmagic has it.

    Example:
        >>> GlobalLocalSpec().reach
        153
    """

    width: int = 64
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    head: Head = "sigmoid"

    def __post_init__(self) -> None:
        whole = isinstance(self.width, int) and not isinstance(self.width, bool)
        mean = tuple(self.mean) if isinstance(self.mean, Sequence) and not isinstance(self.mean, str) else ()
        colour = len(mean) == 3 and all(isinstance(value, int | float) and 0 <= value <= 1 for value in mean)
        if not (whole and 2 <= self.width <= 1024 and self.width % 2 == 0 and colour and self.head in get_args(Head)):
            raise ModelError(
                f"no global-local network has width {self.width}, mean {self.mean} and head {self.head!r}: width is "
                "an even number from 2 to 1024, mean three values from 0 to 1, head sigmoid or clip"
            )
        object.__setattr__(self, "mean", tuple(map(float, mean)))  # JSON gives a list

    def to_json(self) -> dict[str, Any]:
        """Give the fields; the mean as a list."""
        return {**super().to_json(), "mean": list(self.mean)}

    @property
    def reach(self) -> int:
        """The radius of what an output pixel sees."""
        radius, scale = 0, 1
        for layer in LAYERS:
            scale //= 2 if layer.doubles else 1
            # A transposed kernel of 4 and stride 2 sees one further pixel of its input at most, which is two pixels.
            radius += 2 * scale if layer.doubles else layer.kernel // 2 * layer.dilation * scale
            scale *= layer.stride
        return radius + 1

    @property
    def size_multiple(self) -> int:
        """4: sides are halved twice."""
        return 4

    @property
    def values(self) -> Values:
        """RGB in [0, 1], or in [-1, 1] of a network that clips."""
        return "unit" if self.head == "sigmoid" else "signed"


class GlobalLocal(Network):
    """The network.

    Args:
        spec: What distinguishes it; None: the paper's.

    Example:
        >>> network = GlobalLocal()
        >>> sum(p.numel() for p in network.parameters())
        6072131
    """

    spec: GlobalLocalSpec

    def __init__(self, spec: GlobalLocalSpec | None = None) -> None:
        spec = spec or GlobalLocalSpec()
        super().__init__(spec)
        sizes = [4, *(spec.width * layer.channels // 2 for layer in LAYERS)]
        rows = list(zip(LAYERS, sizes, sizes[1:], strict=False))
        self.convs = nn.ModuleList(_convolution(layer, before, after) for layer, before, after in rows)
        self.norms = nn.ModuleList(nn.BatchNorm2d(after) for _, _, after in rows)
        self.last = nn.Conv2d(sizes[-1], 3, 3, padding=1)

    def predict(self, x: Tensor, mask: Tensor) -> Prediction:
        """Predict whole images; see `Network.predict`."""
        if self.spec.head == "sigmoid":
            x = torch.where(mask > 0, x - by_channel(self.spec.mean, x), 0.0)
        y = torch.cat([x, 1 - mask.to(x.dtype)], 1)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            y = F.relu(norm(conv(y)))
        y = self.last(y)
        return Prediction(torch.sigmoid(y) if self.spec.head == "sigmoid" else y.clamp(-1, 1))


def _convolution(layer: ConvRow, before: int, after: int) -> nn.Module:
    if layer.doubles:
        return nn.ConvTranspose2d(before, after, layer.kernel, 2, 1)
    padding = layer.kernel // 2 * layer.dilation
    return nn.Conv2d(before, after, layer.kernel, layer.stride, padding, layer.dilation)
