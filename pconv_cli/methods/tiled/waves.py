"""Windows worked off beside one another, with the result of one after the other.

Where a window that is filled changes what the next one sees, the two overlap. So of windows that overlap the earlier
one comes first, and all others may come at once. Where no window sees another's fill, any may come at once.
"""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from itertools import pairwise
from threading import Event
from typing import TypeVar

import numpy as np

from pconv_cli.cores import side_by_side, threads_for_windows, until_dropped, usable_cores
from pconv_cli.profiling import measured
from pconv_cli.tiling.rect import Rect

Result = TypeVar("Result")


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


def in_order(
    windows: Sequence[Rect], begin: Callable[[int], Callable[[], Result]], room: int | None = None
) -> Generator[Result, None, None]:
    """Work off windows that do not see one another, several at once, and give what comes of each in its turn.

    Args:
        windows: Their places.
        begin: Prepares a window by its number, in the caller's thread, and gives what works it off in any thread.
        room: Pixels of the windows that are worked off at once, unless one has more. None: each one by itself, in the
            caller's thread.

    Yields:
        What came of each window, in their order; the next ones go on meanwhile.

    Raises:
        Exception: What a window raises, in its turn; those that have begun then stop early, as they do where
            the generator is closed.
    """
    two_fit = room is not None and any(first.area + second.area <= room for first, second in pairwise(windows))
    if room is None or usable_cores() < 2 or not two_fit:
        for number in range(len(windows)):
            yield begin(number)()
        return
    begun: deque[tuple[int, Future[Result]]] = deque()
    left = Event()
    with ThreadPoolExecutor(usable_cores()) as pool:
        try:
            for number, window in enumerate(windows):
                while begun and (len(begun) >= usable_cores() or window.area + sum(area for area, _ in begun) > room):
                    yield _awaited(begun.popleft()[1])
                begun.append((window.area, pool.submit(copy_context().run, until_dropped, left, begin(number))))
            while begun:
                yield _awaited(begun.popleft()[1])
        finally:
            left.set()
            for _, other in begun:
                other.cancel()


def _awaited(result: Future[Result]) -> Result:
    with measured(None):  # the threads that are waited for count their time themselves
        return result.result()
