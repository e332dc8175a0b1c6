"""The heap of glibc, the C library of most Linux systems, whose settings decide what memory goes back to the system."""

import ctypes
import sys
from typing import Any

# A parameter of glibc's mallopt(3).
_ARENA_MAX = -8


def glibc() -> Any:
    """Give the C library where it is glibc, else None: musl, macOS and Windows have no such heap."""
    if sys.platform != "linux":
        return None
    try:
        libc = ctypes.CDLL(None)
        return libc if libc.gnu_get_libc_version and libc.mallopt and libc.malloc_trim else None
    except (OSError, AttributeError):
        return None


def share_heap() -> None:
    """Have all threads take memory from one heap, so that what one frees the others use; elsewhere nothing is done."""
    libc = glibc()
    if libc is not None:
        libc.mallopt(_ARENA_MAX, 1)
