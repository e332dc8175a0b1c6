"""Straight lines and edges that a hole interrupts, joined across it: horizons, window frames, brush lines.

A line that ends at a hole is joined with one that goes on beyond it, where both point at one another and have the same
colours to either side. Between them each colour of the one's cross-section turns into the other's.

References:
    Sun, Yuan, Jia, Shum, "Image completion with structure propagation", SIGGRAPH 2005, for structure before texture;
    there a person draws the lines.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.cores import side_by_side, threads_for_windows
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.lines.contours import draw_contours
from pconv_cli.methods.lines.ends import LineEnds, line_ends
from pconv_cli.methods.lines.sections import OFFSETS, SIDE, Drawn, Points, at
from pconv_cli.methods.patches.completion import tone_trust
from pconv_cli.methods.tiled.holes import hole_depth
from pconv_cli.methods.tiled.windows import Rgb, hole_windows

Map = NDArray[np.float32]
"""(H, W)."""

# Holes less deep than this need no lines: the method closes them. Pixels round a hole in which lines are looked for.
_SHALLOW, _AROUND = 3.0, 64

# Ends, or pairs of ends, that are compared in one go.
_ROWS = 512

# Pixels of the cross-section's edge over which a joined line fades out.
_FADE = 3.0

# How two ends fit: most degrees that either may point past the other, and that they may turn; how many times as wide as
# both are long the gap may be; least share of the gap that is a hole; least correlation of the cross-sections, and
# most difference as a share of their contrast; and the most of all that in one figure, see `_pairs`.
_PAST, _TURN, _GAP, _HOLED, _ALIKE, _DIFFER, _BADNESS = 6.0, 10.0, 3.0, 0.75, 0.7, 0.6, 3.0

# Most that a line's tone may differ from the fill's, as far as the latter is trusted, and the Gaussian that gives tone.
_OFF_TONE, _TONE_SIGMA = 0.195, 4.0


def join_lines(filled: Rgb, mask: Mask, wanted: Mask | None = None) -> tuple[Rgb, Map]:
    """Draw the lines that holes interrupt over a fill.

    Args:
        filled: ``(H, W, 3)`` in [0, 1], holes filled by any method.
        mask: ``(H, W)``, True = valid.
        wanted: ``(H, W)``, True in the holes that count, each as a whole. None: all.

    Returns:
        ``(H, W, 3)``, the fill with lines drawn into its holes, and ``(H, W)``, how sure each pixel is: 1 on a line,
        falling to 0 beside it, 0 where there is none.
    """
    drawn, sure = filled.copy(), np.zeros(mask.shape, np.float32)
    depth = hole_depth(mask)
    trust = tone_trust(depth)

    def join(of_hole: tuple[tuple[slice, slice], Mask]) -> None:
        window, own = of_hole
        if depth[window][own].max() < _SHALLOW:
            return
        hole = own if wanted is None else own & wanted[window]
        ends = line_ends(filled[window], mask[window], hole)
        pairs = _pairs(ends, ~mask[window]) if len(ends.points) > 1 else []
        lines = _drawn(ends, pairs, hole, filled[window], trust[window])
        joined, certain = lines.over(filled[window]), lines.certainty(hole.shape)
        contours = draw_contours(joined, mask[window], hole, np.maximum(trust[window], certain))
        contours = contours._replace(sure=contours.sure * (1 - certain.ravel()[contours.numbers]))
        drawn[window][hole] = contours.over(joined)[hole]
        sure[window][hole] = np.maximum(certain, contours.certainty(hole.shape))[hole]

    windows = list(hole_windows(mask, _AROUND, wanted))
    side_by_side(join, windows, threads_for_windows(max((own.size for _, own in windows), default=1)))
    return drawn, sure


def _pairs(ends: LineEnds, hole: Mask) -> list[tuple[int, int, float]]:
    """Find which ends belong together, each at most once: the best first, and how badly they fit."""
    fits = []
    for start in range(0, len(ends.points), _ROWS):
        one, other, badness = _facing(ends, start)
        for first, second, cost in zip(one.tolist(), other.tolist(), badness.tolist(), strict=True):
            way = ends.points[second] - ends.points[first]
            steps = np.linspace(0, 1, max(5, int(np.hypot(*way))))[:, np.newaxis]
            if at(hole, ends.points[first] + steps * way).mean() >= _HOLED:
                fits.append((cost, first, second))
    chosen, taken = [], set[int]()
    for badness_of_fit, first, second in sorted(fits):
        if first not in taken and second not in taken:
            taken |= {first, second}
            chosen.append((first, second, badness_of_fit))
    return chosen


def _facing(ends: LineEnds, start: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Find the later ends that some ends, from a number on, face: both numbers, and how badly they fit."""
    rows = np.arange(start, min(start + _ROWS, len(ends.points)))
    way = ends.points[np.newaxis] - ends.points[rows, np.newaxis]
    gap = np.hypot(way[..., 0], way[..., 1])
    near = (
        (gap >= 4)
        & (gap <= _GAP * (ends.lengths[rows, np.newaxis] + ends.lengths))
        & (rows[:, np.newaxis] < np.arange(len(ends.points)))
    )
    row, other = np.nonzero(near)
    one, way, gap = rows[row], way[row, other], gap[row, other]
    way = way / gap[:, np.newaxis]
    past_one, past_other = _degrees(ends.directions[one], way), _degrees(-ends.directions[other], way)
    turn = _degrees(ends.directions[one], -ends.directions[other])
    most = _PAST + np.degrees(1.5 / gap)  # half a pixel more or less at either end
    facing = (past_one <= most) & (past_other <= most) & (turn <= _TURN)
    badness = (past_one + past_other) / _PAST + turn / _TURN + 0.3 * gap / (ends.lengths[one] + ends.lengths[other])
    facing &= badness <= _BADNESS
    one, other, badness = one[facing], other[facing], badness[facing]
    badness = badness + np.concatenate(
        [_unlike(ends, one[part : part + _ROWS], other[part : part + _ROWS]) for part in range(0, len(one), _ROWS)]
        or [badness]
    )
    fit = badness <= _BADNESS
    return one[fit], other[fit], badness[fit]


def _unlike(ends: LineEnds, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.float64]:
    """Say how unlike the cross-sections of ends that face each other are, ``(n,)``; infinite: too unlike."""
    both = (ends.seen[one] & ends.seen[other, ::-1])[:, :, np.newaxis]
    count = np.maximum(1, both.sum(axis=1, keepdims=True))
    first, second = ends.sections[one] * both, ends.sections[other, ::-1] * both
    contrast = np.minimum(ends.contrasts[one], ends.contrasts[other])
    squares = ((first - second) ** 2).sum(axis=(1, 2)) / (3 * count[:, 0, 0])
    difference = np.sqrt(squares) / contrast
    first = (first - first.sum(axis=1, keepdims=True) / count) * both
    second = (second - second.sum(axis=1, keepdims=True) / count) * both
    norm = np.sqrt((first**2).sum(axis=(1, 2)) * (second**2).sum(axis=(1, 2)))
    alike = (first * second).sum(axis=(1, 2)) / np.maximum(norm, 1e-9)
    too_much = (both.mean(axis=(1, 2)) < 0.5) | (alike < _ALIKE) | (difference > _DIFFER)
    return np.where(too_much, np.inf, 2 * difference + 4 * (1 - alike))


def _drawn(ends: LineEnds, pairs: list[tuple[int, int, float]], hole: Mask, filled: Rgb, trust: Map) -> Drawn:
    """Draw lines between pairs of ends; where lines cross, the better fit counts more.

    A line whose tone is not the fill's where that is trusted is left out.
    """
    drawn: list[tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]] = []
    for one, other, badness in pairs:
        course, shares = _course(ends, one, other)
        rows, columns, offsets, share = _beside(course, shares, hole)
        section = (1 - share)[:, np.newaxis] * _across(ends.sections[one], ends.seen[one], offsets)
        section += share[:, np.newaxis] * _across(ends.sections[other, ::-1], ends.seen[other, ::-1], offsets)
        certain = ((SIDE - np.abs(offsets)) / _FADE).clip(0, 1)
        if _off_tone(section - filled[rows, columns], certain, rows, columns, trust) <= _OFF_TONE:
            drawn.append(
                (rows * hole.shape[1] + columns, section, certain, np.maximum(certain, 1e-3) * np.exp(-badness / 3))
            )
    if not drawn:
        return Drawn(np.zeros(0, np.intp), np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
    place, section, certain, weight = (np.concatenate(part) for part in zip(*drawn, strict=True))
    numbers, of = np.unique(place, return_inverse=True)
    weights = np.bincount(of, weight, len(numbers))
    colours = np.stack([np.bincount(of, weight * section[:, k], len(numbers)) for k in range(3)], axis=1)
    sure = np.zeros(len(numbers), np.float32)
    np.maximum.at(sure, of, certain.astype(np.float32))
    return Drawn(numbers, (colours / np.maximum(weights, 1e-9)[:, np.newaxis]).astype(np.float32), sure)


def _off_tone(
    difference: NDArray[np.float64],
    certain: NDArray[np.float64],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    trust: Map,
) -> float:
    """Measure how far a line's tone is from the fill's, in the mean square, as far as the fill is trusted."""
    if not len(rows):
        return 0.0
    top, left = rows.min(), columns.min()
    shape = (rows.max() - top + 1, columns.max() - left + 1)
    amount, weight = np.zeros((*shape, difference.shape[1]), np.float32), np.zeros(shape, np.float32)
    amount[rows - top, columns - left] = certain[:, np.newaxis] * difference
    weight[rows - top, columns - left] = certain
    amount, weight = (
        cv2.GaussianBlur(part, (0, 0), _TONE_SIGMA, borderType=cv2.BORDER_CONSTANT) for part in (amount, weight)
    )
    tone = amount / np.maximum(weight, 1e-3)[:, :, np.newaxis]
    squares = (tone**2).mean(axis=2)[rows - top, columns - left]
    share = trust[rows, columns]
    return float(np.sqrt((squares * share).sum() / max(1e-6, float(share.sum()))))


def _course(ends: LineEnds, one: int, other: int) -> tuple[Points, NDArray[np.float64]]:
    """Lay a smooth curve from one end to the other that leaves both in their own direction (a cubic of Hermite)."""
    start, stop = ends.points[one], ends.points[other]
    gap = float(np.hypot(*(stop - start)))
    t = np.linspace(0, 1, int(2 * gap) + 2)
    s = t[:, np.newaxis]
    curve = (2 * s**3 - 3 * s**2 + 1) * start + (3 * s**2 - 2 * s**3) * stop
    curve += gap * ((s**3 - 2 * s**2 + s) * ends.directions[one] + (s**2 - s**3) * ends.directions[other])
    return curve, t


def _beside(
    course: Points, shares: NDArray[np.float64], hole: Mask
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Find the hole's pixels beside a curve: row, column, offset across it, and share of the way along it."""
    tangent = np.gradient(course, axis=0)
    tangent /= np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)[:, np.newaxis]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    strip = np.rint(course[:, np.newaxis] + OFFSETS[:, np.newaxis] * normal[:, np.newaxis])
    foot, across = np.nonzero(at(hole, strip))
    pixels = strip[foot, across]
    off = pixels - course[foot]
    along = np.abs((off * tangent[foot]).sum(axis=1))
    # Each pixel once, from the point of the curve that it lies straight beside.
    order = np.lexsort((along, pixels[:, 0], pixels[:, 1]))
    pixels, foot, off, along = pixels[order], foot[order], off[order], along[order]
    once = np.ones(len(pixels), np.bool_)
    once[1:] = (pixels[1:] != pixels[:-1]).any(axis=1)
    pixels, foot, off = pixels[once], foot[once], off[once]
    columns, rows = pixels.T.astype(np.intp)
    return rows, columns, (off * normal[foot]).sum(axis=1), shares[foot]


def _across(section: NDArray[np.float64], seen: NDArray[np.bool_], offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Look colours of a cross-section up, ``(N, 3)``; beyond what is known of it the last ones go on."""
    return np.stack([np.interp(offsets, OFFSETS[seen], section[seen, k]) for k in range(3)], axis=1)


def _degrees(one: Points, other: Points) -> NDArray[np.float64]:
    """Angles between unit vectors."""
    return np.asarray(np.degrees(np.arccos((one * other).sum(axis=1).clip(-1, 1))), np.float64)
