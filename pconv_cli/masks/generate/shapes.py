"""Masks of lines, circles and ellipses."""

from collections.abc import Iterator
from functools import partial

import cv2
import numpy as np

from pconv_cli.masks.generate.compose import Piece, blank, distance_from
from pconv_cli.masks.ratios import Size


def shapes(size: Size, unit: float, share: float, rng: np.random.Generator) -> Iterator[Piece]:
    """Draw lines, circles and ellipses, equally likely; see `pconv_cli.masks.generate.compose.MaskGenerator`."""
    height, width = size
    scale = unit * float(np.clip(1.8 * np.sqrt(share), 0.3, 1.2))
    draw = (_line, _circle, _ellipse)
    while True:
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        yield draw[int(rng.integers(3))](size, centre, scale, rng)


def _line(size: Size, start: tuple[int, int], scale: float, rng: np.random.Generator) -> Piece:
    length, angle = rng.uniform(80, 420) * scale, rng.uniform(0, 2 * np.pi)
    end = (round(start[0] + length * np.cos(angle)), round(start[1] + length * np.sin(angle)))
    shape = blank(size)
    cv2.line(shape, start, end, 255, _thickness(scale, rng))
    return Piece(shape, partial(distance_from, size, start))


def _circle(size: Size, centre: tuple[int, int], scale: float, rng: np.random.Generator) -> Piece:
    shape = blank(size)
    cv2.circle(shape, centre, round(rng.uniform(8, 60) * scale), 255, -1)
    return Piece(shape)


def _ellipse(size: Size, centre: tuple[int, int], scale: float, rng: np.random.Generator) -> Piece:
    """A filled ellipse, or as often an open arc of one."""
    shape = blank(size)
    longer = rng.uniform(20, 110) * scale
    axes = (round(longer), round(longer * rng.uniform(0.25, 0.8)))
    angle = rng.uniform(0, 180)
    if rng.random() < 0.5:
        cv2.ellipse(shape, centre, axes, angle, 0, 360, 255, -1)
    else:
        first = rng.uniform(0, 360)
        cv2.ellipse(shape, centre, axes, angle, first, first + rng.uniform(120, 330), 255, _thickness(scale, rng))
    return Piece(shape)


def _thickness(scale: float, rng: np.random.Generator) -> int:
    return max(1, round(rng.uniform(4, 26) * scale))
