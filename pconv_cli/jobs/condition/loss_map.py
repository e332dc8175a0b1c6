"""The numbered map of an image's losses: the image reduced, each loss outlined, the largest ones numbered, as SVG."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.previews import jpeg, outline
from pconv_cli.jobs.condition.placing import Placed, place_numbers
from pconv_cli.jobs.condition.sizes import FONT, LEAST, SIDE
from pconv_cli.jobs.condition.survey import COLOURS, Condition, colour_of
from pconv_cli.pages.markup import Html, element
from pconv_cli.pages.page import data_uri
from pconv_cli.tiling.rect import Size

# Outlines are drawn on at least this many pixels a side; small images are enlarged for it.
_SHARP = 800


def loss_map(name: str, condition: Condition, numbered: int, most: int) -> Html:
    """Draw the map.

    Args:
        name: The image's, for screen readers.
        condition: What to draw.
        numbered: How many losses have their number.
        most: Bytes that the reduced image may take.
    """
    scale = SIDE / max(condition.size)
    size = max(1, round(condition.size[0] * scale)), max(1, round(condition.size[1] * scale))
    canvas = max(size[0], LEAST), max(size[1], LEAST)
    top, left = (canvas[0] - size[0]) // 2, (canvas[1] - size[1]) // 2
    count = min(numbered, condition.losses.count)
    anchors = (condition.losses.deepest[:count, ::-1] + 0.5).astype(np.float64) * scale + np.array([left, top])
    texts = [str(number + 1) for number in range(count)]
    boxes = place_numbers(
        texts, anchors, condition.losses.depth[:count] * scale, _lost(condition, size, canvas, (top, left)), canvas
    )
    parts = [
        element(
            "image", href=data_uri(data, kind), x=left, y=top, width=size[1], height=size[0], preserveAspectRatio="none"
        )
        for data, kind in ((jpeg(condition.view, most), "image/jpeg"), (_outlines(condition), "image/png"))
    ]
    placed = [
        (text, anchor, box, colour_of(int(label)))
        for text, anchor, box, label in zip(texts, anchors.tolist(), boxes, condition.label[:count], strict=True)
        if box is not None
    ]
    parts += [_leader(anchor, box, colour) for _, anchor, box, colour in placed]
    parts += [_number(text, box, colour) for text, _, box, colour in placed]
    words = f"{name}: its losses outlined" + (f", the largest numbered 1 to {count}" if count else "")
    return element("svg", *parts, viewBox=f"0 0 {canvas[1]} {canvas[0]}", role="img", aria_label=words, class_="losses")


def swatch(label: int) -> str:
    """Give the colour of a label for CSS."""
    return "#{:02x}{:02x}{:02x}".format(*COLOURS[colour_of(label)])


def _outlines(condition: Condition) -> bytes:
    marks = condition.marks
    enlarged = max(1, _SHARP // max(marks.shape))
    marks = marks.repeat(enlarged, axis=0).repeat(enlarged, axis=1)
    return outline(marks, COLOURS, max(1, round(max(marks.shape) / 700)))


def _lost(condition: Condition, size: Size, canvas: Size, corner: tuple[int, int]) -> NDArray[np.bool_]:
    """Where anything is lost on the map."""
    lost = np.zeros(canvas, np.bool_)
    marks = (condition.marks > 0).astype(np.uint8)
    small = cv2.resize(marks, size[::-1], interpolation=cv2.INTER_NEAREST) > 0
    lost[corner[0] : corner[0] + size[0], corner[1] : corner[1] + size[1]] = small
    return lost


def _leader(anchor: list[float], box: Placed, colour: int) -> Html:
    """A line from a loss to its number, where that stands beside it."""
    x, y = anchor
    end = min(max(x, box.left), box.left + box.width), min(max(y, box.top), box.top + box.height)
    if end == (x, y):
        return Html("")
    line = f"M{x:.1f} {y:.1f}L{end[0]:.1f} {end[1]:.1f}"
    return element(
        "g",
        element("path", d=line, stroke="#fff", stroke_width=5, stroke_linecap="round"),
        element("path", d=line, stroke=swatch(colour), stroke_width=2.5, stroke_linecap="round"),
    )


def _number(text: str, box: Placed, colour: int) -> Html:
    frame = element(
        "rect",
        x=f"{box.left + 1:.1f}",
        y=f"{box.top + 1:.1f}",
        width=f"{box.width - 2:.1f}",
        height=f"{box.height - 2:.1f}",
        rx=4,
        fill="#fff",
        stroke=swatch(colour),
        stroke_width=2,
    )
    middle = f"{box.left + box.width / 2:.1f}", f"{box.top + box.height / 2 + FONT * 0.36:.1f}"
    digits = element(
        "text", text, x=middle[0], y=middle[1], text_anchor="middle", font_size=FONT, font_weight=600, fill="#111"
    )
    return element("g", frame, digits)
