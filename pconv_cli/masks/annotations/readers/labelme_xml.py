"""LabelMe of MIT, the older web tool: one XML file an image, its polygons, and masks as PNG files beside it.

Polygons are drawn with their outline, as are those of today's LabelMe. What was deleted in the tool stays in the file.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from pconv_cli.masks.annotations.document import UNLABELLED, AnnotatedImage, Region
from pconv_cli.masks.annotations.shapes import Bits, PillowShape, Shape, ShapeError, points_of
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.masks.annotations.values import embedded_mask, number, size_of

_LARGEST_MASK = 64 << 20


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is LabelMe's; Pascal VOC has the same root, and boxes of another form in it."""
    root = source.xml
    return root is not None and root.tag == "annotation" and any(_drawn(one) is not None for one in root.iter("object"))


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read one image's objects."""
    root = source.xml
    assert root is not None  # it was recognised
    name = (root.findtext("filename") or "").strip()
    folder = (root.findtext("folder") or "").strip()
    size = size_of(root.findtext("imagesize/nrows"), root.findtext("imagesize/ncols"))
    found = AnnotatedImage(names=[*([f"{folder}/{name}"] if folder else []), name] if name else [], size=size)
    for place, one in enumerate(root.iter("object"), 1):
        if (one.findtext("deleted") or "0").strip() == "1":
            continue
        try:
            found.regions.append(Region((one.findtext("name") or "").strip() or UNLABELLED, [_shape(one, source)]))
        except ShapeError as error:
            found.skipped.append(f"object {place}: {error}")
    yield found


def _drawn(one: Element) -> Element | None:
    polygon = one.find("polygon")
    return polygon if polygon is not None else one.find("segm")


def _shape(one: Element, source: AnnotationFile) -> Shape:
    drawn = _drawn(one)
    if drawn is None:
        raise ShapeError("it has neither a polygon nor a mask")
    if drawn.tag == "polygon":
        corners = [(number(pt.findtext("x"), "x"), number(pt.findtext("y"), "y")) for pt in drawn.iter("pt")]
        return PillowShape("polygon", points_of(corners))
    name = Path((drawn.findtext("mask") or "").strip()).name
    places = [source.path.with_name(name), source.path.parent / "Masks" / name] if name else []
    path = next((path for path in places if path.is_file() and path.stat().st_size <= _LARGEST_MASK), None)
    if path is None:
        raise ShapeError(f"its mask {name!r} does not lie beside the file")
    return Bits(embedded_mask(path.read_bytes()))
