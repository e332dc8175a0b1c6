"""A foreign checkpoint of which every value is taken exactly once, and the network that is put together from them.

Values are float64 on the way, so that what is folded or divided is rounded once, when it becomes float32.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pconv_cli.core.unet import Level, ModelSpec, PConvUNet
from pconv_cli.errors import ModelError

# Of torch's BatchNorm, and so of the networks here.
_EPS = 1e-5

_SHOWN = 3


class Norm(NamedTuple):
    """BatchNorm of one level: (x - mean) / sqrt(variance + eps) * weight + bias."""

    weight: Tensor
    bias: Tensor
    mean: Tensor
    variance: Tensor
    eps: float = _EPS


class Checkpoint:
    """Named values of a file; what is missing, left over or of another shape is gathered and told at the end.

    Args:
        path: The file, for messages.
        values: Its values by name.
    """

    def __init__(self, path: Path, values: Mapping[str, Any]) -> None:
        self._path = path
        self._values = dict(values)
        self._missing: list[str] = []
        self._wrong: list[str] = []

    def width(self, first_kernel: str, axis: int = 0) -> int:
        """Output channels of the first kernel; the paper's 64 where it cannot be told, which `close` then reports."""
        value = self._values.get(first_kernel)
        known = isinstance(value, Tensor) and value.ndim == 4 and value.shape[axis] > 0
        return int(value.shape[axis]) if known and isinstance(value, Tensor) else 64

    def take(self, name: str, shape: Sequence[int]) -> Tensor:
        """The value of this name in float64; zeros where it is missing or wrong, which `close` reports."""
        value = self._values.pop(name, None)
        if value is None:
            self._missing.append(name)
        elif not isinstance(value, Tensor) or tuple(value.shape) != tuple(shape):
            found = tuple(value.shape) if isinstance(value, Tensor) else f"a {type(value).__name__}"
            self._wrong.append(f"{name} is {found}, not {tuple(shape)}")
        else:
            return value.double()
        return torch.zeros(*shape, dtype=torch.float64)

    def take_ones(self, name: str, shape: Sequence[int]) -> None:
        """Take a kernel by which masks are summed; anything but ones would be another layer than ours."""
        sound = len(self._missing) + len(self._wrong)
        value = self.take(name, shape)
        if sound == len(self._missing) + len(self._wrong) and not bool((value == 1).all()):
            self._wrong.append(f"{name} holds other values than ones")

    def take_norm(self, prefix: str, channels: int) -> Norm:
        """A BatchNorm layer under torch's names; its count of batches has no part in what it computes."""
        self._values.pop(f"{prefix}.num_batches_tracked", None)
        names = ("weight", "bias", "running_mean", "running_var")
        weight, bias, mean, variance = (self.take(f"{prefix}.{name}", (channels,)) for name in names)
        return Norm(weight, bias, mean, variance)

    def drop(self, names: Iterable[str]) -> None:
        """Leave values aside that are known to have no part in the network."""
        for name in names:
            self._values.pop(name, None)

    def close(self, family: str) -> None:
        """Report everything that did not fit.

        Raises:
            ModelError: A value is missing, left over, or of another shape.
        """
        found = (("missing ", self._missing), ("unexpected ", list(map(str, self._values))), ("", self._wrong))
        problems = [f"{what}{_first(names)}" for what, names in found if names]
        if problems:
            raise ModelError(
                f"{self._path}: not a checkpoint as {family} has it: {'; '.join(problems)}; "
                "name the family that it belongs to by --from"
            )


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
            f"{name}.norm.running_var": norm.variance + (norm.eps - _EPS),
            f"{name}.norm.num_batches_tracked": torch.tensor(0),
        }

    def put_head(self, weight: Tensor, bias: Tensor) -> None:
        """Put in the 1 x 1 convolution of the head ``sigmoid``."""
        self._state |= {"head.weight": weight, "head.bias": bias}

    def build(self) -> PConvUNet:
        """The network, in evaluation mode and float32."""
        model = PConvUNet(self.spec)
        model.load_state_dict({n: t.float() if t.is_floating_point() else t for n, t in self._state.items()})
        return model.eval()


def _first(names: Sequence[str]) -> str:
    """The first names, and how many more there are; a checkpoint of another family lacks them all."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def levels_of(spec: ModelSpec) -> list[tuple[str, str, int, Level]]:
    """All levels in order: our name, ``enc`` or ``dec``, the number 1 to depth (1 at the picture), the row."""
    encoder = [(f"encoder.{i}", "enc", i + 1, level) for i, level in enumerate(spec.encoder)]
    decoder = [(f"decoder.{i}", "dec", spec.depth - i, level) for i, level in enumerate(spec.decoder)]
    return encoder + decoder


def kernel_shape(level: Level) -> tuple[int, int, int, int]:
    """The kernel of a level as torch lays it out: output and input channels, height, width."""
    return level.out_channels, sum(level.in_channels), level.kernel_size, level.kernel_size
