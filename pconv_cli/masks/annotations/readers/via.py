"""VGG Image Annotator 1 and 2, region data or project. It does not state the image's size, only that of its file.

Whole numbers are where a click fell; they are taken as centres of pixels.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pconv_cli.masks.annotations.document import UNLABELLED, AnnotatedImage, Region
from pconv_cli.masks.annotations.shapes import Rings, Shape, ShapeError, box, ellipse, points_of
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.masks.annotations.values import dicts, numbers, text


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is VIA's."""
    return _images(source.json) is not None


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read every image."""
    for image in dicts(_images(source.json)):
        found = AnnotatedImage([text(image.get("filename"))])
        for number, region in enumerate(dicts(image["regions"]), 1):
            shape = region.get("shape_attributes")
            try:
                shapes = _shapes(shape if isinstance(shape, dict) else {})
                found.regions.append(Region(_label(region.get("region_attributes")), shapes))
            except ShapeError as error:
                found.skipped.append(f"region {number}: {error}")
        yield found


def _images(content: Any) -> dict[str, Any] | None:
    if isinstance(content, dict) and isinstance(content.get("_via_img_metadata"), dict):
        content = content["_via_img_metadata"]
    if not isinstance(content, dict) or not content:
        return None
    entries = list(content.values())
    fits = all(isinstance(one, dict) and text(one.get("filename")) and "regions" in one for one in entries)
    return content if fits else None


def _label(attributes: Any) -> str:
    """A region's first attribute that says anything; of a checkbox, the first that is set."""
    for value in attributes.values() if isinstance(attributes, dict) else ():
        if text(value):
            return text(value)
        if isinstance(value, dict):
            chosen = next((name for name, is_set in value.items() if is_set), None)
            if chosen:
                return str(chosen)
    return UNLABELLED


def _shapes(shape: dict[str, Any]) -> list[Shape]:
    kind = shape.get("name")
    if kind in ("polygon", "polyline"):
        across, down = shape.get("all_points_x"), shape.get("all_points_y")
        if not isinstance(across, list) or not isinstance(down, list) or len(across) != len(down):
            raise ShapeError("it has not as many x as y")
        points = points_of(list(zip(across, down, strict=True))) + 0.5
        # Polygons drawn as polylines repeat their first point, more or less.
        closed = kind == "polygon" or (len(points) > 3 and float(np.abs(points[0] - points[-1]).max()) <= 3)
        return [Rings([points], closed=closed)]
    if kind == "rect":
        left, top, width, height = numbers(shape, "x", "y", "width", "height")
        return [box(left + 0.5, top + 0.5, left + width + 0.5, top + height + 0.5)]
    if kind == "circle":
        x, y, radius = numbers(shape, "cx", "cy", "r")
        return [ellipse(x + 0.5, y + 0.5, radius, radius)]
    if kind == "ellipse":
        x, y, across_half, down_half = numbers(shape, "cx", "cy", "rx", "ry")
        (theta,) = numbers({"theta": 0, **shape}, "theta")
        return [ellipse(x + 0.5, y + 0.5, across_half, down_half, float(np.degrees(theta)))]
    if kind == "point":
        return [Rings([points_of([numbers(shape, "cx", "cy")]) + 0.5], closed=False)]
    raise ShapeError(f"a shape of the type {str(kind)!r} is not known")
