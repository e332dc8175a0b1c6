"""The search for partners.

References:
    Barnes, Shechtman, Finkelstein, Goldman, "PatchMatch: a randomized correspondence algorithm for structural image
    editing", SIGGRAPH 2009, for propagation and random search.
"""

from typing import Any

import numpy as np

from pconv_cli.methods.compiled import compiled, inlined
from pconv_cli.methods.patches.kernels.differences import LINE, counting, differ, take
from pconv_cli.methods.patches.sizes import FREEDOM, LEAST, PENALTY, RADIUS, RARE, SIDE, STRENGTH, TONE, TRUST


@inlined
def _mixed(number: int) -> int:
    """Mix the bits of a number below 2^32 into another one."""
    number = (number ^ (number >> 16)) * 0x7FEB352D & 0xFFFFFFFF
    number = (number ^ (number >> 15)) * 0x846CA68B & 0xFFFFFFFF
    return number ^ (number >> 16)


@inlined
def _cost(partners: Any, there: int, targets: Any, target: int, lacking: Any) -> Any:
    """Return what a partner costs beside the difference of its pixels; see `search`."""
    lack = max(targets[target, LEAST] - partners[there, STRENGTH], np.float32(0))
    other = np.float32(0)
    for k in range(TONE, partners.shape[1]):
        difference = targets[target, k] - partners[there, k]
        other += difference * difference
    cost = partners[there, PENALTY] + lacking * lack * lack
    return cost + targets[target, TRUST] * other + targets[target, FREEDOM] * partners[there, RARE]


@compiled(
    "void(f4[::1],f4[::1],i8,i8,i8,f4[:,::1],f4[:,::1],f4,i4[::1],i4[::1],"
    "i4[::1],i4[::1],i4[::1],f4[::1],i4[::1],i4[::1],i8,i8,i8,i8,i8)"
)
def search(
    source: Any,
    image: Any,
    height: int,
    width: int,
    features: int,
    partners: Any,
    targets: Any,
    lacking: Any,
    rows: Any,
    columns: Any,
    place: Any,
    row: Any,
    column: Any,
    distance: Any,
    row_before: Any,
    column_before: Any,
    first: int,
    last: int,
    sweeps: int,
    farthest: int,
    seed: int,
) -> None:
    """Find better partners for the targets from ``first`` to ``last``: propagation, then random search.

    Args:
        source: ``(H W F + F)``, the features of the image that partners are taken from, and of one pixel more, which
            says nothing.
        image: ``(H W F + F)``, those of the image as it is filled now.
        height: Of the image, at least `SIDE`.
        width: Of the image, at least `SIDE`.
        features: F.
        partners: ``(H W, 3 + G)``, of a partner centred there: what it costs for its unknown pixels (`PENALTY`), how
            strong its texture is (`STRENGTH`), how rare it is (`RARE`), and from `TONE` on its tone; G
            may be 0.
        targets: ``(T, 3 + G)``, of a target: the least strength that it asks of its partner (`LEAST`), what
            the squared difference of its partner's tone costs (`TRUST`), how much its partner's rarity counts
            (`FREEDOM`), and from `TONE` on the tone that it should have.
        lacking: What the square of a lack of strength costs.
        rows: ``(T,)``, with ``columns`` the centres of the targets.
        columns: ``(T,)``.
        place: ``(H W)``, the number of the target centred there, or -1.
        row: ``(T,)``, with ``column`` the partners' centres; replaced in place.
        column: ``(T,)``.
        distance: ``(T,)``, what the partner costs in all; replaced in place.
        row_before: ``(T,)``, ``row`` as it was before the pass; neighbours outside of the part are read from it.
        column_before: ``(T,)``, likewise.
        first: The part's first target.
        last: The one after its last.
        sweeps: Passes over the part, forwards and backwards in turn.
        farthest: Pixels across and down as far as which the random search looks at first.
        seed: Of the random search; below 2^32.
    """
    patch, counts = np.zeros(SIDE * LINE * features, np.float32), counting(features)
    lowest_row, highest_row, lowest_column, highest_column = RADIUS, height - RADIUS - 1, RADIUS, width - RADIUS - 1
    # The image has changed since the last search.
    for target in range(first, last):
        take(image, width, features, rows[target], columns[target], patch)
        cost = _cost(partners, row[target] * width + column[target], targets, target, lacking)
        distance[target] = differ(
            source, width, features, row[target], column[target], patch, counts, cost, np.float32(3e38)
        )
    for sweep in range(sweeps):
        step = -1 if sweep % 2 == 0 else 1
        for number in range(last - first):
            target = first + number if step < 0 else last - 1 - number
            best, best_row, best_column = distance[target], row[target], column[target]
            if best <= 0:
                continue
            at_row, at_column = rows[target], columns[target]
            take(image, width, features, at_row, at_column, patch)
            for side in range(2):
                down, right = (step, 0) if side == 0 else (0, step)
                if not (0 <= at_row + down < height and 0 <= at_column + right < width):
                    continue
                neighbour = place[(at_row + down) * width + at_column + right]
                if neighbour < 0:
                    continue
                if first <= neighbour < last:
                    try_row, try_column = row[neighbour] - down, column[neighbour] - right
                else:
                    try_row, try_column = row_before[neighbour] - down, column_before[neighbour] - right
                if try_row == best_row and try_column == best_column:
                    continue
                if not (lowest_row <= try_row <= highest_row and lowest_column <= try_column <= highest_column):
                    continue
                cost = _cost(partners, try_row * width + try_column, targets, target, lacking)
                cost = differ(source, width, features, try_row, try_column, patch, counts, cost, best)
                if cost < best:
                    best, best_row, best_column = cost, try_row, try_column
            bits = _mixed((seed + target * 0x9E3779B9 + sweep * 0x85EBCA6B) & 0xFFFFFFFF)
            reach = farthest
            while reach >= 1:
                bits = _mixed((bits + 0x9E3779B9) & 0xFFFFFFFF)
                top, bottom = max(lowest_row, best_row - reach), min(highest_row, best_row + reach)
                left, right = max(lowest_column, best_column - reach), min(highest_column, best_column + reach)
                try_row = top + ((bits & 0xFFFF) * (bottom - top + 1) >> 16)
                try_column = left + ((bits >> 16) * (right - left + 1) >> 16)
                cost = _cost(partners, try_row * width + try_column, targets, target, lacking)
                cost = differ(source, width, features, try_row, try_column, patch, counts, cost, best)
                if cost < best:
                    best, best_row, best_column = cost, try_row, try_column
                reach >>= 1
            distance[target], row[target], column[target] = best, best_row, best_column
