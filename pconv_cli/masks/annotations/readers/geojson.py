"""GeoJSON as QuPath writes it: corners of pixels of the full image, as it is stored. The second ring on are holes."""

from collections.abc import Iterator
from typing import Any

from pconv_cli.errors import MaskError
from pconv_cli.masks.annotations.document import UNLABELLED, AnnotatedImage, Region
from pconv_cli.masks.annotations.shapes import Rings, Shape, ShapeError, points_of
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.masks.annotations.values import dicts, text

# What QuPath finds by itself, thousands of cells and tiles: nobody drew it.
_FOUND = frozenset({"detection", "cell", "tile", "PathDetectionObject", "PathCellObject", "PathTileObject"})


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is GeoJSON: a collection, a feature, or a list of features."""
    content = source.json
    if isinstance(content, list):
        first = next(dicts(content), {})
        return first.get("type") == "Feature" and "geometry" in first
    return isinstance(content, dict) and content.get("type") in ("FeatureCollection", "Feature")


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read the features as annotations of the image of the file's own name.

    Raises:
        MaskError: The coordinates belong to a map.
    """
    content = source.json
    if isinstance(content, dict) and content.get("crs") is not None:
        raise MaskError(
            f"{source.path}: its coordinates belong to a map (crs), not to an image; export it in pixels from QuPath"
        )
    features = [content] if isinstance(content, dict) and content.get("type") == "Feature" else content
    features = features.get("features") if isinstance(features, dict) else features
    found = AnnotatedImage(displayed=False)
    for number, feature in enumerate(dicts(features), 1):
        traits = feature.get("properties")
        traits = traits if isinstance(traits, dict) else {}
        kind = text(traits.get("objectType")) or text(traits.get("object_type")) or text(feature.get("id"))
        if kind in _FOUND:
            found.skipped.append(f"feature {number}: a {kind}, which no person drew")
            continue
        try:
            found.regions.append(Region(_label(traits), _shapes(feature.get("geometry"))))
        except ShapeError as error:
            found.skipped.append(f"feature {number}: {error}")
    yield found


def _label(traits: dict[str, Any]) -> str:
    kind = traits.get("classification")
    named = text(kind.get("name")) if isinstance(kind, dict) else text(kind)
    return named or text(traits.get("label")) or text(traits.get("name")) or UNLABELLED


def _shapes(geometry: Any, depth: int = 0) -> list[Shape]:
    if not isinstance(geometry, dict):
        raise ShapeError("it has no geometry")
    kind, places = geometry.get("type"), geometry.get("coordinates")
    if kind == "GeometryCollection" and depth < 3:
        return [shape for part in dicts(geometry.get("geometries")) for shape in _shapes(part, depth + 1)]
    if not isinstance(places, list) or not places:
        raise ShapeError("it has no coordinates")
    match kind:
        case "Polygon":
            return [_polygon(places)]
        case "MultiPolygon":
            return [_polygon(part) for part in places]
        case "LineString":
            return [Rings([_flat(places)], closed=False)]
        case "MultiLineString":
            return [Rings([_flat(part)], closed=False) for part in places]
        case "Point":
            return [Rings([_flat([places])], closed=False)]
        case "MultiPoint":
            return [Rings([_flat([place])], closed=False) for place in places]
        case _:
            raise ShapeError(f"a geometry of the type {kind!r} is not known")


def _polygon(rings: Any) -> Rings:
    if not isinstance(rings, list) or not rings:
        raise ShapeError("a polygon has no ring")
    return Rings([_flat(ring) for ring in rings])


def _flat(places: Any) -> Any:
    """Points without the height that a place may have as its third number."""
    if not isinstance(places, list):
        raise ShapeError("its points are not pairs of numbers")
    return points_of([place[:2] if isinstance(place, list) else place for place in places])
