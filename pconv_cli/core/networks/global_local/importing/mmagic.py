"""open-mmlab/mmagic, its Global&Local (``gl_256x256_8x12_places`` and ``..._celeba``).

The paper's layers without the convolutions' biases, which BatchNorm would take out again. Images are BGR in [-1, 1],
0 in holes; the order goes into the kernels of the first and the last layer, the range and the clipped output into the
spec. What the training kept beside the network, its discriminators, is left out.
"""

from pathlib import Path

import torch
from torch import Tensor

from pconv_cli.core.importing.checkpoint import Checkpoint
from pconv_cli.core.importing.reading import read_pickle
from pconv_cli.core.networks.global_local.network import GlobalLocal, GlobalLocalSpec

#: Their names of our layers, by number.
_LAYERS = (
    *(f"generator.encoder.enc{number}" for number in range(1, 7)),
    *(f"generator.dilation_neck.dilation_convs.{number}" for number in range(4)),
    *(f"generator.decoder.dec{number}" for number in range(1, 7)),
)


def read(path: Path) -> GlobalLocal:
    """Read a checkpoint of this family.

    Raises:
        ModelError: The file cannot be read, or is not as this family has it.
    """
    values = read_pickle(path, "state_dict")
    checkpoint = Checkpoint(path, values)
    checkpoint.drop([name for name in values if name.startswith(("disc.", "data_preprocessor."))])
    width = checkpoint.width(f"{_LAYERS[0]}.conv.weight")
    network = GlobalLocal(GlobalLocalSpec(width + width % 2, head="clip"))
    state = network.state_dict()
    for number, theirs in enumerate(_LAYERS):
        weight = state[f"convs.{number}.weight"]
        norm = checkpoint.take_norm(f"{theirs}.bn", len(state[f"norms.{number}.weight"]))
        state |= {
            f"convs.{number}.weight": checkpoint.take(f"{theirs}.conv.weight", weight.shape),
            f"convs.{number}.bias": torch.zeros_like(state[f"convs.{number}.bias"]),
            f"norms.{number}.weight": norm.weight,
            f"norms.{number}.bias": norm.bias,
            f"norms.{number}.running_mean": norm.mean,
            f"norms.{number}.running_var": norm.variance,
        }
    last = "generator.decoder.dec7.conv"
    state["convs.0.weight"] = _colours_turned(state["convs.0.weight"])
    state["last.weight"] = checkpoint.take(f"{last}.weight", state["last.weight"].shape).flip(0)
    state["last.bias"] = checkpoint.take(f"{last}.bias", (3,)).flip(0)
    checkpoint.close("mmagic-gl")
    network.load_state_dict(state)
    return network


def _colours_turned(kernel: Tensor) -> Tensor:
    """Turn BGR and a mask into RGB and a mask, of a kernel ``(out, 4, k, k)``."""
    return kernel[:, [2, 1, 0, 3]]
