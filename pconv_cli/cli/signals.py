"""Ctrl-C, SIGTERM and SIGHUP: the first ends a run with whole files and a report, a second ends the process at once."""

import atexit
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from pconv_cli.errors import Interrupted
from pconv_cli.files.atomic import discard_unfinished
from pconv_cli.stops import heard_signals
from pconv_cli.training.stopping import ECHO, TORCHRUN_ECHO


def end_on_signals() -> None:
    """Have the first of `STOP_SIGNALS` raise `KeyboardInterrupt`, and a second one end the process with status 130."""
    echo = TORCHRUN_ECHO if "TORCHELASTIC_RUN_ID" in os.environ else ECHO
    first: float | None = None

    def interrupt(signum: int, frame: FrameType | None) -> None:
        nonlocal first
        if first is None:
            first = time.monotonic()
            raise KeyboardInterrupt
        if time.monotonic() - first >= echo:
            _end_at_once()

    heard = heard_signals()
    for number in heard:
        signal.signal(number, interrupt)
    atexit.register(_ignore, heard)


def _ignore(numbers: Sequence[signal.Signals]) -> None:
    """Keep the status that a process ends with, when all is done: Python gives signals back their deadly default."""
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def sigterm_ignored_after() -> Iterator[None]:
    """Keep the messages after this block: torchrun ends all processes as soon as one has ended."""
    try:
        yield
    finally:
        if "TORCHELASTIC_RUN_ID" in os.environ:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _end_at_once() -> None:
    """End the process, and leave no unfinished file and no worker behind."""
    discard_unfinished()
    if "multiprocessing.util" in sys.modules:
        from multiprocessing.util import _run_finalizers  # type: ignore[attr-defined]

        _run_finalizers(0)  # gives back what queues hold in the system, which would be reported as leaked
    if sys.stderr.isatty():
        with suppress(OSError):  # a terminal that is gone
            os.write(2, b"\x1b[?25h\n")  # the cursor, which a bar of progress has hidden
    os._exit(Interrupted.exit_code)
