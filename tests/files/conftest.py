from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pconv_cli.files.metadata.carried import Samples

from .raw_tiffs import Rgb

TOPS = {"uint8": 255, "uint16": 65535, "float32": 1.0}


@pytest.fixture
def make_samples() -> Callable[..., Samples]:
    """Random samples (H, W, C) of a depth; 16-bit values use their low byte, float values all their bits."""

    def make(depth: str, channels: int, size: tuple[int, int] = (13, 17)) -> Samples:
        rng = np.random.default_rng(channels)
        return (rng.random((*size, channels)) * TOPS[depth]).astype(depth)

    return make


@pytest.fixture
def square_mask() -> NDArray[np.bool_]:
    """A mask (13, 17) with a hole of 5 x 6 pixels."""
    mask = np.ones((13, 17), bool)
    mask[4:9, 5:11] = False
    return mask


@pytest.fixture
def rgb() -> Rgb:
    """Noise (32, 20, 3) without a 0."""
    return np.random.default_rng(0).integers(1, 256, (32, 20, 3), np.uint8)
