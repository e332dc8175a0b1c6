"""Memory that work on a file takes."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

from pconv_cli.errors import FileError


def peak(work: Callable[[Path], object], path: Path) -> int:
    """Bytes that work on a file takes at most, whether it fails or not."""
    tracemalloc.start()
    try:
        work(path)
    except FileError:
        pass
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most
