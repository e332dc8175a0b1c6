"""COCO: polygons, run lengths in both forms, boxes, and panoptic segment images.

Coordinates are corners: pixel (0, 0) covers [0, 1). Polygons of one annotation are a union; COCO has no holes but in
run lengths.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.files.decoding import check_size, decoding
from pconv_cli.masks.annotations.document import UNLABELLED, AnnotatedImage, Region
from pconv_cli.masks.annotations.raster import Points
from pconv_cli.masks.annotations.shapes import Bits, Rings, Runs, Shape, ShapeError, box, points_of
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.masks.annotations.values import dicts, number, size_of, text


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is COCO's."""
    content = source.json
    return isinstance(content, dict) and isinstance(content.get("images"), list) and "annotations" in content


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read every image's annotations, images without any among them."""
    content = source.json
    labels = {_id(one.get("id")): text(one.get("name")) or UNLABELLED for one in dicts(content.get("categories"))}
    found: dict[Any, AnnotatedImage] = {}
    for image in dicts(content["images"]):
        name = text(image.get("file_name"))
        if name:
            found[_id(image.get("id"))] = AnnotatedImage([name], size_of(image.get("height"), image.get("width")))
    for order, annotation in enumerate(dicts(content["annotations"]), 1):
        image_of = found.get(_id(annotation.get("image_id")))
        if image_of is None:
            continue
        try:
            if "segments_info" in annotation:
                image_of.regions += _panoptic(source, annotation, labels, image_of)
            else:
                label = labels.get(_id(annotation.get("category_id")), UNLABELLED)
                image_of.regions.append(Region(label, _shapes(annotation)))
        except ShapeError as error:
            image_of.skipped.append(f"annotation {annotation.get('id', order)}: {error}")
    yield from found.values()


def _shapes(annotation: dict[str, Any]) -> list[Shape]:
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, list) and segmentation:
        rings: list[Shape] = []
        for flat in segmentation:
            if not isinstance(flat, list) or len(flat) < 2 or len(flat) % 2:
                raise ShapeError("a polygon is not a list of x and y in turn")
            rings.append(Rings([_once(points_of(list(zip(flat[::2], flat[1::2], strict=True))))]))
        return rings
    if isinstance(segmentation, dict):
        return [_runs(segmentation)]
    corner = annotation.get("bbox")
    if isinstance(corner, list) and len(corner) == 4:
        left, top, width, height = (number(value, "bbox") for value in corner)
        return [box(left, top, left + width, top + height)]
    raise ShapeError("it has neither a segmentation nor a box")


def _once(points: Points) -> Points:
    """Leave out a second round along the same points, as labelformat writes it: it would undo the first by parity."""
    half = len(points) // 2
    return points[:half] if np.array_equal(points[:half], points[half:]) else points


def _runs(segmentation: dict[str, Any]) -> Runs:
    size, counts = segmentation.get("size"), segmentation.get("counts")
    whole = size_of(*size) if isinstance(size, list) and len(size) == 2 else None
    if whole is None:
        raise ShapeError("its run lengths come without a size")
    if isinstance(counts, str):
        return Runs(counts_of_string(counts), whole, by_columns=True)
    if isinstance(counts, list):
        return Runs(np.array([int(number(count, "run length")) for count in counts], np.int64), whole, by_columns=True)
    raise ShapeError("its run lengths are neither a list nor a text")


def counts_of_string(packed: str) -> NDArray[np.int64]:
    """Unpack COCO's compressed run lengths.

    Each is written in groups of 5 bits, lowest first, 32 marking that more follow, all plus 48; from the fourth one on
    the difference to the one before the last is what is written.

    Raises:
        ShapeError: It ends in the middle, or holds other characters.
    """
    counts: list[int] = []
    value, shift = 0, 0
    for character in packed:
        group = ord(character) - 48
        if not 0 <= group < 64 or shift > 60:
            raise ShapeError("its run lengths hold characters that COCO does not write")
        value |= (group & 31) << shift
        shift += 5
        if group & 32:
            continue
        if group & 16:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value, shift = 0, 0
    if shift:
        raise ShapeError("its run lengths end in the middle")
    return np.array(counts, np.int64)


def _panoptic(
    source: AnnotationFile, annotation: dict[str, Any], labels: dict[Any, str], image: AnnotatedImage
) -> Iterator[Region]:
    """The segments of one image: a PNG beside the JSON file, or in the folder of its name, names them by colour."""
    name = text(annotation.get("file_name"))
    folders = (source.path.with_suffix(""), source.path.parent)
    places = [folder / name for folder in folders] if name and ".." not in name and not name.startswith("/") else []
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise ShapeError(f"its segments are in {name or 'no file'}, which is not beside the JSON file")
    try:
        with decoding(path), Image.open(path) as opened:
            check_size(path, (opened.height, opened.width))
            colour = np.asarray(opened.convert("RGB"), np.int64)
    except Exception as error:
        raise ShapeError(str(error)) from error
    if image.size is not None and colour.shape[:2] != image.size:
        raise ShapeError(f"its segment image {name} is {colour.shape[1]} x {colour.shape[0]}")
    segment = colour @ np.array([1, 1 << 8, 1 << 16])
    for info in dicts(annotation["segments_info"]):
        label = labels.get(_id(info.get("category_id")), UNLABELLED)
        yield Region(label, [Bits(segment == int(number(info.get("id"), "id")))])


def _id(value: object) -> int | str | None:
    return value if isinstance(value, int | str) else None
