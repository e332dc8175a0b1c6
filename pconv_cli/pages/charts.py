"""Charts as SVG in the page itself: its text is text, and its colours are the page's, light or dark.

Not matplotlib, whose SVG has fixed colours, takes three times the bytes and some 40 times the time; it draws the curves
of training, which need logarithmic axes and a PNG file.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pconv_cli.pages.markup import Html, element, escaped, joined

WIDTH, HEIGHT = 440, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 34

#: What lies nearer to one another is equal: it could not be divided any further.
_TINY = 1e-100

#: Colours that the style sheet has; further series begin again.
COLOURS = 7

# Bins of a histogram: about two for every root of the number of values.
_FEWEST, _MOST = 6, 24


@dataclass(frozen=True)
class Point:
    """A mean and its interval; the value alone where it has none."""

    value: float
    low: float | None = None
    high: float | None = None


def key(names: Sequence[str]) -> Html:
    """Make the key that names the colour of each series; nothing where there is only one."""
    if len(names) < 2:
        return Html("")
    return element(
        "p", *(element("span", name, class_=f"c{n % COLOURS}") for n, name in enumerate(names)), class_="key"
    )


def line_chart(title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[Point | None]]]) -> Html:
    """Draw values by class, with whiskers for their intervals.

    Args:
        title: The title.
        labels: The classes, from left to right.
        series: For each line its name, and for each class its point or None.
    """
    points = [point for _, line in series for point in line if point]
    ends = [end for p in points for end in (p.value, p.low, p.high) if end is not None and math.isfinite(end)]
    scale = _Scale(min(ends, default=0.0), max(ends, default=1.0))
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(labels))
    parts = [*scale.grid(), *(_label(_LEFT + (n + 0.5) * step, label) for n, label in enumerate(labels))]
    for number, (name, line) in enumerate(series):
        shift = (number - (len(series) - 1) / 2) * min(7.0, step / (len(series) + 1))
        places = [(_LEFT + (n + 0.5) * step + shift, point) for n, point in enumerate(line) if point]
        places = [(x, point) for x, point in places if math.isfinite(point.value)]
        drawn = [_path([(x, scale.y(point.value)) for x, point in places], width=1)]
        for x, point in places:
            if point.low is not None and point.high is not None:
                drawn.append(_path([(x, scale.y(point.low)), (x, scale.y(point.high))], width=2))
            drawn.append(_dot(x, scale.y(point.value), f"{name}: {point.value:.4g}" if name else f"{point.value:.4g}"))
        parts.append(element("g", *drawn, class_=f"c{number % COLOURS}"))
    return _drawn(title, parts)


def histogram(title: str, series: Sequence[tuple[str, Sequence[float]]]) -> Html:
    """Draw how many values lie where, a line for each series; values that are not finite are left out."""
    finite = [(name, np.array([value for value in values if math.isfinite(value)])) for name, values in series]
    every = np.concatenate([values for _, values in finite]) if finite else np.zeros(0)
    if not every.size:
        return Html("")
    low, high = float(every.min()), float(every.max())
    spread = _spread(low, high)
    bins = min(_MOST, max(_FEWEST, round(2 * math.sqrt(max(len(values) for _, values in finite)))))
    edges = np.linspace(low - spread * 0.02, high + spread * 0.02, bins + 1)
    counts = [np.histogram(values, edges)[0] for _, values in finite]
    scale = _Scale(0.0, float(max(count.max() for count in counts)))

    def x(value: float) -> float:
        return _LEFT + float((value - edges[0]) / (edges[-1] - edges[0])) * (WIDTH - _LEFT - _RIGHT)

    parts = [*scale.grid(), *(_label(x(tick), _word(tick)) for tick in _ticks(edges[0], edges[-1]))]
    for number, count in enumerate(counts):
        corners = [(x(edges[0]), scale.y(0.0))]
        for n, height in enumerate(count):
            corners += [(x(edges[n]), scale.y(float(height))), (x(edges[n + 1]), scale.y(float(height)))]
        corners.append((x(edges[-1]), scale.y(0.0)))
        parts.append(element("g", _path(corners, width=2), class_=f"c{number % COLOURS}"))
    return _drawn(title, parts)


class _Scale:
    """The vertical axis from a lowest to a highest value, both on ticks."""

    def __init__(self, low: float, high: float) -> None:
        self.ticks = _ticks(low, low + _spread(low, high), beyond=True)

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return HEIGHT - _BOTTOM - (value - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)

    def grid(self) -> list[Html]:
        lines = [_path([(_LEFT, self.y(tick)), (WIDTH - _RIGHT, self.y(tick))], class_="grid") for tick in self.ticks]
        words = [
            element("text", _word(tick), x=_LEFT - 6, y=f"{self.y(tick) + 4:.1f}", text_anchor="end", class_="tick")
            for tick in self.ticks
        ]
        return lines + words


def _spread(low: float, high: float) -> float:
    """Measure how far two values lie apart; something where they are equal except for rounding, as equal means are."""
    largest = max(abs(low), abs(high))
    return high - low if high - low > max(1e-9 * largest, _TINY) else max(largest, 1.0) * 0.1


def _ticks(low: float, high: float, *, beyond: bool = False) -> list[float]:
    """Choose about five round numbers between two values; with ``beyond`` the first and last enclose them."""
    raw = (high - low) / 5
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999) * power
    first, last = (math.floor, math.ceil) if beyond else (math.ceil, math.floor)
    return [n * step for n in range(first(low / step + 1e-9), last(high / step - 1e-9) + 1)]


def _word(value: float) -> str:
    return f"{value:.5g}" if abs(value) > 1e-12 else "0"


def _label(x: float, text: str) -> Html:
    return element("text", text, x=f"{x:.1f}", y=HEIGHT - _BOTTOM + 18, text_anchor="middle", class_="tick")


def _path(corners: Sequence[tuple[float, float]], *, width: int = 1, class_: str | None = None) -> Html:
    data = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) if corners else ""
    return element("path", d=data, fill="none", stroke_width=width, class_=class_ or "line")


def _dot(x: float, y: float, words: str) -> Html:
    return element("circle", element("title", words), cx=f"{x:.1f}", cy=f"{y:.1f}", r=4, class_="dot")


def _drawn(title: str, parts: Sequence[Html]) -> Html:
    opened = Html(f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escaped(title)}">')
    return element("figure", element("figcaption", title), joined(opened, *parts, Html("</svg>")))
