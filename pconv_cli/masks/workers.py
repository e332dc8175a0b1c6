"""Small jobs done here or in other processes; their results come as they are ready."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

import cv2

from pconv_cli.errors import PconvError

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")

LARGEST_PART = 32


def each(work: Callable[[Job], Outcome], jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Outcome]]:
    """Do every job, and give it with its outcome.

    Args:
        work: What is done; a function of a module (or `functools.partial` of one), so that it reaches other processes.
        jobs: Small objects, for the same reason.
        workers: Processes; 1: this one, and in order.

    Raises:
        PconvError: A process was ended from outside.
    """
    workers = min(workers, len(jobs))
    if workers <= 1:
        for job in jobs:
            yield job, work(job)
        return
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=start_worker)
    try:
        size = max(1, min(LARGEST_PART, len(jobs) // (4 * workers)))
        parts = [jobs[first : first + size] for first in range(0, len(jobs), size)]
        with alive():
            waiting = {pool.submit(_several, work, part): part for part in parts}
        for done in as_completed(waiting):
            with alive():
                outcomes = done.result()
            yield from zip(waiting[done], outcomes, strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def alive() -> Iterator[None]:
    """Give processes work and ask for results inside this block: that one of them was killed becomes one line.

    Raises:
        PconvError: One was.
    """
    try:
        yield
    except BrokenProcessPool as error:
        raise PconvError(
            "one of the processes was ended from outside, most likely since memory ran out; give fewer --workers"
        ) from error


def start_worker() -> None:
    """Leave Ctrl-C to the parent, and the cores to the other workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def _several(work: Callable[[Job], Outcome], jobs: Sequence[Job]) -> list[Outcome]:
    return [work(job) for job in jobs]
