"""IIIF Presentation 3 and W3C Web Annotations: targets with ``xywh`` fragments or SVG selectors, in canvas units."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from pconv_cli.errors import MaskError
from pconv_cli.masks.annotations.document import UNLABELLED, AnnotatedImage, Region
from pconv_cli.masks.annotations.readers.svg import read_drawing
from pconv_cli.masks.annotations.shapes import Rings, Shape, ShapeError, box
from pconv_cli.masks.annotations.source import AnnotationFile
from pconv_cli.masks.annotations.values import dicts, number, text

_TYPES = frozenset({"Manifest", "Canvas", "AnnotationPage", "AnnotationCollection", "Annotation"})


def recognise(source: AnnotationFile) -> bool:
    """Say whether a file is IIIF or a Web Annotation."""
    content = source.json
    return isinstance(content, dict) and content.get("type") in _TYPES and ("@context" in content or "id" in content)


def read(source: AnnotationFile) -> Iterator[AnnotatedImage]:
    """Read every canvas; annotations without a canvas belong to the image of the file's own name, in pixels."""
    canvases: dict[str, AnnotatedImage] = {}
    annotations = []
    for thing in _things(source.json):
        kind = thing.get("type")
        if kind == "Canvas" and text(thing.get("id")):
            canvases[thing["id"]] = _canvas(thing)
        elif kind == "Annotation" and thing.get("motivation") != "painting":
            annotations.append(thing)
    loose = AnnotatedImage()
    for order, annotation in enumerate(annotations, 1):
        for target in _several(annotation.get("target")):
            canvas = canvases.get(_address(target).split("#")[0], loose)
            try:
                shapes = [shape for selector in _selectors(target) for shape in _shapes(source, selector, canvas)]
                if not shapes:
                    raise ShapeError("it names no part of the image")
                canvas.regions.append(Region(_label(annotation), shapes))
            except ShapeError as error:
                canvas.skipped.append(f"annotation {order}: {error}")
    yield from canvases.values()
    if loose.regions or loose.skipped:
        yield loose


def _things(content: Any) -> Iterator[dict[str, Any]]:
    """All objects of a manifest, in their order."""
    waiting = [content]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, dict):
            yield thing
        children = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else ()
        waiting += [child for child in reversed(list(children)) if isinstance(child, dict | list)]


def _canvas(canvas: dict[str, Any]) -> AnnotatedImage:
    names = [_end(canvas["id"])]
    for thing in _things(canvas.get("items")):
        if thing.get("type") == "Image" and text(thing.get("id")):
            address = thing["id"]
            # By the Image API, the identifier stands before region/size/rotation/quality.format.
            api = re.search(r"([^/]+)/[^/]+/[^/]+/[^/]+/[a-z]+\.[a-z0-9]+$", address)
            names.insert(0, unquote(api.group(1)) if api else _end(address))
    try:
        frame = number(canvas.get("width"), "width"), number(canvas.get("height"), "height")
    except ShapeError:
        return AnnotatedImage(names)
    return AnnotatedImage(names, frame=frame if min(frame) > 0 else None)


def _end(address: str) -> str:
    return unquote(urlsplit(address).path.rstrip("/").rsplit("/", 1)[-1])


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _address(target: Any) -> str:
    if isinstance(target, dict):
        source = target.get("source", target.get("id"))
        return text(source.get("id")) if isinstance(source, dict) else text(source)
    return text(target)


def _selectors(target: Any) -> Iterator[dict[str, Any]]:
    fragment = _address(target).partition("#")[2]
    if fragment:
        yield {"type": "FragmentSelector", "value": fragment}
    if isinstance(target, dict):
        yield from dicts(_several(target.get("selector")))


def _shapes(source: AnnotationFile, selector: dict[str, Any], canvas: AnnotatedImage) -> list[Shape]:
    value = text(selector.get("value"))
    if selector.get("type") == "FragmentSelector":
        number_form = r"(-?[0-9.]+)"
        match = re.search(rf"xywh=(pixel:|percent:)?{','.join([number_form] * 4)}", value)
        if match is None:
            raise ShapeError(f"its fragment {value[:40]!r} is not of the form xywh=")
        left, top, width, height = (number(one, "xywh") for one in match.groups()[1:])
        rings = box(left, top, left + width, top + height)
        if match.group(1) != "percent:":
            return [rings]
        if canvas.frame is None:
            raise ShapeError("it is in percent of a canvas whose size is not given")
        return [rings.scaled(canvas.frame[0] / 100, canvas.frame[1] / 100)]
    if selector.get("type") == "SvgSelector":
        return _drawn(source, value, canvas)
    raise ShapeError(f"a selector of the type {str(selector.get('type'))!r} is not known")


def _drawn(source: AnnotationFile, drawing: str, canvas: AnnotatedImage) -> list[Shape]:
    """The closed areas of an SVG selector, in canvas units; one with a viewBox of its own is scaled to the canvas."""
    if "<svg" not in drawing:
        raise ShapeError("its selector is not SVG")
    own = re.search(r"viewBox\s*=", drawing[: drawing.find(">") + 1])
    if own and canvas.frame is None:
        raise ShapeError("its drawing has a viewBox, and the size of the canvas is not given")
    if not own:
        # Without a size, svgelements would take percentages of its own page for the canvas.
        drawing = drawing.replace("<svg", '<svg width="1000" height="1000" viewBox="0 0 1000 1000"', 1)
    try:
        found = read_drawing(source, drawing.encode())
    except MaskError as error:
        raise ShapeError(str(error).removeprefix(f"{source.path}: ")) from error
    scale = (1.0, 1.0)
    if own and canvas.frame is not None and found.frame is not None:
        scale = canvas.frame[0] / found.frame[0], canvas.frame[1] / found.frame[1]
    shapes = [shape for region in found.regions for shape in region.shapes]
    return [shape.scaled(*scale) for shape in shapes if isinstance(shape, Rings)]


def _label(annotation: dict[str, Any]) -> str:
    for body in _several(annotation.get("body")):
        value = text(body.get("value")) or text(body.get("label")) if isinstance(body, dict) else text(body)
        if value:
            return value
    return text(annotation.get("label")) or UNLABELLED
