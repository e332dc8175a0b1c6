"""The discriminator of Iizuka's completion: one part judges the whole image, one the surroundings of the hole."""

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.adversarial import Judgement

# Layers halve a side until it is no longer than this; what is left is joined to a vector.
_LEAST = 4


class ConvStack(nn.Module):
    """5 x 5 convolutions of stride 2 with BatchNorm and ReLU, and a fully connected layer, down to a vector.

    Args:
        size: Side in pixels of the square images.
        width: Channels of the first layer; later ones have 2, 4 and then 8 times as many.
        length: Length of the vector.
    """

    def __init__(self, size: int, width: int, length: int) -> None:
        super().__init__()
        depth = max(1, math.ceil(math.log2(size / _LEAST)))
        sizes = [3, *(width * min(2**i, 8) for i in range(depth))]
        pairs = list(itertools.pairwise(sizes))
        self.convs = nn.ModuleList(nn.Conv2d(before, after, 5, stride=2, padding=2) for before, after in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(after) for _, after in pairs)
        left = math.ceil(size / 2**depth)
        self.joined = nn.Linear(left * left * sizes[-1], length)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Give the vectors ``(N, length)``, and what the layers gave."""
        features = []
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = F.relu(norm(conv(x)))
            features.append(x)
        return F.relu(self.joined(x.flatten(1))), features


class GlobalLocalDiscriminator(nn.Module):
    """Two stacks of convolutions, of the whole image and of a window on its hole, whose vectors one layer joins.

    Args:
        size: Side in pixels of the square images.
        local_size: Side of the window on the hole; None: half of ``size``.
        width: Channels of the first layers; the paper's is 64.
        length: Length of each of the two vectors; the paper's is 1024.

    References:
        Iizuka et al., "Globally and Locally Consistent Image Completion", SIGGRAPH 2017, section 3.3.

    Example:
        >>> judge = GlobalLocal(64, width=4, length=32)
        >>> judge(torch.rand(2, 3, 64, 64), torch.ones(2, 1, 64, 64)).logits.shape
        torch.Size([2, 1])
    """

    def __init__(self, size: int, local_size: int | None = None, width: int = 64, length: int = 1024) -> None:
        super().__init__()
        self.local_size = size // 2 if local_size is None else local_size
        self.whole = ConvStack(size, width, length)
        self.local = ConvStack(self.local_size, width, length)
        self.last = nn.Linear(2 * length, 1)

    def forward(self, image: Tensor, mask: Tensor) -> Judgement:
        """Judge images.

        Args:
            image: ``(N, 3, size, size)`` in [0, 1].
            mask: ``(N, 1, size, size)``, 1 = valid, 0 = hole; where the windows lie follows from it.
        """
        whole, whole_features = self.whole(image)
        local, local_features = self.local(windows_on_holes(image, mask, self.local_size))
        return Judgement(self.last(torch.cat([whole, local], 1)), (*whole_features, *local_features))


def windows_on_holes(image: Tensor, mask: Tensor, side: int) -> Tensor:
    """Cut a square window out of each image, centred on its hole as far as the image's edges allow.

    The centre is the mean position of the hole's pixels; of an image without a hole, its own. Nothing waits for the
    device: windows are gathered by indices that stay there.

    Args:
        image: ``(N, C, H, W)``.
        mask: ``(N, 1, H, W)``, 1 = valid, 0 = hole.
        side: Side of the windows, no longer than the images' sides.

    Returns:
        ``(N, C, side, side)``.
    """
    count, channels, height, width = image.shape
    hole = (1 - mask[:, 0]).float()
    hole = torch.where(hole.sum((1, 2), keepdim=True) > 0, hole, 1.0)
    rows = _first(hole.sum(2), height, side)[:, None] + torch.arange(side, device=image.device)
    columns = _first(hole.sum(1), width, side)[:, None] + torch.arange(side, device=image.device)
    places = (rows[:, :, None] * width + columns[:, None, :]).view(count, 1, -1).expand(-1, channels, -1)
    return image.flatten(2).gather(2, places).view(count, channels, side, side)


def _first(weights: Tensor, length: int, side: int) -> Tensor:
    """Where along an axis windows begin, ``(N)``, whose middles are the means of positions by ``(N, length)``."""
    positions = torch.arange(length, dtype=weights.dtype, device=weights.device) + 0.5
    centre = (weights * positions).sum(1) / weights.sum(1)
    return (centre - side / 2).round().long().clamp(0, length - side)
