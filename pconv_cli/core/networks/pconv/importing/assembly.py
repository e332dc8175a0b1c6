"""A `PConvUNet` put together from the values of a foreign checkpoint, level by level."""

import torch
from torch import Tensor

from pconv_cli.core.importing.checkpoint import EPS, Norm
from pconv_cli.core.networks.pconv.spec import Level, ModelSpec
from pconv_cli.core.networks.pconv.unet import PConvUNet


class Assembly:
    """The parameters of a `PConvUNet`, put in level by level.

    Args:
        spec: The network.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self._state: dict[str, Tensor] = {}

    def put(self, name: str, weight: Tensor, bias: Tensor | None = None, norm: Norm | None = None) -> None:
        """Put in one level, in our scaling: the convolution of valid values times N/s.

        Args:
            name: ``encoder.0`` and so on.
            weight: The kernel.
            bias: Where a BatchNorm follows, it is folded into its mean, since all that it reaches but holes, which
                the next level masks, it reaches alike. Without either, it is 0.
            norm: The BatchNorm that follows; another eps than torch's is folded into the variance.
        """
        self._state[f"{name}.conv.weight"] = weight
        if norm is None:
            self._state[f"{name}.conv.bias"] = torch.zeros(len(weight)) if bias is None else bias
            return
        self._state |= {
            f"{name}.norm.weight": norm.weight,
            f"{name}.norm.bias": norm.bias,
            f"{name}.norm.running_mean": norm.mean if bias is None else norm.mean - bias,
            f"{name}.norm.running_var": norm.variance + (norm.eps - EPS),
            f"{name}.norm.num_batches_tracked": torch.tensor(0),
        }

    def put_head(self, weight: Tensor, bias: Tensor) -> None:
        """Put in the 1 x 1 convolution of the head ``sigmoid``."""
        self._state |= {"head.weight": weight, "head.bias": bias}

    def build(self) -> PConvUNet:
        """Build the network, in evaluation mode and float32."""
        model = PConvUNet(self.spec)
        model.load_state_dict({n: t.float() if t.is_floating_point() else t for n, t in self._state.items()})
        return model.eval()


def levels_of(spec: ModelSpec) -> list[tuple[str, str, int, Level]]:
    """List all levels in order: our name, ``enc`` or ``dec``, the number 1 to depth (1 at the image), the row."""
    encoder = [(f"encoder.{i}", "enc", i + 1, level) for i, level in enumerate(spec.encoder)]
    decoder = [(f"decoder.{i}", "dec", spec.depth - i, level) for i, level in enumerate(spec.decoder)]
    return encoder + decoder


def kernel_shape(level: Level) -> tuple[int, int, int, int]:
    """Return the kernel of a level as torch lays it out: output and input channels, height, width."""
    return level.out_channels, sum(level.in_channels), level.kernel_size, level.kernel_size
