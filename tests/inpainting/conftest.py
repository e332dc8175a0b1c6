from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from pconv_cli.core import ModelSpec, PConvUNet, save_weights

Mask = NDArray[np.bool_]
Rgb = NDArray[np.float32]


@pytest.fixture
def smooth() -> Callable[[tuple[int, int]], Rgb]:
    """A smooth picture (H, W, 3) in [0, 1]: waves of different lengths in each channel."""

    def make(size: tuple[int, int]) -> Rgb:
        rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
        waves = [np.sin(rows / 23 + columns / 31), np.sin(rows / 41), np.cos(columns / 37)]
        return (0.5 + 0.4 * np.stack(waves, axis=2)).astype(np.float32)

    return make


@pytest.fixture
def holes() -> Callable[..., Mask]:
    """A mask (H, W) with random rectangular holes of up to ``largest`` pixels a side."""

    def make(size: tuple[int, int], count: int = 6, largest: int = 12, seed: int = 0) -> Mask:
        rng = np.random.default_rng(seed)
        mask = np.ones(size, bool)
        for _ in range(count):
            top, left = rng.integers(0, size[0]), rng.integers(0, size[1])
            height, width = rng.integers(1, largest + 1, 2)
            mask[top : top + height, left : left + width] = False
        return mask

    return make


@pytest.fixture
def tiny_weights(tmp_path: Path) -> Path:
    """Weights of a tiny network, random but for the seed."""
    torch.manual_seed(0)
    path = tmp_path / "weights" / "tiny.safetensors"
    path.parent.mkdir()
    save_weights(path, PConvUNet(ModelSpec(width=4, depth=3)))
    return path
