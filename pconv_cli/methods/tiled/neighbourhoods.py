"""Neighbourhoods: small windows round holes, for a method whose cost follows the pixels that it is shown.

Beside `pconv_cli.methods.tiled.windows` this cuts: a scratch through the whole image gets a chain of windows, and not
one that is as large as the image. Wide holes stay whole, so that no texture ends within one.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.tiled.holes import groups_of, hole_depth, places_of
from pconv_cli.tiling.rect import Rect

Numbers = NDArray[np.intp]

# Pixels that are shown round a hole: twice its depth, between these.
_LEAST_SHOWN, _MOST_SHOWN = 48, 256

# Holes this near are filled together.
_NEAR = 16

# A hole nowhere deeper than this is thin, and may be cut, into pieces of a side that tiles it.
_THIN, _PIECE = 16.0, 64

# What a window costs beside its pixels, in pixels.
_FIXED = 8000

# The share of an image's own cost up to which windows are worth it: a method sees less in them.
_WORTH = 0.6

# Pixels of a window from which on it is divided, if holes allow it: patches take some 200 bytes for each.
_MOST = 3 * 2**19


class Neighbourhood(NamedTuple):
    """A window round holes.

    Attributes:
        rect: Its place.
        own: ``(h, w)``, True in the parts of holes that are filled in it.
        cut: Whether any of them is a piece of a hole that goes on in another window.
    """

    rect: Rect
    own: Mask
    cut: bool = False


def neighbourhoods(mask: Mask, wanted: Mask | None = None, *, whole: bool = False) -> list[Neighbourhood]:
    """Plan windows round the holes of an image, which together never cost more than the image.

    Args:
        mask: ``(H, W)`` bool, True = valid, False = hole.
        wanted: True in those holes, each as a whole, that are asked for; None: all.
        whole: Whether the image has to be seen in any case.

    Returns:
        Windows to which each hole pixel that is asked for belongs once; where small ones were not cheaper than the
        image, that is one, or a few if the image is large.
    """
    hole = ~mask if wanted is None else wanted & ~mask
    rows, columns = places_of(hole)
    if not rows.size:
        return []
    size = mask.shape[0], mask.shape[1]
    image = Neighbourhood(Rect.whole(size), hole)
    if whole:
        return [image]
    pieces, boxes, cut = _pieces(mask, hole, rows, columns)
    every = np.arange(len(boxes))
    windows = _packed(boxes, every)
    if sum(_cost(rect) for rect, _ in windows) > _WORTH * mask.size:
        if mask.size <= _MOST:
            return [image]
        windows = _divided(boxes, every)
        cut[:] = False  # few pieces of such windows meet others, and the texture of all should be bounded
    piece_of = np.full(size, len(boxes), np.int32)
    piece_of[rows, columns] = pieces
    planned = []
    for rect, chosen in sorted(windows, key=lambda window: window[0]):
        is_own = np.zeros(len(boxes) + 1, np.bool_)
        is_own[chosen] = True
        planned.append(Neighbourhood(rect, is_own[piece_of[rect.slices]], bool(cut[chosen].any())))
    return planned


def _pieces(mask: Mask, hole: Mask, rows: Numbers, columns: Numbers) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Cut thin groups of holes up.

    Returns:
        ``(n,)``, the piece that each hole pixel belongs to; ``(m, 4)``, what is shown of the image round each
        piece: first row and column, and those after the last; and ``(m,)``, whether its group was cut.
    """
    groups = groups_of(hole, _NEAR)
    group = groups.labels[rows, columns]
    depth = hole_depth(mask)[rows, columns]
    deepest = np.zeros(len(groups.boxes), np.float32)
    np.maximum.at(deepest, group, depth)
    thin = (deepest <= _THIN) & ((groups.boxes[:, 2:] - groups.boxes[:, :2]).max(1) > 2 * _PIECE)
    cells = (rows // _PIECE) * (mask.shape[1] // _PIECE + 1) + columns // _PIECE
    names = group.astype(np.int64) * (int(cells.max()) + 2) + np.where(thin[group], cells + 1, 0)
    _, first, pieces = np.unique(names, return_index=True, return_inverse=True)
    margin = np.clip(np.ceil(2 * deepest[group[first]]), _LEAST_SHOWN, _MOST_SHOWN).astype(np.intp)
    boxes = np.empty((len(first), 4), np.intp)
    boxes[:, :2], boxes[:, 2:] = max(mask.shape), 0
    for at, places in enumerate((rows, columns)):
        np.minimum.at(boxes[:, at], pieces, places)
        np.maximum.at(boxes[:, 2 + at], pieces, places + 1)
        boxes[:, at] = np.maximum(boxes[:, at] - margin, 0)
        boxes[:, 2 + at] = np.minimum(boxes[:, 2 + at] + margin, mask.shape[at])
    return pieces, boxes, thin[group[first]]


def _packed(boxes: Numbers, chosen: Numbers) -> list[tuple[Rect, Numbers]]:
    """Give windows for boxes: one for all, or those for each of two halves of them, whichever is cheaper."""
    rect = _round(boxes, chosen)
    if chosen.size == 1:
        return [(rect, chosen)]
    two = [window for half in _halves(boxes, chosen, rect) for window in _packed(boxes, half)]
    return two if sum(_cost(rect) for rect, _ in two) < _cost(rect) else [(rect, chosen)]


def _divided(boxes: Numbers, chosen: Numbers) -> list[tuple[Rect, Numbers]]:
    """Give as few windows for boxes as are no larger than `_MOST`, unless a box is."""
    rect = _round(boxes, chosen)
    if rect.area <= _MOST or chosen.size == 1:
        return [(rect, chosen)]
    return [window for half in _halves(boxes, chosen, rect) for window in _divided(boxes, half)]


def _round(boxes: Numbers, chosen: Numbers) -> Rect:
    """Give the window round boxes."""
    return Rect.between(*boxes[chosen, :2].min(0).tolist(), *boxes[chosen, 2:].max(0).tolist())


def _halves(boxes: Numbers, chosen: Numbers, rect: Rect) -> tuple[Numbers, Numbers]:
    """Divide boxes into two halves, along the longer side of the window round them."""
    axis = int(rect.width > rect.height)
    order = chosen[(boxes[chosen, axis] + boxes[chosen, axis + 2]).argsort(kind="stable")]
    return order[: order.size // 2], order[order.size // 2 :]


def _cost(rect: Rect) -> int:
    return rect.area + _FIXED
