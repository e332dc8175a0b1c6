"""Masks of occlusion: the pixels that a random motion of overlapping shapes covers or lays bare.

The paper draws its training masks from the occlusions between two frames of video. Here the two frames are drawn:
a background and shapes that overlap, each moved by an affine motion of its own, so the motion is smooth except for the
shapes' outlines. Pixels whose motion forwards and backwards do not cancel are seen in one frame only.

References:
    The consistency test: Sundaram, Brox and Keutzer, "Dense Point Trajectories by GPU-Accelerated Large Displacement
    Optical Flow", ECCV 2010. The masks: Liu et al., ECCV 2018, section 4.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.generate.compose import Arrival, Layer, Piece, distance_from, timed
from pconv_cli.masks.ratios import Size

FRAME = 256
"""The motion is computed at no more than this many pixels a side; outlines are then drawn at full size."""

NARROWEST, WIDEST = 5, 47
"""Width in pixels at 512 of the brush that dilates the occlusion."""

METRICS = (cv2.DIST_C, cv2.DIST_L1, cv2.DIST_L2)
"""A square, a diamond and a round brush."""

Points = NDArray[np.float64]
Labels = NDArray[np.uint8]
Field = NDArray[np.float32]


def occlusion(size: Size, unit: float, share: float, rng: np.random.Generator) -> Iterator[Piece]:
    """Draw the dilated occlusions of one random motion after another; see `Generator` in `compose`."""
    metric = METRICS[int(rng.choice(3, p=(0.6, 0.1, 0.3)))]
    while True:
        seen_once = _turned(_occluded(min(FRAME, max(size)), rng), size, rng)
        # A wide brush goes with a large hole: thin lines alone never cover half an image.
        middle = NARROWEST + (WIDEST - NARROWEST) * min(1.0, 1.6 * share)
        brush = float(np.clip(middle * rng.uniform(0.2, 1.4), NARROWEST, WIDEST)) * unit
        yield timed(_dilated(seen_once, brush / 2, metric, rng))


@dataclass(frozen=True)
class _Motion:
    """Affine motions (K, 2, 3), one a label: p moves to ``matrix @ (x, y, 1)``."""

    matrices: NDArray[np.float64]

    def displacement(self, labels: Labels, x: Field, y: Field) -> tuple[Field, Field]:
        """Give the displacement (H, W) in x and in y of the points (x, y) that carry ``labels``."""
        table = self.matrices.copy()
        table[:, 0, 0] -= 1
        table[:, 1, 1] -= 1
        lookup = np.zeros((6, 256), np.float32)
        lookup[:, : len(table)] = table.reshape(-1, 6).T
        a, b, c, d, e, f = (np.asarray(cv2.LUT(labels, entry), np.float32) for entry in lookup)
        return a * x + b * y + c, d * x + e * y + f

    def inverse(self) -> "_Motion":
        return _Motion(np.stack([cv2.invertAffineTransform(matrix) for matrix in self.matrices]))


def _occluded(side: int, rng: np.random.Generator) -> Layer:
    """Give the pixels of a square frame that are seen in only one of the two frames, 255 there and 0 elsewhere."""
    outlines = _outlines(side, rng)
    motion = _Motion(
        np.stack(
            [_random_motion(np.full(2, side / 2), side, 0.3, rng)]
            + [_random_motion(outline.mean(0), side, 1.0, rng) for outline in outlines]
        )
    )
    first, second = np.zeros((side, side), np.uint8), np.zeros((side, side), np.uint8)
    for label, outline in enumerate(outlines, 1):
        moved = outline @ motion.matrices[label, :, :2].T + motion.matrices[label, :, 2]
        cv2.fillPoly(first, [np.rint(outline).astype(np.int32)], label)
        cv2.fillPoly(second, [np.rint(moved).astype(np.int32)], label)
    backward = motion.inverse()
    lost = _inconsistent(first, motion, second, backward)
    found = _inconsistent(second, backward, first, motion)
    seen_once = lost | found
    return np.where(seen_once, 255, 0).astype(np.uint8)


def _inconsistent(here: Labels, there_by: _Motion, there: Labels, back_by: _Motion) -> NDArray[np.bool_]:
    """Find where going to the other frame and back does not end at the start."""
    side = here.shape[0]
    y, x = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32), indexing="ij")
    u, v = there_by.displacement(here, x, y)
    x2, y2 = x + u, y + v
    column = np.clip(np.rint(x2), 0, side - 1).astype(np.intp)
    row = np.clip(np.rint(y2), 0, side - 1).astype(np.intp)
    u2, v2 = back_by.displacement(there[row, column], x2, y2)
    error = (u + u2) ** 2 + (v + v2) ** 2
    return np.asarray(error > 0.01 * (u**2 + v**2 + u2**2 + v2**2) + 0.5, np.bool_)


def _outlines(side: int, rng: np.random.Generator) -> list[Points]:
    """Draw a few large shapes, the later over the earlier, and often a crowd of small ones beside one of them."""
    outlines = []
    for _ in range(int(rng.integers(2, 6))):
        centre = rng.uniform(0.05, 0.95, 2) * side
        outlines.append(_outline(centre, rng.uniform(0.1, 0.38) * side, rng))
    for _ in range(int(rng.integers(0, 3))):
        around = rng.uniform(0.1, 0.9, 2) * side
        spread = rng.uniform(0.05, 0.2) * side
        for _ in range(int(rng.integers(5, 25))):
            outlines.append(_outline(rng.normal(around, spread), rng.uniform(0.008, 0.045) * side, rng))
    return outlines


def _outline(centre: Points, radius: float, rng: np.random.Generator) -> Points:
    """Draw a closed outline (P, 2) of x and y: round, dented, or angular, and stretched in some direction."""
    count = int(rng.choice((5, 7, 48, 48, 48)))
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    waves = np.arange(2, 9)[:, None]
    strength = rng.normal(0, 0.32, (7, 1)) / waves**0.8
    reach = radius * np.maximum(0.25, 1 + (strength * np.cos(waves * angle + rng.uniform(0, 6.28, (7, 1)))).sum(0))
    points = np.stack([reach * np.cos(angle), reach * np.sin(angle) * rng.uniform(0.3, 1.0)], 1)
    turn = rng.uniform(0, np.pi)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.asarray(centre + points @ rotation.T, np.float64)


def _random_motion(pivot: Points, side: int, strength: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a shift of up to a few percent of the frame with a slight turn and zoom about ``pivot``: (2, 3)."""
    turn = rng.normal(0, 0.05) * strength
    zoom = 1 + rng.normal(0, 0.04) * strength
    linear = zoom * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    heading, way = rng.uniform(0, 2 * np.pi), rng.exponential(0.022) * side * strength
    shift = way * np.array([np.cos(heading), np.sin(heading)])
    return np.column_stack([linear, pivot - linear @ pivot + shift])


def _turned(layer: Layer, size: Size, rng: np.random.Generator) -> Layer:
    """Turn a frame by any angle and crop a window of ``size`` out of it, enlarged until the window lies within.

    The turn comes before the dilation, not after: the image is the same except for the brush, which stays crisp.
    """
    height, width = size
    side = layer.shape[0]
    angle = rng.uniform(0, 2 * np.pi) if rng.random() < 0.7 else 0.0
    cosine, sine = abs(np.cos(angle)), abs(np.sin(angle))
    window = np.array([width * cosine + height * sine, width * sine + height * cosine])
    scale = side / (window.max() * rng.uniform(1.0, 1.3))
    free = np.maximum(0.0, side - scale * window) / 2
    centre = side / 2 + rng.uniform(-1, 1, 2) * free
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([linear, centre - linear @ (np.array([width, height]) / 2)])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    enlarged = cv2.warpAffine(layer, matrix, (width, height), flags=flags)
    return np.where(np.asarray(enlarged) > 96, 255, 0).astype(np.uint8)


def _dilated(layer: Layer, radius: float, metric: int, rng: np.random.Generator) -> Arrival:
    """Dilate by ``radius``; connected parts come one after the other in random order, each from one side to the other.

    A part that is had in part so ends in a rounded front, and is as wide before it as the brush.
    """
    if not layer.any():
        return np.full(layer.shape, np.inf, np.float32)
    width = 5 if metric == cv2.DIST_L2 else 3
    distance, labels = cv2.distanceTransformWithLabels(
        cv2.bitwise_not(layer), metric, width, labelType=cv2.DIST_LABEL_CCOMP
    )
    rank = rng.permutation(int(labels.max()) + 1).astype(np.float32)
    height, breadth = layer.shape
    front = distance_from((height, breadth), (rng.uniform(0, breadth), rng.uniform(0, height)))
    front += np.float32(1.5) * distance
    order = rank[labels] + front / np.float32(1.5 * radius + height + breadth)
    order[distance > radius] = np.inf
    return np.asarray(order, np.float32)
