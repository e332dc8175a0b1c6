"""Ctrl-C as a flag that the training loop reads between steps."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from pconv_cli.stops import heard_signals

# Seconds within which a second signal is the first one's echo: `timeout` sends one to its command and one to the group.
ECHO = 0.2

# The same under torchrun: the terminal sends one Ctrl-C to all, and torchrun another.
TORCHRUN_ECHO = 5.0


@contextmanager
def stop_requested(grace: float = ECHO) -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C (SIGTERM, SIGHUP) into a flag that is read between steps; a second one stops at once.

    A signal that this process ignores, as one that a script's & has started does Ctrl-C, stays ignored.

    Args:
        grace: Seconds after the first one within which others mean nothing more.
    """
    requested = threading.Event()
    first = 0.0

    def request(signum: int, frame: FrameType | None) -> None:
        nonlocal first
        if requested.is_set():
            if time.monotonic() - first >= grace:
                raise KeyboardInterrupt
            return
        first = time.monotonic()
        requested.set()

    if threading.current_thread() is not threading.main_thread():  # signals reach the main thread alone
        yield requested.is_set
        return
    former = {number: signal.signal(number, request) for number in heard_signals()}
    try:
        yield requested.is_set
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
