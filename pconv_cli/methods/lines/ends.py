"""Where lines and edges end at a hole: their place, direction, and the colours across them.

References:
    Grompone von Gioi, Jakubowicz, Morel, Randall, "LSD: a line segment detector", Image Processing On Line, 2012.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.lines.sections import Points, at, sections
from pconv_cli.methods.patches.features import grey_of
from pconv_cli.methods.tiled.windows import Rgb

# Least length of what is known of a line, in pixels.
_LENGTH = 8

# Pixels before the hole at which a line may end, and as far as which a segment that was found does not count, since
# what is filled decides its end.
_BEFORE, _UNSURE = 6, 1.5

# Pixels along a line over which its cross-section is averaged.
_ALONG = 12

# Ends that are kept of a group of holes, the longest lines first, since each is compared with each: far more than a
# window of 2048 px has, but for a pattern all over it.
_MOST = 16000

# Least range of the colours of a cross-section, and the least share of it that is known.
_CONTRAST, _SEEN = 0.08, 0.7


@dataclass(frozen=True)
class LineEnds:
    """Where lines end at a hole.

    Attributes:
        points: ``(N, 2)``, the first pixel in the hole.
        directions: ``(N, 2)``, unit vectors into the hole.
        lengths: ``(N,)``, pixels of the line that are known.
        sections: ``(N, S, 3)``, colours across the line, from left to right as seen towards the hole.
        seen: ``(N, S)``, which of them are known.
        contrasts: ``(N,)``, the range of the colours in the channel where it is widest.
    """

    points: Points
    directions: Points
    lengths: NDArray[np.float64]
    sections: NDArray[np.float64]
    seen: NDArray[np.bool_]
    contrasts: NDArray[np.float64]

    def of(self, chosen: NDArray[np.bool_]) -> "LineEnds":
        """Keep some."""
        return LineEnds(*(part[chosen] for part in vars(self).values()))


def line_ends(filled: Rgb, mask: Mask, hole: Mask) -> LineEnds:
    """Find where known lines end at a hole.

    Args:
        filled: ``(H, W, 3)`` in [0, 1], holes filled by any method.
        mask: ``(H, W)``, True = valid.
        hole: ``(H, W)``, True in the hole that counts.
    """
    grey = np.rint(grey_of(filled) * 255).clip(0, 255).astype(np.uint8)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    segments = np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)
    points, directions, lengths = _known_runs(segments, mask)
    # Step from the end of each until the hole begins.
    steps = points[:, np.newaxis] + np.arange(_BEFORE + 1)[:, np.newaxis] * directions[:, np.newaxis]
    in_hole = at(hole, steps)
    reached = np.asarray(in_hole.any(axis=1), np.bool_)
    reached[np.argsort(np.where(reached, -lengths, 1), kind="stable")[_MOST:]] = False
    points, directions, lengths = points[reached], directions[reached], lengths[reached]
    first = steps[reached, in_hole[reached].argmax(axis=1)]
    back = points[:, np.newaxis] - np.arange(1, _ALONG)[:, np.newaxis] * directions[:, np.newaxis]
    colours, seen = sections(filled, mask, back, directions[:, np.newaxis], lengths - 1)
    highest = np.where(seen[:, :, np.newaxis], colours, -np.inf).max(axis=1)
    lowest = np.where(seen[:, :, np.newaxis], colours, np.inf).min(axis=1)
    contrasts = (highest - lowest).max(axis=1)
    ends = LineEnds(first, directions, lengths, colours, seen, contrasts)
    return ends.of((seen.mean(axis=1) >= _SEEN) & (contrasts >= _CONTRAST))


def _known_runs(segments: NDArray[np.float64], mask: Mask) -> tuple[Points, Points, NDArray[np.float64]]:
    """Cut segments where they meet holes; give either end of each known piece: place, direction outwards, length."""
    away = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    sure = away > _UNSURE
    starts, ways = segments[:, :2], segments[:, 2:] - segments[:, :2]
    lengths = np.hypot(ways[:, 0], ways[:, 1])
    columns, rows = np.rint(starts + ways / 2).astype(np.intp).T
    height, width = mask.shape
    reached = away[rows.clip(0, height - 1), columns.clip(0, width - 1)] <= lengths / 2 + _BEFORE + 2
    runs = []
    for number in np.flatnonzero((lengths >= _LENGTH) & reached):
        start, length = starts[number], lengths[number]
        direction = ways[number] / length
        known = at(sure, start + np.arange(int(length) + 1)[:, np.newaxis] * direction)
        turns = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
        for first, last in zip(turns[::2], turns[1::2] - 1, strict=True):
            if last - first >= _LENGTH - 1:
                size = float(last - first + 1)
                runs += [
                    (*(start + last * direction), *direction, size),
                    (*(start + first * direction), *-direction, size),
                ]
    table = np.asarray(runs, np.float64).reshape(-1, 5)
    return table[:, :2], table[:, 2:4], table[:, 4]
