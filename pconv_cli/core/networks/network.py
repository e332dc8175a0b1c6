"""What every network is to the rest of the program: how it is called, and what it says of itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.networks.values import Values, from_values, to_values


class Prediction(NamedTuple):
    """What a network makes of damaged images.

    Attributes:
        output: I_out, ``(N, 3, H, W)`` RGB, not clamped to [0, 1]; what is asked of every network.
        coarse: What the first of two stages made, of the same shape; None: there is one stage.
        extras: What else a training recipe or a test may want, by name, such as edges.
    """

    output: Tensor
    coarse: Tensor | None = None
    extras: Mapping[str, Tensor] | None = None


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

    def padded(self, side: int) -> int:
        """Give the length in pixels that a side is padded to."""
        return side + -side % self.size_multiple

    def to_json(self) -> dict[str, Any]:
        """Give the fields as plain values."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]  # a dataclass, as said above


class Network(nn.Module):
    """A network that fills holes; the base of each architecture's own.

    A network of few lines writes `predict` alone. One that treats values and sizes in its own way, as `PConvUNet` does,
    writes `forward` instead.

    Args:
        spec: What distinguishes it.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec

    def forward(self, x: Tensor, mask: Tensor) -> Prediction:
        """Predict whole images from damaged ones of any size, or up to the spec's ``fixed_size``.

        Args:
            x: ``(N, 3, H, W)`` RGB in [0, 1]; what stands in a hole is not looked at.
            mask: ``(N, 1, H, W)`` of ones (valid) and zeros (hole).

        Raises:
            ValueError: The images are larger than the network takes.
        """
        return self.in_own_values(x, mask, self.predict)

    def in_own_values(self, x: Tensor, mask: Tensor, predict: Callable[[Tensor, Tensor], Prediction]) -> Prediction:
        """Call what predicts in the network's own values and sizes; see `forward` and `predict`."""
        height, width = x.shape[-2:]
        if self.spec.fixed_size is not None and max(height, width) > self.spec.fixed_size:
            raise ValueError(f"{width} x {height} px: the network takes up to {self.spec.fixed_size} px a side")
        mask = mask.to(torch.promote_types(x.dtype, torch.float32))
        values = to_values(self.spec.values, torch.where(mask > 0, x, 0.0), mask)
        beyond = (0, self.spec.padded(width) - width, 0, self.spec.padded(height) - height)
        if any(beyond):
            values, mask = F.pad(values, beyond), F.pad(mask, beyond)
        output, coarse, extras = predict(values, mask)
        if coarse is not None:
            coarse = from_values(self.spec.values, coarse[..., :height, :width])
        return Prediction(from_values(self.spec.values, output[..., :height, :width]), coarse, extras)

    def predict(self, x: Tensor, mask: Tensor) -> Prediction:
        """Predict in the network's own values and sizes.

        Args:
            x: ``(N, 3, H, W)`` in the values of the spec, 0 in holes; sides are multiples of its ``size_multiple``.
            mask: ``(N, 1, H, W)`` of ones (valid) and zeros (hole) in float32 or more.

        Returns:
            Output and coarse output of the same size and in the same values.
        """
        raise NotImplementedError(f"{type(self).__name__} has neither `predict` nor a `forward` of its own")
