"""From the network's probabilities to damage: which connected areas are believed, and where all that are likely are."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.detect.evidence import damaged_places
from pconv_cli.masks.large.parts import Labels, Sums, counts, keep_parts
from pconv_cli.masks.large.windows import SIDE, counted_tiles
from pconv_cli.tiling.rect import Framed, Rect

LookAgain = Callable[[Rect], NDArray[np.bool_]]
"""From a square of damage: which of its pixels ``(h, w)`` are likely at a second look."""


@dataclass(frozen=True)
class Limits:
    """What is damage of a kind.

    An area is a connected part (8 neighbours) of the likely pixels. It is damage where enough of them are certain. A
    loss is judged by the share of those, so that a bright patch in a sky is none; a line by their number, which grows
    with its length, so that a long one may be uncertain in most of its places.

    Attributes:
        certain: The least probability of a certain pixel, in (0, 1).
        likely: The least probability of a likely pixel; `certain`, where that is lower.
        share: The least share of an area's pixels that are certain, 0 to 1.
        pixels: The least number of them.
        evidence: The share of a place's surroundings that has to be damage by this for every likely area there to be
            damage; see `pconv_cli.masks.detect.evidence`. None: none is for that reason.
    """

    certain: float
    likely: float
    share: float = 0.0
    pixels: int = 1
    evidence: float | None = None


def judged(
    likely: PackedMask,
    certain: PackedMask,
    limits: Limits,
    side: int = SIDE,
    look_again: LookAgain | None = None,
    strange: PackedMask | None = None,
) -> PackedMask:
    """Find the damage of one kind.

    Args:
        likely: The likely pixels, as hole; what is likely at a second look replaces them.
        certain: Those of them that are certain, as hole; with evidence, what is believed for it is added here.
        limits: What is damage.
        side: Side of the windows in which areas are put together.
        look_again: Called for each place with evidence; None: there is no second look.
        strange: The likely pixels that are not of the damage's colour, as hole; see `damaged_places`.

    Returns:
        What is damaged, as hole.
    """
    area = _believed(likely, certain, limits, side)
    if limits.evidence is None:
        return area
    places = damaged_places(area, limits.evidence, strange)
    if look_again is not None:
        for window in counted_tiles(likely.size, side):
            for rect in places:
                if window.inner.holds(rect.top, rect.left):
                    likely.put_hole(rect, look_again(rect))
    for rect in places:
        certain.put_hole(rect, likely.hole(rect))
    return _believed(likely, certain, limits, side)


def _believed(likely: PackedMask, certain: PackedMask, limits: Limits, side: int) -> PackedMask:
    """Keep the areas of which enough is certain."""

    def measure(framed: Framed, labels: Labels, count: int) -> Sums:
        return np.concatenate([counts(labels[certain.hole(framed.inner)], count), counts(labels, count)], axis=1)

    def keep(sums: Sums) -> np.ndarray:
        sure, pixels = sums.T
        return np.asarray((sure >= limits.pixels) & (sure >= limits.share * pixels))

    return keep_parts(likely, measure, keep, side)[0]
