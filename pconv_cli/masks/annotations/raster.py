"""Turn outlines into pixels by one rule, exact for any coordinates.

**The rule.** A pixel is hole if its centre lies inside the outline **or** the outline passes through the pixel. So a
crack drawn thinner than a pixel stays in one piece, and a mask never holds less than what the annotation tool showed.

Pixel (row r, column c) covers [c, c + 1) x [r, r + 1): whole numbers are corners, as in COCO, CVAT and QuPath.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

# Crossings of edges with rows or columns that are held at a time: some 100 MB, however wild a polygon is.
_AT_ONCE = 1 << 20


def cover_rings(
    rings: Sequence[Points], size: tuple[int, int], *, even_odd: bool = True, closed: bool = True
) -> NDArray[np.bool_]:
    """Rasterise rings by the rule above.

    Args:
        rings: Each ``(n, 2)`` float64, x and y in pixels, the last point joined to the first. A ring inside another one
            is a hole in it where ``even_odd``.
        size: (height, width) in pixels; what lies outside is cut off.
        even_odd: Count crossings by parity; otherwise by winding number, nonzero = inside.
        closed: Whether the rings enclose an area; otherwise only their lines count, and no line joins their ends.

    Returns:
        ``(H, W)`` bool, True = inside or on the outline.
    """
    covered = _inside(rings, size, even_odd=even_odd) if closed else np.zeros(size, np.bool_)
    # Rings without area may run along the edges of pixels, where they would pass through none.
    flat = not closed or all(signed_area(ring) == 0 for ring in rings)
    dots = [ring[:1] for ring in rings if len(ring) == 1 or (ring == ring[0]).all()]
    if dots:
        _mark(covered, np.floor(np.concatenate(dots)))
    _trace(covered, *_edges(rings, closed=closed), keep_edges=flat)
    return covered


def _edges(rings: Sequence[Points], *, closed: bool) -> tuple[Points, Points]:
    """Where the segments of all rings start and where they end, those without length left out."""
    pairs = [(ring, np.roll(ring, -1, axis=0)) if closed else (ring[:-1], ring[1:]) for ring in rings]
    starts, ends = (np.concatenate(points) for points in zip(*pairs, strict=True))
    long = (starts != ends).any(axis=1)
    return starts[long], ends[long]


def signed_area(ring: Points) -> float:
    """Give twice the area of a ring in square pixels; its sign says which way the ring turns."""
    x, y = ring[:, 0], ring[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def _inside(rings: Sequence[Points], size: tuple[int, int], *, even_odd: bool) -> NDArray[np.bool_]:
    """Return which pixel centres lie inside, ``(H, W)``: crossings to the left of each are counted along its row."""
    height, width = size
    change = np.zeros((height, width + 1), np.int32)
    (x0, y0), (x1, y1) = (points.T for points in _edges(rings, closed=True))
    top, bottom = np.minimum(y0, y1), np.maximum(y0, y1)
    # Rows whose centre r + 0.5 lies in [top, bottom).
    first = np.clip(np.ceil(top - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(bottom - 0.5), 0, height).astype(np.int64)
    for edge, row in _expand(first, last):
        slope = (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
        crossing = x0[edge] + (row + 0.5 - y0[edge]) * slope
        # The first pixel whose centre is not left of the crossing.
        column = np.clip(np.ceil(crossing - 0.5), 0, width).astype(np.int64)
        turn = 1 if even_odd else np.where(y1[edge] > y0[edge], 1, -1)
        np.add.at(change, (row, column), turn)
    count = np.cumsum(change[:, :width], axis=1, dtype=np.int32)
    return np.asarray(count % 2 == 1 if even_odd else count != 0)


def _trace(covered: NDArray[np.bool_], starts: Points, ends: Points, *, keep_edges: bool) -> None:
    """Mark the pixels that segments pass through; with ``keep_edges`` also where one runs along an edge of pixels."""
    height, width = covered.shape
    starts, ends = _clipped(starts, ends, width, height)
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    # A segment is cut where it crosses a whole x or y; each piece lies in one pixel, which its middle names.
    first, last = np.floor(low).astype(np.int64) + 1, np.ceil(high).astype(np.int64)
    counts = np.maximum(last - first, 0)
    pieces = np.cumsum(counts.sum(axis=1) + 2)
    begin = 0
    while begin < len(starts):
        before = pieces[begin - 1] if begin else 0
        part = slice(begin, max(begin + 1, int(np.searchsorted(pieces, before + _AT_ONCE))))
        _trace_part(covered, starts[part], ends[part], first[part], counts[part], keep_edges=keep_edges)
        begin = part.stop


def _trace_part(
    covered: NDArray[np.bool_],
    starts: Points,
    ends: Points,
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    *,
    keep_edges: bool,
) -> None:
    segments = np.arange(len(starts))
    owners, cuts = [segments, segments], [np.zeros(len(starts)), np.ones(len(starts))]
    for axis in (0, 1):
        owner = np.repeat(segments, counts[:, axis])
        number = np.arange(len(owner)) - np.repeat(np.cumsum(counts[:, axis]) - counts[:, axis], counts[:, axis])
        line = first[owner, axis] + number
        owners.append(owner)
        cuts.append((line - starts[owner, axis]) / (ends[owner, axis] - starts[owner, axis]))
    owner, cut = np.concatenate(owners), np.concatenate(cuts)
    order = np.lexsort((cut, owner))
    owner, cut = owner[order], cut[order]
    same = owner[1:] == owner[:-1]
    owner, middle = owner[1:][same], ((cut[1:] + cut[:-1]) / 2)[same]
    points = starts[owner] + middle[:, np.newaxis] * (ends[owner] - starts[owner])
    if not keep_edges:
        points = points[(points % 1 != 0).all(axis=1)]
    _mark(covered, np.floor(points))


def _clipped(starts: Points, ends: Points, width: int, height: int) -> tuple[Points, Points]:
    """The parts of segments that lie in [0, width] x [0, height] (Liang and Barsky, 1984)."""
    delta = ends - starts
    begin, end = np.zeros(len(starts)), np.ones(len(starts))
    outside = np.zeros(len(starts), np.bool_)
    for axis, limit in ((0, width), (1, height)):
        moving = delta[:, axis] != 0
        outside |= ~moving & ((starts[:, axis] < 0) | (starts[:, axis] > limit))
        step = np.where(moving, delta[:, axis], 1.0)
        near, far = -starts[:, axis] / step, (limit - starts[:, axis]) / step
        begin = np.where(moving, np.maximum(begin, np.minimum(near, far)), begin)
        end = np.where(moving, np.minimum(end, np.maximum(near, far)), end)
    kept = ~outside & (begin <= end)
    inner = starts[kept] + begin[kept, np.newaxis] * delta[kept]
    outer = np.where(end[kept, np.newaxis] == 1, ends[kept], starts[kept] + end[kept, np.newaxis] * delta[kept])
    return inner, outer


def _mark(covered: NDArray[np.bool_], corners: Points) -> None:
    height, width = covered.shape
    column, row = corners.T.astype(np.int64)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    covered[row[inside], column[inside]] = True


def _expand(first: NDArray[np.int64], last: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs (edge, row) for every row in [first, last) of each edge, in parts that fit into memory."""
    counts = np.maximum(last - first, 0)
    total = np.cumsum(counts)
    edge = 0
    while edge < len(first):
        before = total[edge - 1] if edge else 0
        stop = max(edge + 1, int(np.searchsorted(total, before + _AT_ONCE)))
        edges = np.repeat(np.arange(edge, stop), counts[edge:stop])
        starts = np.repeat(first[edge:stop] - (total[edge:stop] - counts[edge:stop] - before), counts[edge:stop])
        yield edges, starts + np.arange(len(edges))
        edge = stop
