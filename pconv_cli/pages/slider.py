"""Views of one image, two of them over one another with a divider that moves.

The divider is a native range input as wide as the image, so that mouse, touch, arrow keys, Page Up and Down, Home and
End, focus and screen readers are the browser's own work.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pconv_cli.pages.markup import Html, element, joined
from pconv_cli.pages.page import data_uri
from pconv_cli.wording import percent


@dataclass(frozen=True)
class SliderView:
    """One view of an image: what it is called, and its JPEG file."""

    label: str
    jpeg: bytes


def slider(
    name: str,
    views: Sequence[SliderView],
    size: tuple[int, int],
    *,
    outline: bytes | None = None,
    overlay: bytes | None = None,
    left: int = 0,
    right: int = 1,
) -> Html:
    """Make a slider between two views; of more than two, those to compare can be chosen.

    Args:
        name: The name of the image, for screen readers.
        views: The views, all of one size; of a single one there is no slider.
        size: (height, width) of the views.
        outline: A PNG file of that size, transparent except for the outline of the holes.
        overlay: A PNG file over the fills, which `confidence_switch` shows and hides.
        left: The view that is seen on the left at first.
        right: The one on the right.
    """
    sides = {left: "left", right: "right"} if len(views) > 1 else {0: "left"}
    images = [
        element(
            "img",
            src=data_uri(view.jpeg, "image/jpeg"),
            alt=f"{name}: {view.label}",
            data_side=sides.get(number, ""),
            width=size[1],
            height=size[0],
            loading="lazy",
            decoding="async",
            draggable="false",
        )
        for number, view in enumerate(views)
    ]
    if overlay is not None:
        images.append(element("img", src=data_uri(overlay, "image/png"), alt="", class_="overlay", draggable="false"))
    if outline is not None:
        images.append(element("img", src=data_uri(outline, "image/png"), alt="", class_="outline", draggable="false"))
    tools: list[Html] = []
    if len(views) > 1:
        words = [element("span", views[n].label, class_=f"side {side}") for n, side in sides.items()]
        images += [*words, element("span", class_="divider")]
        images.append(
            element(
                "input",
                type="range",
                min=0,
                max=100,
                value=50,
                aria_label=f"{name}: divider between {views[left].label} and {views[right].label}",
            )
        )
    if len(views) > 2:
        tools = [_choice(name, views, "left", left), _choice(name, views, "right", right)]
    ratio = f"aspect-ratio: {size[1]} / {size[0]}; --ratio: {size[1] / size[0]:.4f}"
    stage = element("div", *images, class_="stage", style=ratio)
    return joined(element("div", *tools, class_="choices") if tools else "", stage)


def confidence_switch(colours: Sequence[tuple[int, int, int]], limits: Sequence[float]) -> Html:
    """Make the switch of overlays that show how sure fills are, with what their colours mean; it works without scripts.

    Args:
        colours: RGB of each class, from unsure to sure.
        limits: The probabilities between them.
    """
    names = [f"under {percent(limits[0], 0)}", *(f"from {percent(limit, 0)}" for limit in limits)]
    keys = [
        element("span", element("i", style=f"background: rgb{colour}"), name, class_="key")
        for colour, name in zip(colours, names, strict=True)
    ]
    box = element("label", element("input", type="checkbox", id="confidence"), " How sure the fills are")
    return element("div", box, *keys, class_="bar")


def controls(left: str, both: str, note: str) -> Html:
    """Make the bar above many sliders: where the outlines of the holes are drawn, and how dividers are moved.

    Args:
        left: The word for the choice to draw outlines on the left alone.
        both: The word for the choice to draw them on both sides.
        note: Another thing to say.
    """
    words = {"left": left, "both": both, "none": "hidden"}
    choice = element("select", *(element("option", word, value=value) for value, word in words.items()), id="outlines")
    bar = element(
        "div", element("label", "Outline of the holes: ", choice), element("span", note, class_="soft"), class_="bar"
    )
    how = element("p", "Drag a divider, or focus it (Tab) and press the arrow keys, Home, End.", class_="soft how")
    return joined(bar, how)


def _choice(name: str, views: Sequence[SliderView], side: str, chosen: int) -> Html:
    options = [element("option", view.label, value=n, selected=n == chosen) for n, view in enumerate(views)]
    return element("label", f"{side} ", element("select", *options, data_for=side, aria_label=f"{name}: {side} view"))
