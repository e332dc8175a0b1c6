"""What every network is to the rest of the program: how it is called, and what it says of itself."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.networks.spec import Spec
from pconv_cli.core.networks.values import from_values, to_values


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
