"""What a file says of the network in it, before the network is run."""

from dataclasses import dataclass
from pathlib import Path

from pconv_cli.core.foreign.container import Container


@dataclass(frozen=True)
class TensorPort:
    """A tensor that a network takes or gives.

    Attributes:
        name: Its name in the file.
        dtype: What it holds, as NumPy names it; empty: the file does not say.
        shape: Its sides, None for one that is free; None: the file does not say.
    """

    name: str
    dtype: str = ""
    shape: tuple[int | None, ...] | None = None

    @property
    def channels(self) -> int | None:
        """Its channels, where the file says that they are four sides and how long the second is."""
        return self.shape[1] if self.shape is not None and len(self.shape) == 4 else None

    def __str__(self) -> str:
        if self.shape is None:
            return f"{self.name} {self.dtype}".rstrip()
        letters = "NCHW" if len(self.shape) == 4 else "?" * len(self.shape)
        sides = (letter if side is None else str(side) for side, letter in zip(self.shape, letters, strict=True))
        return f"{self.name} {self.dtype} ({', '.join(sides)})"


@dataclass(frozen=True)
class Signature:
    """What goes into a network and comes out of it.

    Attributes:
        container: The kind of file.
        inputs: The tensors that it takes, in order.
        outputs: The tensors that it gives; those of TorchScript have no names.
        parameters: Number of values stored.
        stored: Precision of most of them, as safetensors names it.
        made_by: What wrote the file, as it says.
        beside: Further files in which it keeps its values.
    """

    container: Container
    inputs: tuple[TensorPort, ...]
    outputs: tuple[TensorPort, ...]
    parameters: int
    stored: str
    made_by: str = ""
    beside: tuple[Path, ...] = ()

    @property
    def takes(self) -> str:
        """The inputs in words."""
        return ", ".join(map(str, self.inputs)) or "nothing"
