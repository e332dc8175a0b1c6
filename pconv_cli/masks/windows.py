"""Windows over a picture of any size, each with the margin that what is computed in it depends on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Size

Kind = TypeVar("Kind", bound=np.generic)

Window = tuple[slice, slice]
"""Rows and columns of a picture, with start and stop."""

SIDE = 2048
"""The side of a window. Smaller ones spend more on margins; one of 2048 with its margin takes some 300 MB to search."""


_seen: ContextVar[Callable[[], None] | None] = ContextVar("seen", default=None)


@dataclass(frozen=True)
class View:
    """A window and what is looked at for it.

    Attributes:
        inner: The window.
        outer: The same with its margin, as far as the picture goes.
    """

    inner: Window
    outer: Window

    def cut(self, values: NDArray[Kind]) -> NDArray[Kind]:
        """Of values over the outer window ``(h, w, ...)`` those over the inner one."""
        rows, columns = (
            slice(one.start - other.start, one.stop - other.start)
            for one, other in zip(self.inner, self.outer, strict=True)
        )
        return values[rows, columns]

    def within(self, margin: int, size: Size) -> Window:
        """The inner window with another margin."""
        rows, columns = self.inner
        return _wider(rows, margin, 1, size[0]), _wider(columns, margin, 1, size[1])


def views(size: Size, side: int = SIDE, margin: int = 0, step: int = 1) -> Iterator[View]:
    """Cut a picture into windows, row by row.

    Args:
        size: Of the picture, (height, width).
        side: Of a window; those at the right and the lower edge may be smaller.
        margin: How far beyond a window its pixels' values depend on others.
        step: Outer windows begin at multiples of it: the grid of the coarsest level of a pyramid.
    """
    for top in range(0, size[0], side):
        rows = slice(top, min(size[0], top + side))
        for left in range(0, size[1], side):
            columns = slice(left, min(size[1], left + side))
            yield View((rows, columns), (_wider(rows, margin, step, size[0]), _wider(columns, margin, step, size[1])))
            if (seen := _seen.get()) is not None:
                seen()


@contextmanager
def counting(seen: Callable[[], None]) -> Iterator[None]:
    """Call ``seen`` within the block, in this thread, after each window of every round of `views`."""
    token = _seen.set(seen)
    try:
        yield
    finally:
        _seen.reset(token)


def _wider(part: slice, margin: int, step: int, length: int) -> slice:
    return slice(max(0, part.start - margin) // step * step, min(length, part.stop + margin))
