"""The inner loops of completion by patches: compiled at the first import, and taken from numba's cache later on.

numba and these loops take most of a second to load, so they are imported by the functions that run them.

Maps are flat. Nothing here is random but for the seed, and no two calls write to the same place: parts of one pass can
run in threads, in any order, with the same result.

References:
    Barnes, Shechtman, Finkelstein, Goldman, "PatchMatch: a randomized correspondence algorithm for structural image
    editing", SIGGRAPH 2009, for propagation and random search.
    Wexler, Shechtman, Irani, "Space-time completion of video", 2007, for the vote.
"""

from typing import Any

import numpy as np

from pconv_cli.methods.compiled import compiled, inlined
from pconv_cli.methods.patches.sizes import FREEDOM, LEAST, PENALTY, RADIUS, RARE, SIDE, STRENGTH, TONE, TRUST

# Features of a pixel in colour, the usual case, which has a loop of its own whose length the compiler knows.
_USUAL = 5

# Pixels of a line of a patch as it is compared: one more than belongs to it, which counts 0, so that a line is a whole
# number of vectors whatever the features are. What is left over of a vector took longer than all the others.
_LINE = SIDE + 1


@inlined
def _mixed(number: int) -> int:
    """Mix the bits of a number below 2^32 into another one."""
    number = (number ^ (number >> 16)) * 0x7FEB352D & 0xFFFFFFFF
    number = (number ^ (number >> 15)) * 0x846CA68B & 0xFFFFFFFF
    return number ^ (number >> 16)


@inlined
def _take(image: Any, width: int, features: int, row: int, column: int, patch: Any) -> None:
    """Copy the patch round a pixel, ``(SIDE, SIDE + 1, F)``, the last pixel of each line being the one after it."""
    line = _LINE * features
    for i in range(SIDE):
        first = ((row - RADIUS + i) * width + column - RADIUS) * features
        for k in range(line):  # a signed index would be looked at for whether it counts from the end
            patch[np.uint64(i * line + k)] = image[np.uint64(first + k)]


@inlined
def _counting(features: int) -> Any:
    """Say which values of a line of a patch count, ``((SIDE + 1) F,)``: 1 or 0."""
    counts = np.ones(_LINE * features, np.float32)
    counts[SIDE * features :] = 0
    return counts


@inlined
def _differ(
    source: Any, width: int, features: int, row: int, column: int, patch: Any, counts: Any, total: Any, enough: Any
) -> Any:
    """Add the squared difference of a patch from that round a source pixel to ``total``; end once it is ``enough``."""
    for i in range(SIDE):
        if total >= enough:
            break
        first = ((row - RADIUS + i) * width + column - RADIUS) * features
        line = np.float32(0)
        if features == _USUAL:
            for k in range(_LINE * _USUAL):
                difference = source[np.uint64(first + k)] - patch[np.uint64(i * _LINE * _USUAL + k)]
                difference *= counts[np.uint64(k)]
                line += difference * difference
        else:
            for k in range(_LINE * features):
                difference = source[np.uint64(first + k)] - patch[np.uint64(i * _LINE * features + k)]
                difference *= counts[np.uint64(k)]
                line += difference * difference
        total += line
    return total


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
            strong its texture is (`STRENGTH`), how rare it is (`RARE`, see `rarity`), and from `TONE` on its tone; G
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
    patch, counts = np.zeros(SIDE * _LINE * features, np.float32), _counting(features)
    lowest_row, highest_row, lowest_column, highest_column = RADIUS, height - RADIUS - 1, RADIUS, width - RADIUS - 1
    # The image has changed since the last search.
    for target in range(first, last):
        _take(image, width, features, rows[target], columns[target], patch)
        cost = _cost(partners, row[target] * width + column[target], targets, target, lacking)
        distance[target] = _differ(
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
            _take(image, width, features, at_row, at_column, patch)
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
                cost = _differ(source, width, features, try_row, try_column, patch, counts, cost, best)
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
                cost = _differ(source, width, features, try_row, try_column, patch, counts, cost, best)
                if cost < best:
                    best, best_row, best_column = cost, try_row, try_column
                reach >>= 1
            distance[target], row[target], column[target] = best, best_row, best_column


@compiled("void(f4[::1],i8,i8,i4[::1],i4[::1],i4[::1],i4[::1],i8,i8,f4[::1])")
def rarity(
    source: Any,
    width: int,
    features: int,
    rows: Any,
    columns: Any,
    among_rows: Any,
    among_columns: Any,
    first: int,
    last: int,
    rare: Any,
) -> None:
    """Measure how far the patches from ``first`` to ``last`` are from the most similar one of a sample.

    What stands in an image once, such as a face, is rare; ground and grain are not.

    Args:
        source: ``(H W F + F)``, the features of the image; see `search`.
        width: Of the image.
        features: F.
        rows: ``(N,)``, with ``columns`` the centres of the patches.
        columns: ``(N,)``.
        among_rows: ``(M,)``, with ``among_columns`` the centres of the sample.
        among_columns: ``(M,)``.
        first: The first patch.
        last: The one after the last.
        rare: ``(N,)``, the least squared difference from a patch of the sample that does not overlap; replaced in
            place, and 0 where all of them do.
    """
    patch, counts = np.zeros(SIDE * _LINE * features, np.float32), _counting(features)
    for number in range(first, last):
        _take(source, width, features, rows[number], columns[number], patch)
        least = np.float32(3e38)
        for other in range(len(among_rows)):
            down, right = among_rows[other] - rows[number], among_columns[other] - columns[number]
            if abs(down) >= SIDE or abs(right) >= SIDE:
                at_row, at_column = among_rows[other], among_columns[other]
                found = _differ(source, width, features, at_row, at_column, patch, counts, np.float32(0), least)
                least = min(least, found)
        rare[number] = least if least < 3e38 else 0


@compiled(
    "void(i8,i8,i8,i4[::1],i4[::1],i4[::1],f4[::1],f4[:,::1],"
    "f4[:,:,::1],f4[:,:,::1],f4[:,::1],b1[:,::1],i4[::1],i4[::1],b1,i8,i8,f4[:,:,::1],f4[:,::1])"
)
def vote(
    height: int,
    width: int,
    scale: int,
    place: Any,
    row: Any,
    column: Any,
    weight: Any,
    shift: Any,
    source: Any,
    low: Any,
    texture: Any,
    known: Any,
    rows: Any,
    columns: Any,
    best_alone: bool,
    first: int,
    last: int,
    filled: Any,
    filled_texture: Any,
) -> None:
    """Fill the pixels from ``first`` to ``last`` by what the partners of the patches over them say.

    What is smooth is the mean of all votes, and detail is that of the best one: means blur it.

    Args:
        height: Of the image whose patches were matched.
        width: Likewise.
        scale: How many times as large the image is that is filled: 1 or 2.
        place: See `search`.
        row: See `search`.
        column: See `search`.
        weight: ``(T,)``, how much a patch's vote counts, 0 or more.
        shift: ``(T, C)``, what a patch adds to the colours of its partner.
        source: ``(H', W', C)``, the image that colours are taken from, at ``scale``.
        low: ``(H', W', C)``, what of it is smooth.
        texture: ``(H', W')``, how strong its texture is.
        known: ``(H', W')``, which of its pixels may be taken.
        rows: ``(P,)``, with ``columns`` the pixels that are filled.
        columns: ``(P,)``.
        best_alone: Whether the smooth part, too, is the best vote's.
        first: The part's first pixel.
        last: The one after its last.
        filled: ``(H', W', C)``, where they are replaced. A pixel without any vote stays.
        filled_texture: ``(H', W')``, the mean texture of the votes, replaced likewise.
    """
    channels = source.shape[2]
    smooth = np.zeros(channels, np.float32)
    for pixel in range(first, last):
        at_row, at_column = rows[pixel] // scale, columns[pixel] // scale
        in_row, in_column = rows[pixel] % scale, columns[pixel] % scale
        votes, strength, most = np.float32(0), np.float32(0), np.float32(-1)
        best, best_row, best_column = 0, 0, 0
        smooth[:] = 0
        for i in range(max(RADIUS, at_row - RADIUS), min(height - RADIUS - 1, at_row + RADIUS) + 1):
            for j in range(max(RADIUS, at_column - RADIUS), min(width - RADIUS - 1, at_column + RADIUS) + 1):
                target = place[i * width + j]
                if target < 0 or weight[target] <= 0:
                    continue
                there_row = (row[target] + at_row - i) * scale + in_row
                there_column = (column[target] + at_column - j) * scale + in_column
                if there_row >= source.shape[0] or there_column >= source.shape[1]:
                    continue
                if not known[there_row, there_column]:
                    continue
                said = weight[target]
                votes += said
                strength += said * texture[there_row, there_column]
                for k in range(channels):
                    smooth[k] += said * (low[there_row, there_column, k] + shift[target, k])
                # Of equal ones the patch whose centre is nearest, not the first one, which would leave blocks.
                said *= 1 - np.float32(1e-5) * ((i - at_row) ** 2 + (j - at_column) ** 2)
                if said > most:
                    most, best, best_row, best_column = said, target, there_row, there_column
        if votes <= 0:
            continue
        for k in range(channels):
            detail = source[best_row, best_column, k]
            if best_alone:
                filled[rows[pixel], columns[pixel], k] = detail + shift[best, k]
            else:
                detail -= low[best_row, best_column, k]
                filled[rows[pixel], columns[pixel], k] = smooth[k] / votes + detail
        filled_texture[rows[pixel], columns[pixel]] = strength / votes
