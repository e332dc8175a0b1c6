"""A process that may crash, hang or run away without harm to the one that asks it; see `fuzz.py`."""

import multiprocessing
import os
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_ADDRESSES = 6 << 30  # what a runaway can claim before the system says no to it


class Gone(Exception):
    """A process that died (its exit status) or did not answer in time (None)."""

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


class Helper:
    """Calls one function in another process, which is started again after it died or hung."""

    def __init__(self, function: Callable[[Any], Any], stderr: Path) -> None:
        self._function, self._stderr = function, stderr
        self._process: Any = None

    def ask(self, work: Any, patience: float) -> Any:
        """Give the function's result; raises `Gone`."""
        if self._process is None:
            self._pipe, there = multiprocessing.Pipe()
            context = multiprocessing.get_context("spawn")
            self._process = context.Process(target=_serve, args=(there, self._function, self._stderr), daemon=True)
            self._process.start()
            there.close()
        self._pipe.send(work)
        try:
            if self._pipe.poll(patience):
                return self._pipe.recv()
        except EOFError:
            self._process.join()
            status = self._process.exitcode
            self._process = None
            raise Gone(status) from None
        self.close()
        raise Gone(None)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None


def _serve(pipe: Connection, function: Callable[[Any], Any], stderr: Path) -> None:
    descriptor = os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 2)
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            work = pipe.recv()
        except EOFError:
            return
        pipe.send(function(work))
