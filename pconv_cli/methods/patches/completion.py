"""Filling with what the image's own undamaged parts look like: patches, coarse to fine.

At each scale two steps take turns: every patch that touches the hole finds a similar one among what is known, and
every pixel of the hole is filled by what the partners of the patches over it say (`pconv_cli.methods.patches.scale`).
At the coarsest scale the hole is no wider than a patch; each finer one begins with what the last one found.

References:
    Wexler, Shechtman, Irani, "Space-time completion of video", 2007, for the two steps and the scales.
    Barnes, Shechtman, Finkelstein, Goldman, "PatchMatch", SIGGRAPH 2009, for the search.
    Newson, Almansa, Fradet, Gousseau, Perez, "Video inpainting of complex scenes", SIAM Journal on Imaging Sciences,
    2014, for texture as part of a comparison.
    PyPatchMatch 2.2.0, for means of what is smooth with the detail of the best vote, and for how much work each scale
    is worth.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.core.light.pyramid import fill_pyramid, masked
from pconv_cli.cores import usable_cores
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.patches.features import Image, Map, grey_of
from pconv_cli.methods.patches.layouts import AGREED_AT, agree
from pconv_cli.methods.patches.scale import PATCH, PatchScale
from pconv_cli.methods.patches.turned import TurnedSheet
from pconv_cli.methods.tiled.holes import hole_depth
from pconv_cli.tiling.halving import any_of_blocks, halve_whole
from pconv_cli.tiling.rect import Rect, Size

# Six binomial taps, as a wide hole has to close with few scales and no pixel of the next scale may come from one alone.
_TAPS = np.array([1, 5, 10, 10, 5, 1], np.float32) / 32

# Texture is measured over a square of this side.
_TEXTURE_SIDE = 5

# How strong the texture of the finest scale should be, as a multiple of what votes were taken from: a search asks for
# half of it at least, and each vote loses some. Bounded, it is no more than this multiple of what the surroundings
# have: an edge is strong, too, and what asks for more finds specks and frayed edges.
_EXPECTED, _BOUND = 2.8, 1.4

# Scales, from the finest, at which a patch keeps its own mean.
_SHIFTED = 2

# Depth in pixels at which another method's tone is trusted by half, in holes no deeper than this. In one twice as deep
# it is trusted half as far.
_TONE_DEPTH = 25.0

# Depth in pixels up to which a hole takes a layout that several agree on. In wider ones layouts have little in common,
# and a mix of them does not hold together.
_AGREED_DEPTH = 60

# The finest scale at which rare sources are avoided: there the layout is decided, and finer ones follow it.
_RARE_FROM = 3

# Largest side of the scale at which rarity is measured, so that a patch is as large as a head may be.
_RARE_SIDE = 128

# How many times as many sweeps a sheet with turned copies takes.
_SHEET_EFFORT = 4

# Sweeps of a search.
_SWEEPS = 2

# Sweeps on a scale that holds a fill already: there what a patch should be is known, and finer scales look nearby.
_LAID_OUT = 16

# Pixels from the rim inwards over which a step at the rim is spread, and within which steps are averaged along it.
_STEP_DEPTH, _STEP_REACH = 4, 4


# Image, its valid pixels, the wanted holes, texture, guide, trust in the guide, and how sure its colours are.
_Level = tuple[Image, Mask, Mask, Map, Image, Map, Map]


def complete(
    image: Image,
    mask: Mask,
    wanted: Mask | None = None,
    *,
    guide: Image | None = None,
    sure: Map | None = None,
    seed: int = 0,
    turned: bool = False,
    cut: bool = False,
) -> Image:
    """Complete an image by patches of its own.

    Args:
        image: ``(H, W, C)`` float32 in about [0, 1], any number of channels; what stands in a hole is not looked at.
        mask: ``(H, W)`` bool, True = valid, False = hole; at least one pixel is valid.
        wanted: ``(H, W)``, True in the holes that are filled, each as a whole. None: all.
        guide: ``(H, W, C)``, another method's fill, whose tone patches are chosen by as far as it is trusted: the less,
            the deeper they lie. None: there is none.
        sure: ``(H, W)``, from 0 to 1, how sure the guide's colours are, pixel by pixel: patches are chosen for these
            colours, as if they were known. It needs a guide of C channels. None: nowhere.
        seed: Of the search, below 2^32: the same one gives the same image, with any number of threads.
        turned: Whether patches are turned and mirrored, too.
        cut: Whether the wanted holes are pieces of longer ones. Their texture is then not bounded by that of their
            surroundings, since pieces would meet in a step.

    Returns:
        ``(H, W, C)``, equal to ``image`` where valid, and nowhere outside of the range of what is valid. Holes that
        are not wanted, and all of an image that is narrower than a patch, are filled smoothly.
    """
    hole = ~mask if wanted is None else wanted & ~mask
    if not hole.any():
        return image.copy()
    if min(mask.shape) < PATCH:
        return _smooth(image, mask)
    own = height, width = mask.shape[0], mask.shape[1]
    depth = hole_depth(mask)
    agreed = None if turned else _narrow(hole, depth)
    with ThreadPoolExecutor(usable_cores()) as workers:
        effort = _SHEET_EFFORT if turned else 1
        levels = _halved(_finest(image, mask, hole, depth, guide, sure, turned=turned), own)
        scales = [PatchScale(*level, workers, own=size, effort=effort) for level, size in levels]
        _avoid_rare(scales)
        filled = by_scales(scales, seed, bounded=not cut, agreed=agreed)[:height, :width]
    left, top, across, down = cv2.boundingRect(hole.astype(np.uint8))
    around = Rect(top, left, down, across).grown(2 * (_STEP_DEPTH + _STEP_REACH), own).slices
    filled[around] = _without_steps(filled[around], mask[around], hole[around])
    filled[~mask] = filled[~mask].clip(*_range_of(image, mask))
    return filled


def _finest(
    image: Image, mask: Mask, hole: Mask, depth: Map, guide: Image | None, sure: Map | None, *, turned: bool
) -> _Level:
    """Lay out the finest level; see `complete`."""
    smooth = _smooth(image, mask)
    sure = np.zeros(mask.shape, np.float32) if sure is None else sure
    trust = np.maximum(tone_trust(depth), sure)
    # Of holes that are not wanted a guide says nothing.
    guide = np.zeros((*mask.shape, 0), np.float32) if guide is None else masked(guide, mask | hole, smooth)
    level = (smooth, mask, hole, texture_of(smooth, mask), guide, trust, sure)
    return _on_a_sheet(*level) if turned else level


def _halved(level: _Level, own: Size) -> Iterator[tuple[_Level, Size]]:
    """Give a level and coarser ones, each with the size of the image in it, while they hold holes and patches."""
    yield level, own
    while min(own) >= 2 * PATCH:
        level, own = _half(*level), ((own[0] + 1) // 2, (own[1] + 1) // 2)
        if not level[2].any():
            return
        yield level, own


def _range_of(image: Image, mask: Mask) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Find the least and the largest value of each channel where an image is valid."""
    known = mask.view(np.uint8)
    extremes = [cv2.minMaxLoc(cv2.extractChannel(image, channel), known)[:2] for channel in range(image.shape[2])]
    least, most = np.array(extremes, np.float32).T
    return least, most


def _on_a_sheet(image: Image, known: Mask, hole: Mask, texture: Map, guide: Image, trust: Map, sure: Map) -> _Level:
    """Add turned and mirrored copies of the image as further sources."""
    sheet = TurnedSheet(hole)
    laid_out = (sheet.image(image), sheet.known(known), sheet.once(hole), sheet.image(texture))
    return *laid_out, sheet.image(guide), sheet.once(trust), sheet.once(sure)


def by_scales(
    scales: list[PatchScale],
    seed: int,
    *,
    laid_out: bool = False,
    bounded: bool = False,
    agreed: Mask | None = None,
) -> Image:
    """Fill scale by scale, from the last one of the list to the first.

    Args:
        scales: An image, each half as large as the one before it. What is done with is taken off the list, and freed.
        seed: Of the search.
        laid_out: Whether the last one's holes hold a fill already, for which patches are found once.
        bounded: Whether the finest scale asks for no more texture than 0.7 of what its surroundings have.
        agreed: ``(H, W)``, True where the layout is one that several agree on. None: nowhere.

    Returns:
        The first one, ``(H, W, C)``.
    """
    start = len(scales) - 1
    if agreed is not None and start > AGREED_AT and agreed.any():
        agree(scales[AGREED_AT:], lambda seed: _go_down(scales, start, AGREED_AT, seed), agreed, seed)
        _hand_on(scales, AGREED_AT)
        del scales[AGREED_AT:]
        _go_down(scales, AGREED_AT - 1, 0, seed, bounded=bounded)
    else:
        _go_down(scales, start, 0, seed, laid_out=laid_out, bounded=bounded)
    return scales[0].image


def _go_down(
    scales: list[PatchScale], start: int, end: int, seed: int, *, laid_out: bool = False, bounded: bool = False
) -> None:
    """Fill from one scale to a finer one; on the way to the finest, those that are done with are taken off the list."""
    for level in range(start, end - 1, -1):
        scale = scales[level]
        rounds, sweeps = (1, _LAID_OUT) if laid_out and level == start else (1 + 2 * level, _SWEEPS)
        for number in range(rounds):
            scale.search(sweeps, seed + 0x9E3779B1 * (100 * level + number))
            if number < rounds - 1 or level == end:
                scale.vote(scale, shifted=level < _SHIFTED, best_alone=level == 0)
        if level > end:
            _hand_on(scales, level, bounded=bounded)
        if end == 0:
            del scales[max(1, level) :]


def _hand_on(scales: list[PatchScale], level: int, *, bounded: bool = False) -> None:
    """Begin the next finer scale with what a scale has found."""
    scale, finer = scales[level], scales[level - 1]
    finer.start_from(scale)
    texture = scale.vote(finer, shifted=level - 1 < _SHIFTED)
    if level == 1:
        expected = np.float32(_EXPECTED) * texture
        if bounded:
            expected = np.minimum(expected, np.float32(_BOUND) * finer.texture)
        finer.expect(np.where(finer.hole, expected, finer.texture))


def _avoid_rare(scales: list[PatchScale]) -> None:
    """Have wide holes avoid what stands in the image once, so that no second head is put where one was lost."""
    coarse = scales[_RARE_FROM:]
    if not coarse:
        return
    rare, measured = next((scale for scale in coarse if max(scale.known.shape) <= _RARE_SIDE), coarse[-1]).rarity()
    if not measured.any():
        return
    rare = _smooth(rare[:, :, np.newaxis], measured)[:, :, 0]
    for scale in coarse:
        height, width = scale.known.shape
        scale.avoid(np.asarray(cv2.resize(rare, (width, height), interpolation=cv2.INTER_LINEAR), np.float32))


def texture_of(image: Image, known: Mask) -> Map:
    """Return how strong the texture is round each known pixel, carried on smoothly into holes: ``(H, W)``."""
    padded = cv2.copyMakeBorder(image, 1, 1, 1, 1, cv2.BORDER_REPLICATE).reshape(-1, image.shape[1] + 2, image.shape[2])
    slope: Image = np.abs(padded[2:, 1:-1] - padded[:-2, 1:-1]) + np.abs(padded[1:-1, 2:] - padded[1:-1, :-2])
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    sure = cv2.erode(known.astype(np.uint8), cross).astype(np.float32)
    square = (_TEXTURE_SIDE, _TEXTURE_SIDE)
    share = cv2.blur(sure, square)
    strength = cv2.blur(np.float32(1.5) * grey_of(slope) * sure, square) / np.maximum(share, np.float32(1e-6))
    measured = known & (share > 1e-6)
    found = np.asarray(np.where(measured, strength, 0), np.float32)
    return _smooth(found[:, :, np.newaxis], measured)[:, :, 0]


def _smooth(image: Image, known: Mask) -> Image:
    """Fill all holes smoothly, from scale to scale."""
    return image if known.all() else fill_pyramid(image, known)


def _half(image: Image, known: Mask, hole: Mask, texture: Map, guide: Image, trust: Map, sure: Map) -> _Level:
    """Halve an image by means of what is known. A pixel is known where any of them is; odd sides are repeated."""
    share = _even(known.astype(np.float32))
    share, mean = _taps(share), _taps(_even(image) * share[:, :, np.newaxis])
    seen = share > 1e-6
    mean = np.where(seen[:, :, np.newaxis], mean / np.maximum(share, np.float32(1e-6))[:, :, np.newaxis], 0)
    mean = _smooth(np.asarray(mean, np.float32), seen)
    texture, trust, sure, guide = (halve_whole(_even(part)) for part in (texture, trust, sure, guide))
    return mean, seen, any_of_blocks(hole) & ~seen, texture, guide, trust, sure


def _even(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Repeat the last row or column where sides are odd."""
    height, width = values.shape[0] % 2, values.shape[1] % 2
    if not height and not width:
        return values
    shape = values.shape[0] + height, values.shape[1] + width, *values.shape[2:]
    if not values.size:
        return np.zeros(shape, np.float32)
    return np.asarray(cv2.copyMakeBorder(values, 0, height, 0, width, cv2.BORDER_REPLICATE).reshape(shape), np.float32)


def tone_trust(depth: Map) -> Map:
    """Return the trust in another method's tone in a hole: 1 at the rim; deep inside it is fog, sooner in wide holes.

    Args:
        depth: ``(H, W)``, as of `pconv_cli.methods.tiled.holes.hole_depth`.

    Returns:
        ``(H, W)``, from 1 to 0, falling with the fourth power of the depth.
    """
    half = np.float32(_TONE_DEPTH)
    trust = np.ones(depth.shape, np.float32)
    inside = depth > 0
    deep = depth[inside]
    reach = np.minimum(half, half**2 / np.maximum(_widest(inside, deep, _TONE_DEPTH), half))
    trust[inside] = 1 / (1 + (deep / reach) ** 4)
    return trust


def _widest(inside: Mask, deep: NDArray[np.float32], enough: float) -> NDArray[np.float32]:
    """Give the greatest depth of each pixel's hole, ``(N,)`` like ``deep``; one figure if none is above enough."""
    if deep.max(initial=0) <= enough:
        return np.full(1, enough, np.float32)
    count, holes = cv2.connectedComponents(inside.astype(np.uint8))
    widest = np.zeros(count, np.float32)
    own = np.asarray(holes[inside], np.intp)
    np.maximum.at(widest, own, deep)
    return np.asarray(widest[own], np.float32)


def _narrow(hole: Mask, depth: Map) -> Mask:
    """Say which holes are narrow enough for a layout that several agree on: ``(H, W)``."""
    narrow, inside = hole.copy(), depth > 0
    narrow[inside] &= _widest(inside, depth[inside], _AGREED_DEPTH) <= _AGREED_DEPTH
    return narrow


def _taps(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weigh the six pixels round each second place, across and down; beyond the edge there is nothing."""
    summed = cv2.sepFilter2D(values, -1, _TAPS, _TAPS, anchor=(2, 2), borderType=cv2.BORDER_CONSTANT)
    return np.ascontiguousarray(summed.reshape(values.shape)[::2, ::2])


def _without_steps(filled: Image, known: Mask, hole: Mask) -> Image:
    """Shift what lies near the rim by the step across it, so that no outline of the hole is seen."""
    depth = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_C, cv2.DIST_MASK_3)
    rim = (hole & (depth == 1)).astype(np.float32)
    step = (_mean_of(filled, known, 3) - _mean_of(filled, ~known, 3)) * rim[:, :, np.newaxis]
    spread = _mean_of(step, rim > 0, 2 * _STEP_REACH + 1)
    share = np.where(hole, (_STEP_DEPTH + 1 - depth) / np.float32(_STEP_DEPTH), 0).clip(0, 1)
    return np.asarray(filled + spread * share[:, :, np.newaxis], np.float32)


def _mean_of(image: Image, chosen: Mask, side: int) -> Image:
    """The mean of the chosen pixels in a square round each one; 0 where there is none."""
    share = chosen.astype(np.float32)
    count = np.maximum(cv2.blur(share, (side, side)), np.float32(1e-6))
    mean = cv2.blur(image * share[:, :, np.newaxis], (side, side)).reshape(image.shape)
    return np.asarray(mean / count[:, :, np.newaxis], np.float32)
