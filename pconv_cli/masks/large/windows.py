"""The windows in which masks and images of any size are worked on, counted as they are seen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pconv_cli.tiling.grid import framed_tiles
from pconv_cli.tiling.rect import Framed, Size

SIDE = 2048
"""The side of a window. Smaller ones spend more on margins; one of 2048 with its margin takes some 300 MB to search."""


_seen: ContextVar[Callable[[], None] | None] = ContextVar("seen", default=None)


def counted_tiles(size: Size, side: int = SIDE, margin: int = 0, step: int = 1) -> Iterator[Framed]:
    """Cut an image into tiles with margins as `framed_tiles` does, and count each once it is done; see `counting`."""
    for framed in framed_tiles(size, side, margin, step):
        yield framed
        if (seen := _seen.get()) is not None:
            seen()


@contextmanager
def counting(seen: Callable[[], None]) -> Iterator[None]:
    """Call ``seen`` within the block, in this thread, after each window of every round of `counted_tiles`."""
    token = _seen.set(seen)
    try:
        yield
    finally:
        _seen.reset(token)
