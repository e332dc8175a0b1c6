"""Drawing one mask of a wanted type, size, hole ratio and border."""

import numpy as np

from pconv_cli.errors import UsageError
from pconv_cli.masks.generate.compose import MaskGenerator, compose
from pconv_cli.masks.generate.cracks import cracks
from pconv_cli.masks.generate.occlusion import occlusion
from pconv_cli.masks.generate.randomwalk import randomwalk
from pconv_cli.masks.generate.rectangles import rectangles
from pconv_cli.masks.generate.shapes import shapes
from pconv_cli.masks.generate.strokes import strokes
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.ratios import REFERENCE_SIDE, Mask, Ratio, Size, border_margin, pixel_range

GENERATORS: dict[MaskKind, MaskGenerator] = {
    MaskKind.RANDOMWALK: randomwalk,
    MaskKind.SHAPES: shapes,
    MaskKind.RECTANGLES: rectangles,
    MaskKind.STROKES: strokes,
    MaskKind.CRACKS: cracks,
    MaskKind.OCCLUSION: occlusion,
}

MIXED = (MaskKind.RANDOMWALK, MaskKind.SHAPES, MaskKind.RECTANGLES)
"""The types among which `MaskKind.MIXED` chooses, each equally likely."""

LARGEST_SHARE = {MaskKind.CRACKS: 0.8}
"""How much of the drawable area a type can cover and still look like itself; 0.95 where nothing is said."""


def reachable_ratio(kind: MaskKind, size: Size, border: bool | None = None) -> float:
    """Give the largest hole ratio that masks of this type, size and border reach.

    Args:
        kind: The type of mask.
        size: (height, width) in pixels.
        border: False where holes keep clear of the edge, which leaves less room for them.
    """
    height, width = size
    drawable = 1.0
    if border is False:
        inner = _inner(size)
        drawable = inner[0] * inner[1] / (height * width)
    return LARGEST_SHARE.get(kind, 0.95) * drawable


def can_draw(kind: MaskKind, size: Size, *, ratio: Ratio, border: bool | None = None) -> bool:
    """Say whether `draw_mask` can draw a mask of these arguments."""
    try:
        _wanted_pixels(kind, size, ratio, border)
    except UsageError:
        return False
    return True


def draw_mask(
    kind: MaskKind | str, size: Size, rng: np.random.Generator, *, ratio: Ratio, border: bool | None = None
) -> Mask:
    """Draw one random mask.

    Args:
        kind: What the holes look like; ``mixed`` is a random walk, shapes or rectangles, equally likely.
        size: (height, width) in pixels, from 1 x 1 up; all lengths scale with the shorter side.
        rng: The only source of chance: equal generators give equal masks.
        ratio: (low, high]: the mask's hole ratio r has low < r <= high, to the pixel.
        border: False keeps every hole out of the border zone (`pconv_cli.masks.ratios.border_margin`); True and None
            let holes lie anywhere.

    Returns:
        bool (H, W), True = valid, False = hole.

    Raises:
        UsageError: The interval is empty or lies outside [0, 1], no whole number of pixels has such a ratio,
            masks of this type, size and border do not reach it, or an argument is of another kind.

    Example:
        >>> mask = draw_mask("cracks", (64, 96), np.random.default_rng(0), ratio=(0.1, 0.2))
        >>> mask.shape, bool(0.1 < (~mask).mean() <= 0.2)
        ((64, 96), True)
    """
    kind = MaskKind(kind)
    if not isinstance(rng, np.random.Generator):
        raise UsageError(f"rng: {rng!r} is no generator; pass np.random.default_rng(seed)")
    if not _is_pair(size, "iu"):
        raise UsageError(f"size: {size!r} is no pair of whole numbers")
    if not _is_pair(ratio, "iuf"):
        raise UsageError(f"ratio: {ratio!r} is no pair of numbers")
    height, width = size
    fewest, most = _wanted_pixels(kind, size, ratio, border)
    target = int(rng.integers(fewest, most + 1))
    if kind is MaskKind.MIXED:
        kind = MIXED[int(rng.integers(len(MIXED)))]
    drawn = _inner(size) if border is False else size
    unit = min(size) / REFERENCE_SIDE
    pieces = GENERATORS[kind](drawn, unit, target / (drawn[0] * drawn[1]), rng)
    mask = np.ones((height, width), np.bool_)
    top, left = (height - drawn[0]) // 2, (width - drawn[1]) // 2
    mask[top : top + drawn[0], left : left + drawn[1]] = ~compose(pieces, drawn, target, most)
    return mask


def _is_pair(value: object, kinds: str) -> bool:
    """Say whether a value is two numbers of some of NumPy's kinds."""
    try:
        pair = np.asarray(value)
    except ValueError:  # rows of different lengths
        return False
    return pair.shape == (2,) and pair.dtype.kind in kinds


def _inner(size: Size) -> Size:
    margin = border_margin(size)
    return max(0, size[0] - 2 * margin), max(0, size[1] - 2 * margin)


def _wanted_pixels(kind: MaskKind, size: Size, ratio: Ratio, border: bool | None) -> Size:
    """Give the fewest and the most hole pixels that will do, or say why there are none."""
    low, high = ratio
    height, width = size
    if height < 1 or width < 1:
        raise UsageError(f"a mask of {width}x{height} pixels is not possible: give a size of at least 1x1")
    if not 0 <= low < high <= 1:
        raise UsageError(f"the hole ratio {low:g}-{high:g} is not an interval within 0-1: write it as LOW-HIGH")
    fewest, most = pixel_range(ratio, height * width)
    if fewest > most:
        raise UsageError(
            f"no mask of {width}x{height} pixels has a hole ratio in ({low:g}, {high:g}]: give a wider interval"
        )
    reach = reachable_ratio(kind, size, border)
    if fewest > reach * height * width:
        where = f" with no hole within {border_margin(size)} px of the edge" if border is False else ""
        raise UsageError(
            f"{kind} masks of {width}x{height}{where} reach a hole ratio of {reach:.3g}, not ({low:g}, {high:g}]: "
            "ask for less" + (", or let holes touch the border" if border is False else " or for another type")
        )
    return fewest, min(most, int(reach * height * width))
