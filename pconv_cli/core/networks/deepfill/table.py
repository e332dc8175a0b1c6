"""The table of layers of both networks, as data, and how far it sees."""

from collections.abc import Iterable
from typing import NamedTuple

from pconv_cli.core.networks.deepfill.same import same_padding

#: Sides have to be multiples of this many pixels: two halvings, and one more of the attention.
SIZE_MULTIPLE = 8
#: Side of the convolution that ends a stage.
_LAST_KERNEL = 3


class LayerRow(NamedTuple):
    """A layer: a convolution and what follows it.

    Attributes:
        name: As the original names it, and checkpoints do.
        halves: Filters, in halves of the network's width.
        kernel: In pixels.
        stride: Likewise.
        dilation: Likewise.
        doubles: Whether its input is doubled first, by nearest neighbour.
        relu: Whether its activation is ReLU, and not ELU.
    """

    name: str
    halves: int
    kernel: int = 3
    stride: int = 1
    dilation: int = 1
    doubles: bool = False
    relu: bool = False


def _dilated(prefix: str) -> tuple[LayerRow, ...]:
    return tuple(LayerRow(f"{prefix}{7 + i}_atrous", 8, dilation=2 ** (i + 1)) for i in range(4))


def _decoder(prefix: str) -> tuple[LayerRow, ...]:
    """Give the layers from the quarter of the scale to the last but one; the last one is a convolution alone."""
    return (
        LayerRow(f"{prefix}11", 8),
        LayerRow(f"{prefix}12", 8),
        LayerRow(f"{prefix}13_upsample", 4, doubles=True),
        LayerRow(f"{prefix}14", 4),
        LayerRow(f"{prefix}15_upsample", 2, doubles=True),
        LayerRow(f"{prefix}16", 1),
    )


#: The first stage.
COARSE = (
    LayerRow("conv1", 2, kernel=5),
    LayerRow("conv2_downsample", 4, stride=2),
    LayerRow("conv3", 4),
    LayerRow("conv4_downsample", 8, stride=2),
    LayerRow("conv5", 8),
    LayerRow("conv6", 8),
    *_dilated("conv"),
    *_decoder("conv"),
)

#: The second stage's branch of convolutions.
CONVOLVED = (
    LayerRow("xconv1", 2, kernel=5),
    LayerRow("xconv2_downsample", 2, stride=2),
    LayerRow("xconv3", 4),
    LayerRow("xconv4_downsample", 4, stride=2),
    LayerRow("xconv5", 8),
    LayerRow("xconv6", 8),
    *_dilated("xconv"),
)

#: Its branch of attention, up to the attention.
BEFORE_ATTENTION = (
    LayerRow("pmconv1", 2, kernel=5),
    LayerRow("pmconv2_downsample", 2, stride=2),
    LayerRow("pmconv3", 4),
    LayerRow("pmconv4_downsample", 8, stride=2),
    LayerRow("pmconv5", 8),
    LayerRow("pmconv6", 8, relu=True),
)

#: And behind it.
AFTER_ATTENTION = (LayerRow("pmconv9", 8), LayerRow("pmconv10", 8))

#: What decodes both branches.
DECODED = _decoder("allconv")

#: The last convolution of either stage, linear.
COARSE_END, DECODED_END = "conv17", "allconv17"


def reach_of(rows: Iterable[LayerRow]) -> int:
    """Give how many pixels a stage sees in the direction in which it sees least far.

    Strided layers see one position more to the right than to the left, and a doubled position what the one before it
    saw: the two directions differ.

    Args:
        rows: Its layers; a last convolution of `_LAST_KERNEL` follows them.

    Example:
        >>> reach_of([Row("a", 1, kernel=5)]), reach_of([Row("a", 1, stride=2), Row("b", 1, doubles=True)])
        (3, 2)
    """
    left = right = 0
    scale = 1
    for row in rows:
        if row.doubles:
            scale //= 2
            right -= scale
        before, _ = same_padding(SIZE_MULTIPLE, row.kernel, row.stride)
        left += before * row.dilation * scale
        right += (row.kernel - 1 - before) * row.dilation * scale
        scale *= row.stride
    return min(left, right) + _LAST_KERNEL // 2
