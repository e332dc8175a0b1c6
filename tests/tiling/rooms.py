"""Masks and grids over them; how much of its surroundings a window shows of a hole, and how much it has to show."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from pconv_cli.tiling.grid import grid_over
from pconv_cli.tiling.rect import Rect

Flags = NDArray[np.bool_]


@st.composite
def masks(draw: st.DrawFn) -> Flags:
    """Masks of any shape with a few rectangular holes, at the borders too; sometimes none."""
    height, width = draw(st.integers(1, 400)), draw(st.integers(1, 400))
    mask = np.ones((height, width), bool)
    for _ in range(draw(st.integers(0, 4))):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        mask[top : top + draw(st.integers(1, 120)), left : left + draw(st.integers(1, 120))] = False
    return mask


tilings = st.integers(64, 200).flatmap(lambda tile: st.tuples(st.just(tile), st.integers(1, tile // 2)))


def plan_grid(known: Flags, tile: int, overlap: int) -> list[Rect]:
    """The grid of windows over the holes of a mask, True = valid."""
    rows, columns = np.nonzero(~known)
    return grid_over(rows, columns, (known.shape[0], known.shape[1]), tile, overlap)


def room(rect: Rect, size: tuple[int, ...]) -> NDArray[np.intp]:
    """The distance of each pixel of a window to the nearest edge of it that is not the image's."""
    sides = []
    for start, length, whole in zip(rect[:2], rect[2:], size, strict=True):
        places = np.arange(length)
        before = places if start else places + 10**6
        sides.append(np.minimum(before, places[::-1] if start + length < whole else places + 10**6))
    return np.minimum(sides[0][:, None], sides[1][None, :])


def wanted_room(hole: Flags, depth: NDArray[np.float32], tile: int, context: int) -> NDArray[np.float64]:
    """How much of its surroundings a hole has to show in a window of its own, ``(H, W)``.

    As much as it is deep, or half of that where the first would not fit into a tile.
    """
    labels, count = ndimage.label(hole, np.ones((3, 3)))
    wanted = np.zeros(hole.shape)
    for label, place in zip(range(1, count + 1), ndimage.find_objects(labels), strict=True):
        own = labels == label
        deep = np.ceil(depth[own].max())
        margin = max(context, deep)
        spans = [
            min(part.stop + margin, whole) - max(part.start - margin, 0)
            for part, whole in zip(place, hole.shape, strict=True)
        ]
        wanted[own] = np.maximum(context, depth[own] if max(spans) <= tile else depth[own] / 2)
    return np.floor(wanted)
