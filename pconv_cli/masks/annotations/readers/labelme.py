"""LabelMe (wkentaro): one JSON file an image, drawn exactly as LabelMe draws it.

Pillow draws every shape with its outline, as in LabelMe's own export, so the pixels equal those of its label images.
Lines are 10 px wide and points have a radius of 5 px, LabelMe's own defaults.
"""

from collections.abc import Iterator

import numpy as np

from pconv_cli.masks.annotations.document import UNLABELLED, AnnotatedImage, Region
from pconv_cli.masks.annotations.raster import Points
from pconv_cli.masks.annotations.shapes import Bits, PillowShape, Shape, ShapeError, points_of
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.masks.annotations.values import bytes_of_base64, dicts, embedded_mask, size_of, text

_LINE_WIDTH, _POINT_RADIUS = 10, 5


# In pixels; Pillow takes minutes over far larger circles.
_LARGEST_RADIUS = 100_000


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is LabelMe's."""
    content = source.json
    return isinstance(content, dict) and isinstance(content.get("shapes"), list) and "imagePath" in content


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read one image's shapes."""
    content = source.json
    image = text(content.get("imagePath")).replace("\\", "/")
    found = AnnotatedImage(
        names=[source.path.stem, *([image.rsplit("/", 1)[-1]] if image else [])],
        size=size_of(content.get("imageHeight"), content.get("imageWidth")),
    )
    for number, shape in enumerate(dicts(content["shapes"]), 1):
        try:
            found.regions.append(Region(text(shape.get("label")) or UNLABELLED, _shapes(shape)))
        except ShapeError as error:
            found.skipped.append(f"shape {number}: {error}")
    yield found


def _shapes(shape: dict[str, object]) -> list[Shape]:
    kind = shape.get("shape_type") or "polygon"
    points = points_of(shape.get("points"))
    if kind == "mask":
        return [_mask(points, embedded_mask(bytes_of_base64(shape.get("mask"))))]
    if kind in ("polygon", "oriented_rectangle"):
        return [PillowShape("polygon", points)]
    if kind in ("line", "linestrip"):
        return [PillowShape("line", points, _LINE_WIDTH)]
    if kind in ("point", "points"):
        return [_disc(point, _POINT_RADIUS) for point in points]
    if len(points) != 2:
        raise ShapeError(f"a {kind} needs two points, and it has {len(points)}")
    if kind == "rectangle":
        return [PillowShape("rectangle", np.array([points.min(axis=0), points.max(axis=0)]))]
    if kind == "circle":
        return [_disc(points[0], float(np.hypot(*(points[1] - points[0]))))]
    raise ShapeError(f"a shape of the type {kind!r} is not known")


def _disc(centre: Points, radius: float) -> PillowShape:
    if radius > _LARGEST_RADIUS:
        raise ShapeError(f"its radius of {radius:.0f} px is larger than any image")
    return PillowShape("ellipse", np.array([centre - radius, centre + radius]))


def _mask(points: Points, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Bits:
    left, top = np.rint(points.min(axis=0)).astype(int)
    return Bits(mask, int(left), int(top))
