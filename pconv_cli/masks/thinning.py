"""Areas thinned down to lines of one pixel.

Reference: T. Y. Zhang and C. Y. Suen, A Fast Parallel Algorithm for Thinning Digital Patterns, Communications of the
ACM 27(3), 1984.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

#: Each neighbour's bit, clockwise from above.
_BITS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


#: How far beyond `rounds` times two pixels `thinned` looks.
BEYOND = 4


def thinned(area: NDArray[np.bool_], rounds: int) -> NDArray[np.bool_]:
    """Take pixels off an area from all sides until lines are left, or so many rounds have passed; then cut corners.

    A round looks two pixels far, and each kind of corner one, so what becomes of a pixel depends on those within
    ``2 * rounds + BEYOND`` of it.

    Args:
        area: bool ``(H, W)``.
        rounds: The most rounds; half of the area's thickness is enough for nearly all of it.
    """
    left = area.astype(np.uint8)
    count = cv2.countNonZero(left)
    for _ in range(rounds):
        for stays in _STAYS:
            left &= _looked_up(left, stays)
        before, count = count, cv2.countNonZero(left)
        if count == before:
            break
    for stays in _CORNERS:
        left &= _looked_up(left, stays)
    return left.view(np.bool_)


def _looked_up(area: NDArray[np.uint8], table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.LUT(cv2.filter2D(area, -1, _BITS, borderType=cv2.BORDER_CONSTANT), table), np.uint8)


def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Whether a pixel stays, 0 or 1, by its neighbours' bits, in either half of a round (conditions (a) to (d'))."""
    first, second = np.ones(256, np.uint8), np.ones(256, np.uint8)
    for code in range(256):
        n, ne, e, se, s, sw, w, nw = around = _neighbours(code)
        steps = sum(one < other for one, other in zip(around, [ne, e, se, s, sw, w, nw, n], strict=True))
        if 2 <= sum(around) <= 6 and steps == 1:
            first[code] = bool(n and e and s) or bool(e and s and w)
            second[code] = bool(n and e and w) or bool(n and s and w)
    return first, second


def _corner_tables() -> list[NDArray[np.uint8]]:
    """The same for the corners of stairs, one kind after the other: a slanting line is left no longer than it is."""
    tables = []
    for turn in (0, 2, 4, 6):
        table = np.ones(256, np.uint8)
        for code in range(256):
            around = _neighbours(code)
            n, _, e, _, s, sw, w, _ = around[turn:] + around[:turn]
            table[code] = not (n and e) or bool(s or sw or w)
        tables.append(table)
    return tables


def _neighbours(code: int) -> list[int]:
    return [code >> bit & 1 for bit in range(8)]


_STAYS = _tables()
_CORNERS = _corner_tables()
