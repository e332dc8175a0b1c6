"""Small jobs done here or in other processes; their results come as they are ready."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

import cv2

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")

LARGEST_PART = 32


def each(work: Callable[[Job], Outcome], jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Outcome]]:
    """Do every job, and give it with its outcome.

    Args:
        work: What is done; a function of a module (or `functools.partial` of one), so that it reaches other processes.
        jobs: Small objects, for the same reason.
        workers: Processes; 1: this one, and in order.
    """
    workers = min(workers, len(jobs))
    if workers <= 1:
        for job in jobs:
            yield job, work(job)
        return
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker)
    try:
        size = max(1, min(LARGEST_PART, len(jobs) // (4 * workers)))
        parts = [jobs[first : first + size] for first in range(0, len(jobs), size)]
        waiting = {pool.submit(_several, work, part): part for part in parts}
        for done in as_completed(waiting):
            yield from zip(waiting[done], done.result(), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, and the cores to the other workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def _several(work: Callable[[Job], Outcome], jobs: Sequence[Job]) -> list[Outcome]:
    return [work(job) for job in jobs]
