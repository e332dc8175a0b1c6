"""The condition of an image on the page of a run: its losses as they were found, and what became of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.previews import Rgb8, jpeg, within
from pconv_cli.jobs.condition.leaves import leaf_of
from pconv_cli.jobs.condition.section import condition_facts, condition_section
from pconv_cli.jobs.condition.survey import LOSS, Condition, reduced, survey
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.jobs.images.part import RestoredPart
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.masks.operations import dilate_packed
from pconv_cli.pages.markup import Html, element, joined
from pconv_cli.pages.page import data_uri, facts
from pconv_cli.tiling.rect import Rect

#: Losses that have a number.
NUMBERED = 40

#: Pages of a file that have a map, whose views, of up to 10 MB each, are held until the file is restored.
PAGES = 12

# Longest side of the views side by side, and the share of the room that the map has; the views have the rest.
_LONGEST, _MAP = 640, 0.55

# What is no retouch is shown in a pale grey: so much of its own lightness, on so much white.
_OWN, _WHITE = 0.35, 150


def found_conditions(image: OpenImage, options: InpaintOptions) -> list[Condition]:
    """Survey an image before it is filled, or each of its pages with holes.

    Args:
        image: The image.
        options: What is asked for it, with the labels of its damage.

    Raises:
        ImageError: It is damaged.
    """
    if not image.has_holes:
        return []
    with image.parts() as parts:
        return [
            _without_view(number, survey(leaf_of(part), _areas(image.pair.name, part, options)))
            for number, part in enumerate(parts)
        ]


def _without_view(number: int, condition: Condition) -> Condition:
    """Leave out the view of a page that has no map."""
    if number < PAGES:
        return condition
    return replace(condition, view=condition.view[:0].copy(), marks=condition.marks[:0].copy())


def _areas(name: str, part: RestoredPart, options: InpaintOptions) -> Iterator[tuple[str, PackedMask]]:
    """The labels of an image or page with their areas, grown as its holes are; one area where there are no labels."""
    has_labels = False
    for label, area in options.labels(name) if options.labels is not None else ():
        if area.size == part.size:  # of a file of several pages, those of its size
            has_labels = True
            yield label, dilate_packed(area, options.dilate) if options.dilate else area
    if not has_labels:
        yield LOSS, part.holes


def condition_part(
    name: str, found: Sequence[Condition], window: Callable[[Rect], Samples] | None, room: int, dilate: int
) -> Html:
    """Show the condition of an image or its pages, and before, after and retouch side by side.

    Args:
        name: The image's.
        found: Its condition before it was filled.
        window: Gives restored samples of the whole image; None: it is not seen as a whole.
        room: Bytes that all images of it may take; 0: there is none.
        dilate: By how many pixels its holes were grown.
    """
    parts = []
    for condition in found:
        number = condition.leaf.number
        words = "Condition before" if number is None else f"Condition of page {number[0]} of {number[1]} before"
        shown = element("p", f"Measured with its {dilate} px of growth.", class_="soft") if dilate else Html("")
        most = round(room * _MAP / min(PAGES, len(found))) if condition.view.size else 0
        section = condition_section(name, condition, NUMBERED, most, explained=False)
        sides = _sides(name, condition, window, room) if window is not None and room else Html("")
        parts.append(
            element(
                "details",
                element("summary", words),
                facts(condition_facts(condition)[1:]),
                shown,
                sides,
                section,
                open=True,
                class_="condition",
            )
        )
    if len(found) > PAGES:
        parts.append(element("p", f"Maps of the first {PAGES} pages with losses are shown.", class_="soft"))
    return joined(*parts)


def _sides(name: str, condition: Condition, window: Callable[[Rect], Samples], room: int) -> Html:
    """Before, after and the retouch alone, side by side; a map of the fill's confidence has its place behind them."""
    after = reduced(replace(condition.leaf, window=window))
    views = [("before", condition.view), ("after", after), ("retouch", _retouch(after, condition))]
    most = max(4096, round(room * (1 - _MAP) / len(views)))
    figures = []
    for label, view in views:
        source = data_uri(jpeg(within(view, _LONGEST), most), "image/jpeg")
        image = element("img", src=source, alt=f"{name}: {label}", loading="lazy")
        figures.append(element("figure", image, element("figcaption", label)))
    return element("div", *figures, class_="sides")


def _retouch(after: Rgb8, condition: Condition) -> Rgb8:
    """The fill in its colours, and all else pale."""
    pale = np.rint(after.mean(axis=2, keepdims=True) * _OWN + _WHITE).astype(np.uint8)
    return np.where(condition.marks[:, :, np.newaxis] > 0, after, pale)
