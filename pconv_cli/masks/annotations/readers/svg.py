"""SVG drawings: what is painted is marked, fills and strokes with their widths.

The drawing is laid on the image by the rectangle of the scan that it embeds or links (``<image>``), or else by its own
viewBox. Layers of Inkscape name the classes. What a clip path or a mask of SVG cuts is left out by name.
"""

import io
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from pconv_cli.errors import MaskError
from pconv_cli.masks.annotations.document import UNLABELLED, AnnotatedImage, Region
from pconv_cli.masks.annotations.raster import Points
from pconv_cli.masks.annotations.readers.svg_tree import prepared
from pconv_cli.masks.annotations.shapes import Rings, Shape, ShapeError, points_of, stroke
from pconv_cli.masks.annotations.source import AnnotationFile

if TYPE_CHECKING:
    import svgelements

# Straight pieces that a curve is drawn with: at most 1/8000 of its extent off.
_PIECES = 48


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is SVG."""
    root = source.xml
    return root is not None and root.tag.rpartition("}")[2] == "svg"


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read a drawing as the annotations of one image: that of the file's own name, or the one that it embeds."""
    yield read_drawing(source, source.data)


def read_drawing(source: AnnotationFile, data: bytes) -> AnnotatedImage:
    """Read SVG that stands in an annotation file.

    Raises:
        MaskError: It is damaged, or the package that reads SVG is missing.
    """
    try:
        import svgelements
    except ImportError:
        raise source.needs("svgelements", "annotations") from None
    root = source.parsed_xml(data)  # damage is said in the words of all XML
    found = AnnotatedImage(skipped=prepared(source, root))
    try:
        drawing = svgelements.SVG.parse(io.BytesIO(ElementTree.tostring(root)), reify=True, ppi=96)
    except Exception as error:  # of every kind, on values that make no sense
        raise MaskError(f"{source.path}: cannot be read as SVG ({error}); export it again as plain SVG") from error
    scan = next((one for one in drawing.elements() if isinstance(one, svgelements.Image)), None)
    if scan is not None and scan.width and scan.height:
        to_frame = ~(svgelements.Matrix(scan.transform))
        origin, frame = (scan.x or 0.0, scan.y or 0.0), (float(scan.width), float(scan.height))
        name = str(scan.url or "")
        found.names = [name.rsplit("/", 1)[-1]] if name and not name.startswith("data:") else []
    else:
        to_frame, origin, frame = svgelements.Matrix(), (0.0, 0.0), (float(drawing.width), float(drawing.height))
    if not all(math.isfinite(side) and side > 0 for side in frame):
        raise MaskError(f"{source.path}: has neither a size nor a viewBox; save it with one, or embed the scan in it")
    found.frame = frame
    for element in drawing.elements():
        if not isinstance(element, svgelements.Shape) or element.values.get("visibility") in ("hidden", "collapse"):
            continue
        label = _label(element)
        try:
            shapes = _painted(element, to_frame, origin)
        except ShapeError as error:
            found.skipped.append(f"{element.id or type(element).__name__}: {error}")
            continue
        if shapes:
            found.regions.append(Region(label, shapes))
    return found


def _label(element: Any) -> str:
    for name, value in element.values.items():
        if name.endswith("}label") and value:
            return str(value)
    return str(element.values.get("class") or element.id or UNLABELLED)


def _painted(element: Any, to_frame: Any, origin: tuple[float, float]) -> list[Shape]:
    """Return what a shape's fill and stroke cover, in units of the frame."""
    import svgelements

    # Rectangles and ellipses that are turned keep their matrix when the drawing is reified, and subpaths would drop it.
    path = abs(svgelements.Path(element))
    parts = [_flat(svgelements.Path(part) * to_frame) - origin for part in path.as_subpaths() if len(part)]
    parts = [points_of(part) for part in parts if len(part)]
    if not parts:
        return []
    shapes: list[Shape] = []
    if element.fill is not None and element.fill.value is not None:
        shapes.append(Rings(parts, even_odd=element.values.get("fill-rule") == "evenodd"))
    if element.stroke is not None and element.stroke.value is not None and path.stroke_width:
        scale = math.sqrt(abs(to_frame.a * to_frame.d - to_frame.b * to_frame.c))
        for part in parts:
            shapes += stroke(part, float(path.stroke_width) * scale)
    return shapes


def _flat(path: "svgelements.Path") -> Points:
    """The points of one subpath, curves as many straight pieces; a closed one ends where it began."""
    import svgelements

    points: list[tuple[float, float]] = []
    for segment in path:
        if isinstance(segment, svgelements.Move | svgelements.Line | svgelements.Close):
            ends = [segment.end]
        else:
            ends = [segment.point(step / _PIECES) for step in range(1, _PIECES + 1)]
        points += [(end.x, end.y) for end in ends if end is not None]
    return np.array(points, np.float64).reshape(-1, 2)
