"""Standard output and standard error that cannot be written: a full disk, a closed descriptor, a reader that has gone.

Standard output is for data: where it fails, the program says so in one line and ends. Standard error is for people's
words: where it fails, those words are lost, and the work goes on.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from pconv_cli.errors import PconvError

_OUTPUT, _ERROR = 1, 2
_NO_READER = 141  # 128 and the number of SIGPIPE, which Windows does not have


class CheckedOutput(io.TextIOWrapper):
    """A stream on standard output whose failures are a `PconvError`.

    On a pipe that nobody reads any more (``| head -1``) the program ends quietly, with the status that SIGPIPE gives.
    """

    def write(self, text: str) -> int:
        """Write text; see the base class."""
        with _failures_reported():
            return super().write(text)

    def flush(self) -> None:
        """Pass on what is buffered; see the base class."""
        with _failures_reported():
            super().flush()


class ForgivingOutput(io.TextIOWrapper):
    """A stream on standard error that drops what cannot be written."""

    def write(self, text: str) -> int:
        """Write text, or drop it; see the base class."""
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        """Pass on what is buffered; see the base class."""
        with suppress(OSError):
            super().flush()


def guard_standard_streams() -> None:
    """Put a `CheckedOutput` in place of ``sys.stdout``, and a `ForgivingOutput` in place of ``sys.stderr``."""
    encoding, errors = _encoding_of(_OUTPUT, sys.stdout, os.O_RDONLY)  # so that writing fails where it was closed
    # Names may hold what the encoding cannot. As escapes they read as on standard error, and in JSON as the same name;
    # as the bytes they are, which is Python's way in the locale C, they would make JSON that cannot be read.
    if errors in ("strict", "surrogateescape"):
        errors = "backslashreplace"
    binary = open(_OUTPUT, "wb", closefd=False)  # noqa: SIM115  (as long as the program)
    sys.stdout = CheckedOutput(binary, encoding=encoding, errors=errors, line_buffering=binary.isatty())

    encoding, errors = _encoding_of(_ERROR, sys.stderr, os.O_WRONLY)
    # Without a buffer: what could not be written must not stay in one, and be in the way of what comes after it.
    raw = open(_ERROR, "wb", buffering=0, closefd=False)  # noqa: SIM115  (as long as the program)
    sys.stderr = ForgivingOutput(raw, encoding=encoding, errors=errors, write_through=True)


@contextmanager
def _failures_reported() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _to_null(_OUTPUT, os.O_WRONLY)  # what is still buffered goes nowhere, and the flush at the end fails no more
        if isinstance(error, BrokenPipeError):
            raise SystemExit(_NO_READER) from error
        reason = (error.strerror or str(error)).lower()
        raise PconvError(
            f"cannot write to standard output ({reason}); free the disk or send the output elsewhere"
        ) from error


def _encoding_of(descriptor: int, stream: TextIO | None, mode: int) -> tuple[str, str]:
    """How a stream is encoded. Where it was closed at the start, no file that is opened later shall get its number."""
    if stream is None:
        _to_null(descriptor, mode)
        return "utf-8", "backslashreplace"
    return stream.encoding or "utf-8", stream.errors or "strict"


def _to_null(descriptor: int, mode: int) -> None:
    null = os.open(os.devnull, mode)
    if null != descriptor:
        os.dup2(null, descriptor)
        os.close(null)
