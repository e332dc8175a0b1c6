"""Areas thinned down to lines of one pixel.

Reference: T. Y. Zhang and C. Y. Suen, A Fast Parallel Algorithm for Thinning Digital Patterns, Communications of the
ACM 27(3), 1984.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

#: Each neighbour's bit, clockwise from above.
_BITS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


def thinned(area: NDArray[np.bool_], rounds: int) -> NDArray[np.bool_]:
    """Take pixels off an area from all sides until lines are left, or so many rounds have passed.

    A round looks two pixels far, so what becomes of a pixel depends on those within ``2 * rounds`` of it.

    Args:
        area: bool ``(H, W)``.
        rounds: The most rounds; half of the area's thickness is enough for nearly all of it.
    """
    left = area.astype(np.uint8)
    count = cv2.countNonZero(left)
    for _ in range(rounds):
        for stays in _STAYS:
            left &= np.asarray(cv2.LUT(cv2.filter2D(left, -1, _BITS, borderType=cv2.BORDER_CONSTANT), stays), np.uint8)
        before, count = count, cv2.countNonZero(left)
        if count == before:
            break
    return left.view(np.bool_)


def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Whether a pixel stays, 0 or 1, by its neighbours' bits, in either half of a round (conditions (a) to (d'))."""
    first, second = np.ones(256, np.uint8), np.ones(256, np.uint8)
    for code in range(256):
        n, ne, e, se, s, sw, w, nw = around = [code >> bit & 1 for bit in range(8)]
        steps = sum(one < other for one, other in zip(around, [ne, e, se, s, sw, w, nw, n], strict=True))
        if 2 <= sum(around) <= 6 and steps == 1:
            first[code] = bool(n and e and s) or bool(e and s and w)
            second[code] = bool(n and e and w) or bool(n and s and w)
    return first, second


_STAYS = _tables()
