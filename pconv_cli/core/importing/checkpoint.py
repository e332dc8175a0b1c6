"""A foreign checkpoint of which every value is taken exactly once.

Values are float64 on the way, so that what is folded or divided is rounded once, when it becomes float32.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pconv_cli.errors import ModelError, option

# Of torch's BatchNorm, and so of the networks here.
EPS = 1e-5

_SHOWN = 3


class Norm(NamedTuple):
    """BatchNorm of one level: (x - mean) / sqrt(variance + eps) * weight + bias."""

    weight: Tensor
    bias: Tensor
    mean: Tensor
    variance: Tensor
    eps: float = EPS


class Checkpoint:
    """Named values of a file; what is missing, left over or of another shape is gathered and reported at the end.

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
        """Output channels of the first kernel; the paper's 64 where it is unknown, which `close` then reports."""
        value = self._values.get(first_kernel)
        known = isinstance(value, Tensor) and value.ndim == 4 and value.shape[axis] > 0
        return int(value.shape[axis]) if known and isinstance(value, Tensor) else 64

    def take(self, name: str, shape: Sequence[int]) -> Tensor:
        """Take the value of this name in float64; zeros where it is missing or wrong, which `close` reports."""
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
        """Take a BatchNorm layer under torch's names; its count of batches has no part in what it computes."""
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
                f"name the family that it belongs to by {option('family')}"
            )


def _first(names: Sequence[str]) -> str:
    """The first names, and how many more there are; a checkpoint of another family lacks them all."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"
