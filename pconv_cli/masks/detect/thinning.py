"""Areas thinned down to lines of one pixel.

Reference: Z. Guo and R. W. Hall, Parallel Thinning with Two-Subiteration Algorithms, Communications of the ACM 32(3),
1989 (algorithm A1): slanting lines keep their length, those of two pixels too, and no stairs are left on them.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

#: Each neighbour's bit, clockwise from above.
_BITS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


def thinned(area: NDArray[np.bool_], rounds: int) -> NDArray[np.bool_]:
    """Take pixels off an area from all sides until lines are left, or all rounds are done.

    A round looks two pixels far, so what becomes of a pixel depends on those within ``2 * rounds`` of it.

    Args:
        area: bool ``(H, W)``.
        rounds: The most rounds; as many as the area is thick are enough for nearly all of it.
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
    """Say whether a pixel stays, 0 or 1, by its neighbours' bits, in either half of a round (conditions (a) to (c))."""
    first, second = np.ones(256, np.uint8), np.ones(256, np.uint8)
    for code in range(256):
        n, ne, e, se, s, sw, w, nw = (code >> bit & 1 for bit in range(8))
        parts = sum((not n and ne | e, not e and se | s, not s and sw | w, not w and nw | n))
        pairs = min((nw | n) + (ne | e) + (se | s) + (sw | w), (n | ne) + (e | se) + (s | sw) + (w | nw))
        if parts == 1 and 2 <= pairs <= 3:
            first[code] = e and (n | ne | (1 - se))
            second[code] = w and (s | sw | (1 - nw))
    return first, second


_STAYS = _tables()
