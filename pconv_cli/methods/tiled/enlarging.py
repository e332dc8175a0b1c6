"""Coarse fills enlarged bilinearly: the whole of one to twice its sides, or a part of one at any scale."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.rect import Rect


def double(rgb: Rgb, size: tuple[int, ...]) -> Rgb:
    """Enlarge an image to twice its sides and crop it to ``size``; undoes `pconv_cli.tiling.halving.halve_known`."""
    height, width = rgb.shape[:2]
    large = cv2.resize(rgb, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large[: size[0], : size[1]], dtype=np.float32)


def enlarged_part(coarse: Rgb, scale: int, rect: Rect) -> Rgb:
    """Enlarge what a rectangle of the large image shows of a reduced one; beyond its edges as at them.

    Args:
        coarse: ``(h, w, 3)``, the reduced image.
        scale: How many times smaller it is.
        rect: A rectangle of the large image, counted from the reduced one's top left corner.
    """
    rows = (np.arange(rect.top, rect.bottom) + 0.5) / scale - 0.5
    columns = (np.arange(rect.left, rect.right) + 0.5) / scale - 0.5
    above, down = _between(rows, coarse.shape[0])
    before, right = _between(columns, coarse.shape[1])
    below, after = np.minimum(above + 1, coarse.shape[0] - 1), np.minimum(before + 1, coarse.shape[1] - 1)
    lines = coarse[above] + (coarse[below] - coarse[above]) * down[:, np.newaxis, np.newaxis]
    return np.asarray(lines[:, before] + (lines[:, after] - lines[:, before]) * right[:, np.newaxis], np.float32)


def _between(places: NDArray[np.float64], length: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    places = np.clip(places, 0, length - 1)
    first = places.astype(np.intp)
    return first, (places - first).astype(np.float32)
