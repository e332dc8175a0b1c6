"""Noise to be written, and readers that did not write it."""

import numpy as np

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.metadata.carried import Samples

TOPS = {"uint8": 255, "uint16": 65535, "float32": 1}
LOSSLESS = [
    *((ImageFormat.PNG, depth, channels) for depth in ("uint8", "uint16") for channels in (1, 2, 3, 4)),
    *((ImageFormat.TIFF, depth, channels) for depth in ("uint8", "uint16", "float32") for channels in (1, 2, 3, 4)),
    *((ImageFormat.WEBP, "uint8", channels) for channels in (3, 4)),
    *((ImageFormat.BMP, "uint8", channels) for channels in (1, 3, 4)),
]


def noise(depth: str, size: tuple[int, int], channels: int, seed: int = 0, least: float = 0) -> Samples:
    """Samples in the upper part of their range, of which ``least`` is left out."""
    rng = np.random.default_rng(seed)
    return ((least + (1 - least) * rng.random((*size, channels))) * TOPS[depth]).astype(depth)
