"""Windows worked off beside one another, with the result of one after the other.

A window that is filled changes what the next one sees where the two overlap. So of windows that overlap the earlier one
comes first, and all others may come at once.
"""

from collections.abc import Callable, Sequence

import numpy as np

from pconv_cli.cores import side_by_side, threads_for_windows
from pconv_cli.tiling.rect import Rect


def in_waves(windows: Sequence[Rect], work: Callable[[int], None]) -> None:
    """Work windows off in threads, as if it were one after the other.

    Args:
        windows: Their places.
        work: Works a window off by its number; it reads and changes nothing of the image beyond its place.
    """
    workers = threads_for_windows(max((window.area for window in windows), default=1))
    for wave in waves(windows):
        side_by_side(work, wave, workers)


def waves(windows: Sequence[Rect]) -> list[list[int]]:
    """Divide windows into waves, of which each has to wait for the one before.

    Args:
        windows: Their places.

    Returns:
        The windows' numbers, rising within a wave. No two of a wave overlap, and of two that overlap the earlier one is
        in an earlier wave.
    """
    found: list[list[int]] = []
    low = np.array([(window.top, window.left) for window in windows], np.intp).reshape(-1, 2)
    high = np.array([(window.bottom, window.right) for window in windows], np.intp).reshape(-1, 2)
    wave_of = np.zeros(len(windows), np.intp)
    for number in range(len(windows)):
        meets = ((low[:number] < high[number]) & (low[number] < high[:number])).all(axis=1)
        wave = int((wave_of[:number][meets] + 1).max(initial=0))
        wave_of[number] = wave
        if wave == len(found):
            found.append([])
        found[wave].append(number)
    return found
