"""Smooth random fields, summed over octaves."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Size


def fractal_noise(
    size: Size, coarsest: float, octaves: int, fall: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Sum ``octaves`` smooth fields, each twice as fine as the one before and ``fall`` times as strong.

    Args:
        size: (height, width) of the field.
        coarsest: Wavelength of the first octave, in pixels.
        octaves: How many to sum; those finer than two pixels are left out.
        fall: Strength of an octave relative to the one before, in (0, 1).
        rng: The source of chance.

    Returns:
        float32 (H, W), of mean about 0.
    """
    step = max(1.0, coarsest)
    # Some cells more on each side, and a random offset, so that neither lattice nor edge shows.
    shape = (int(size[0] / step) + 5, int(size[1] / step) + 5)
    field = np.asarray(rng.standard_normal(shape, np.float32), np.float32)
    for octave in range(1, octaves):
        if step < 4:
            break
        step /= 2
        field = np.asarray(cv2.resize(field, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.float32)
        field += rng.standard_normal(field.shape, np.float32) * np.float32(fall**octave)
    room = np.array([field.shape[1] - size[1] / step, field.shape[0] - size[0] / step])
    start = 1 + rng.random(2) * (room - 3)
    matrix = np.array([[1 / step, 0, start[0]], [0, 1 / step, start[1]]], np.float32)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(field, matrix, size[::-1], flags=flags), np.float32)
