"""The images worth looking at: worst and best, and where methods lie furthest apart, with maps of what differs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pconv_cli.errors import FileError, one_file
from pconv_cli.evaluation.metrics.differences import Samples
from pconv_cli.evaluation.metrics.names import READINGS, Metric, Region
from pconv_cli.evaluation.reports.rows import Evaluation, ImageFigures, main_region
from pconv_cli.evaluation.scoring import ScoringJob, load_images
from pconv_cli.files.images import read_header
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.files.metadata.carried import Samples as ImageSamples
from pconv_cli.files.previews import Rendering, Rgb8, jpeg, outline, shown, shown_hole, upright, within
from pconv_cli.files.stored import StoredImage
from pconv_cli.pages.slider import SliderView

#: Longest side of a view in pixels.
LONGEST = 768

#: The difference, of the range, that is shown as the brightest colour; more looks the same.
FULL = 0.25

# Images under one heading; bytes of all views of a page, and of one view at most and at least.
_EACH = 4
_PAGE, _MOST, _LEAST = 15_000_000, 90_000, 8_000

_GREY = 128

_OF: dict[Region, str] = {"whole": "whole image", "hole": "hole", "band": "edge"}


@dataclass(frozen=True, eq=False)
class Example:
    """One image with what every method made of it.

    Attributes:
        heading: Why it is shown.
        name: See `pconv_cli.evaluation.reports.rows.ImageFigures`.
        rows: The figures, one row a method.
        views: Truth, damaged image, results, differences; none where a file cannot be read any more.
        size: (height, width) of the views.
        outline: A PNG file with the outline of the holes.
        problem: Why there are no views.
    """

    heading: str
    name: str
    rows: tuple[ImageFigures, ...]
    views: tuple[SliderView, ...] = ()
    size: tuple[int, int] = (0, 0)
    outline: bytes = b""
    problem: str = ""


def ranking(evaluation: Evaluation) -> tuple[Metric, Region] | None:
    """Find the metric and region that rank images: the first that has a better and a worse, in the hole."""
    for metric in evaluation.image_metrics:
        if READINGS[metric].better:
            return metric, main_region(metric)
    return None


def choose_examples(evaluation: Evaluation) -> list[Example]:
    """Choose the images worth looking at and make views of them, from the files that the rows name."""
    chosen = list(_chosen(evaluation))
    polarity = Polarity(evaluation.settings.get("polarity", Polarity.WHITE))
    views = sum(2 + 2 * len(rows) for _, rows in chosen)
    most = max(_LEAST, min(_MOST, _PAGE // max(1, views)))
    return [_example(heading, rows, polarity, most) for heading, rows in chosen]


def difference(result: Samples, truth: Samples, white: float, orientation: int = 1) -> Rgb8:
    """Draw the mean absolute difference over the channels, from black (none) to pale yellow (`FULL` and more)."""
    far = np.abs(result.astype(np.float32) - truth.astype(np.float32)).mean(axis=2, keepdims=True) / np.float32(white)
    level = np.rint(np.clip(within(far, LONGEST)[:, :, 0] / FULL, 0, 1) * 255).astype(np.uint8)
    return upright(np.asarray(cv2.applyColorMap(level, cv2.COLORMAP_INFERNO)[:, :, ::-1], np.uint8), orientation)


def _chosen(evaluation: Evaluation) -> Iterator[tuple[str, tuple[ImageFigures, ...]]]:
    """Choose headings, each with the rows of one image; no image twice."""
    ranked = ranking(evaluation)
    if ranked is None:
        return
    metric, region = ranked
    reading = READINGS[metric]
    by_name: dict[str, list[ImageFigures]] = {}
    for row in evaluation.rows:
        by_name.setdefault(row.name, []).append(row)
    figures: dict[str, list[float]] = {}
    for name, rows in by_name.items():
        values = [getattr(row.scores[metric], region) for row in rows]
        if all(value is not None for value in values):
            figures[name] = [-reading.worse(value) for value in values]
    first = evaluation.methods[0] if evaluation.rows else None
    of = f" of {first}" if first else ""
    by = f", by {reading.title} of the {_OF[region]}"
    order = sorted(figures, key=lambda name: figures[name][0])
    lists = [(f"Worst{of}{by}", order), (f"Best{of}{by}", order[::-1])]
    if len(evaluation.methods) > 1:
        lead = {name: own - max(others) for name, (own, *others) in figures.items()}
        apart = sorted((name for name in lead if math.isfinite(lead[name])), key=lambda name: lead[name])
        lists += [
            (f"Where {first} falls furthest behind{by}", [name for name in apart if lead[name] < 0]),
            (f"Where {first} leads most{by}", [name for name in apart[::-1] if lead[name] > 0]),
        ]
    taken: set[str] = set()
    for heading, names in lists:
        free = [name for name in names if name not in taken]
        some = free[: min(_EACH, -(-len(free) // 2))]  # of a few images half are the worst, and half the best
        taken |= set(some)
        yield from ((heading, tuple(by_name[name])) for name in some)


def _example(heading: str, rows: tuple[ImageFigures, ...], polarity: Polarity, most: int) -> Example:
    try:
        with one_file(rows[0].name):
            views, size, line = _views(rows, polarity, most)
    except FileError as error:
        return Example(heading, rows[0].name, rows, problem=str(error))
    return Example(heading, rows[0].name, rows, views, size, line)


def _views(
    rows: tuple[ImageFigures, ...], polarity: Polarity, most: int
) -> tuple[tuple[SliderView, ...], tuple[int, int], bytes]:
    results, differences = [], []
    for row in rows:
        files = {what: Path(source.path) for what, source in row.files.items()}
        images = load_images(ScoringJob(row.name, row.method, files["result"], files["truth"], files["mask"], polarity))
        orientation = read_header(files["truth"]).orientation
        white = float(np.iinfo(images.truth.dtype).max) if images.truth.dtype.kind == "u" else 1.0
        within = StoredImage(_plain(images.truth)).range()  # of heights, or of 12 bits in 16, as they can be seen
        rendering = Rendering(within.high, orientation, black=within.low)
        results.append(SliderView(row.method or "result", _jpeg(images.result, rendering, most)))
        words = f"difference of {row.method}" if row.method else "difference"
        differences.append(SliderView(words, jpeg(difference(images.result, images.truth, white, orientation), most)))
    hole = shown_hole(~images.mask, orientation, LONGEST)
    truth = shown(_plain(images.truth), rendering, LONGEST)
    damaged = np.where(hole[:, :, np.newaxis], np.uint8(_GREY), truth)
    first = [SliderView("truth", jpeg(truth, most)), SliderView("damaged", jpeg(damaged, most))]
    return (*first, *results, *differences), (hole.shape[0], hole.shape[1]), outline(hole)


def _jpeg(samples: Samples, rendering: Rendering, most: int) -> bytes:
    return jpeg(shown(_plain(samples), rendering, LONGEST), most)


def _plain(samples: Samples) -> ImageSamples:
    """Convert floats to single precision, as images have them."""
    return samples.astype(np.float32) if samples.dtype.kind == "f" else samples
