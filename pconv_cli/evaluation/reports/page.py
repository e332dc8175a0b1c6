"""An evaluation as one HTML page: tables, charts, the images worth looking at, and how to repeat it."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from pconv_cli.evaluation.metrics.names import READINGS, Metric, Region
from pconv_cli.evaluation.reports.examples import FULL, Example, ranking
from pconv_cli.evaluation.reports.files import recipe, versions
from pconv_cli.evaluation.reports.rows import TOTAL, Evaluation, main_region
from pconv_cli.evaluation.reports.tables import Cell, Line, Table, called, figure, measured, notes, tables
from pconv_cli.pages.charts import Point, histogram, key, line_chart
from pconv_cli.pages.markup import Html, element, joined
from pconv_cli.pages.page import facts, section, write_page
from pconv_cli.pages.slider import controls, slider

KIND = "pconv eval"


def write_evaluation_page(
    path: Path, evaluation: Evaluation, examples: Sequence[Example], *, by_border: bool = False
) -> None:
    """Write the page.

    Args:
        path: The file.
        evaluation: The figures.
        examples: The choice of `pconv_cli.evaluation.reports.examples.choose_examples`.
        by_border: See `pconv_cli.evaluation.reports.tables.tables`.

    Raises:
        OutputError: The file cannot be written.
    """
    names = [method for method in evaluation.methods if method]
    title = f"Evaluation of {', '.join(names)}" if names else "Evaluation of results"
    write_page(path, KIND, title, _parts(evaluation, examples, by_border))


def _parts(evaluation: Evaluation, examples: Sequence[Example], by_border: bool) -> Iterator[Html]:
    names = [method or "" for method in evaluation.methods]
    images = len({row.name for row in evaluation.rows})
    counts = [("images", str(images)), ("methods", str(len(names)))] if len(names) > 1 else [("images", str(images))]
    counts += [("failed", str(len(evaluation.problems)))] if evaluation.problems else []
    counts += [("missing", str(len(evaluation.missing)))] if evaluation.missing else []
    yield facts([*counts, ("date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")])
    if evaluation.problems:
        items = [element("li", str(error)) for _, error in evaluation.problems]
        yield section("Failed", element("ul", *items), class_="failed")
    if evaluation.missing:
        yield section("Missing", element("ul", *(element("li", line) for line in evaluation.missing)))
    if evaluation.rows:
        drawn = tables(evaluation, by_border=by_border)
        best = element("p", "The best of each line is marked.", class_="soft") if len(names) > 1 else ""
        yield section("Figures", best, element("div", *map(table, drawn), class_="tables"))
        whiskers = element("p", "Means of the images' figures, with 95 % intervals where there are any.", class_="soft")
        yield section("By hole ratio", whiskers, key(names), _grid(_by_class(evaluation)))
        yield section("Distribution over the images", key(names), _grid(_histograms(evaluation)))
    if any(example.views for example in examples):
        scale = joined("Differences: 0 ", element("span", class_="scale"), f" {FULL:.0%} of the range and more")
        yield joined(
            Html("<section>"), element("h2", "Images"), controls("left only", "both sides", "Views are reduced")
        )
        yield element("p", scale, class_="soft")
    for heading, some in groupby(examples, lambda example: example.heading):
        yield section(heading, element("div", *(_card(example, evaluation) for example in some), class_="cards"))
    if any(example.views for example in examples):
        yield Html("</section>\n")
    said = [element("li", note) for note in notes(evaluation, versions())]
    text = json.dumps(recipe(evaluation), indent=1, ensure_ascii=False)
    yield section("How the figures were made", element("ul", *said), element("pre", text))


def table(drawn: Table) -> Html:
    """Draw one table, with the best of a line in bold."""
    heads = [element("th", column, scope="col") for column in (drawn.corner, *drawn.columns)]
    lines = [_line(line, len(drawn.columns)) for line in drawn.lines]
    content = [element("caption", drawn.title), element("thead", element("tr", *heads)), element("tbody", *lines)]
    # What is wider than the window is scrolled, by keys too.
    return element("div", element("table", *content), class_="wide", tabindex=0, role="region", aria_label=drawn.title)


def _line(line: Line, count: int) -> Html:
    if line.kind == "heading":
        return element("tr", element("th", line.label, colspan=count + 1, scope="colgroup"), class_="heading")
    cells = [
        element("td", element("strong", cell.text) if cell.best else cell.text) for cell in line.cells or (Cell(""),)
    ]
    return element("tr", element("th", line.label, scope="row"), *cells, class_=line.kind)


def _grid(charts: Iterator[Html]) -> Html:
    return element("div", *charts, class_="charts")


def _shown(evaluation: Evaluation) -> Iterator[tuple[Metric, Region, str]]:
    """List what is charted: every metric in the hole, or where else it has a figure."""
    for metric in evaluation.image_metrics:
        region = main_region(metric)
        yield metric, region, f"{READINGS[metric].title}, {called(region)} ({measured(metric)})"


def _by_class(evaluation: Evaluation) -> Iterator[Html]:
    groups = {(group.label, group.method): group for group in evaluation.groups()}
    labels = [label for label in dict.fromkeys(label for label, _ in groups) if label != TOTAL]
    for metric, region, title in _shown(evaluation):
        series = []
        for method in evaluation.methods:
            points: list[Point | None] = []
            for label in labels:
                group = groups.get((label, method))
                mean = group.means[metric, region] if group else None
                if mean is None or mean.value is None:
                    points.append(None)
                else:
                    points.append(Point(mean.value, *(mean.interval or (None, None))))
            series.append((method or "", points))
        yield line_chart(title, labels, series)


def _histograms(evaluation: Evaluation) -> Iterator[Html]:
    for metric, region, title in _shown(evaluation):
        series = []
        for method in evaluation.methods:
            rows = [row for row in evaluation.rows if row.method == method]
            values = [getattr(row.scores[metric], region) for row in rows]
            series.append((method or "", [value for value in values if value is not None]))
        yield histogram(title, series)


def _card(example: Example, evaluation: Evaluation) -> Html:
    row = example.rows[0]
    size = f"{row.size[1]} × {row.size[0]}"
    ranked = ranking(evaluation)
    said = [("size", size), ("hole", f"{row.ratio:.1%}")]
    if ranked is not None:
        metric, region = ranked
        said += [
            (one.method or READINGS[metric].title, figure(getattr(one.scores[metric], region), metric))
            for one in example.rows
        ]
    if example.views:
        shown = slider(example.name, example.views, example.size, outline=example.outline, left=0, right=2)
    else:
        shown = element("p", f"Cannot be shown: {example.problem}", class_="soft")
    return element(
        "article", element("h3", example.name), facts(said), element("div", shown, class_="slider"), class_="card"
    )
