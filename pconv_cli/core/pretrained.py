"""Weights that others have trained, of the networks by which images are compared, read into these."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from pconv_cli.errors import ModelError

Weights = Mapping[str, Tensor]


def read_weights(path: Path) -> Weights:
    """Read a checkpoint of tensors: torch's own format, or safetensors.

    Raises:
        ModelError: It is neither.
    """
    state: Weights
    try:
        if path.suffix == ".safetensors":
            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the unpickler raises kinds of its own for a foreign file
        raise ModelError(f"{path}: cannot be read as weights; fetch it again or name another file") from error
    if not isinstance(state, Mapping):
        raise ModelError(f"{path}: holds no table of weights; fetch it again or name another file")
    return state


def fill(network: nn.Module, weights: Weights, path: Path, what: str) -> None:
    """Put those weights into a network that it has names for.

    Raises:
        ModelError: Some are missing or of another shape; the message names the first.
    """
    for name, own in network.state_dict().items():
        if not isinstance(weights.get(name), Tensor):
            raise ModelError(f"{path}: has no {name}; {what} needs the original file, whole; fetch it again")
        if weights[name].shape != own.shape:
            shapes = f"{tuple(weights[name].shape)} instead of {tuple(own.shape)}"
            raise ModelError(f"{path}: {name} is {shapes}; it belongs to another network")
    network.load_state_dict({name: weights[name] for name in network.state_dict()})
