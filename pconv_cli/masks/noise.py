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
    field = np.zeros(size, np.float32)
    wavelength, strength = coarsest, 1.0
    for octave in range(octaves):
        if octave > 0 and wavelength < 2:
            break
        step = max(1.0, wavelength)
        # One cell more on each side, and a random offset, so that no lattice shows.
        rows, columns = int(size[0] / step) + 3, int(size[1] / step) + 3
        lattice = rng.standard_normal((rows, columns), np.float32) * np.float32(strength)
        offset = rng.random(2)
        matrix = np.array([[1 / step, 0, 0.5 + offset[0]], [0, 1 / step, 0.5 + offset[1]]], np.float32)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        field += cv2.warpAffine(lattice, matrix, size[::-1], flags=flags, borderMode=cv2.BORDER_REFLECT)
        wavelength, strength = wavelength / 2, strength * fall
    return field
