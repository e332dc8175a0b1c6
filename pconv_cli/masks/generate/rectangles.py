"""Masks of overlapping rectangles, upright in half of the masks and turned in the other half."""

from collections.abc import Iterator

import cv2
import numpy as np

from pconv_cli.masks.generate.compose import Piece, blank
from pconv_cli.masks.ratios import Size

STAY_NEAR = 0.6
"""How often a rectangle is laid over the one before rather than somewhere else."""


def rectangles(size: Size, unit: float, share: float, rng: np.random.Generator) -> Iterator[Piece]:
    """Draw rectangles; see `pconv_cli.masks.generate.compose.MaskGenerator`."""
    height, width = size
    turned = rng.random() < 0.5
    largest = 300 * unit * float(np.clip(1.6 * np.sqrt(share), 0.2, 1.0))
    x, y, w, h = 0.0, 0.0, 0.0, 0.0
    while True:
        if w > 0 and rng.random() < STAY_NEAR:
            x, y = x + rng.uniform(-0.6, 0.6) * w, y + rng.uniform(-0.6, 0.6) * h
            x, y = min(max(x, 0.0), width - 1.0), min(max(y, 0.0), height - 1.0)
        else:
            x, y = rng.uniform(0, width), rng.uniform(0, height)
        w, h = rng.uniform(0.12, 1.0, 2) * largest
        angle = rng.uniform(0, 180) if turned else 0.0
        corners = cv2.boxPoints(((x, y), (w, h), angle))
        shape = blank(size)
        cv2.fillConvexPoly(shape, np.rint(corners).astype(np.int32), 255)
        yield Piece(shape)
