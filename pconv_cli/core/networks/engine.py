"""Networks for inference: what every engine does, and the one for networks that have none of their own."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor

from pconv_cli.core.device import autocast
from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.core.networks.spec import Spec


class Engine(Protocol):
    """A trained network that fills holes.

    Attributes:
        spec: The network's.
        device: Where it computes.
    """

    @property
    def spec(self) -> Spec:
        """See above."""

    @property
    def device(self) -> torch.device:
        """See above."""

    def fill(self, x: Tensor, mask: Tensor) -> Tensor:
        """Fill holes.

        Args:
            x: ``(N, 3, H, W)`` RGB in [0, 1] on `device`; what stands in a hole is not looked at.
            mask: ``(N, 1, H, W)`` of ones (valid) and zeros (hole).

        Returns:
            ``(N, 3, H, W)`` in float32: the input where valid, the network's prediction in holes, not clamped.
        """


class Sampling(NamedTuple):
    """How fills are drawn, of a network that draws them at random.

    Attributes:
        seed: Another one gives other fills.
        steps: Steps of the sampler; None: as many as the network's spec says.
        places: Top and left of each image of a batch, in the image that it is a window of: windows that overlap draw
            alike where they do. None: 0 and 0.
    """

    seed: int = 0
    steps: int | None = None
    places: Sequence[tuple[int, int]] | None = None


@runtime_checkable
class SamplingEngine(Engine, Protocol):
    """An engine that draws fills at random: the same ones of the same seed, whatever else is in a batch."""

    def sample(self, x: Tensor, mask: Tensor, sampling: Sampling) -> Tensor:
        """Fill holes as a seed says; see `Engine.fill`, which takes the default."""

    def check(self, sampling: Sampling) -> None:
        """Refuse what the network cannot do.

        Raises:
            UsageError: It has fewer steps.
        """


class PlainEngine:
    """The network as it is, under autocast.

    Args:
        network: The network, in evaluation mode.
        dtype: Precision of the convolutions.
        compile: Whether torch.compile compiles it, at the first call.
    """

    def __init__(self, network: Network, dtype: torch.dtype = torch.float32, *, compile: bool = False) -> None:
        self.spec = network.spec
        self.device = next(network.parameters()).device
        self._dtype = dtype
        self._forward: Callable[[Tensor, Tensor], Prediction] = network
        if compile:
            self._forward = torch.compile(network, dynamic=True)

    def fill(self, x: Tensor, mask: Tensor) -> Tensor:
        """Fill holes; see `Engine.fill`."""
        with torch.inference_mode(), autocast(self.device, self._dtype):
            output = self._forward(x.float(), mask.float()).output
        return torch.where(mask > 0, x.float(), output.float())
