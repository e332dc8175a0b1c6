"""The released weights of both networks: TensorFlow's snapshots, and their conversions to PyTorch.

The original reads images as BGR. The order of channels goes into the kernels: those of the first layers of each branch,
whose first three inputs are the image, and the last one of each stage.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor

from pconv_cli.core.importing.checkpoint import Checkpoint
from pconv_cli.core.importing.reading import read_pickle
from pconv_cli.core.importing.tensorflow import read_bundle
from pconv_cli.core.networks.deepfill.network import TwoStage
from pconv_cli.errors import ModelError

#: Of the released weights, whoever converted them.
LICENCE = "CC BY-NC 4.0: for no commercial use, naming Jiahui Yu et al."

_SCOPE = "inpaint_net/"

Made = TypeVar("Made", bound=TwoStage)


def assemble(
    network: Callable[[int], Made],
    path: Path,
    values: Mapping[str, Any],
    first: str,
    named: Callable[[str, str], str],
    family: str,
    *,
    turn: bool,
) -> Made:
    """Put values of a checkpoint into a network.

    Args:
        network: Makes it of the number of filters of its first layer.
        path: The checkpoint, for messages.
        values: Its values by name, kernels as PyTorch lays them out.
        first: The name of the first layer's kernel.
        named: For a layer's name and ``weight`` or ``bias``, the name in the checkpoint.
        family: Its name, for messages.
        turn: Whether the channels of images are BGR there.

    Raises:
        ModelError: A value is missing, left over, or of another shape.
    """
    checkpoint = Checkpoint(path, values)
    try:
        made = network(checkpoint.width(first)).double()
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    state = {}
    for name, value in made.state_dict().items():
        _, layer, *_, kind = name.split(".")
        taken = checkpoint.take(named(layer, kind), value.shape)
        state[name] = _turned(layer, kind, taken) if turn else taken
    checkpoint.close(family)
    made.load_state_dict(state)
    return made.float().eval()


def _turned(layer: str, kind: str, value: Tensor) -> Tensor:
    """Turn BGR in and out of a layer to RGB."""
    if layer.endswith("conv1") and kind == "weight":
        value[:, :3] = value[:, :3].flip(1)
    if layer.endswith("conv17"):
        value = value.flip(0)
    return value


def read_snapshot(network: Callable[[int], Made], path: Path, family: str) -> Made:
    """Read a snapshot of the original's, of which any file is named.

    Raises:
        ModelError: It cannot be read, or holds another network.
    """

    def wanted(name: str) -> bool:
        return name.startswith(_SCOPE) and name.rpartition("/")[2] in ("kernel", "bias")  # and not what Adam keeps

    values = read_bundle(path, wanted)
    kernels = {name: v.permute(3, 2, 0, 1) if v.ndim == 4 else v for name, v in values.items()}

    def named(layer: str, kind: str) -> str:
        inner = f"/{layer}_conv" if layer.endswith("_upsample") else ""
        return f"{_SCOPE}{layer}{inner}/{'kernel' if kind == 'weight' else kind}"

    return assemble(network, path, kernels, f"{_SCOPE}conv1/kernel", named, family, turn=True)


def read_converted(network: Callable[[int], Made], path: Path, family: str, *, turn: bool) -> Made:
    """Read a state of nipponjo's: its generator in ``G``.

    Raises:
        ModelError: It cannot be read, or holds another network.
    """
    mmagics = read_pickle(path).get("state_dict")
    if isinstance(mmagics, Mapping) and any(".stage1." in str(name) for name in mmagics):
        raise ModelError(
            f"{path}: a network of mmagic's, which is another one: its padding reflects, and its second stage sees the "
            "hole and has a wider decoder; take the original's weights"
        )
    values = read_pickle(path, "G")
    if any(name.startswith("stage1.") for name in values):
        raise ModelError(
            f"{path}: trained for PyTorch's padding and halving, which is another network; take the file of the "
            "original's weights, states_tf_*.pth"
        )

    def named(layer: str, kind: str) -> str:
        return f"{layer}{'.conv' if layer.endswith('_upsample') else ''}.conv.{kind}"

    return assemble(network, path, values, "conv1.conv.weight", named, family, turn=turn)
