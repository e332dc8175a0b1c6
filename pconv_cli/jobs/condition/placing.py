"""Where numbers stand on a map: near what they count, within it, and never over one another."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.jobs.condition.sizes import GAP, label_size
from pconv_cli.tiling.rect import Size

Floats = NDArray[np.float64]

# Directions that are tried, and by how much each round of them is further out than the last.
_WAYS, _STEP = 24, 1.18

# What a number that covers nothing but loss costs, in its own heights of distance.
_COVERED = 8.0


class Placed(NamedTuple):
    """A number on a map.

    Attributes:
        left: Left edge of its box.
        top: Top edge of its box.
        width: Width of its box.
        height: Height of its box.
    """

    left: float
    top: float
    width: float
    height: float


def place_numbers(
    texts: Sequence[str], anchors: Floats, depths: Floats, lost: NDArray[np.bool_], canvas: Size
) -> list[Placed | None]:
    """Place numbers beside the points that they belong to, the first ones first.

    A number stands on its own point where there is room for it within the loss. Elsewhere it stands beside it: as near
    as it can, and rather where it covers no other loss.

    Args:
        texts: The numbers.
        anchors: Their points, (x, y), ``(n, 2)``.
        depths: How far each point lies from the edge of its loss, ``(n,)``.
        lost: ``canvas``, where anything is lost.
        canvas: (height, width) of the map, in the unit of all others.

    Returns:
        The box of each number; None where there is no room left.
    """
    covered = np.asarray(cv2.integral(lost.astype(np.uint8)), np.float64)
    taken = np.empty((0, 4))
    placed: list[Placed | None] = []
    for text, anchor, depth in zip(texts, anchors, depths, strict=True):
        height, width = label_size(text)
        half = np.array([width, height]) / 2
        own = np.concatenate([anchor - half, anchor + half])[np.newaxis]
        boxes = own if depth >= np.hypot(*half) else np.empty((0, 4))
        boxes = _free(boxes, taken, canvas)
        if not len(boxes):
            centres = _candidates(anchor, (height, width), canvas)
            boxes = _free(np.concatenate([centres - half, centres + half], axis=1), taken, canvas)
            boxes = boxes[_holding(boxes, anchor[np.newaxis]) == 0]
        if not len(boxes):
            placed.append(None)
            continue
        far = np.hypot(*((boxes[:, :2] + boxes[:, 2:]) / 2 - anchor).T) / height
        best = boxes[np.argmin(far + _COVERED * (_share(covered, boxes) + _holding(boxes, anchors)))]
        taken = np.concatenate([taken, best[np.newaxis]])
        placed.append(Placed(best[0], best[1], width, height))
    return placed


def _candidates(anchor: Floats, size: tuple[float, float], canvas: Size) -> Floats:
    """Centres round a point, then all over the map."""
    height, width = size
    far = float(np.hypot(*canvas))
    rounds = 0.7 * height * _STEP ** np.arange(np.log(far / height) / np.log(_STEP))
    turns = np.arange(_WAYS) * (2 * np.pi / _WAYS)
    around = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    rings = anchor + (
        rounds[:, np.newaxis, np.newaxis] * around + np.sign(np.round(around, 6)) * ((width - height) / 2, 0)
    ).reshape(-1, 2)
    columns = np.arange(width / 2, canvas[1] - width / 2 + 1e-9, width + GAP)
    rows = np.arange(height / 2, canvas[0] - height / 2 + 1e-9, height + GAP)
    everywhere = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    return np.concatenate([rings, everywhere])


def _free(boxes: Floats, taken: Floats, canvas: Size) -> Floats:
    """The boxes within the map that keep their distance from those that are taken."""
    inside = (boxes[:, :2] >= 0).all(axis=1) & (boxes[:, 2:] <= canvas[::-1]).all(axis=1)
    boxes = boxes[inside]
    one, other = boxes[:, np.newaxis], taken[np.newaxis]
    apart = (one[..., 2:] + GAP <= other[..., :2]) | (one[..., :2] >= other[..., 2:] + GAP)
    return np.asarray(boxes[apart.any(axis=-1).all(axis=-1)])


def _holding(boxes: Floats, points: Floats) -> Floats:
    """How many points each box holds, or nearly holds."""
    within = (boxes[:, np.newaxis, :2] - GAP < points) & (points < boxes[:, np.newaxis, 2:] + GAP)
    return np.asarray(within.all(axis=-1).sum(axis=-1), np.float64)


def _share(covered: Floats, corners: Floats) -> Floats:
    """The share of each box that is loss."""
    left, top, right, bottom = np.rint(corners).astype(int).T
    right, bottom = np.minimum(right, covered.shape[1] - 1), np.minimum(bottom, covered.shape[0] - 1)
    total = covered[bottom, right] - covered[top, right] - covered[bottom, left] + covered[top, left]
    return np.asarray(total / np.maximum((right - left) * (bottom - top), 1))
