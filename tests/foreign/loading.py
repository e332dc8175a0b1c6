"""Files of other projects loaded, and an oracle of what their networks compute."""

from pathlib import Path

import numpy as np
import onnx
import torch

from pconv_cli import load_weights
from pconv_cli.core.foreign.asked import Foreign
from pconv_cli.core.foreign.network import ForeignNetwork
from pconv_cli.core.weights_info import WeightsInfo, describe_weights

from .conftest import Known

HERE = torch.device("cpu")


def load(path: Path, said: str | None = None) -> ForeignNetwork:
    network = load_weights(path, foreign=Foreign(trust=path.suffix == ".pt", foreign=said))
    assert isinstance(network, ForeignNetwork)
    return network


def describe(path: Path, said: str | None = None) -> WeightsInfo:
    return describe_weights(path, foreign=Foreign(foreign=said))


def split(path: Path) -> Path:
    """Move the values of an ONNX file into another one, as current exporters do, and give that."""
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="values.data", size_threshold=0)
    return path.parent / "values.data"


def damaged(height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise with holes, in which something stands that nobody may look at."""
    generator = torch.Generator().manual_seed(height)
    x = torch.rand(1, 3, height, width, generator=generator)
    mask = torch.ones(1, 1, height, width)
    mask[..., height // 3 : height // 2, width // 4 : width // 2] = 0
    return torch.where(mask > 0, x, 7.0), mask


def expected(x: torch.Tensor, mask: torch.Tensor, side: tuple[int, int]) -> np.ndarray:
    """What the network computes of an image that is mirrored up to a size, by NumPy's padding."""
    height, width = x.shape[-2:]
    beyond = ((0, 0), (0, 0), (0, side[0] - height), (0, side[1] - width))
    known, hole = (np.pad(part.numpy(), beyond, "symmetric") for part in (torch.where(mask > 0, x, 0.0), 1 - mask))
    with torch.inference_mode():
        output = Known().eval()(torch.from_numpy(known), torch.from_numpy(hole))
    return output[..., :height, :width].numpy()


def check(network: ForeignNetwork, size: tuple[int, int], padded: tuple[int, int], tolerance: float) -> None:
    x, mask = damaged(*size)
    with torch.inference_mode():
        output = network(x, mask).output
    hole = np.broadcast_to(mask.numpy() == 0, output.shape)
    np.testing.assert_allclose(output.numpy()[hole], expected(x, mask, padded)[hole], atol=tolerance)
