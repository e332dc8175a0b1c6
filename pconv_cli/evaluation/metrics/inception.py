"""The Inception network of 2015 by which FID and the Inception score are measured, its table as data.

It is not torchvision's Inception v3: its averages leave padding out, its last block takes the maximum, it has 1,008
classes, and images are resized to 299 x 299 as TensorFlow 1 did, from the corner and not from the pixels' middles.
Parameters bear the names of torch-fidelity's file ``weights-inception-2015-12-05-6726825d.pth``.

Not torch-fidelity (nor torchmetrics, which calls it): the figures are the same to the bit, but it needs the torchvision
that was built for the very torch here, and it unpickles a file of weights without looking at what it would run.

References:
    Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016.
    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule ...", NeurIPS 2017 (FID).
"""

from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.pretrained import fill, read_weights

SIDE = 299
FEATURES, CLASSES = 2048, 1008

Pool = Literal["average", "maximum", "maximum by 2"]


class InceptionConv(nn.Module):
    """Convolution without bias, BatchNorm, ReLU; padded so that a stride of 1 keeps the size, or not at all."""

    def __init__(self, channels: int, width: int, kernel: tuple[int, int], stride: int = 1, pad: bool = True) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2) if pad else (0, 0)
        self.conv = nn.Conv2d(channels, width, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(width, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """Take ``(N, channels, H, W)`` and give ``(N, width, H', W')``."""
        return F.relu(self.bn(self.conv(x)))


# A step is (name, width, kernel) or, in tuples of steps, a fork whose ends are joined. A kernel that halves the size
# ("3/2") is not padded.
_KERNELS = {"1": (1, 1), "3": (3, 3), "5": (5, 5), "1x3": (1, 3), "3x1": (3, 1), "1x7": (1, 7), "7x1": (7, 1)}
Step = tuple[str, int, str]
Branch = tuple[Step | tuple[Step, ...], ...]


def _block_a(pooled: int) -> tuple[tuple[Branch, ...], Pool, int]:
    return (
        (("branch1x1", 64, "1"),),
        (("branch5x5_1", 48, "1"), ("branch5x5_2", 64, "5")),
        (("branch3x3dbl_1", 64, "1"), ("branch3x3dbl_2", 96, "3"), ("branch3x3dbl_3", 96, "3")),
    ), "average", pooled  # fmt: skip


def _block_c(n: int) -> tuple[tuple[Branch, ...], Pool, int]:
    return (
        (("branch1x1", 192, "1"),),
        (("branch7x7_1", n, "1"), ("branch7x7_2", n, "1x7"), ("branch7x7_3", 192, "7x1")),
        (
            ("branch7x7dbl_1", n, "1"), ("branch7x7dbl_2", n, "7x1"), ("branch7x7dbl_3", n, "1x7"),
            ("branch7x7dbl_4", n, "7x1"), ("branch7x7dbl_5", 192, "1x7"),
        ),
    ), "average", 192  # fmt: skip


def _block_e(pool: Pool) -> tuple[tuple[Branch, ...], Pool, int]:
    return (
        (("branch1x1", 320, "1"),),
        (("branch3x3_1", 384, "1"), (("branch3x3_2a", 384, "1x3"), ("branch3x3_2b", 384, "3x1"))),
        (
            ("branch3x3dbl_1", 448, "1"), ("branch3x3dbl_2", 384, "3"),
            (("branch3x3dbl_3a", 384, "1x3"), ("branch3x3dbl_3b", 384, "3x1")),
        ),
    ), pool, 192  # fmt: skip


_REDUCTION_B: tuple[tuple[Branch, ...], Pool, int] = (
    (("branch3x3", 384, "3/2"),),
    (("branch3x3dbl_1", 64, "1"), ("branch3x3dbl_2", 96, "3"), ("branch3x3dbl_3", 96, "3/2")),
), "maximum by 2", 0  # fmt: skip
_REDUCTION_D: tuple[tuple[Branch, ...], Pool, int] = (
    (("branch3x3_1", 192, "1"), ("branch3x3_2", 320, "3/2")),
    (("branch7x7x3_1", 192, "1"), ("branch7x7x3_2", 192, "1x7"), ("branch7x7x3_3", 192, "7x1"),
     ("branch7x7x3_4", 192, "3/2")),
), "maximum by 2", 0  # fmt: skip

_BLOCKS = {
    "Mixed_5b": _block_a(32), "Mixed_5c": _block_a(64), "Mixed_5d": _block_a(64), "Mixed_6a": _REDUCTION_B,
    "Mixed_6b": _block_c(128), "Mixed_6c": _block_c(160), "Mixed_6d": _block_c(160), "Mixed_6e": _block_c(192),
    "Mixed_7a": _REDUCTION_D, "Mixed_7b": _block_e("average"), "Mixed_7c": _block_e("maximum"),
}  # fmt: skip


class InceptionBlock(nn.Module):
    """Branches side by side, one of them pooled, their outputs joined over the channels."""

    def __init__(self, channels: int, branches: tuple[Branch, ...], pool: Pool, pooled: int) -> None:
        super().__init__()
        self.branches, self.pool, self.width = branches, pool, 0
        for branch in branches:
            inside = channels
            for step in branch:
                fork = (step,) if isinstance(step[0], str) else step
                for name, width, kernel in fork:
                    shape, halves = _KERNELS[kernel.partition("/")[0]], kernel.endswith("/2")
                    self.add_module(name, InceptionConv(inside, width, shape, 2 if halves else 1, not halves))
                inside = sum(width for _, width, _ in fork)
            self.width += inside
        if pooled:
            self.branch_pool = InceptionConv(channels, pooled, (1, 1))
        self.width += pooled or channels

    def forward(self, x: Tensor) -> Tensor:
        """Take ``(N, channels, H, W)`` and give ``(N, self.width, H', W')``."""
        joined = []
        for branch in self.branches:
            inside = x
            for step in branch:
                names = [step[0]] if isinstance(step[0], str) else [one[0] for one in step]
                inside = torch.cat([self.get_submodule(str(name))(inside) for name in names], dim=1)
            joined.append(inside)
        if self.pool == "maximum by 2":
            joined.append(F.max_pool2d(x, 3, 2))
        elif self.pool == "maximum":
            joined.append(self.branch_pool(F.max_pool2d(x, 3, 1, 1)))
        else:
            joined.append(self.branch_pool(F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)))
        return torch.cat(joined, dim=1)


class Inception(nn.Module):
    """The network, frozen and in evaluation mode; without weights until `load`."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = InceptionConv(3, 32, (3, 3), 2, pad=False)
        self.Conv2d_2a_3x3 = InceptionConv(32, 32, (3, 3), pad=False)
        self.Conv2d_2b_3x3 = InceptionConv(32, 64, (3, 3))
        self.Conv2d_3b_1x1 = InceptionConv(64, 80, (1, 1))
        self.Conv2d_4a_3x3 = InceptionConv(80, 192, (3, 3), pad=False)
        channels = 192
        for name, (branches, pool, pooled) in _BLOCKS.items():
            block = InceptionBlock(channels, branches, pool, pooled)
            self.add_module(name, block)
            channels = block.width
        self.fc = nn.Linear(FEATURES, CLASSES)
        self.requires_grad_(False).eval()

    @classmethod
    def load(cls, path: Path) -> "Inception":
        """Load the weights.

        Raises:
            ModelError: The file is damaged, or holds other weights.
        """
        network = cls()
        fill(network, read_weights(path), path, "Inception")
        return network

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Compute features, and the scores of the classes.

        Args:
            x: ``(N, 3, H, W)`` RGB, whole numbers from 0 to 255 as floats.

        Returns:
            ``(N, 2048)`` features; ``(N, 1008)`` scores without bias, as the Inception score takes them.
        """
        x = (resized(x) - 128) / 128
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = F.max_pool2d(x, 3, 2)
        for name in _BLOCKS:
            x = self.get_submodule(name)(x)
        features = x.mean((2, 3))
        return features, features @ self.fc.weight.T


def resized(x: Tensor) -> Tensor:
    """Resize ``(N, 3, H, W)`` to 299 x 299: bilinear, row i taken at i * H / 299, as TensorFlow 1 did."""
    return _along(_along(x, 3), 2)


def _along(x: Tensor, axis: int) -> Tensor:
    length = x.shape[axis]
    place = torch.arange(SIDE, dtype=torch.float32, device=x.device) * torch.tensor(length / SIDE, dtype=torch.float32)
    low = place.long()
    share = (place - low).view([-1 if n == axis else 1 for n in range(4)])
    below, above = x.index_select(axis, low), x.index_select(axis, (low + 1).clamp_max(length - 1))
    return below + (above - below) * share
