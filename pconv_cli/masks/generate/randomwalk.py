"""Masks of random walks: steps to one of the four neighbours, turned back at the edge, widened by a random brush."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.generate.compose import Arrival, Piece, timed
from pconv_cli.masks.ratios import Size

STEP_X = np.array([1, -1, 0, 0], np.int32)
STEP_Y = np.array([0, 0, 1, -1], np.int32)


def randomwalk(size: Size, unit: float, share: float, rng: np.random.Generator) -> Iterator[Piece]:
    """Draw walks, each from its own start; see `pconv_cli.masks.generate.compose.MaskGenerator`.

    A step is one pixel up to 512 pixels, and grows with the mask above, so that a large mask looks like a small one
    and costs the same number of steps.
    """
    cell = max(1, round(unit))
    grid = (-(-size[0] // cell), -(-size[1] // cell))
    # Few long walks or many short ones; a walk of n steps sees some pi * n / ln(8 n) places.
    steps = max(16, int(grid[0] * grid[1] * share * rng.uniform(0.3, 2.0)))
    brush = int(rng.integers(0, 1 + round(2 + 7 * min(1.0, unit) * share)))
    while True:
        order = _widen(_walk(grid, steps, rng), brush)
        if cell > 1:
            order = np.repeat(np.repeat(order, cell, 0), cell, 1)[: size[0], : size[1]]
        yield timed(order)


def _walk(grid: Size, steps: int, rng: np.random.Generator) -> Arrival:
    """Give for each place of ``grid`` the step at which the walk first came there, infinite where it never did."""
    choice = rng.integers(0, 4, steps, dtype=np.uint8)
    y = _folded(int(rng.integers(grid[0])), STEP_Y[choice], grid[0])
    x = _folded(int(rng.integers(grid[1])), STEP_X[choice], grid[1])
    order = np.full(grid[0] * grid[1], np.inf, np.float32)
    # Written from the last step to the first, the first visit is what stays.
    order[(y * grid[1] + x)[::-1]] = np.arange(steps, 0, -1, dtype=np.float32)
    return order.reshape(grid)


def _folded(start: int, steps: NDArray[np.int32], length: int) -> NDArray[np.int32]:
    """Sum steps up and fold the line onto [0, length): a walk that is reflected at both ends."""
    position = np.cumsum(steps, dtype=np.int32)
    position += start
    position %= 2 * length
    return np.minimum(position, 2 * length - 1 - position)


def _widen(order: Arrival, brush: int) -> Arrival:
    """Dilate every visited place by ``brush`` pixels, each new pixel arriving with the walker that covers it."""
    if brush == 0:
        return order
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * brush + 1, 2 * brush + 1))
    return np.asarray(cv2.erode(order, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)
