"""How a network of another project is used: which pixels its mask marks, in which values and order it works."""

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor

from pconv_cli.core.networks.spec import Spec

Polarity = Literal["hole", "valid"]
Range = Literal["unit", "signed", "byte"]
Order = Literal["rgb", "bgr"]

#: What RGB in [0, 1] is multiplied by, and what is added then.
_RANGES: dict[str, tuple[float, float]] = {"unit": (1, 0), "signed": (2, -1), "byte": (255, 0)}


@dataclass(frozen=True)
class ForeignSpec(Spec):
    """How a network of another project is used.

    Attributes:
        family: Whose it is, or like whose.
        layout: What each input holds: ``image``, ``mask``, or both as channels of one, as in ``image + mask``.
        polarity: Which pixels the mask marks.
        marks: What the mask holds elsewhere and at those pixels.
        range: The values of the image, ``unit`` [0, 1], ``signed`` [-1, 1] or ``byte`` [0, 255]; where they come out
            otherwise than they go in, both, as in ``unit-byte``. A hole is 0 in any of them.
        order: The order of channels, ``rgb`` or ``bgr``; or both, as above.
        size: The side of the square images that are all it takes, or that it works in; None: it takes any size.
        multiple: What sides have to be multiples of.
        least: The least side of windows: that of the crops it was trained on.
    """

    family: str
    layout: str
    polarity: Polarity = "hole"
    marks: tuple[float, float] = (0, 1)
    range: str = "unit"
    order: str = "rgb"
    size: int | None = None
    multiple: int = 1
    least: int = 1

    @property
    def reach(self) -> int:
        """As far as a window goes: these networks see all of an image at once."""
        return 1 << 16

    @property
    def fixed_size(self) -> int | None:
        """See `Spec`."""
        return self.size

    @property
    def least_side(self) -> int:
        """See `Spec`."""
        return self.least

    @property
    def size_multiple(self) -> int:
        """See `Spec`."""
        return self.size or self.multiple

    @property
    def ranges(self) -> tuple[str, str]:
        """The values that go in and that come out."""
        return in_and_out(self.range)

    @property
    def orders(self) -> tuple[str, str]:
        """The orders of channels that go in and that come out."""
        return in_and_out(self.order)

    def inputs(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """Make what the network takes.

        Args:
            x: ``(1, 3, H, W)`` RGB in [0, 1], 0 in holes.
            mask: ``(1, 1, H, W)`` of ones (valid) and zeros (hole).

        Returns:
            A tensor for each input, in float32.
        """
        scale, shift = _RANGES[self.ranges[0]]
        image = x * scale + shift * mask if shift else x * scale
        if self.orders[0] == "bgr":
            image = image.flip(1)
        marked = mask if self.polarity == "valid" else 1 - mask
        other, mark = self.marks
        parts = {"image": image, "mask": marked * (mark - other) + other}
        return [torch.cat([parts[part] for part in one.split(" + ")], 1) for one in self.layout.split(", ")]

    def output(self, given: Tensor) -> Tensor:
        """Read what the network gives, ``(1, 3, H, W)``, as RGB in [0, 1], not clamped."""
        scale, shift = _RANGES[self.ranges[1]]
        image = (given - shift) / scale
        return image.flip(1) if self.orders[1] == "bgr" else image


def in_and_out(said: str) -> tuple[str, str]:
    """Give both halves of what may be one word for both, as in ``unit`` and ``unit-byte``."""
    first, _, second = said.partition("-")
    return first, second or first


def choices(kind: object) -> list[str]:
    """Give all that may be said of values or orders: one word for both ways, or two."""
    words = get_args(kind)
    return [*words, *(f"{one}-{other}" for one in words for other in words if one != other)]
