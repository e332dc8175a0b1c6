"""How many processor cores there are to work on, and work that is divided among them."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from threading import Event
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_dropped: ContextVar[Event | None] = ContextVar("dropped", default=None)

# Pixels of windows that are worked off at once, so that memory does not follow the number of cores.
_AT_ONCE = 2**20


def usable_cores() -> int:
    """Count the cores that this process may use, 1 or more: under ``taskset`` or a batch system not all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_for_windows(largest: int) -> int:
    """Count the threads in which windows may be worked off at once, 1 or more.

    Args:
        largest: Pixels of the largest window.
    """
    return min(usable_cores(), max(1, _AT_ONCE // max(1, largest)))


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None) -> list[Result]:
    """Work items off in threads; for work that spends its time in libraries, which let other threads run.

    Each thread has the caller's context variables, NumPy's error state among them. After an error or an interrupt, or
    once the caller's own work is dropped, no further item begins; those that have begun are waited for.

    Args:
        work: Works one off.
        items: Items, none of which waits for another.
        workers: Threads; None: as many as there are cores.

    Returns:
        What came of each, in their order.

    Raises:
        Exception: What the first item raises that fails, in their order.
    """
    every = list(items)
    workers = min(workers or usable_cores(), len(every))
    if workers <= 1:
        return [_unless_dropped(work, item) for item in every]
    with ThreadPoolExecutor(workers) as pool:
        # A context can be entered by one thread at a time: so a copy for each item.
        contexts = [copy_context() for _ in every]
        return list(pool.map(lambda context, item: context.run(_unless_dropped, work, item), contexts, every))


class Dropped(BaseException):
    """Nobody waits any longer for what a thread works on; no `Exception`, so that no method takes it for a failure."""


def until_dropped(dropped: Event, work: Callable[[], Result]) -> Result:
    """Work something off, in a context of its own, that `stop_if_dropped` ends early once the event is set.

    Args:
        dropped: Set by who no longer waits for the result.
        work: Works it off.

    Raises:
        Dropped: The event was set meanwhile.
    """
    _dropped.set(dropped)
    return work()


def stop_if_dropped() -> None:
    """End what the thread works on if nobody waits for it; for long work, to be called now and then.

    Raises:
        Dropped: See `until_dropped`.
    """
    dropped = _dropped.get()
    if dropped is not None and dropped.is_set():
        raise Dropped


def _unless_dropped(work: Callable[[Item], Result], item: Item) -> Result:
    stop_if_dropped()
    return work(item)
