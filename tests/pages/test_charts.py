import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pconv_cli.pages.charts import HEIGHT, WIDTH, Point, histogram, key, line_chart

finite = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))


def places(html: str) -> list[tuple[float, float]]:
    """All corners that are drawn."""
    paths = re.findall(r' d="M([^"]*)"', html)
    return [tuple(map(float, corner.split())) for path in paths for corner in path.split("L")]


@given(st.lists(st.lists(st.one_of(st.none(), finite), min_size=3, max_size=3), min_size=1, max_size=4))
def test_everything_lies_within_the_chart(values: list[list[float | None]]) -> None:
    series = [("s", [None if v is None else Point(v, v - 1, v + 1) for v in line]) for line in values]
    html = line_chart("t", ["a", "b", "c"], series)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places(html))
    assert html.count("<circle") == sum(v is not None for line in values for v in line)


@given(st.lists(st.floats(allow_nan=False), max_size=30))
@example([0.0, 5e-324])
def test_a_histogram_counts_what_is_finite(values: list[float]) -> None:
    kept = [value for value in values if math.isfinite(value) and abs(value) < 1e200]
    html = histogram("t", [("s", [v if math.isinf(v) or abs(v) < 1e200 else 0.0 for v in values])])
    if not values or all(map(math.isinf, values)):
        assert html == ""
    else:
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places(html)), kept


def test_where_points_lie() -> None:
    html = line_chart("t", ["a", "b"], [("", [Point(10.0), Point(20.0)])])
    (x1, y1), (x2, y2) = [tuple(map(float, found)) for found in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', html)]
    assert x1 < x2
    assert y1 > y2  # larger is higher
    ticks = {
        float(word): float(y) for y, word in re.findall(r'y="([\d.]+)" text-anchor="end" class="tick">([^<]*)<', html)
    }
    assert ticks[10] - 4 == pytest.approx(y1, abs=0.11)
    assert ticks[20] - 4 == pytest.approx(y2, abs=0.11)


@pytest.mark.parametrize("steps", range(5))
@given(st.floats(0.01, 100))
def test_values_that_differ_by_rounding_alone(steps: int, value: float) -> None:
    """The mean of equal figures, and the interval of that mean, are so."""
    other = value + steps * math.ulp(value)
    html = line_chart("t", ["a"], [("s", [Point(value, value, other)])])
    assert all(0 <= y <= HEIGHT for _, y in places(html))
    assert html.count('class="tick"') > 2
    assert histogram("t", [("s", [value, other])])


def test_words_are_escaped_and_colours_repeat() -> None:
    html = line_chart("<t>", ["<a>"], [("<s>", [Point(1.0)])] * 8)
    assert "<t>" not in html
    assert "<a>" not in html
    assert "<s>" not in html
    assert 'class="c0"' in html
    assert 'class="c7"' not in html
    assert key(["one"]) == ""
    assert "&lt;s&gt;" in key(["<s>", "b"])
