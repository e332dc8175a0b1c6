"""Contours that run into a hole, drawn as sharp as outside along where the fill shows them: outlines, folds, strokes.

A network's fill near the rim knows where a contour goes on, and blurs it. So each contour that reaches the rim is
followed both ways along the crest of the gradient: outwards for its cross-section, and into the hole for as long as the
fill shows it and is trusted. There the cross-section is drawn at the fill's own tone. A contour that comes out beyond
the hole turns from the one cross-section into the other.

References:
    Di Zenzo, "A note on the gradient of a multi-image", Computer Vision, Graphics, and Image Processing, 1986, for
    gradients of colours.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.lines.sections import OFFSETS, SIDE, Drawn, Points, Values, at, between, sections
from pconv_cli.methods.tiled.holes import grown_by_square
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.grid import framed_tiles

Map = NDArray[np.float32]
"""(H, W)."""

# Pixels from the hole between which contours begin, since what is filled decides gradients nearer by; and as far from
# it as they may end beyond it.
_RING, _BEYOND = (2.0, 3.5), 4.5

# Pixels along a contour that are followed outside, and at least; in the hole, and at least; and over which one fades
# that ends there.
_OUTSIDE, _KNOWN, _INSIDE, _LEAST, _ENDING = 12, 10, 96, 4, 6.0

# Contours that are followed at a group of holes, the strongest first: far more than a window of 2048 px has.
_MOST = 8000

# The least gradient a pixel (the root of the channels' sum of squares), and the least share of its own gradient outside
# that a contour keeps.
_STRENGTH, _KEPT = 0.04, 0.4

# The most degrees that a contour turns in a pixel, and the least cosine between it and the way into the hole.
_SHARPEST, _STEEP = 20.0, 0.3

# The least trust in the fill's tone.
_TRUST = 0.3

# Pixels round holes as far as which contours are followed at most: 12 steps aslant from 4.5 on, and as far as colours
# are interpolated. Gradients are measured in tiles with holes as near, whose values come from 5 pixels round them.
_NEAR, _TILE, _KERNEL = 24, 128, 5

# Pixels of the cross-section's edge over which it fades out, and the Gaussian that gives tone.
_FADE, _TONE_SIGMA = 3.0, 4.0


@dataclass(frozen=True)
class _Tracks:
    """Contours as they were followed: ``(N, K, 2)`` places and unit tangents, and ``(N,)`` how many count."""

    places: Points
    tangents: Points
    lengths: NDArray[np.intp]


def draw_contours(filled: Rgb, mask: Mask, hole: Mask, trust: Map) -> Drawn:
    """Draw the contours that run into a hole over a fill.

    Args:
        filled: ``(H, W, 3)`` in [0, 1], holes filled by any method.
        mask: ``(H, W)``, True = valid.
        hole: ``(H, W)``, True in the hole that counts.
        trust: ``(H, W)``, from 0 to 1, trust in the fill's tone.

    Returns:
        The contours' pixels.
    """
    away = np.asarray(cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
    gradient = _gradient(filled, mask)
    starts, outwards, strengths = _starts(gradient, away, hole)
    known = away >= _RING[0]
    outside = _followed(gradient, known, starts, outwards, strengths, _OUTSIDE)
    enough = outside.lengths >= _KNOWN
    starts, outwards, strengths = starts[enough], outwards[enough], strengths[enough]
    inside = _followed(gradient, (trust >= _TRUST) & (away < _BEYOND), starts, -outwards, strengths, _INSIDE)
    in_hole = at(hole, inside.places) & (np.arange(_INSIDE) < inside.lengths[:, np.newaxis])
    runs = in_hole.sum(axis=1) >= _LEAST
    before = _Tracks(outside.places[enough][runs], -outside.tangents[enough][runs], outside.lengths[enough][runs])
    tracks = _Tracks(inside.places[runs], inside.tangents[runs], inside.lengths[runs])
    in_hole, strengths = in_hole[runs], strengths[runs]
    last = np.arange(len(tracks.lengths)), tracks.lengths - 1
    ends, headings = tracks.places[last], tracks.tangents[last]
    after = _followed(gradient, known, ends, headings, strengths, _OUTSIDE)
    out = at(mask, ends) & (after.lengths >= _KNOWN)
    colours = [sections(filled, mask, run.places, run.tangents, run.lengths) for run in (before, after)]
    return _drawn(filled, hole, trust, tracks, in_hole, colours, out)


def _gradient(image: Rgb, mask: Mask) -> Rgb:
    """Measure the gradient of colours: ``(H, W, 3)``, the sums over channels of xx, xy and yy, smoothed by a pixel.

    It is 0 in tiles without a hole near.
    """
    gradient = np.zeros_like(image)
    near = grown_by_square(~mask, _NEAR)
    for tile in framed_tiles((mask.shape[0], mask.shape[1]), _TILE, _KERNEL):
        if near[tile.inner.slices].any():
            smooth = cv2.GaussianBlur(image[tile.outer.slices], (0, 0), 1.0)
            across, down = cv2.Sobel(smooth, -1, 1, 0, scale=1 / 8), cv2.Sobel(smooth, -1, 0, 1, scale=1 / 8)
            for place, product in enumerate((across * across, across * down, down * down)):
                sums = product[:, :, 0] + product[:, :, 1] + product[:, :, 2]
                gradient[tile.inner.slices][:, :, place] = tile.cut(sums)
    return gradient


def _strength(gradient: Rgb) -> Values:
    """How strong an edge is, from the larger eigenvalue of a gradient ``(..., 3)``."""
    xx, xy, yy = gradient[..., 0], gradient[..., 1], gradient[..., 2]
    return np.asarray(np.sqrt((xx + yy) / 2 + np.sqrt(((xx - yy) / 2) ** 2 + xy**2)), np.float64)


def _tangent(gradient: Rgb, heading: Points | None = None) -> Points:
    """The direction along an edge, ``(..., 2)``, of the two the one nearer to a heading."""
    xx, xy, yy = gradient[..., 0], gradient[..., 1], gradient[..., 2]
    angle = 0.5 * np.arctan2(2 * xy, xx - yy, dtype=np.float64)
    tangent = np.stack([-np.sin(angle), np.cos(angle)], axis=-1)
    return tangent if heading is None else tangent * _signs((tangent * heading).sum(axis=-1))


def _signs(values: Values) -> Values:
    return np.where(values < 0, -1.0, 1.0)[..., np.newaxis]


def _to_crest(gradient: Rgb, places: Points, tangents: Points) -> tuple[Points, Values, Values]:
    """Move places straight across an edge onto its crest, a pixel at most; say how far (infinite: none), how strong."""
    normal = np.stack([-tangents[:, 1], tangents[:, 0]], axis=1)
    beside = places[:, np.newaxis] + np.array([-1.0, 0, 1])[:, np.newaxis] * normal[:, np.newaxis]
    left, middle, right = _strength(between(gradient, beside)).T
    hollow = left + right - 2 * middle
    off = np.where(hollow < 0, (left - right) / np.where(hollow < 0, 2 * hollow, 1), np.inf)
    strength = middle - (left - right) * off.clip(-1, 1) / 4
    return places + off.clip(-1, 1)[:, np.newaxis] * normal, np.abs(off), strength


def _starts(gradient: Rgb, away: Map, hole: Mask) -> tuple[Points, Points, Values]:
    """Find where contours cross a ring round the hole: place, direction outwards, strength."""
    near = cv2.dilate(hole.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    rows, columns = np.nonzero(near & (away >= _RING[0]) & (away < _RING[1]))
    strong = _strength(gradient[rows, columns]) >= _STRENGTH
    rows, columns = rows[strong], columns[strong]
    places = np.stack([columns, rows], axis=1).astype(np.float64)
    tangents = _tangent(gradient[rows, columns])
    crests, off, strengths = _to_crest(gradient, places, tangents)
    marks = np.zeros(away.shape, np.uint8)
    crest = off <= 0.75
    marks[rows[crest], columns[crest]] = 1
    # Of each crossing the place next to the hole.
    labels = cv2.connectedComponents(marks)[1][rows, columns]
    order = np.argsort(np.where(crest, away[rows, columns], np.inf), kind="stable")[: int(crest.sum())]
    chosen = order[np.unique(labels[order], return_index=True)[1]]
    outwards = np.stack([cv2.Sobel(away, -1, *way, scale=1 / 8)[rows, columns][chosen] for way in ((1, 0), (0, 1))], 1)
    steep = (outwards * tangents[chosen]).sum(axis=1)
    starts, tangents, strengths = crests[chosen], tangents[chosen] * _signs(steep), strengths[chosen]
    kept = np.flatnonzero(np.abs(steep) >= _STEEP)
    kept = kept[np.argsort(-strengths[kept], kind="stable")[:_MOST]]
    return starts[kept], tangents[kept], strengths[kept]


def _followed(gradient: Rgb, allowed: Mask, starts: Points, headings: Points, strengths: Values, most: int) -> _Tracks:
    """Follow contours along the crest of the gradient, a pixel a step, while they are strong, smooth and allowed."""
    count = len(starts)
    places, tangents = np.zeros((2, count, most, 2))
    places[:, 0], tangents[:, 0] = starts, headings
    lengths = np.ones(count, np.intp)
    going, place, heading = np.arange(count), starts, headings
    sharpest = np.cos(np.radians(_SHARPEST))
    for step in range(1, most):
        if not len(going):
            break
        guess = place + heading
        tangent = _tangent(between(gradient, guess), heading)
        place, off, strength = _to_crest(gradient, guess, tangent)
        on = (off <= 1) & ((tangent * heading).sum(axis=1) >= sharpest) & at(allowed, place)
        on &= strength >= np.maximum(_STRENGTH / 2, _KEPT * strengths[going])
        # Half of the way that it came from: an edge of pixels is not a stair.
        heading = tangent[on] + heading[on]
        heading /= np.hypot(heading[:, 0], heading[:, 1])[:, np.newaxis]
        going, place = going[on], place[on]
        places[going, step], tangents[going, step] = place, heading
        lengths[going] = step + 1
    return _Tracks(places, tangents, lengths)


def _drawn(
    filled: Rgb,
    hole: Mask,
    trust: Map,
    tracks: _Tracks,
    in_hole: NDArray[np.bool_],
    colours: list[tuple[Values, NDArray[np.bool_]]],
    out: NDArray[np.bool_],
) -> Drawn:
    """Draw cross-sections along tracks, at the fill's tone as far as that is trusted."""
    width = hole.shape[1]
    (first, seen), (second, seen_second) = colours
    both = out[:, np.newaxis] & seen & seen_second
    track, step = np.nonzero(in_hole)
    place, tangent = tracks.places[track, step], tracks.tangents[track, step]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    pixels = np.rint(place[:, np.newaxis] + OFFSETS[:, np.newaxis] * normal[:, np.newaxis])
    offsets = ((pixels - place[:, np.newaxis]) * normal[:, np.newaxis]).sum(axis=2)
    nearest = np.rint(2 * (offsets + SIDE)).astype(np.intp).clip(0, len(OFFSETS) - 1)
    along = (in_hole.cumsum(axis=1) - 1) / np.maximum(1, in_hole.sum(axis=1, keepdims=True) - 1)
    share = along[track, step][:, np.newaxis] * both[track[:, np.newaxis], nearest]
    here, there = first[track[:, np.newaxis], nearest], second[track[:, np.newaxis], nearest]
    section = here + share[..., np.newaxis] * (there - here)
    ending = np.where(out[track], 1, (tracks.lengths[track] - step) / _ENDING).clip(0, 1)
    certain = (
        ending[:, np.newaxis] * ((SIDE - np.abs(offsets)) / _FADE).clip(0, 1) * seen[track[:, np.newaxis], nearest]
    )
    counts = at(hole, pixels) & (certain > 0)
    pixels, section, certain = pixels[counts].astype(np.intp), section[counts], certain[counts]
    numbers, of = np.unique(pixels[:, 1] * width + pixels[:, 0], return_inverse=True)
    weight = np.bincount(of, certain, len(numbers))
    sums = np.stack([np.bincount(of, certain * section[:, k], len(numbers)) for k in range(3)], axis=1)
    colour = np.asarray(sums / np.maximum(weight, 1e-9)[:, np.newaxis], np.float32)
    surest = np.zeros(len(numbers), np.float32)
    np.maximum.at(surest, of, certain.astype(np.float32))
    off = surest[:, np.newaxis] * (filled.reshape(-1, 3)[numbers] - colour)
    tone = _smooth_at(numbers, np.hstack([off, surest[:, np.newaxis]]), hole.shape)
    amount = trust.ravel()[numbers] / np.maximum(tone[:, 3], np.float32(1e-3))
    return Drawn(numbers, (colour + amount[:, np.newaxis] * tone[:, :3]).clip(0, 1), surest)


def _smooth_at(numbers: NDArray[np.intp], values: Values, shape: tuple[int, ...]) -> Map:
    """Blur what stands at some pixels, ``(n, k)``, among zeros, and give what is there then, likewise."""
    spread, some = np.zeros((*shape, values.shape[1]), np.float32), np.zeros(shape, np.bool_)
    spread.reshape(-1, values.shape[1])[numbers], some.reshape(-1)[numbers] = values, True
    smooth = np.zeros_like(spread)
    for tile in framed_tiles((shape[0], shape[1]), _TILE, int(4 * _TONE_SIGMA)):
        if some[tile.inner.slices].any():
            part = cv2.GaussianBlur(spread[tile.outer.slices], (0, 0), _TONE_SIGMA, borderType=cv2.BORDER_CONSTANT)
            smooth[tile.inner.slices] = tile.cut(part)
    return smooth.reshape(-1, values.shape[1])[numbers]
