"""C libraries whose remarks nobody asked for (libjpeg's "Corrupt JPEG data"), kept from the terminal."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def muted() -> Iterator[None]:
    """Let what C writes to its `stderr` go nowhere inside this block; one thread at a time may be in it.

    The descriptor stays as it is, since Python's other threads write their words to it. Where the C library has no such
    name (Windows), nothing changes.
    """
    stream, nowhere = _streams()
    if stream is None or not nowhere:
        yield
        return
    before = stream.value
    stream.value = nowhere
    try:
        yield
    finally:
        stream.value = before


@cache
def _streams() -> tuple[Any, int | None]:
    """C's variable `stderr`, and a stream to nowhere, which stays open since another thread may be writing to it."""
    try:
        library = ctypes.CDLL(None)
        library.fopen.restype = ctypes.c_void_p
        nowhere = library.fopen(b"/dev/null", b"w")
    except (TypeError, AttributeError, OSError):
        return None, None
    for name in ("stderr", "__stderrp"):  # macOS has the second
        try:
            return ctypes.c_void_p.in_dll(library, name), nowhere
        except ValueError:
            continue
    return None, None
