"""Standard output that says in one line when it cannot be written: a full disk, a closed descriptor."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pconv_cli.errors import PconvError

_DESCRIPTOR = 1
_NO_READER = 141  # 128 and the number of SIGPIPE, which Windows does not have


class CheckedOutput(io.TextIOWrapper):
    """A stream on standard output whose failures are a `PconvError`.

    On a pipe that nobody reads any more (``| head -1``) the program ends quietly, with the status that SIGPIPE gives.
    """

    def write(self, text: str) -> int:
        """Write text; see the base class."""
        with _failures_told():
            return super().write(text)

    def flush(self) -> None:
        """Pass on what is buffered; see the base class."""
        with _failures_told():
            super().flush()


def check_standard_output() -> None:
    """Put a `CheckedOutput` in the place of ``sys.stdout``."""
    if sys.stdout is None:  # closed at the start: no file that is opened later shall get its number
        _to_null(os.O_RDONLY)  # not open for writing, so that what is written fails
        encoding, errors = "utf-8", "replace"
    else:
        encoding, errors = sys.stdout.encoding, sys.stdout.errors or "strict"
    # Names may hold what the encoding cannot. As escapes they read as on standard error, and in JSON as the same name;
    # as the bytes they are, which is Python's way in the locale C, they would make JSON that cannot be read.
    if errors in ("strict", "surrogateescape"):
        errors = "backslashreplace"
    binary = open(_DESCRIPTOR, "wb", closefd=False)  # noqa: SIM115  (as long as the program)
    sys.stdout = CheckedOutput(binary, encoding=encoding, errors=errors, line_buffering=binary.isatty())


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _to_null(os.O_WRONLY)  # what is still buffered goes nowhere, and the flush at the end fails no more
        if isinstance(error, BrokenPipeError):
            raise SystemExit(_NO_READER) from error
        reason = (error.strerror or str(error)).lower()
        raise PconvError(f"cannot write to standard output ({reason}); free the place or send it elsewhere") from error


def _to_null(mode: int) -> None:
    null = os.open(os.devnull, mode)
    if null != _DESCRIPTOR:
        os.dup2(null, _DESCRIPTOR)
        os.close(null)
