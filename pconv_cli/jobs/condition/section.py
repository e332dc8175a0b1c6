"""The condition of one image or page as a part of an HTML page."""

import math
from collections.abc import Iterator, Sequence

from pconv_cli.jobs.condition.loss_map import loss_map, swatch
from pconv_cli.jobs.condition.survey import LOSS, Condition
from pconv_cli.masks.condition.classes import RULES, LossClass
from pconv_cli.pages.markup import Html, element, joined

_HEADS = ("no.", "label", "class", "x", "y", "w", "h", "area px", "%", "cm²", "width px", "mm")


def condition_facts(condition: Condition) -> list[tuple[str, str]]:
    """Say what the image is and what is lost of it."""
    (height, width), resolution = condition.size, condition.resolution
    said = [("size", f"{width} × {height} px"), ("depth", condition.leaf.depth)]
    said += [("colour profile", condition.leaf.profile)]
    if resolution is None:
        said += [("resolution", "not known")]
    else:
        tall, broad = resolution.cm((height, width))
        said += [("resolution", resolution.words), ("dimensions", f"{broad:.1f} × {tall:.1f} cm")]
    losses = condition.losses
    said += [("separate losses", f"{losses.count:,}"), ("lost", _area(condition, condition.damaged))]
    if losses.count:
        widest = int(losses.width.argmax())
        mm = "" if resolution is None else f", {figure(resolution.mm(losses.width[widest]))} mm"
        said += [("largest", f"no. 1, {_area(condition, int(losses.area[0]))}")]
        said += [("widest", f"no. {widest + 1:,}, {figure(losses.width[widest])} px{mm}")]
    return said


def condition_section(name: str, condition: Condition, numbered: int, most: int, *, explained: bool = True) -> Html:
    """Show the condition of an image or page.

    Args:
        name: The image's.
        condition: Its condition.
        numbered: How many losses are numbered and have a row.
        most: Bytes that the map's image may take; 0: there is no map, and no loss has a row.
        explained: Whether the rules for separating, measuring and sorting losses are printed.
    """
    remarks = [element("p", f"{remark[:1].upper()}{remark[1:]}.", class_="soft") for remark in condition.remarks]
    if not condition.losses.count:
        return joined(*remarks, element("p", "No loss is marked on it."))
    numbered = min(numbered if most else 0, condition.losses.count)
    parts = [*remarks]
    if most:
        key = [_key(label, number) for number, label in enumerate(condition.labels)]
        words = element("figcaption", *(key if condition.labels != (LOSS,) else []), _said(condition, numbered))
        parts.append(element("figure", loss_map(name, condition, numbered, most), words, class_="map-of-losses"))
    parts.append(element("div", _classes(condition), _rules() if explained else "", class_="overview"))
    if numbered:
        parts.append(_rows(condition, numbered))
    return joined(*parts)


def figure(value: float) -> str:
    """Write a number with about three figures, and never with an exponent."""
    if value <= 0:
        return "0"
    return f"{value:,.{max(0, min(6, 2 - math.floor(math.log10(value))))}f}"


def _rules() -> Html:
    words = [element("li", element("strong", kind.value), f": {rule}.") for kind, rule in RULES.items()]
    return element(
        "div",
        element(
            "p",
            "A loss is an area of one label whose pixels touch, if only at a corner. Its width is twice the "
            "largest distance from a point of it to its edge. Where labels overlap, each counts its own area, and "
            "“lost” counts the pixels once. The class is the first rule that holds:",
        ),
        element("ul", *words),
        class_="rules",
    )


def _area(condition: Condition, pixels: int) -> str:
    cm2 = "" if condition.resolution is None else f", {figure(condition.resolution.cm2(pixels))} cm²"
    return f"{pixels:,} px, {figure(100 * pixels / condition.pixels)} %{cm2}"


def _said(condition: Condition, numbered: int) -> str:
    count = condition.losses.count
    if numbered == count:
        return "Each loss has its number."
    return f"The {numbered} largest losses have their numbers; {count - numbered:,} smaller ones are only outlined."


def _key(label: str, number: int) -> Html:
    return element("span", element("i", style=f"background: {swatch(number)}"), label, class_="swatch")


def _classes(condition: Condition) -> Html:
    """The areas by label and class."""
    heads = ["label", "class", "losses", "area px", "%", *(["cm²"] if condition.resolution else [])]
    rows = []
    for number, label in enumerate(condition.labels):
        kinds = [kind for kind in LossClass if condition.chosen(number, kind).any()]
        rows += [_row([label, kind.value, *_sums(condition, number, kind)]) for kind in kinds]
        if len(condition.labels) > 1 and len(kinds) > 1:
            rows.append(_row([label, "all", *_sums(condition, number, None)], class_="total"))
    total = ["all", "all", f"{condition.losses.count:,}", *_figures(condition, condition.damaged)]
    rows.append(_row(total, class_="total"))
    return _table("Areas by label and class", heads, rows, words=2)


def _sums(condition: Condition, label: int, kind: LossClass | None) -> list[str]:
    chosen = condition.chosen(label, kind)
    return [f"{int(chosen.sum()):,}", *_figures(condition, int(condition.losses.area[chosen].sum()))]


def _figures(condition: Condition, pixels: int) -> list[str]:
    cm2 = [] if condition.resolution is None else [figure(condition.resolution.cm2(pixels))]
    return [f"{pixels:,}", figure(100 * pixels / condition.pixels), *cm2]


def _rows(condition: Condition, numbered: int) -> Html:
    """The numbered losses, one a row, and the others counted."""
    resolution, kinds = condition.resolution, list(LossClass)
    heads = [head for head in _HEADS if resolution is not None or head not in ("cm²", "mm")]
    rows = []
    for index in range(numbered):
        top, left, bottom, right = condition.losses.boxes[index].tolist()
        width = float(condition.losses.width[index])
        mm = [] if resolution is None else [figure(resolution.mm(width))]
        label, kind = condition.labels[condition.label[index]], kinds[condition.kind[index]].value
        place = [str(value) for value in (left, top, right - left, bottom - top)]
        area = _figures(condition, int(condition.losses.area[index]))
        rows.append(_row([str(index + 1), label, kind, *place, *area, figure(width), *mm]))
    rows += list(_others(condition, numbered, len(heads)))
    return _table("Losses by number", heads, rows, words=3)


def _others(condition: Condition, numbered: int, columns: int) -> Iterator[Html]:
    """The losses without a number, by label and class."""
    for number, label in enumerate(condition.labels):
        for kind in LossClass:
            chosen = condition.chosen(number, kind)
            chosen[:numbered] = False
            count = int(chosen.sum())
            if count:
                area = _figures(condition, int(condition.losses.area[chosen].sum()))
                cells = [*(["others", label, kind.value, f"{count:,} smaller"]), *area]
                yield element(
                    "tr",
                    element("th", cells[0], scope="row"),
                    *(element("td", cell, class_="word") for cell in cells[1:3]),
                    element("td", cells[3], colspan=4),
                    *(element("td", cell) for cell in area),
                    element("td", "", colspan=columns - 7 - len(area)),
                    class_="total",
                )


def _row(cells: Sequence[str], class_: str | None = None) -> Html:
    return element(
        "tr", element("th", cells[0], scope="row"), *(element("td", cell) for cell in cells[1:]), class_=class_
    )


def _table(title: str, heads: Sequence[str], rows: Sequence[Html], words: int) -> Html:
    """A table whose first columns hold words."""
    head = element("thead", element("tr", *(element("th", head, scope="col") for head in heads)))
    body = element("tbody", *rows)
    table = element("table", element("caption", title), head, body, class_=f"losses words-{words}")
    return element("div", table, class_="wide")
