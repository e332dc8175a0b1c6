"""What every network says of itself, before it is built."""

from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any, Literal

Values = Literal["unit", "imagenet", "signed"]


class Spec(ABC):
    """What distinguishes one network of an architecture from another, and what others must know to use it.

    A frozen dataclass: its fields are stored with the weights as JSON. The properties are derived from them, so that
    they are known before a network is built.
    """

    @property
    @abstractmethod
    def reach(self) -> int:
        """How many pixels from the nearest valid one a hole pixel may lie for the network to see that one."""

    @property
    def fixed_size(self) -> int | None:
        """The side of the square images that are all it takes, in pixels; None: it takes any size.

        Images are cut into windows of this side, and what is smaller is padded, as hole, to it.
        """
        return None

    @property
    def least_side(self) -> int:
        """The side from which on images show it as much round a hole as it is used to, in pixels."""
        return 1

    @property
    def crop_size(self) -> int | None:
        """The side of the only crops that it learns from, in pixels; None: any."""
        return self.fixed_size

    @property
    def size_multiple(self) -> int:
        """Sides are padded, as hole, to a multiple of this many pixels."""
        return self.fixed_size or 1

    @property
    def values(self) -> Values:
        """What the network works in; see `pconv_cli.core.networks.values`."""
        return "unit"

    @property
    def keeps_known(self) -> bool:
        """Whether valid pixels come out as they went in, so that I_out is I_comp already."""
        return False

    @property
    def bears_half(self) -> bool:
        """Whether half precision changes less than a step of 8 bits, so that ``auto`` may choose it."""
        return False

    @property
    def bears_large(self) -> bool:
        """Whether it fills a large image at once as well as in windows, in a time and memory that follow the pixels."""
        return False

    def padded(self, side: int) -> int:
        """Give the length in pixels that a side is padded to."""
        return side + -side % self.size_multiple

    def to_json(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]  # a dataclass, as said above
