"""The network's table, written as data, and what distinguishes one network from another.

Encoder, every level of stride 2, ReLU, BatchNorm on all but the first; decoder, each level nearest upsampling by 2 of
features and mask, concatenation [upsampled, skip] of features and of masks, a 3 x 3 partial convolution, BatchNorm
and LeakyReLU(0.2) on all but the last, which is linear and takes the damaged image and its mask as its skip. At
width 64 and depth 8 that is the paper's table; other widths and depths follow the same rule.
"""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, NamedTuple, get_args

from pconv_cli.core.light.pyramid import GAIN
from pconv_cli.core.networks.spec import Spec, Values
from pconv_cli.errors import ModelError

Base = Literal["none", "pyramid"]
Head = Literal["linear", "tanh", "sigmoid", "ratio"]
Activation = Literal["relu", "leaky_relu", "linear", "tanh", "ratio"]

# Detail above a smooth surface is some four times fainter than the image.
DETAIL_GAIN = 4.0

# Side in pixels of the blocks whose averages are that surface.
SURFACE_BLOCK = 16

# Mean fine detail of the surroundings from which on the network's correction counts wholly: one step of 8 bits. In
# photographs that moves PSNR by less than 0.01 dB; on a drawn gradient it takes a relief at the hole's edge away.
DETAIL_FLOOR = 1 / 255

# Side in pixels of the blocks over which the network adds no colour on the average. Over smaller ones it could not
# carry a colour into a hole: with 16 a red ribbon turned grey in the middle.
TINT_BLOCK = 64

# So little of a correction is none: far less than one pixel of such a block has.
LEAST_SHARE = 1e-6

# What BatchNorm adds to a variance.
NORM_EPS = 1e-5

# `TINT_BLOCK` is left out: weights from before it was a rule fit it, and their fills are only less tinted.
_PYRAMID = {"gain": GAIN, "detail_gain": DETAIL_GAIN, "surface_block": SURFACE_BLOCK, "detail_floor": DETAIL_FLOOR}


class Level(NamedTuple):
    """One row of the network's table."""

    in_channels: tuple[int, ...]
    out_channels: int
    kernel_size: int
    stride: int
    batch_norm: bool
    activation: Activation


@dataclass(frozen=True)
class ModelSpec(Spec):
    """What distinguishes one `PConvUNet` from another; stored with its weights.

    Attributes:
        width: Channels of the first encoder level; the paper's is 64. Deeper levels have 2, 4 and then 8 times as many.
        depth: Number of encoder levels, and of decoder levels; the paper's is 8.
        base: ``none``, the paper's network; or ``pyramid``: the network sees the detail above the smooth surface of
            `fill_pyramid`, and in the hole its output is added to that filling. Valid pixels are kept as they are, so
            that I_out is I_comp already.
        values: What the network works in, and what its output is turned back from: ``unit``, RGB in [0, 1];
            ``imagenet``, normalised by ImageNet's mean and deviation; ``signed``, RGB in [-1, 1]. Holes are 0 in each.
        batch_norm: Whether levels are followed by BatchNorm; without it all convolutions have a bias.
        head: What follows the last convolution: nothing (``linear``, the paper); ``tanh``; LeakyReLU, a 1 x 1
            convolution and a ``sigmoid``; or its bias is multiplied by N/s too (``ratio``).

    The last three are the paper's except for networks that others trained; see `pconv_cli.core.importing`.

    Example:
        >>> ModelSpec(width=32, depth=7, base="pyramid").size_multiple
        128
    """

    width: int = 64
    depth: int = 8
    base: Base = "none"
    values: Values = "unit"
    batch_norm: bool = True
    head: Head = "linear"

    def __post_init__(self) -> None:
        whole = isinstance(self.width, int) and isinstance(self.depth, int)
        if not (whole and 1 <= self.width <= 1024 and 2 <= self.depth <= 12 and self.base in ("none", "pyramid")):
            raise ModelError(
                f"no network has width {self.width}, depth {self.depth} and base {self.base!r}: "
                "width is 1 to 1024, depth 2 to 12, base none or pyramid"
            )
        known = self.values in get_args(Values) and self.head in get_args(Head) and isinstance(self.batch_norm, bool)
        foreign = (self.values, self.batch_norm, self.head) != ("unit", True, "linear")
        if not known or (foreign and self.base == "pyramid"):
            raise ModelError(
                f"no network on base {self.base!r} has values {self.values!r}, batch_norm {self.batch_norm} and head "
                f"{self.head!r}: values are {', '.join(get_args(Values))}, heads {', '.join(get_args(Head))}, and the "
                "pyramid takes unit, BatchNorm and linear"
            )

    def to_json(self) -> dict[str, Any]:
        """Width, depth and base, and what else is not the paper's."""
        paper = {field.name: field.default for field in fields(self)[3:]}
        return {name: value for name, value in asdict(self).items() if name not in paper or value != paper[name]}

    @property
    def size_multiple(self) -> int:
        """Sides are padded, as hole, to a multiple of this many pixels."""
        return int(2**self.depth)

    @property
    def reach(self) -> int:
        """How many pixels from the nearest valid one a hole pixel may lie for the deepest level to see it.

        A hole of radius r has radius (r - k // 2) / 2 after a partial convolution of size k and stride 2; beyond the
        radius that comes to nothing at the last level, the network gives exactly its base there.
        """
        radius = 0
        for level in reversed(self.encoder):
            radius = 2 * radius + level.kernel_size // 2
        return radius

    @property
    def keeps_known(self) -> bool:
        """Whether valid pixels come out as they went in; on the pyramid corrections are added in holes alone."""
        return self.base == "pyramid"

    @property
    def bears_half(self) -> bool:
        """Whether half precision changes less than a step of 8 bits.

        On the pyramid the network adds a little to a float32 base; a network that paints everything itself loses more.
        """
        return self.base == "pyramid"

    @property
    def bears_large(self) -> bool:
        """Whether one large window is as good as several: measured of the pyramid, which the shipped weights have.

        A network that paints everything itself was trained on crops, and may fill a larger image worse.
        """
        return self.base == "pyramid"

    @property
    def encoder(self) -> list[Level]:
        """The encoder's table, from the image down."""
        channels = [3, *(self.width * min(2**i, 8) for i in range(self.depth))]
        kernels = [7, 5, 5] + [3] * self.depth
        return [
            Level((channels[i],), channels[i + 1], kernels[i], 2, self.batch_norm and i > 0, "relu")
            for i in range(self.depth)
        ]

    @property
    def decoder(self) -> list[Level]:
        """The decoder's table, from the deepest level up to the image."""
        encoder = self.encoder
        levels = []
        below = encoder[-1].out_channels
        for mirror in reversed(encoder):
            (skip,) = mirror.in_channels
            last = mirror is encoder[0]
            activation = self.head if last and self.head != "sigmoid" else "leaky_relu"
            levels.append(Level((below, skip), skip, 3, 1, self.batch_norm and not last, activation))
            below = skip
        return levels


def constants_of(spec: ModelSpec) -> dict[str, Any]:
    """Give the constants of the pyramid base, without which weights trained on it compute something else."""
    return {"pyramid": dict(_PYRAMID)} if spec.base == "pyramid" else {}
