"""The difference of two patches: what all comparisons of patches are made of."""

from typing import Any

import numpy as np

from pconv_cli.methods.compiled import inlined
from pconv_cli.methods.patches.sizes import RADIUS, SIDE

# Features of a pixel in colour, the usual case, which has a loop of its own whose length the compiler knows.
_USUAL = 5

#: Pixels of a line of a patch as it is compared: one more than belongs to it, which counts 0, so that a line is a whole
#: number of vectors whatever the features are. What is left over of a vector took longer than all the others.
LINE = SIDE + 1


@inlined
def take(image: Any, width: int, features: int, row: int, column: int, patch: Any) -> None:
    """Copy the patch round a pixel, ``(SIDE, SIDE + 1, F)``, the last pixel of each line being the one after it."""
    line = LINE * features
    for i in range(SIDE):
        first = ((row - RADIUS + i) * width + column - RADIUS) * features
        for k in range(line):  # a signed index would be looked at for whether it counts from the end
            patch[np.uint64(i * line + k)] = image[np.uint64(first + k)]


@inlined
def counting(features: int) -> Any:
    """Say which values of a line of a patch count, ``((SIDE + 1) F,)``: 1 or 0."""
    counts = np.ones(LINE * features, np.float32)
    counts[SIDE * features :] = 0
    return counts


@inlined
def differ(
    source: Any, width: int, features: int, row: int, column: int, patch: Any, counts: Any, total: Any, enough: Any
) -> Any:
    """Add the squared difference of a patch from that round a source pixel to ``total``; end once it is ``enough``."""
    for i in range(SIDE):
        if total >= enough:
            break
        first = ((row - RADIUS + i) * width + column - RADIUS) * features
        line = np.float32(0)
        if features == _USUAL:
            for k in range(LINE * _USUAL):
                difference = source[np.uint64(first + k)] - patch[np.uint64(i * LINE * _USUAL + k)]
                difference *= counts[np.uint64(k)]
                line += difference * difference
        else:
            for k in range(LINE * features):
                difference = source[np.uint64(first + k)] - patch[np.uint64(i * LINE * features + k)]
                difference *= counts[np.uint64(k)]
                line += difference * difference
        total += line
    return total
