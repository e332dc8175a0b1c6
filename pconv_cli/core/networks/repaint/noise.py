"""Noise that belongs to a seed and a place in an image, whoever asks for it, in whatever windows."""

import numpy as np
from numpy.typing import NDArray

from pconv_cli.tiling.grid import tiles_of
from pconv_cli.tiling.rect import Rect

# Side in pixels of the squares, each of which has a generator of its own.
_SIDE = 64


def noise_at(rect: Rect, seed: int, number: int) -> NDArray[np.float32]:
    """Draw normal noise of mean 0 and variance 1 for a part of an image.

    Windows that overlap get the same noise where they do, so that their fills are alike there.

    Args:
        rect: The part.
        seed: Seed of the image's noise.
        number: Which of its noises: each step of a fill takes others.

    Returns:
        ``(3, h, w)``.

    Example:
        >>> whole, part = noise_at(Rect(0, 0, 90, 90), 7, 0), noise_at(Rect(50, 60, 20, 30), 7, 0)
        >>> bool((whole[:, 50:70, 60:90] == part).all())
        True
    """
    noise = np.empty((3, rect.height, rect.width), np.float32)
    for part in tiles_of(rect, _SIDE, origin=(0, 0)):
        row, column = part.top // _SIDE, part.left // _SIDE
        square = np.random.default_rng((seed, number, row, column)).standard_normal((3, _SIDE, _SIDE), np.float32)
        there, here = part.relative_to(Rect(row * _SIDE, column * _SIDE, _SIDE, _SIDE)), part.relative_to(rect)
        noise[:, *here.slices] = square[:, *there.slices]
    return noise
