"""CVAT for images and video, XML 1.1. Coordinates are corners of the canvas; masks run along the rows of their box."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import cv2
import numpy as np

from pconv_cli.masks.annotations.document import UNLABELLED, AnnotatedImage, Region
from pconv_cli.masks.annotations.raster import Points
from pconv_cli.masks.annotations.shapes import Rings, Runs, Shape, ShapeError, box, ellipse, points_of
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.masks.annotations.values import number, numbers, size_of

_CUBOID = ("tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2")


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is CVAT's."""
    root = source.xml
    return root is not None and root.tag == "annotations" and (root.find("image") or root.find("track")) is not None


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read every image; of a video every frame that has a shape, by the names that CVAT gives frames."""
    root = source.xml
    assert root is not None
    for image in root.iter("image"):
        found = AnnotatedImage([image.get("name", "")], size_of(image.get("height"), image.get("width")))
        for shape in image:
            _take(found, shape, shape.get("label") or UNLABELLED)
        yield found
    frames: dict[int, AnnotatedImage] = {}
    size = size_of(root.findtext(".//original_size/height"), root.findtext(".//original_size/width"))
    for track in root.iter("track"):
        for shape in track:
            frame = shape.get("frame", "")
            if not frame.isdigit() or shape.get("outside") == "1":
                continue
            name = f"frame_{int(frame):06d}"
            found = frames.setdefault(int(frame), AnnotatedImage([name, f"{int(frame)}"], size))
            _take(found, shape, track.get("label") or UNLABELLED)
    yield from (frames[frame] for frame in sorted(frames))


def _take(found: AnnotatedImage, shape: Element, label: str) -> None:
    if shape.tag in ("tag", "attribute"):
        return
    try:
        if shape.tag == "skeleton":
            points = [one for part in shape.iter("points") for one in _shapes(part)]
            found.regions.append(Region(label, points))
        else:
            found.regions.append(Region(label, _shapes(shape)))
    except ShapeError as error:
        found.skipped.append(f"{shape.tag} of {label}: {error}")


def _shapes(shape: Element) -> list[Shape]:
    rotation = number(shape.get("rotation", "0"), "rotation")
    match shape.tag:
        case "box":
            left, top, right, bottom = numbers(shape.attrib, "xtl", "ytl", "xbr", "ybr")
            return [box(left, top, right, bottom, rotation)]
        case "ellipse":
            x, y, across, down = numbers(shape.attrib, "cx", "cy", "rx", "ry")
            return [ellipse(x, y, across, down, rotation)]
        case "polygon":
            return [Rings([_points(shape)])]
        case "polyline":
            return [Rings([_points(shape)], closed=False)]
        case "points":
            return [Rings([point[np.newaxis]], closed=False) for point in _points(shape)]
        case "mask":
            return [_mask(shape)]
        case "cuboid":
            corners = points_of([numbers(shape.attrib, f"x{corner}", f"y{corner}") for corner in _CUBOID])
            hull = cv2.convexHull(corners.astype(np.float32))[:, 0].astype(np.float64)
            return [Rings([hull])]
        case _:
            raise ShapeError("a shape of this type is not known")


def _points(shape: Element) -> Points:
    return points_of([pair.split(",") for pair in shape.get("points", "").split(";") if pair])


def _mask(shape: Element) -> Runs:
    left, top, width, height = (int(value) for value in numbers(shape.attrib, "left", "top", "width", "height"))
    counts = re.findall(r"[^,\s]+", shape.get("rle", ""))
    if not all(count.isdecimal() and len(count) < 12 for count in counts):
        raise ShapeError("its run lengths are not whole numbers")
    return Runs(np.array([int(count) for count in counts], np.int64), (height, width), left=left, top=top)
