"""DXF condition mappings: closed polylines with their arcs, hatches with islands, circles; lines one pixel wide.

Layers are the classes. Drawing units become pixels by the image that the drawing places (an IMAGE entity), or by a map
of control points that the user gives; y points up in a drawing.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import MaskError, UsageError, option
from pconv_cli.masks.annotations.document import AnnotatedImage, Region
from pconv_cli.masks.annotations.raster import Points
from pconv_cli.masks.annotations.shapes import Rings, ShapeError, points_of
from pconv_cli.masks.annotations.source import AnnotationFile

# How far from a curve, in pixels, the straight pieces may lie that it is drawn with.
_FLATNESS = 0.05

# Blocks placed in blocks, to be followed no deeper than this.
_DEEPEST = 8


@dataclass(frozen=True)
class DrawingMap:
    """How a drawing lies on its image: pixel = matrix @ (x, y) + offset, whole numbers being corners of pixels."""

    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]

    @classmethod
    def parse(cls, words: str) -> "DrawingMap":
        """Read control points, ``X,Y=COLUMN,ROW`` each: two for the same scale both ways, three or more for any.

        Raises:
            UsageError: They are not so written, too few, or lie on one line.
        """
        number = r"(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)"
        pairs = [re.fullmatch(rf"{number},{number}={number},{number}", word) for word in words.split()]
        if len(pairs) < 2 or not all(pairs):
            raise UsageError(
                f"{option('drawing_map')} {words!r}: write two or more control points as X,Y=COLUMN,ROW, a space "
                "between them, "
                "such as '0,0=0,2000 4.5,3=3000,0'"
            )
        try:
            values = np.array([[float(value) for value in pair.groups()] for pair in pairs if pair])
        except ValueError:
            raise UsageError(f"{option('drawing_map')} {words!r}: holds something that is not a number") from None
        drawing, image = values[:, :2], values[:, 2:]
        if len(values) == 2:
            # Rotation and one scale, with y turned over: complex numbers say it in one product.
            before, after = drawing @ (1, -1j), image @ (1, 1j)
            if before[0] == before[1] or after[0] == after[1]:
                raise UsageError(
                    f"{option('drawing_map')} {words!r}: the two control points coincide; give points far from each "
                    "other"
                )
            turn = (after[1] - after[0]) / (before[1] - before[0])
            shift = after[0] - turn * before[0]
            matrix = np.array([[turn.real, turn.imag], [turn.imag, -turn.real]])
            return cls(matrix, np.array([shift.real, shift.imag]))
        ones = np.concatenate([drawing, np.ones((len(drawing), 1))], axis=1)
        solved, _, rank, _ = np.linalg.lstsq(ones, image, rcond=None)
        if rank < 3:
            raise UsageError(
                f"{option('drawing_map')} {words!r}: the control points lie on one line; give one that does not"
            )
        return cls(solved[:2].T, solved[2])

    def pixels(self, points: Points) -> Points:
        """Drawing units to pixels."""
        return np.asarray(points @ self.matrix.T + self.offset)


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is DXF as text."""
    return re.match(rb"\s*(999\s*\n[^\n]*\n\s*)*0\s*\n\s*SECTION", source.data[:4096].replace(b"\r", b"")) is not None


def read(source: AnnotationFile, placed: DrawingMap | None = None) -> Iterator[AnnotatedImage]:
    """Read a drawing as the annotations of the image of the file's own name, or of the image that it places.

    Raises:
        MaskError: It is damaged, it does not say where the image lies and no map does, or the package that reads DXF
            is missing.
    """
    try:
        from ezdxf import recover
        from ezdxf.lldxf.const import DXFError
    except ImportError:
        raise source.needs("ezdxf", "annotations") from None
    try:
        drawing, _ = recover.read(io.BytesIO(source.data))
        found = _annotated(source, drawing, placed)
    except DXFError as error:
        raise MaskError(f"{source.path}: is damaged or incomplete ({error}); export it again") from error
    yield found


def _annotated(source: AnnotationFile, drawing: Any, placed: DrawingMap | None) -> AnnotatedImage:
    space = drawing.modelspace()
    found = AnnotatedImage()
    if placed is None:
        scans = list(space.query("IMAGE"))
        if len(scans) != 1:
            what = "places no image" if not scans else f"places {len(scans)} images"
            raise MaskError(
                f"{source.path}: {what}, so its units are not known in pixels; give {option('drawing_map')} control "
                "points"
            )
        placed, found.size, name = _place_of(scans[0])
        found.names = [name] if name else []
    scale = float(np.sqrt(abs(np.linalg.det(placed.matrix)))) or 1.0
    for entity in _entities(space, 0):
        kind = entity.dxftype()
        if kind in ("TEXT", "MTEXT", "DIMENSION", "IMAGE", "VIEWPORT", "POINT", "ATTRIB", "LEADER", "MULTILEADER"):
            continue
        try:
            rings = _rings(entity, _FLATNESS / scale)
            for points, closed in rings:
                moved = [placed.pixels(ring) for ring in points]
                found.regions.append(Region(str(entity.dxf.layer), [Rings(moved, closed=closed)]))
        except ShapeError as error:
            found.skipped.append(f"{kind} on layer {entity.dxf.layer}: {error}")
    return found


def _place_of(scan: Any) -> tuple[DrawingMap, tuple[int, int], str]:
    """Where an IMAGE entity lies: its insertion point is the lower left corner, u and v are one pixel's sides."""
    corner, across, up = (np.array(scan.dxf.get(key))[:2] for key in ("insert", "u_pixel", "v_pixel"))
    width, height = (round(side) for side in list(scan.dxf.image_size)[:2])
    inverse = np.linalg.inv(np.stack([across, up], axis=1))
    matrix = np.array([[1, 0], [0, -1]]) @ inverse
    offset = np.array([0, height]) - matrix @ corner
    named = getattr(scan.image_def, "dxf", None)
    name = str(named.filename) if named is not None else ""
    return DrawingMap(matrix, offset), (height, width), re.split(r"[\\/]", name)[-1]


def _entities(space: Any, depth: int) -> Iterator[Any]:
    """The entities of a drawing, those of placed blocks in their places."""
    for entity in space:
        if entity.dxftype() == "INSERT" and depth < _DEEPEST:
            yield from _entities(entity.virtual_entities(), depth + 1)
        else:
            yield entity


def _rings(entity: Any, flatness: float) -> Iterator[tuple[Sequence[Points], bool]]:
    """An entity's outlines in drawing units: rings that belong together, and whether they enclose an area."""
    from ezdxf import path

    if entity.dxftype() in ("HATCH", "MPOLYGON"):
        outlines = [_flat(one, flatness) for one in path.from_hatch(entity)]
        if outlines:
            yield outlines, True
        return
    try:
        whole = path.make_path(entity)
    except TypeError:
        raise ShapeError("entities of this type are not drawn") from None
    closed = bool(getattr(entity, "is_closed", False) or getattr(entity, "closed", False) or whole.is_closed)
    yield [_flat(whole, flatness)], closed


def _flat(path: Any, flatness: float) -> Points:
    return points_of([(point.x, point.y) for point in path.flattening(flatness)])
