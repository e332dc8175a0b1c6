"""Finding the damage of an image that comes without a mask; a pure function from samples to mask, of any size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import UsageError, option
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.detect.color import painted
from pconv_cli.masks.detect.learned import learned
from pconv_cli.masks.detect.lines import lines
from pconv_cli.masks.detect.losses import losses
from pconv_cli.masks.kinds import Damage
from pconv_cli.masks.large.parts import large_parts
from pconv_cli.masks.large.windowed import SearchedArray, WindowedImage
from pconv_cli.masks.large.windows import SIDE, counted_tiles, counting
from pconv_cli.masks.operations import dilate_packed
from pconv_cli.masks.ratios import Mask

PAINT_TOLERANCE = 60
LOSS_TOLERANCE = 25
CONTRAST = 14
WIDTH = 4
MIN_AREA = 12

LOSSES = frozenset({Damage.WHITE, Damage.BLACK})

# How many rounds of `counted_tiles` a search for paint makes, and by rules one for losses and one for lines.
_PAINT_ROUNDS, _LOSS_ROUNDS, _LINE_ROUNDS = 3, 4, 2

Colour = tuple[int, int, int]
"""Red, green and blue, each in 0-255."""


@dataclass(frozen=True)
class Search:
    """What to look for. Values of samples are given as 0 to 255, whatever the image's depth.

    Attributes:
        methods: The kinds of damage.
        colours: Colours in which damage is painted over.
        certainty: The least probability of a certain pixel, in (0, 1), by the network; None: one for each kind, see
            `pconv_cli.masks.detect.learned.LIMITS`, with evidence, which any value turns off.
        rules: Whether kinds of damage are found by fixed rules, and not by the network.
        tolerance: How far a sample may be from the colour, and by rules from white or black; None: `PAINT_TOLERANCE`
            and `LOSS_TOLERANCE`.
        contrast: By rules: how much a scratch or crack differs from both of its sides; None: `CONTRAST`.
        width: By rules: the widest scratch or crack in pixels; None: `WIDTH`.
        min_area: Smaller connected areas are dropped, in pixels.
        dilate: Pixels by which what was found is grown.

    Raises:
        UsageError: Nothing is looked for, a value lies outside its range, or an option is given in vain.
    """

    methods: Sequence[Damage] = ()
    colours: Sequence[Colour] = ()
    certainty: float | None = None
    rules: bool = False
    tolerance: int | None = None
    contrast: int | None = None
    width: int | None = None
    min_area: int = MIN_AREA
    dilate: int = 0

    def __post_init__(self) -> None:
        methods = set(self.methods)
        if not methods and not self.colours:
            raise UsageError(
                f"nothing to look for: name a colour of paint by {option('colours')}, or a kind of damage by "
                f"{option('method')}: {', '.join(Damage)}"
            )
        if self.rules and not methods:
            raise UsageError(f"{option('rules')}: belongs to {option('method')}; leave it out")
        if self.certainty is not None:
            if not methods or self.rules:
                raise UsageError(
                    f"{option('certainty')}: belongs to {option('method')} without {option('rules')}; leave it out"
                )
            if not 0 < self.certainty < 1:
                raise UsageError(f"{option('certainty')} {self.certainty:g}: give a value between 0 and 1")
        by_rules = methods if self.rules else set()
        if self.tolerance is not None and not self.colours and not by_rules & LOSSES:
            raise UsageError(
                f"{option('tolerance')}: belongs to {option('colours')}, and to {option('rules')} with "
                f"{option('method')} white or black; leave it out"
            )
        for name, value, most in (("tolerance", self.tolerance, 254), ("contrast", self.contrast, 255)):
            if value is not None and not 1 <= value <= most:
                raise UsageError(f"{option(name)} {value}: give a value in 1-{most}")
        for name, value in (("contrast", self.contrast), ("width", self.width)):
            if value is not None and not by_rules - LOSSES:
                raise UsageError(
                    f"{option(name)}: belongs to {option('rules')} with {option('method')} scratches or cracks; "
                    "leave it out"
                )
        if self.width is not None and not 1 <= self.width <= 64:
            raise UsageError(f"{option('width')} {self.width}: give a width in 1-64 pixels")
        for name, value in (("min_area", self.min_area), ("dilate", self.dilate)):
            if value < 0:
                raise UsageError(f"{option(name)} {value}: give 0 or more pixels")


def detect(rgb: NDArray[np.float32], search: Search, alpha: NDArray[np.float32] | None = None) -> Mask:
    """Find the damage of an image in memory.

    Args:
        rgb: ``(H, W, 3)`` in [0, 1]; grey three times. NaN counts as 0, as in files.
        search: What to look for; what several methods find is joined.
        alpha: ``(H, W)`` opacity in [0, 1]; what is wholly transparent is not an image, and so no damage.

    Returns:
        bool ``(H, W)``, True = valid, False = damaged (hole).
    """
    return search_scene(SearchedArray(rgb, alpha), search).whole()


def search_scene(
    image: WindowedImage, search: Search, side: int = SIDE, report: Callable[[int, int], None] | None = None
) -> PackedMask:
    """Find the damage of an image of any size, in windows.

    Every value that is computed of a pixel depends on its neighbourhood alone, and windows have margins that hold it;
    parts that cross windows are put together (see `pconv_cli.masks.large.parts`). So the windows change nothing but the
    rounding of sums in their last bit.

    Args:
        image: The image.
        search: What to look for.
        side: Side of the windows, in pixels.
        report: Called with the number of windows seen and the number of all, each counted in every round.

    Returns:
        The mask, the damage as hole.
    """
    if report is None:
        return _found(image, search, side)
    height, width = image.size
    total = -(-height // side) * -(-width // side) * _rounds(image, search)
    report(0, total)
    seen = count(1)
    with counting(lambda: report(next(seen), total)):
        return _found(image, search, side)


def _rounds(image: WindowedImage, search: Search) -> int:
    """Return how often `_found` goes over all windows."""
    rounds = _PAINT_ROUNDS * len(search.colours)
    methods = set(search.methods)
    if search.rules:
        rounds += _LOSS_ROUNDS * len(methods & LOSSES) + _LINE_ROUNDS * len(methods - LOSSES)
    elif methods:
        # For a kind one in which areas are judged and one in which they are grown; with evidence they are judged again,
        # and lines looked at again.
        rounds += 1 + 2 * len(methods)
        rounds += 0 if search.certainty is not None else len(methods) + len(methods - LOSSES)
    return rounds + image.has_blanks + (search.min_area > 1) + (search.dilate > 0)


def _found(image: WindowedImage, search: Search, side: int) -> PackedMask:
    found = PackedMask(image.size)
    for colour in search.colours:
        red, green, blue = (channel / 255 for channel in colour)
        limit = PAINT_TOLERANCE if search.tolerance is None else search.tolerance
        found.add(painted(image, (red, green, blue), limit / 255, side))
    methods = tuple(dict.fromkeys(search.methods))
    if search.rules:
        for method in methods:
            found.add(_by_rules(image, method, search, side))
    elif methods:
        found.add(learned(image, methods, search.certainty, side))
    if image.has_blanks:
        for framed in counted_tiles(image.size, side):
            if found.has_hole(framed.inner):
                found.put_hole(framed.inner, found.hole(framed.inner) & image.shows(framed.inner))
    if search.min_area > 1:
        found, _ = large_parts(found, search.min_area, side)
    return dilate_packed(found, search.dilate, side) if search.dilate else found


def _by_rules(image: WindowedImage, method: Damage, search: Search, side: int) -> PackedMask:
    if method in LOSSES:
        limit = LOSS_TOLERANCE if search.tolerance is None else search.tolerance
        return losses(image, limit / 255, white=method is Damage.WHITE, side=side)
    contrast = CONTRAST if search.contrast is None else search.contrast
    width = WIDTH if search.width is None else search.width
    return lines(image, contrast=contrast / 255, width=width, dark=method is Damage.CRACKS, side=side)


def count_areas(mask: PackedMask, side: int = SIDE) -> int:
    """Count the connected holes (8 neighbours) of a mask."""
    return large_parts(mask, 1, side)[1]
