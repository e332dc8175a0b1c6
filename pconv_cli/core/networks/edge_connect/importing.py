"""knazeri/edge-connect: two files in one folder, a generator each, with layers of our names and places.

Spectral norm has the names of PyTorch's former way to it: ``weight_orig``, the kernel before the division, and the two
vectors whose product with it is the norm.
"""

import re
from pathlib import Path

import torch
from torch import Tensor, nn

from pconv_cli.core.importing.checkpoint import Checkpoint
from pconv_cli.core.importing.reading import read_pickle
from pconv_cli.core.networks.edge_connect.network import EdgeConnect, EdgeConnectSpec
from pconv_cli.core.networks.registry import Family
from pconv_cli.errors import ModelError

EDGE, COMPLETION = "EdgeModel_gen.pth", "InpaintingModel_gen.pth"

_THEIRS = {"original": "weight_orig", "0._u": "weight_u", "0._v": "weight_v"}


def read(folder: Path) -> EdgeConnect:
    """Read the two files of a folder.

    Raises:
        ModelError: One of them cannot be read, or is not as this family has it.
    """
    edges, colours = _GeneratorValues(folder / EDGE), _GeneratorValues(folder / COMPLETION)
    if edges.shape != colours.shape:
        raise ModelError(
            f"{folder}: {EDGE} has width and residual blocks {edges.shape}, {COMPLETION} {colours.shape}; take two "
            "files that were trained together"
        )
    network = EdgeConnect(EdgeConnectSpec(*edges.shape))
    edges.fill(network.edge)
    colours.fill(network.completion)
    return network.eval()


class _GeneratorValues:
    """The values of one file."""

    def __init__(self, path: Path) -> None:
        values = read_pickle(path, "generator")
        values = {name.removeprefix("module."): value for name, value in values.items()}  # of several GPUs
        blocks = {match[1] for name in values if (match := re.match(r"middle\.(\d+)\.", name))}
        self._checkpoint = Checkpoint(path, values)
        first = "encoder.1.weight_orig" if "encoder.1.weight_orig" in values else "encoder.1.weight"
        self.shape = self._checkpoint.width(first), max(1, len(blocks))

    def fill(self, generator: nn.Module) -> None:
        """Put them into a generator."""
        state: dict[str, Tensor] = {}
        for name, value in generator.state_dict().items():
            layer, spectral, kind = name.partition(".parametrizations.weight.")
            theirs = f"{layer}.{_THEIRS[kind]}" if spectral else name
            state[name] = self._checkpoint.take(theirs, value.shape).to(torch.float32)
        self._checkpoint.close("edge-connect")
        generator.load_state_dict(state)


FAMILIES = {
    "edge-connect": Family(
        "knazeri/edge-connect",
        read,
        licence="CC BY-NC 4.0: for no commercial use, naming Kamyar Nazeri et al.",
        files=(EDGE, COMPLETION),
    )
}
