"""LPIPS: distance of normalised features of AlexNet or VGG16, weighted as people judged. Alone with torch.

Only the linear weights are torchmetrics': its own LPIPS gives no maps, from which hole and band are measured, and needs
torchvision.

References:
    Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018; version 0.1.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.pretrained import fill, read_weights
from pconv_cli.errors import ModelError
from pconv_cli.evaluation.metrics.backbones import lpips_heads

Network = Literal["alex", "vgg"]

# torchvision's numbering: the convolutions' channels, kernel, stride and padding; then where the five levels are taken.
_ALEXNET: tuple[tuple[int, int, int, int] | Literal["pool"], ...] = (
    (64, 11, 4, 2), "pool", (192, 5, 1, 2), "pool", (384, 3, 1, 1), (256, 3, 1, 1), (256, 3, 1, 1),
)  # fmt: skip
_VGG16: tuple[tuple[int, int, int, int] | Literal["pool"], ...] = tuple(
    "pool" if channels == 0 else (channels, 3, 1, 1)
    for channels in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512)
)
_LAYERS = {"alex": _ALEXNET, "vgg": _VGG16}
_LEVELS = {"alex": (1, 4, 7, 9, 11), "vgg": (3, 8, 15, 22, 29)}
_POOL = {"alex": 3, "vgg": 2}

#: Images with a shorter side leave nothing at the last level.
SHORTEST_SIDE = {"alex": 31, "vgg": 16}


class LPIPS(nn.Module):
    """The distance, frozen and in evaluation mode; without weights until `load`.

    Args:
        network: ``alex`` or ``vgg``.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        layers: list[nn.Module] = []
        channels = 3
        for layer in _LAYERS[network]:
            if layer == "pool":
                layers.append(nn.MaxPool2d(_POOL[network], 2))
            else:
                width, kernel, stride, padding = layer
                layers += [nn.Conv2d(channels, width, kernel, stride, padding), nn.ReLU()]
                channels = width
        self.features = nn.Sequential(*layers)
        before = [layers[level - 1] for level in _LEVELS[network]]  # a level is a ReLU behind its convolution
        widths = [layer.out_channels for layer in before if isinstance(layer, nn.Conv2d)]
        self.heads = nn.ParameterList([torch.zeros(1, width, 1, 1) for width in widths])
        self.register_buffer("shift", torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False).eval()

    @classmethod
    def load(cls, network: Network, path: Path) -> "LPIPS":
        """Load the backbone from torchvision's file, and the linear weights from torchmetrics.

        Raises:
            ModelError: A file is missing, damaged, or not what it should be.
        """
        distance = cls(network)
        heads_path = lpips_heads(network)
        weights, heads = read_weights(path), read_weights(heads_path)
        own = {name: value for name, value in weights.items() if name.startswith("features.")}
        try:
            own |= {f"heads.{n}": heads[f"lin{n}.model.1.weight"] for n in range(len(distance.heads))}
        except KeyError as error:
            raise ModelError(f"{heads_path}: has no {error.args[0]}; install torchmetrics again") from error
        fill(distance, own, path, "LPIPS")
        return distance

    def forward(self, a: Tensor, b: Tensor) -> list[Tensor]:
        """Compute the weighted squared difference at each level; LPIPS is the sum of their means.

        Args:
            a: ``(N, 3, H, W)`` RGB in [0, 1], sides of `SHORTEST_SIDE` or more.
            b: The same shape.

        Returns:
            Five maps ``(N, 1, h, w)``, each level smaller.
        """
        pairs = zip(self._levels(a), self._levels(b), self.heads, strict=True)
        return [(head * (_unit(x) - _unit(y)) ** 2).sum(1, keepdim=True) for x, y, head in pairs]

    def _levels(self, x: Tensor) -> list[Tensor]:
        x = (2 * x - 1 - self.shift) / self.scale
        levels = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _LEVELS[self.network]:
                levels.append(x)
        return levels


def whole_and_regions(levels: Sequence[Tensor], regions: Tensor) -> Tensor:
    """Compute LPIPS of whole images, and its mean over regions of them.

    For a region, each level's map is enlarged to the image's size (bilinear), the enlarged maps are summed, and the
    mean is taken over the region's pixels.

    Args:
        levels: Five maps ``(N, 1, h, w)``, of `LPIPS`.
        regions: ``(N, R, H, W)``, 1 = in the region.

    Returns:
        ``(N, 1 + R)`` float64: whole, then each region; NaN for an empty region.
    """
    whole = torch.stack([level.mean((1, 2, 3), dtype=torch.float64) for level in levels]).sum(0)
    size = regions.shape[-2:]
    full = torch.stack([F.interpolate(level, size, mode="bilinear", align_corners=False) for level in levels]).sum(0)
    sums, counts = (full * regions).sum((2, 3), dtype=torch.float64), regions.sum((2, 3), dtype=torch.float64)
    return torch.cat([whole[:, None], sums / counts], dim=1)


def _unit(features: Tensor) -> Tensor:
    """Divide features at each position by their length over the channels."""
    return features / (features.square().sum(1, keepdim=True).sqrt() + 1e-10)
