"""Supervisely: one JSON file an image, ``NAME.EXT.json``, drawn exactly as Supervisely draws it (with OpenCV).

Older files do not name the kind of a shape; there a bitmap is a bitmap, and two points are a rectangle where
``meta.json`` does not say that the class is a line.
"""

import zlib
from collections.abc import Iterator
from typing import Any

from pconv_cli.files.json_text import read_json
from pconv_cli.masks.annotations.document import UNLABELLED, AnnotatedImage, Region
from pconv_cli.masks.annotations.shapes import Bits, OpenCVPolygon, Rings, Shape, ShapeError, points_of
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.masks.annotations.values import bytes_of_base64, dicts, embedded_mask, size_of, text

# What a bitmap's PNG may unpack to, in bytes; a mask is far smaller.
_UNPACKED = 64 << 20


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is Supervisely's."""
    content = source.json
    return (
        isinstance(content, dict) and isinstance(content.get("objects"), list) and isinstance(content.get("size"), dict)
    )


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read one image's objects."""
    content = source.json
    size = size_of(content["size"].get("height"), content["size"].get("width"))
    found = AnnotatedImage([source.path.stem], size)  # NAME.EXT.json: its stem is the image's file name
    kinds = _kinds(source)
    for number, thing in enumerate(dicts(content["objects"]), 1):
        label = text(thing.get("classTitle")) or UNLABELLED
        try:
            found.regions.append(Region(label, _shapes(thing, kinds.get(label, ""))))
        except ShapeError as error:
            found.skipped.append(f"object {number} ({label}): {error}")
    yield found


def _kinds(source: AnnotationFile) -> dict[str, str]:
    """The kind of each class's shapes by ``meta.json``, beside the file or one folder up, as exports have it."""
    for folder in (source.path.parent, source.path.parent.parent, source.path.parent.parent.parent):
        path = folder / "meta.json"
        try:
            content = read_json(path) if path.is_file() else None
        except (OSError, ValueError):
            continue
        if isinstance(content, dict):
            return {text(one.get("title")): text(one.get("shape")) for one in dicts(content.get("classes"))}
    return {}


def _shapes(thing: dict[str, Any], class_kind: str) -> list[Shape]:
    kind = text(thing.get("geometryType"))
    bitmap = thing.get("bitmap")
    if kind in ("bitmap", "alpha_mask") or (not kind and isinstance(bitmap, dict)):
        return [_bitmap(bitmap if isinstance(bitmap, dict) else {})]
    if kind == "multipolygon":
        parts = list(dicts(thing.get("parts")))
        return [_polygon(part.get("points", part)) for part in parts]
    points = thing.get("points")
    exterior = points.get("exterior") if isinstance(points, dict) else None
    if kind == "rectangle" or (not kind and isinstance(exterior, list) and len(exterior) == 2 and class_kind != "line"):
        corners = points_of(exterior)
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return [OpenCVPolygon(points_of([(left, top), (right, top), (right, bottom), (left, bottom)]))]
    if kind in ("line", "point") or (not kind and class_kind == "line"):
        return [Rings([points_of(exterior) + 0.5], closed=False)]
    if kind in ("polygon", ""):
        return [_polygon(points)]
    raise ShapeError(f"a shape of the type {kind!r} is not known")


def _polygon(points: Any) -> OpenCVPolygon:
    if not isinstance(points, dict):
        raise ShapeError("its points are missing")
    interior = points.get("interior")
    holes = [points_of(ring) for ring in interior if ring] if isinstance(interior, list) else []
    return OpenCVPolygon(points_of(points.get("exterior")), holes)


def _bitmap(bitmap: dict[str, Any]) -> Bits:
    unpack = zlib.decompressobj()
    try:
        data = unpack.decompress(bytes_of_base64(bitmap.get("data")), _UNPACKED)
    except zlib.error:
        raise ShapeError("its bitmap is damaged") from None
    if unpack.unconsumed_tail:
        raise ShapeError(f"its bitmap unpacks to more than {_UNPACKED >> 20} MiB")
    left, top = points_of([bitmap.get("origin")])[0]
    return Bits(embedded_mask(data), round(left), round(top))
