"""Files opened as files: a pipe or a device of the same name would have no end, or keep us waiting for ever."""

import errno
import os
import stat
from io import BufferedReader, BufferedWriter
from pathlib import Path
from typing import Literal, cast, overload


@overload
def open_regular(path: Path, mode: Literal["rb"] = "rb") -> BufferedReader: ...
@overload
def open_regular(path: Path, mode: Literal["ab"]) -> BufferedWriter: ...
def open_regular(path: Path, mode: Literal["rb", "ab"] = "rb") -> BufferedReader | BufferedWriter:
    """Open a regular file, links followed, to read it or to add to it.

    It is looked at once it is open, so that nothing can take its place in between.

    Raises:
        OSError: It cannot be opened, or is something else; ``strerror`` says what.
    """
    opened = open(path, mode, opener=_at_once)  # noqa: SIM115
    file = cast(BufferedReader | BufferedWriter, opened)
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(errno.EINVAL, "a pipe or a device, not a file", str(path))


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for the other end of a pipe, where the system has such a thing."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
