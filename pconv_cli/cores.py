"""How many processor cores there are to work on, and work that is divided among them."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def usable_cores() -> int:
    """Count the cores that this process may use, 1 or more: under ``taskset`` or a batch system not all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None) -> list[Result]:
    """Work items off in threads; for work that spends its time in libraries, which let other threads run.

    Args:
        work: Works one off.
        items: Of which none waits for another.
        workers: Threads; None: as many as there are cores.

    Returns:
        What came of each, in their order.
    """
    every = list(items)
    workers = min(workers or usable_cores(), len(every))
    if workers <= 1:
        return [work(item) for item in every]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, every))
