"""A rectangle of pixels, and one with a margin."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int]
"""(height, width) in pixels."""

Kind = TypeVar("Kind", bound=np.generic)


class Rect(NamedTuple):
    """A rectangle of an image, in pixels. Rectangles sort from top to bottom, then from left to right.

    Attributes:
        top: Its first row.
        left: Its first column.
        height: How many rows it has.
        width: How many columns it has.
    """

    top: int
    left: int
    height: int
    width: int

    @classmethod
    def between(cls, top: int, left: int, bottom: int, right: int) -> "Rect":
        """Make a rectangle from its first row and column and those after its last."""
        return cls(top, left, bottom - top, right - left)

    @classmethod
    def whole(cls, size: tuple[int, ...]) -> "Rect":
        """Make the rectangle of a whole image from its size or its array's shape."""
        return cls(0, 0, size[0], size[1])

    @classmethod
    def enclosing(cls, rects: Sequence["Rect"]) -> "Rect":
        """Make the smallest rectangle that holds all of some; at least one is given."""
        return cls.between(
            min(rect.top for rect in rects),
            min(rect.left for rect in rects),
            max(rect.bottom for rect in rects),
            max(rect.right for rect in rects),
        )

    @property
    def bottom(self) -> int:
        """The row after its last one."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """The column after its last one."""
        return self.left + self.width

    @property
    def size(self) -> Size:
        """(height, width) in pixels."""
        return self.height, self.width

    @property
    def area(self) -> int:
        """How many pixels it holds."""
        return self.height * self.width

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index that cuts it out of an array ``(H, W, ...)``: a rectangle itself is not an index."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def holds(self, row: int, column: int) -> bool:
        """Say whether a pixel lies in it."""
        return self.top <= row < self.bottom and self.left <= column < self.right

    def overlap(self, other: "Rect") -> "Rect | None":
        """Give the pixels that both rectangles hold, or None where there are none."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        bottom, right = min(self.bottom, other.bottom), min(self.right, other.right)
        return Rect(top, left, bottom - top, right - left) if top < bottom and left < right else None

    def relative_to(self, other: "Rect") -> "Rect":
        """Give the same rectangle, counted from another one's top left corner."""
        return Rect(self.top - other.top, self.left - other.left, self.height, self.width)

    def grown(self, margin: int, size: Size, step: int = 1) -> "Rect":
        """Add a margin on all sides, as far as the image goes.

        Args:
            margin: Pixels.
            size: Size of the image, (height, width).
            step: The grown rectangle's top and left are rounded down to multiples of it.
        """
        top, left = max(0, self.top - margin) // step * step, max(0, self.left - margin) // step * step
        bottom, right = min(size[0], self.bottom + margin), min(size[1], self.right + margin)
        return Rect(top, left, bottom - top, right - left)

    def scaled_down(self, factor: int) -> "Rect":
        """Give the pixels that this rectangle touches in an image that is ``factor`` times smaller."""
        return Rect.between(
            self.top // factor, self.left // factor, -(-self.bottom // factor), -(-self.right // factor)
        )


class Framed(NamedTuple):
    """A rectangle, and the same with the margin that what is computed in it depends on.

    Attributes:
        inner: The rectangle.
        outer: The same with its margin, as far as the image goes.
    """

    inner: Rect
    outer: Rect

    def cut(self, values: NDArray[Kind]) -> NDArray[Kind]:
        """Cut values over the outer rectangle ``(h, w, ...)`` down to the inner one."""
        rows, columns = self.inner.relative_to(self.outer).slices
        return values[rows, columns]
