"""A network of another project, as any network of this program."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from pconv_cli.core.foreign.signature import Signature
from pconv_cli.core.foreign.spec import ForeignSpec
from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.errors import FillError, UsageError, option

_DTYPES = {"float16": torch.float16, "uint8": torch.uint8}


class RunningNetwork(Protocol):
    """A network that runs.

    Attributes:
        device: Where its tensors lie.
    """

    @property
    def device(self) -> torch.device:
        """See above."""

    def __call__(self, inputs: Sequence[Tensor]) -> Tensor:
        """Run the network; a `ValueError` says why it does not."""


class ForeignNetwork(Network):
    """A network of another project.

    Args:
        path: Its file.
        signature: What it takes and gives.
        spec: How it is used.
        running: What runs it.

    Attributes:
        doubts: What a user should know of it.
    """

    def __init__(self, path: Path, signature: Signature, spec: ForeignSpec, running: RunningNetwork) -> None:
        super().__init__(spec)
        self.path, self.running = path, running
        self.doubts: tuple[str, ...] = ()
        self._dtypes = [_DTYPES.get(port.dtype, torch.float32) for port in signature.inputs]

    def forward(self, x: Tensor, mask: Tensor) -> Prediction:
        """Predict whole images; see `Network.forward`.

        An image is mirrored at its lower and right edge until its size is one that the network takes, as those who use
        these files do.

        Raises:
            FillError: The network does not run on them, or gives no image or no finite values.
        """
        assert isinstance(self.spec, ForeignSpec)
        height, width = x.shape[-2:]
        rows, columns = (mirrored(side, self.spec.padded(side), x.device) for side in (height, width))
        x = torch.where(mask > 0, x, 0.0)
        if len(rows) > height or len(columns) > width:
            x, mask = (part[:, :, rows][:, :, :, columns] for part in (x, mask))
        try:
            # One by one: some of these networks look at a batch as one image.
            filled = [self.spec.output(self.given(self.spec, a[None], m[None])) for a, m in zip(x, mask, strict=True)]
        except ValueError as error:
            raise FillError(f"{self.path} fails on {width} x {height} px of it ({error})") from error
        return Prediction(torch.cat(filled)[..., :height, :width])

    def given(self, spec: ForeignSpec, x: Tensor, mask: Tensor) -> Tensor:
        """Give what the network makes of one image used so, ``(1, 3, H, W)`` in its own values, in float32.

        Raises:
            ValueError: It does not run on it, or gives no image or no finite values.
        """
        inputs = spec.inputs(x, mask)
        given = self.running(
            [
                value.round().to(dtype) if dtype == torch.uint8 else value.to(dtype)
                for value, dtype in zip(inputs, self._dtypes, strict=True)
            ]
        ).float()
        if given.shape != x.shape:
            wanted, shape = ("x".join(map(str, one.shape)) for one in (x, given))
            raise ValueError(f"gives {shape} and not {wanted}")
        if not torch.isfinite(given).all():
            raise ValueError("computes values that are not finite")
        return given


class ForeignEngine:
    """A network of another project for inference; see `pconv_cli.core.networks.engine.Engine`.

    Raises:
        UsageError: It is to be compiled, or run in another precision than its own.
    """

    def __init__(self, network: Network, dtype: torch.dtype = torch.float32, *, compile: bool = False) -> None:
        assert isinstance(network, ForeignNetwork)
        if compile or dtype != torch.float32:
            which = option("compile") if compile else option("precision")
            raise UsageError(f"{which}: has no meaning for {network.path.name}, which is run as it is; leave it out")
        self.spec, self.device, self._network = network.spec, network.running.device, network

    def fill(self, x: Tensor, mask: Tensor) -> Tensor:
        """Fill holes; see `Engine.fill`."""
        with torch.inference_mode():
            return torch.where(mask > 0, x.float(), self._network(x.float(), mask.float()).output)


def mirrored(side: int, length: int, device: torch.device) -> Tensor:
    """Give the places, ``(length,)``, at which an image's side is read so that it goes on as in a mirror at its end."""
    places = torch.arange(length, device=device) % (2 * side)
    return torch.minimum(places, 2 * side - 1 - places)
