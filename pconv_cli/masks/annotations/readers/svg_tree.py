"""The XML of an SVG drawing before it is read: what svgelements would draw otherwise than viewers is left out."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from pconv_cli.errors import MaskError
from pconv_cli.masks.annotations.source import AnnotationFile

# Elements whose content is drawn only where another element refers to it.
_DEFINITIONS = frozenset({"clipPath", "marker", "mask", "pattern", "symbol"})

# Elements that copies (``use``) may add, and how deep copies may lie in copies.
_MOST_ELEMENTS, _DEEPEST = 100_000, 50

_XLINK = "{http://www.w3.org/1999/xlink}href"

_CUTS = ("clip-path", "mask")
# Rules of a style sheet for one class: its name, and what is declared.
_RULE = re.compile(r"\.([\w-]+)\s*\{([^{}]*)\}")


def prepared(source: AnnotationFile, root: ElementTree.Element) -> list[str]:
    """Make a drawing fit to be read, in place.

    Args:
        source: The file, for messages.
        root: The drawing.

    Returns:
        What was left out, a line for each element.

    Raises:
        MaskError: It copies itself without end, or something of it cannot be left out.
    """
    _check_uses(source, root)
    _check_viewports(source, root)
    left_out = _leave_out(source, root)
    _set_definitions_apart(root)
    return left_out


def _leave_out(source: AnnotationFile, root: ElementTree.Element) -> list[str]:
    """Take out the elements that are cut by others, and those with lengths in percent that svgelements gets wrong."""
    sheet = {name: rule for one in root.iter() if _kind(one) == "style" for name, rule in _RULE.findall(one.text or "")}
    frames = _frames(root)
    left_out: list[str] = []
    for parent in list(root.iter()):
        if _kind(parent) in _DEFINITIONS:
            continue
        for child in list(parent):
            why = _trouble(child, sheet, frames)
            if not why or _kind(child) in (*_DEFINITIONS, "image"):
                continue
            name = f"<{_kind(child)}> ({child.get('id') or 'without an id'})"
            if any(_kind(one) == "image" for one in child.iter()):
                raise MaskError(f"{source.path}: its {name} holds the scan and {why}")
            parent.remove(child)
            left_out.append(f"{name} {why}")
    return left_out


def _trouble(element: ElementTree.Element, sheet: dict[str, str], frames: frozenset[str]) -> str:
    """Why an element cannot be drawn as a viewer shows it; nothing where it can."""
    values = dict(_declared(" ".join(sheet.get(name, "") + ";" for name in (element.get("class") or "").split())))
    values |= dict(element.items()) | dict(_declared(element.get("style") or ""))
    for cut in _CUTS:
        value = values.get(cut, "none").strip()
        if value not in ("", "none") and value.replace("'", "").replace('"', "") not in frames:
            return f"is cut by a {cut}, which is not applied; cut the shapes themselves in the drawing program"
    lengths = ("r", "stroke-width") if _kind(element) == "circle" else ("stroke-width",)
    for key in lengths:
        if values.get(key, "").strip().endswith("%"):
            return f"has its {key} in percent; write it in units"
    return ""


def _frames(root: ElementTree.Element) -> frozenset[str]:
    """Clip paths that cut nothing, as programs put them around a whole drawing: one box over all of the viewBox."""
    try:
        sides = " ".join((root.get(side) or "").removesuffix("px") for side in ("width", "height"))
        left, top, width, height = map(float, re.split(r"[\s,]+", (root.get("viewBox") or f"0 0 {sides}").strip()))
    except ValueError:
        return frozenset()
    found = []
    for clip in root.iter():
        if _kind(clip) != "clipPath" or len(clip) != 1 or _kind(clip[0]) != "rect" or clip.get("clipPathUnits"):
            continue
        box = clip[0]
        try:
            x, y, w, h = (float(box.get(key, "0")) for key in ("x", "y", "width", "height"))
        except ValueError:
            continue
        plain = not {"transform", "rx", "ry", "style", "class"} & {*box.keys(), *clip.keys()}
        if plain and x <= left and y <= top and x + w >= left + width and y + h >= top + height:
            found.append(f"url(#{clip.get('id')})")
    return frozenset(found)


def _declared(style: str) -> Iterator[tuple[str, str]]:
    for declaration in style.split(";"):
        key, colon, value = declaration.partition(":")
        if colon:
            yield key.strip(), value.strip()


def _kind(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _check_uses(source: AnnotationFile, root: ElementTree.Element) -> None:
    """Refuse a drawing whose ``use`` elements copy each other without end, or into more than can be held.

    The size of an element is the sum of its children's and of what it uses. Sizes are added up from the last element to
    the first; each further round follows uses one level deeper, until nothing changes.
    """
    elements = list(root.iter())[::-1]
    named = {element.get("id"): element for element in elements}
    used = {one: named.get((one.get("href") or one.get(_XLINK) or "").removeprefix("#")) for one in elements}
    used = {one: target for one, target in used.items() if target is not None and one.tag.endswith("use")}
    sizes = dict.fromkeys(elements, 1)
    for _ in range(_DEEPEST):
        before = sizes[root]
        for element in elements:
            target = used.get(element)
            sizes[element] = 1 + sum(sizes[child] for child in element) + (sizes[target] if target is not None else 0)
        if sizes[root] == before or sizes[root] > _MOST_ELEMENTS + len(elements):
            break
    else:
        raise MaskError(f"{source.path}: copies of copies go deeper than {_DEEPEST} levels; export it as plain SVG")
    if sizes[root] > _MOST_ELEMENTS + len(elements):
        raise MaskError(f"{source.path}: its copies make more than {_MOST_ELEMENTS} elements; export it as plain SVG")


def _check_viewports(source: AnnotationFile, root: ElementTree.Element) -> None:
    """Refuse inner viewports with a viewBox of their own that svgelements would put in another place than a viewer."""
    uses = [one for one in root.iter() if one.tag.endswith("use")]
    used = {(one.get("href") or one.get(_XLINK) or "").removeprefix("#") for one in uses}
    for element in root.iter():
        kind = _kind(element)
        moved = kind == "svg" and element is not root and (element.get("x") or element.get("y"))
        if element.get("viewBox") and (moved or (kind == "symbol" and element.get("id") in used)):
            name = element.get("id") or "without an id"
            raise MaskError(
                f"{source.path}: its inner <{kind}> ({name}) has a viewBox of its own and would land elsewhere; "
                "turn it into a group, or export the drawing as plain SVG without it"
            )


def _set_definitions_apart(root: ElementTree.Element) -> None:
    """Put definitions that stand among what is drawn into ``<defs>``; elsewhere svgelements takes them for drawn."""
    for parent in list(root.iter()):
        for place, child in enumerate(parent):
            space, _, name = child.tag.rpartition("}")
            if name in _DEFINITIONS:
                parent[place] = ElementTree.Element(f"{space}}}defs" if space else "defs")
                parent[place].append(child)
