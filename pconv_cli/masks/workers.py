"""Small jobs done here or in other processes; their results come as they are ready."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from types import FrameType
from typing import TypeVar

import cv2

from pconv_cli.errors import Naming, PconvError, current_naming, field_name, name_options_by, option
from pconv_cli.files.atomic import discard_unfinished
from pconv_cli.stops import STOP_SIGNALS, heard_signals

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")

LARGEST_PART = 32

# Seconds that a worker gives its parent, which may have had the same SIGTERM, to ask for the end.
_MOMENT = 1.0

# In a worker: a pipe that its parent closes to ask for the end. It has no lock that a killed worker might hold.
_stop: Connection | None = None


def each(
    work: Callable[[Job], Outcome], jobs: Sequence[Job], workers: int, take: Callable[[Job, Outcome], None]
) -> None:
    """Do every job, and hand it over with its outcome.

    On Ctrl-C or SIGTERM each process ends the job that it is at and begins no other; what was done until then is handed
    over before `KeyboardInterrupt` goes on. One process alone drops its job.

    Args:
        work: What is done; a function of a module (or `functools.partial` of one), so that it reaches other processes.
        jobs: Small objects, for the same reason.
        workers: Processes; 1: this one, and in order.
        take: Called here with each job and its outcome.

    Raises:
        PconvError: A process was ended from outside.
    """
    workers = min(workers, len(jobs))
    if workers > 1:
        _each_elsewhere(work, jobs, workers, take)
        return
    for job in jobs:
        outcome = work(job)
        with signals_held():
            take(job, outcome)


def _each_elsewhere(
    work: Callable[[Job], Outcome], jobs: Sequence[Job], workers: int, take: Callable[[Job, Outcome], None]
) -> None:
    size = max(1, min(LARGEST_PART, len(jobs) // (4 * workers)))
    parts = [jobs[first : first + size] for first in range(0, len(jobs), size)]
    context = get_context("spawn")
    stop, stopping = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=start_worker, initargs=(stop, current_naming()))
    waiting: dict[Future[list[Outcome]], Sequence[Job]] = {}

    def hand_over(done: Future[list[Outcome]]) -> None:
        with signals_held():  # so that no outcome is lost or handed over twice
            for job, outcome in zip(waiting.pop(done), done.result(), strict=False):
                take(job, outcome)

    try:
        with alive(), signals_held():
            waiting |= {pool.submit(_several, work, part): part for part in parts}
        for done in as_completed(list(waiting)):
            with alive():
                hand_over(done)
    except KeyboardInterrupt:
        stopping.close()
        begun = [future for future in waiting if not future.cancel()]
        wait(begun)
        for future in begun:
            if future.exception() is None:
                hand_over(future)
        raise
    finally:
        pool.shutdown(wait=not waiting, cancel_futures=True)
        stopping.close()
        stop.close()


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
            "one of the processes was ended from outside, most likely because memory ran out; give fewer "
            f"{option('workers')}"
        ) from error


@contextmanager
def signals_held() -> Iterator[None]:
    """Let Ctrl-C and its like wait for the end of this block, and in processes that it starts for `start_worker`."""
    came: list[int] = []
    handlers = {}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS) if hasattr(signal, "pthread_sigmask") else None
    try:
        if threading.current_thread() is threading.main_thread():
            # What this thread blocks another one takes, a library's say, and Python interrupts this one all the same.
            for number in heard_signals():
                handlers[number] = signal.signal(number, lambda one, frame: came.append(one))
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for one in came:
            signal.raise_signal(one)


def start_worker(stop: Connection | None = None, naming: Naming = field_name) -> None:
    """Leave Ctrl-C to the parent and the cores to the other workers, and end with the parent, however that ends.

    Args:
        stop: A pipe that the parent closes to ask for the end, and to which SIGTERM and SIGHUP then leave it.
        naming: How messages name options, as they do in the parent.
    """
    global _stop
    _stop = stop
    name_options_by(naming)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if stop is not None:
        for number in heard_signals():
            signal.signal(number, _end_unless_parent_asks)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    wait_for([parent.sentinel])
    _end()


def _end_unless_parent_asks(signum: int, frame: FrameType | None) -> None:
    """SIGTERM and SIGHUP: to a whole group, it leaves the end to the parent; to this process, it ends it."""
    if _stop is not None and not _stop.poll(_MOMENT):
        _end()


def _end() -> None:
    discard_unfinished()
    os._exit(1)


def _several(work: Callable[[Job], Outcome], jobs: Sequence[Job]) -> list[Outcome]:
    """Do jobs until the parent asks for the end."""
    outcomes = []
    for job in jobs:
        if _stop is not None and _stop.poll():
            break
        outcomes.append(work(job))
    return outcomes
