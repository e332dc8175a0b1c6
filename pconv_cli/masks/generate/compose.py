"""Building a hole piece by piece until it has the wanted number of pixels, to the pixel."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Size

Layer = NDArray[np.uint8]
"""(H, W), 255 where hole, 0 elsewhere: what OpenCV draws on."""

Arrival = NDArray[np.float32]
"""(H, W): the order in which a piece's pixels come to be hole, the smallest first."""

MOST_PIECES = 20_000

MOST_IDLE = 200
"""After this many pieces in a row that add no pixel (on a size of a few pixels, most add none), the hole is grown."""


@dataclass(frozen=True)
class Piece:
    """One stroke, shape or patch of a mask, which can be had whole or in part.

    Attributes:
        shape: Where it lies.
        arrival: Computes in which order its pixels come when only a part of it is wanted; None: from its core
            outwards, so that a smaller or thinner figure of the same kind is left.
    """

    shape: Layer
    arrival: Callable[[], Arrival] | None = None

    def ordered(self) -> Arrival:
        """Give the order in which the pixels come; meaningful inside ``shape`` only."""
        if self.arrival is not None:
            return self.arrival()
        return np.negative(np.asarray(cv2.distanceTransform(self.shape, cv2.DIST_L2, 5), np.float32))


class MaskGenerator(Protocol):
    """One type of mask: an endless row of pieces."""

    def __call__(self, size: Size, unit: float, share: float, rng: np.random.Generator) -> Iterator[Piece]:
        """Draw pieces, each a layer of ``size``, until nobody asks for more.

        Args:
            size: (height, width) of the layers, in pixels.
            unit: Pixels for each pixel of a 512-pixel mask; all lengths scale with it.
            share: The share of the layer that will be hole in the end, in (0, 1]; it guides how large the pieces are.
            rng: The only source of chance.
        """


def timed(order: Arrival) -> Piece:
    """Make a piece of every pixel whose place in ``order`` is finite."""
    return Piece(np.where(order < np.inf, 255, 0).astype(np.uint8), lambda: order)


def blank(size: Size) -> Layer:
    """Give an empty layer."""
    return np.zeros(size, np.uint8)


def distance_from(size: Size, start: tuple[float, float]) -> Arrival:
    """Order pixels by their distance from ``start`` = (x, y): a line that arrives so has been drawn up to a point."""
    x = np.arange(size[1], dtype=np.float32) - np.float32(start[0])
    y = np.arange(size[0], dtype=np.float32) - np.float32(start[1])
    return np.asarray(np.hypot(x[None, :], y[:, None]), np.float32)


def compose(pieces: Iterator[Piece], size: Size, target: int, most: int) -> NDArray[np.bool_]:
    """Lay pieces until at least ``target`` and at most ``most`` pixels are hole.

    The piece that would pass ``most`` is laid only so far that the hole has exactly ``target`` pixels.

    Returns:
        bool (H, W), True = hole.
    """
    hole = blank(size)
    count = idle = 0
    for piece in islice(pieces, MOST_PIECES):
        joined = np.asarray(cv2.bitwise_or(hole, piece.shape), np.uint8)
        total = cv2.countNonZero(joined)
        if total > most:
            new = (joined != 0) & (hole == 0)
            return np.asarray(hole != 0) | earliest(piece.ordered(), new, target - count)
        idle = 0 if total > count else idle + 1
        hole, count = joined, total
        if count >= target:
            return np.asarray(hole != 0)
        if idle > MOST_IDLE:
            break
    return _grow(np.asarray(hole != 0), target - count)


def earliest(arrival: Arrival, among: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """Choose the ``count`` pixels of ``among`` that arrive first; of equals, those nearer the top."""
    values = arrival[among]
    last = np.partition(values, count - 1)[count - 1]
    chosen = values < last
    ties = np.flatnonzero(values == last)
    chosen[ties[: count - int(np.count_nonzero(chosen))]] = True
    picked = np.zeros(among.shape, np.bool_)
    picked[among] = chosen
    return picked


def _grow(hole: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    """Add the ``count`` pixels nearest to the hole: the way out where pieces would come without end."""
    if not hole.any():
        hole = hole.copy()
        hole[hole.shape[0] // 2, hole.shape[1] // 2] = True
        count -= 1
    if count == 0:
        return hole
    outside = np.where(hole, 0, 255).astype(np.uint8)
    distance = np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, 5), np.float32)
    return hole | earliest(distance, ~hole, count)
