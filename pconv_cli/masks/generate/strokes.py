"""Masks of free-form strokes: a brush that turns at every few steps and swings back and forth.

References:
    The idea of the free-form stroke: Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019.
"""

from collections.abc import Iterator
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.generate.compose import Arrival, Piece, blank
from pconv_cli.masks.ratios import Size


def strokes(size: Size, unit: float, share: float, rng: np.random.Generator) -> Iterator[Piece]:
    """Draw strokes, each of one brush width; see `pconv_cli.masks.generate.compose.MaskGenerator`."""
    height, width = size
    scale = float(np.clip(0.5 + share, 0.5, 1.3)) * unit
    while True:
        brush = max(1, round(rng.uniform(10, 56) * scale))
        count = int(rng.integers(3, 10))
        turns = rng.normal(1.25, 0.35, count) * np.where(np.arange(count) % 2, 1, -1)
        headings = rng.uniform(0, 2 * np.pi) + np.cumsum(turns) + np.cumsum(rng.normal(0, 0.3, count))
        lengths = np.abs(rng.normal(70, 35, count)) * unit
        steps = np.stack([np.cos(headings), np.sin(headings)], 1) * lengths[:, None]
        start = rng.uniform((0, 0), (width, height))
        points = np.rint(np.vstack([start, start + np.cumsum(steps, 0)])).astype(np.int32)
        shape = blank(size)
        cv2.polylines(shape, [points], False, 255, brush)
        yield Piece(shape, partial(_along, size, points, brush))


def _along(size: Size, points: NDArray[np.int32], brush: int) -> Arrival:
    """Order the pixels of a stroke as the brush passes them, up to where it is lifted."""
    order = np.full(size, np.inf, np.float32)
    x = np.arange(size[1], dtype=np.float32)[None, :]
    y = np.arange(size[0], dtype=np.float32)[:, None]
    for index in range(len(points) - 2, -1, -1):
        segment = blank(size)
        cv2.line(segment, points[index].tolist(), points[index + 1].tolist(), 255, brush)
        way = np.hypot(x - points[index][0], y - points[index][1])
        within = segment != 0
        order[within] = index + way[within] / np.float32(way[within].max() + 1) if within.any() else order[within]
    return order
