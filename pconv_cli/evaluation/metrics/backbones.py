"""The files of weights that LPIPS and FID stand on: where they are found, fetched from on request, and read."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from pconv_cli.core import cache
from pconv_cli.core.vgg import VGG16_URL
from pconv_cli.errors import ModelError, option

Weights = Mapping[str, Tensor]


@dataclass(frozen=True)
class Backbone:
    """A file of weights with a public home.

    Attributes:
        what: Its name in messages.
        field: The option that names a copy.
        url: Its home; see `pconv_cli.core.cache.download`.
        size: The size of the download, for messages.
    """

    what: str
    field: str
    url: str
    size: str

    def find(self, path: Path | None, *, download: bool) -> Path:
        """Find the file: ``path``, else the one in the cache, else download it there where that is allowed.

        Raises:
            ModelError: There is none, with the ways to get it; or the download fails, or its checksum is wrong.
        """
        if path is not None:
            if not path.is_file():
                raise ModelError(f"{path}: no such file; {option(self.field)} names a file with {self.what}")
            return path
        kept = cache.cached(self.url)
        if kept.is_file():
            return kept
        if not download:
            raise ModelError(
                f"{self.what} are not at hand: name a copy of {kept.name} by {option(self.field)} PATH, or add "
                f"{option('download')} to fetch them once ({self.size} from {self.url})"
            )
        return cache.download(self.url, self.what, option(self.field), progress=False)


ALEXNET = Backbone(
    "AlexNet's weights for LPIPS",
    "lpips_weights",
    "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    "233 MB",
)
VGG16 = Backbone("VGG16's weights", "vgg", VGG16_URL, "528 MB")
INCEPTION = Backbone(
    "Inception's weights for FID and the Inception score",
    "fid_weights",
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
    "91 MB",
)


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
        if name not in weights:
            raise ModelError(f"{path}: has no {name}; {what} needs the original file, whole; fetch it again")
        if weights[name].shape != own.shape:
            shapes = f"{tuple(weights[name].shape)} instead of {tuple(own.shape)}"
            raise ModelError(f"{path}: {name} is {shapes}; it belongs to another network")
    network.load_state_dict({name: weights[name] for name in network.state_dict()})


def lpips_heads(network: str) -> Path:
    """Find the linear weights of LPIPS 0.1 that come with torchmetrics, without importing it.

    Args:
        network: ``alex`` or ``vgg``.

    Raises:
        ModelError: torchmetrics is not installed.
    """
    spec = find_spec("torchmetrics")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(place, "functional", "image", "lpips_models", f"{network}.pth")
        if file.is_file():
            return file
    raise ModelError("LPIPS's linear weights come with torchmetrics: pip install torchmetrics")
