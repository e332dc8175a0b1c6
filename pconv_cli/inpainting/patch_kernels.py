"""The inner loops of completion by patches: compiled at the first import, and taken from numba's cache later on.

Images are flat float32 arrays of ``H W C`` samples with `SLACK` more at the end; maps are flat, too. A patch is a
square of `SIDE` pixels a side. Nothing here is random but for the seed, and no two calls write to the same place: parts
of one pass can run in threads, in any order, with the same result.

References:
    Barnes, Shechtman, Finkelstein, Goldman, "PatchMatch: a randomized correspondence algorithm for structural image
    editing", SIGGRAPH 2009, for propagation and random search.
    Wexler, Shechtman, Irani, "Space-time completion of video", 2007, for the vote.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

RADIUS = 3
SIDE = 2 * RADIUS + 1

# Samples that are compared at a time; rows of a patch are compared in whole such parts, the surplus with weight 0.
_LANES = 8

#: Samples beyond the end of a flat image that may be looked at.
SLACK = 64

# Colour and two of texture, the usual case, have a loop of their own whose length the compiler knows.
_USUAL = 8
_ROW = -(-_USUAL * SIDE // _LANES) * _LANES


def _compiled(signature: str) -> Callable[[Function], Function]:
    """Compile a function at once; where no folder for the cache can be written, in memory alone."""

    def compile(function: Function) -> Function:
        try:
            made = njit(signature, cache=True, nogil=True, fastmath=True)(function)
        except (RuntimeError, OSError):
            made = njit(signature, nogil=True, fastmath=True)(function)
        return cast("Function", made)

    return compile


@_compiled("i8(i8)")
def _mixed(number: int) -> int:
    """Mix the bits of a number below 2^32 into another one."""
    number = (number ^ (number >> 16)) * 0x7FEB352D & 0xFFFFFFFF
    number = (number ^ (number >> 15)) * 0x846CA68B & 0xFFFFFFFF
    return number ^ (number >> 16)


@_compiled("f4(f4[::1],f4[::1],i8,i8,i8,i8,f4[::1],f4[::1])")
def _take(image: Any, weight: Any, width: int, channels: int, row: int, column: int, patch: Any, weights: Any) -> Any:
    """Copy the patch round a pixel and its weights, row by row in whole lanes; gives the sum of the pixels' weights."""
    lanes = -(-channels * SIDE // _LANES) * _LANES
    total = np.float32(0)
    for i in range(SIDE):
        first = (row - RADIUS + i) * width + column - RADIUS
        for j in range(SIDE):
            total += weight[first + j]
            for k in range(channels):
                patch[i * lanes + j * channels + k] = image[(first + j) * channels + k]
                weights[i * lanes + j * channels + k] = weight[first + j]
    return total


@_compiled("f4(f4[::1],i8,i8,i8,i8,f4[::1],f4[::1],f4)")
def _differ(
    source: Any, width: int, channels: int, row: int, column: int, patch: Any, weights: Any, enough: Any
) -> Any:
    """Weighted squared difference of a patch from that round a source pixel; ends early once it is ``enough``."""
    total = np.float32(0)
    if channels == _USUAL:
        for i in range(SIDE):
            first = ((row - RADIUS + i) * width + column - RADIUS) * _USUAL
            for k in range(_ROW):
                difference = source[first + k] - patch[i * _ROW + k]
                total += difference * difference * weights[i * _ROW + k]
            if total >= enough:
                break
        return total
    lanes = -(-channels * SIDE // _LANES) * _LANES
    for i in range(SIDE):
        first = ((row - RADIUS + i) * width + column - RADIUS) * channels
        for k in range(lanes):
            difference = source[first + k] - patch[i * lanes + k]
            total += difference * difference * weights[i * lanes + k]
        if total >= enough:
            break
    return total


@_compiled(
    "void(f4[::1],f4[::1],f4[::1],i8,i8,i8,i4[::1],i4[::1],i4[::1],b1[::1],"
    "i4[::1],i4[::1],f4[::1],i4[::1],i4[::1],i8,i8,i8,i8,i8)"
)
def search(
    source: Any,
    image: Any,
    weight: Any,
    height: int,
    width: int,
    channels: int,
    rows: Any,
    columns: Any,
    place: Any,
    allowed: Any,
    row: Any,
    column: Any,
    distance: Any,
    row_before: Any,
    column_before: Any,
    first: int,
    last: int,
    sweeps: int,
    seed: int,
    reach: int,
) -> None:
    """Find better partners for the targets from ``first`` to ``last``: propagation, then random search.

    Args:
        source: The image that partners are taken from.
        image: The image as it is filled now.
        weight: ``(H W)``, what a pixel of a target counts.
        height: Of the image.
        width: Of the image.
        channels: Of the image.
        rows: ``(T,)``, with ``columns`` the centres of the targets.
        columns: ``(T,)``.
        place: ``(H W)``, the number of the target centred there, or -1.
        allowed: ``(H W)``, centres of the patches that may be taken.
        row: ``(T,)``, with ``column`` the partners' centres; replaced in place.
        column: ``(T,)``.
        distance: ``(T,)``, mean squared difference to the partner, by weight; replaced in place.
        row_before: ``(T,)``, ``row`` as it was before the pass; neighbours outside of the part are read from it.
        column_before: ``(T,)``, likewise.
        first: The part's first target.
        last: The one after its last.
        sweeps: Passes over the part, forwards and backwards in turn.
        seed: Of the random search; below 2^32.
        reach: Largest distance in pixels at which the random search begins.
    """
    patch = np.zeros(SIDE * (channels * SIDE + _LANES), np.float32)
    weights = np.zeros(SIDE * (channels * SIDE + _LANES), np.float32)
    for target in range(first, last):
        total = _take(image, weight, width, channels, rows[target], columns[target], patch, weights)
        found = _differ(source, width, channels, row[target], column[target], patch, weights, np.float32(1e30))
        distance[target] = found / total
    for sweep in range(sweeps):
        step = -1 if sweep % 2 == 0 else 1
        for number in range(last - first):
            target = first + number if step < 0 else last - 1 - number
            at_row, at_column = rows[target], columns[target]
            total = _take(image, weight, width, channels, at_row, at_column, patch, weights)
            best, best_row, best_column = distance[target] * total, row[target], column[target]
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
                if not (RADIUS <= try_row < height - RADIUS and RADIUS <= try_column < width - RADIUS):
                    continue
                if allowed[try_row * width + try_column]:
                    found = _differ(source, width, channels, try_row, try_column, patch, weights, best)
                    if found < best:
                        best, best_row, best_column = found, try_row, try_column
            bits = _mixed((seed + target * 0x9E3779B9 + sweep * 0x85EBCA6B) & 0xFFFFFFFF)
            radius = reach
            while radius >= 1:
                bits = _mixed((bits + 0x9E3779B9) & 0xFFFFFFFF)
                top, bottom = max(RADIUS, best_row - radius), min(height - RADIUS - 1, best_row + radius)
                left, right = max(RADIUS, best_column - radius), min(width - RADIUS - 1, best_column + radius)
                try_row = top + ((bits & 0xFFFF) * (bottom - top + 1) >> 16)
                try_column = left + ((bits >> 16) * (right - left + 1) >> 16)
                if allowed[try_row * width + try_column]:
                    found = _differ(source, width, channels, try_row, try_column, patch, weights, best)
                    if found < best:
                        best, best_row, best_column = found, try_row, try_column
                radius >>= 1
            distance[target], row[target], column[target] = best / total, best_row, best_column


@_compiled("void(f4[::1],i8,i8,i8,i8,i4[::1],i4[::1],i4[::1],i4[::1],i4[::1],f4[::1],f4[::1],f4,i8,i8,f4[::1])")
def vote(
    source: Any,
    height: int,
    width: int,
    channels: int,
    voted: int,
    rows: Any,
    columns: Any,
    place: Any,
    row: Any,
    column: Any,
    distance: Any,
    confidence: Any,
    sharpness: Any,
    first: int,
    last: int,
    filled: Any,
) -> None:
    """Make the hole pixels from ``first`` to ``last`` the mean of what the partners of the patches over them say.

    A patch's vote is its confidence times exp(-(d - d0) / (sharpness * d1)): d its distance, d0 the least and d1 the
    mean one of the patches over this pixel. So the same words are heard where all matches are good and where none is.

    Args:
        source: See `search`, as all that is not listed here.
        height: Of the image.
        width: Of the image.
        channels: Of the image.
        voted: The first so many of them are filled.
        rows: ``(P,)``, with ``columns`` the pixels of the hole.
        columns: ``(P,)``.
        place: See `search`.
        row: See `search`.
        column: See `search`.
        distance: See `search`.
        confidence: ``(H W)``, how much a patch's vote counts, by its centre.
        sharpness: Above 0; the smaller, the more the best patch alone decides.
        first: The part's first pixel.
        last: The one after its last.
        filled: The image in which the pixels are replaced.
    """
    for pixel in range(first, last):
        at_row, at_column = rows[pixel], columns[pixel]
        top, bottom = max(RADIUS, at_row - RADIUS), min(height - RADIUS - 1, at_row + RADIUS)
        left, right = max(RADIUS, at_column - RADIUS), min(width - RADIUS - 1, at_column + RADIUS)
        least, total, votes = np.float32(1e30), np.float32(0), np.float32(0)
        for i in range(top, bottom + 1):
            for j in range(left, right + 1):
                target = place[i * width + j]
                if target >= 0:
                    least = min(least, distance[target])
                    total += confidence[i * width + j] * distance[target]
                    votes += confidence[i * width + j]
        if votes <= 0:
            continue
        unit = sharpness * total / votes + np.float32(1e-9)
        for k in range(voted):
            filled[(at_row * width + at_column) * channels + k] = 0
        votes = np.float32(0)
        for i in range(top, bottom + 1):
            for j in range(left, right + 1):
                target = place[i * width + j]
                if target >= 0:
                    said = confidence[i * width + j] * np.exp((least - distance[target]) / unit)
                    there = (row[target] + at_row - i) * width + column[target] + at_column - j
                    for k in range(voted):
                        filled[(at_row * width + at_column) * channels + k] += said * source[there * channels + k]
                    votes += said
        for k in range(voted):
            filled[(at_row * width + at_column) * channels + k] /= votes
