"""The shapes that annotations are made of, and how each becomes pixels.

Coordinates are x and y in pixels of the annotated image, whole numbers being **corners** of pixels; a reader whose
format means centres adds one half. Each shape draws itself into a `Canvas`, a band of rows of the mask, so that the
mask of an image of any size is drawn in bounded memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pconv_cli.masks.annotations.raster import Points, cover_rings, signed_area

#: Coordinates further out than this from the image's corner are no annotation of it.
FARTHEST = 1e7

#: Points of one shape; more are no drawing by hand.
MOST_POINTS = 2_000_000


# Coordinates count to this part of a pixel, so that no rounding of units puts an outline across the edge of one.
_SNAP = 1 / 1024


class ShapeError(ValueError):
    """A shape that cannot be drawn; its words say why, without a file."""


@dataclass(frozen=True)
class Canvas:
    """Rows of a mask that is being drawn.

    Attributes:
        hole: ``(h, W)`` bool, True = hole, written by `Shape.draw`.
        top: The first row's number in the mask.
        pixels: How many pixels the whole mask has.
    """

    hole: NDArray[np.bool_]
    top: int
    pixels: int

    def rows(self, top: float, bottom: float) -> slice | None:
        """Return the rows of the canvas that [top, bottom] of the mask touches, or None."""
        first = max(0, int(np.floor(top)) - self.top)
        last = min(self.hole.shape[0], int(np.floor(bottom)) + 1 - self.top)
        return slice(first, last) if first < last else None


class Shape(Protocol):
    """An area of an image."""

    def draw(self, canvas: Canvas) -> None:
        """Mark the shape's pixels.

        Raises:
            ShapeError: The shape makes no sense.
        """


def points_of(values: object) -> Points:
    """Check a list of points and give it as ``(n, 2)`` float64.

    Raises:
        ShapeError: It is no such list, or holds numbers that are not finite or far outside any image.
    """
    try:
        points = np.asarray(values, np.float64)
    except (ValueError, TypeError, OverflowError):
        raise ShapeError("its points are not pairs of numbers") from None
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ShapeError("its points are not pairs of numbers")
    if len(points) > MOST_POINTS:
        raise ShapeError(f"it has {len(points)} points, more than {MOST_POINTS}")
    if not np.isfinite(points).all():
        raise ShapeError("a coordinate is not a finite number")
    if np.abs(points).max() > FARTHEST:
        raise ShapeError(f"a coordinate lies more than {FARTHEST:.0e} px outside")
    return points


@dataclass(frozen=True)
class Rings:
    """Polygons by the rule of `pconv_cli.masks.annotations.raster`.

    Attributes:
        rings: Each ``(n, 2)``; with ``even_odd``, a ring within another one is a hole in it.
        even_odd: Parity; otherwise nonzero winding.
        closed: False for open lines: the pixels that they pass through.
    """

    rings: Sequence[Points]
    even_odd: bool = True
    closed: bool = True

    def scaled(self, across: float, down: float) -> "Rings":
        """Return the same rings in other units."""
        return replace(self, rings=[ring * (across, down) for ring in self.rings])

    def draw(self, canvas: Canvas) -> None:
        """Mark the pixels whose centre lies inside or that the outline passes through."""
        everything = np.concatenate(self.rings)
        low, high = everything.min(axis=0), everything.max(axis=0)
        rows = canvas.rows(low[1], high[1])
        left = max(0, int(np.floor(low[0])))
        right = min(canvas.hole.shape[1], int(np.floor(high[0])) + 1)
        if rows is None or left >= right:
            return
        moved = [np.rint((ring - (left, canvas.top + rows.start)) / _SNAP) * _SNAP for ring in self.rings]
        size = (rows.stop - rows.start, right - left)
        canvas.hole[rows, left:right] |= cover_rings(moved, size, even_odd=self.even_odd, closed=self.closed)


@dataclass(frozen=True)
class PillowShape:
    """A shape as LabelMe itself draws it: by Pillow, filled and with its outline, whole numbers meaning centres.

    Attributes:
        kind: ``polygon``, ``rectangle``, ``ellipse`` (by its box) or ``line``.
        points: ``(n, 2)`` as in the file.
        width: Width of a line, in pixels.
    """

    kind: str
    points: Points
    width: int = 1

    def draw(self, canvas: Canvas) -> None:
        """Mark what Pillow draws."""
        rows = canvas.rows(self.points[:, 1].min() - self.width - 1, self.points[:, 1].max() + self.width + 1)
        if rows is None:
            return
        part = Image.fromarray(np.zeros((rows.stop - rows.start, canvas.hole.shape[1]), np.uint8))
        points = [(float(x), float(y)) for x, y in self.points - (0, canvas.top + rows.start)]
        pen = ImageDraw.Draw(part)
        if self.kind == "line":
            pen.line(points, fill=1, width=self.width)
        elif self.kind == "polygon" and len(points) > 1:
            pen.polygon(points, fill=1, outline=1)
        elif self.kind == "polygon":
            pen.point(points, fill=1)
        else:
            draw = pen.rectangle if self.kind == "rectangle" else pen.ellipse
            draw(points, fill=1, outline=1)
        canvas.hole[rows] |= np.asarray(part, np.bool_)


@dataclass(frozen=True)
class OpenCVPolygon:
    """A polygon as Supervisely itself draws it: rounded points, filled with its outline, as its holes are.

    Attributes:
        exterior: ``(n, 2)``, whole numbers meaning centres.
        interior: The holes, alike.
    """

    exterior: Points
    interior: Sequence[Points] = ()

    def draw(self, canvas: Canvas) -> None:
        """Mark what OpenCV fills."""
        low, high = self.exterior.min(axis=0), self.exterior.max(axis=0)
        rows = canvas.rows(low[1] - 1, high[1] + 1)
        if rows is None:
            return
        part = np.zeros((rows.stop - rows.start, canvas.hole.shape[1]), np.uint8)
        for ring, value in ((self.exterior, 1), *((ring, 0) for ring in self.interior)):
            whole = np.rint(ring - (0, canvas.top + rows.start)).astype(np.int32)
            cv2.fillPoly(part, [whole], value)
        canvas.hole[rows] |= part.view(np.bool_)


@dataclass(frozen=True)
class Bits:
    """A mask of its own within the image.

    Attributes:
        mask: ``(h, w)`` bool, True = marked.
        left: Column of its first pixel; may lie outside the image, and what does is cut off.
        top: Row of its first pixel.
    """

    mask: NDArray[np.bool_]
    left: int = 0
    top: int = 0

    def draw(self, canvas: Canvas) -> None:
        """Mark its pixels."""
        height, width = self.mask.shape
        rows = canvas.rows(self.top, self.top + height - 1)
        first, last = max(0, self.left), min(canvas.hole.shape[1], self.left + width)
        if rows is None or first >= last:
            return
        start = canvas.top + rows.start - self.top
        part = self.mask[start : start + rows.stop - rows.start, first - self.left : last - self.left]
        canvas.hole[rows, first:last] |= part


@dataclass(frozen=True)
class Runs:
    """A mask as run lengths, unpacked when it is drawn.

    Attributes:
        counts: Lengths of runs in turn, unmarked first.
        size: (height, width) of the box that they fill.
        by_columns: Whether they run down the columns (COCO) or along the rows (CVAT).
        left: Column of the box.
        top: Row of the box.
    """

    counts: NDArray[np.int64]
    size: tuple[int, int]
    by_columns: bool = False
    left: int = 0
    top: int = 0

    def __post_init__(self) -> None:
        height, width = self.size
        total = float(self.counts.sum(dtype=np.float64))  # whole numbers of 64 bits could wrap round
        if height <= 0 or width <= 0 or (self.counts < 0).any() or total != height * width:
            raise ShapeError(f"its runs fill {total:.0f} pixels, and its box has {width} x {height}")

    def draw(self, canvas: Canvas) -> None:
        """Unpack and mark its pixels."""
        if self.size[0] * self.size[1] > canvas.pixels:
            raise ShapeError(f"its box of {self.size[1]} x {self.size[0]} is larger than the image")
        values = np.repeat(np.arange(len(self.counts)) % 2 == 1, self.counts)
        mask = values.reshape(self.size, order="F" if self.by_columns else "C")
        Bits(mask, self.left, self.top).draw(canvas)


def box(left: float, top: float, right: float, bottom: float, rotation: float = 0) -> Rings:
    """Draw a rectangle by its edges, turned clockwise by degrees about its centre."""
    corners = points_of([(left, top), (right, top), (right, bottom), (left, bottom)])
    return Rings([turned(corners, rotation, corners.mean(axis=0)) if rotation else corners])


def ellipse(x: float, y: float, across: float, down: float, rotation: float = 0) -> Rings:
    """Draw an ellipse by its centre and half axes, turned clockwise by degrees, as a polygon at most 0.01 px off."""
    largest = max(abs(across), abs(down), 1.0)
    count = int(min(20_000, max(16, np.ceil(np.pi / np.arccos(1 - min(0.01 / largest, 0.5))))))
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    points = points_of(np.stack([x + across * np.cos(angle), y + down * np.sin(angle)], axis=1))
    return Rings([turned(points, rotation, np.array([x, y])) if rotation else points])


def turned(points: Points, degrees: float, about: Points) -> Points:
    """Turn points clockwise (y points down) about a point."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.asarray((points - about) @ np.array([[cos, sin], [-sin, cos]]) + about)


def stroke(points: Points, width: float) -> list[Rings]:
    """Draw a line of a width, with round ends and joins: a rectangle a segment, and a disc a point."""
    half = width / 2
    shapes = [ellipse(float(x), float(y), half, half) for x, y in points]
    for start, end in pairwise(points):
        along = end - start
        length = float(np.hypot(*along))
        if length:
            side = half * np.array([-along[1], along[0]]) / length
            shapes.append(Rings([np.array([start + side, end + side, end - side, start - side])]))
    return shapes


def together(pieces: Sequence[Rings]) -> Rings:
    """Join convex pieces, such as `stroke` gives, in one shape, which is drawn at once.

    Pieces overlap, so all have to turn the same way: the winding number is 0 outside of all of them alone.
    """
    rings = [ring for piece in pieces for ring in piece.rings]
    return Rings([ring if signed_area(ring) >= 0 else ring[::-1] for ring in rings], even_odd=False)
