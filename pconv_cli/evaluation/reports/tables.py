"""Tables of an evaluation as plain data, which the terminal, Markdown and LaTeX draw each in their way."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pconv_cli.evaluation.metrics.names import READINGS, REGIONS, Metric, Region
from pconv_cli.evaluation.reports.rows import TOTAL, Comparison, Evaluation, Group, SetFigure, main_region, regions_of
from pconv_cli.evaluation.reports.statistics import Mean

Kind = Literal["plain", "total", "heading", "last"]


@dataclass(frozen=True)
class Cell:
    """A figure as it is printed, and whether it is the best of its line."""

    text: str
    best: bool = False


@dataclass(frozen=True)
class Line:
    """A line: its label, its cells (none in a heading), and what it is; a part ends after ``last``."""

    label: str
    cells: tuple[Cell, ...] = ()
    kind: Kind = "plain"


@dataclass(frozen=True)
class Table:
    """A table: its title, the head of its first column, of the others, and its lines."""

    title: str
    corner: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    def part(self, first: int, last: int) -> "Table":
        """Take the columns from ``first`` to before ``last``."""
        lines = tuple(replace(line, cells=line.cells[first:last]) for line in self.lines)
        return replace(self, columns=self.columns[first:last], lines=lines)


def tables(evaluation: Evaluation, *, by_border: bool = False) -> list[Table]:
    """Make the tables: means by class of hole ratio, figures of whole sets, and the paired comparison.

    For one folder, a table a region, its columns the metrics; for several methods, a table a metric, its columns the
    methods and the best of each line marked.

    Args:
        evaluation: The figures.
        by_border: Split each class into images without and with holes near the border.
    """
    if not evaluation.rows:
        return []
    groups = _lines_of(evaluation, by_border)
    if evaluation.methods == [None]:
        found = [_of_region(evaluation, groups, region) for region in REGIONS]
    else:
        found = [_of_metric(evaluation, groups, metric) for metric in evaluation.image_metrics]
    return [table for table in (*found, _of_sets(evaluation), _of_comparisons(evaluation)) if table is not None]


def short_table(evaluation: Evaluation) -> Table | None:
    """Sum up all images in few lines: a line a method, a column a metric in the region that says most of it.

    ``None`` where there is nothing to compare.
    """
    totals = [group for group in evaluation.groups() if group.label == TOTAL]
    shown = [(metric, main_region(metric)) for metric in evaluation.image_metrics]
    if len(totals) < 2 or not shown:
        return None
    columns = [_marked([group.means[key] for group in totals], key[0]) for key in shown]
    lines = [Line(group.method or "", cells) for group, cells in zip(totals, zip(*columns, strict=True), strict=True)]
    heads = tuple(f"{READINGS[metric].title} {region}" for metric, region in shown)
    return Table(f"In short: means over all images ({totals[0].count})", "", heads, tuple(lines))


def notes(evaluation: Evaluation, versions: dict[str, str]) -> list[str]:
    """Say what the figures mean, what is not in them, and where they come from."""
    lines = [
        f"{READINGS[metric].title} ({measured(metric)}): {READINGS[metric].statement}." for metric in evaluation.metrics
    ]
    groups = [group for group in evaluation.groups() if group.label == TOTAL]
    for metric in evaluation.image_metrics:
        for region in regions_of(metric):
            means = [group.means[metric, region] for group in groups]
            infinite, absent = sum(mean.infinite for mean in means), sum(mean.absent for mean in means)
            where = f"{READINGS[metric].title}, {called(region)}"
            if infinite:
                lines.append(f"{where}: {infinite} infinite (nothing differs), kept out of the means.")
            if absent:
                lines.append(f"{where}: {absent} without a figure, kept out of the means.")
    settings = evaluation.settings
    if "seed" in settings:
        what = settings.get("images") or (
            f"Samples of scikit-image ({', '.join(settings['samples'])}) reduced to a short side of "
            f"{settings['short_side']} px"
        )
        named = [settings["weights"]] if "weights" in settings else []
        named += [f"{name}={weights}" for name, weights in settings.get("networks", {}).items()]
        weights = f"; weights: {', '.join(named)}" if named else ""
        lines.append(f"{what}; {settings['mask_kind']} masks, seed {settings['seed']}{weights}.")
    lines.append(
        f"Band: {settings.get('band', 'n/a')} px on either side of the hole's edge. Means of the images' figures, "
        "with 95 % bootstrap intervals. " + ", ".join(f"{name} {number}" for name, number in versions.items())
    )
    return lines


def called(region: Region) -> str:
    """Name a region for people."""
    return {"whole": "whole image", "hole": "hole only", "band": "band at edge"}[region]


def measured(metric: Metric) -> str:
    """Name the metric's unit, and which way is better where one is."""
    reading = READINGS[metric]
    return f"{reading.unit}, {reading.better} is better" if reading.better else reading.unit


def figure(value: float | None, metric: Metric) -> str:
    """Print a figure as text."""
    if value is None:
        return "n/a"
    return "inf" if math.isinf(value) else f"{value:.{READINGS[metric].decimals}f}"


@dataclass(frozen=True)
class _LineGroups:
    """One line's groups, one a method (None where a method has no such image)."""

    label: str
    total: bool
    groups: tuple[Group | None, ...]


def _lines_of(evaluation: Evaluation, by_border: bool) -> list[_LineGroups]:
    every = [*evaluation.groups(), *(evaluation.groups_by_border() if by_border else [])]
    by_key = {(group.label, group.border, group.method): group for group in every}
    lines = []
    for label in dict.fromkeys(group.label for group in evaluation.groups()):
        for border in (False, True, None) if by_border else (None,):
            found = tuple(by_key.get((label, border, method)) for method in evaluation.methods)
            if any(found):
                word = {None: "", False: " no border", True: " border"}[border]
                lines.append(_LineGroups(label + word, label == TOTAL and border is None, found))
    classes, total = [line for line in lines if not line.total], [line for line in lines if line.total]
    return classes + total


def _of_region(evaluation: Evaluation, groups: list[_LineGroups], region: Region) -> Table | None:
    metrics = [metric for metric in evaluation.image_metrics if region in regions_of(metric)]
    if not metrics:
        return None

    def cells(line: _LineGroups, text: Callable[[Mean, Metric], str], count: str) -> tuple[Cell, ...]:
        group = line.groups[0]
        assert group is not None
        return (Cell(count), *(Cell(text(group.means[metric, region], metric)) for metric in metrics))

    lines: list[Line] = []
    for line in groups:
        count = str(sum(group.count for group in line.groups if group))
        lines.append(Line(line.label, cells(line, _value, count), "total" if line.total else "plain"))
        if line.total:
            lines += [Line("95 % from", cells(line, _low, "")), Line("95 % to", cells(line, _high, ""), "last")]
    heads = ("images", *(READINGS[metric].title for metric in metrics))
    return Table(called(region).capitalize(), "hole ratio", heads, tuple(lines))


def _of_metric(evaluation: Evaluation, groups: list[_LineGroups], metric: Metric) -> Table:
    lines: list[Line] = []
    for region in regions_of(metric):
        lines.append(Line(called(region), kind="heading"))
        for line in groups:
            means = [group.means[metric, region] if group else Mean(None, 0, 0, 0) for group in line.groups]
            lines.append(Line(line.label, _marked(means, metric), "total" if line.total else "plain"))
            if line.total:
                lines.append(Line("95 % from", tuple(Cell(_low(mean, metric)) for mean in means)))
                lines.append(Line("95 % to", tuple(Cell(_high(mean, metric)) for mean in means), "last"))
    title = f"{READINGS[metric].title} ({measured(metric)})"
    return Table(title, "hole ratio", tuple(method or "" for method in evaluation.methods), tuple(lines))


def _of_sets(evaluation: Evaluation) -> Table | None:
    if not evaluation.sets:
        return None
    by_metric: dict[Metric, list[SetFigure]] = {}
    for one in evaluation.sets:
        by_metric.setdefault(one.metric, []).append(one)
    lines = []
    for metric, figures in by_metric.items():
        texts = [figure(one.value, metric) for one in figures]
        best = _best([one.value for one in figures], metric)
        lines.append(Line(READINGS[metric].title, tuple(Cell(text, text == best) for text in texts)))
    counts = tuple(Cell(str(one.count)) for one in next(iter(by_metric.values())))
    columns = tuple(method or "results" for method in evaluation.methods)
    return Table("Whole sets of images", "", columns, (*lines, Line("images", counts, "last")))


def _of_comparisons(evaluation: Evaluation) -> Table | None:
    comparisons = evaluation.comparisons()
    if not comparisons:
        return None
    lines: dict[tuple[Metric, Region], list[Comparison]] = {}
    for comparison in comparisons:
        lines.setdefault((comparison.metric, comparison.region), []).append(comparison)
    title = f"Mean difference from {evaluation.methods[0]}, all images (p of Wilcoxon's signed-rank test)"
    return Table(
        title,
        "",
        tuple(method or "" for method in evaluation.methods[1:]),
        tuple(
            Line(f"{READINGS[metric].title} {region}", tuple(_difference(one) for one in some))
            for (metric, region), some in lines.items()
        ),
    )


def _difference(comparison: Comparison) -> Cell:
    paired = comparison.paired
    if paired.difference is None or paired.p is None:
        return Cell("n/a")
    p = "<.001" if paired.p < 0.001 else f"{paired.p:.3f}".lstrip("0") if paired.p < 1 else "1"
    return Cell(f"{paired.difference:+.{READINGS[comparison.metric].decimals}f} ({p})")


def _value(mean: Mean, metric: Metric) -> str:
    return figure(mean.value, metric)


def _low(mean: Mean, metric: Metric) -> str:
    return figure(mean.interval[0], metric) if mean.interval else "n/a"


def _high(mean: Mean, metric: Metric) -> str:
    return figure(mean.interval[1], metric) if mean.interval else "n/a"


def _marked(means: Sequence[Mean], metric: Metric) -> tuple[Cell, ...]:
    """Make a line's cells; equals in print are all best."""
    best = _best([mean.value for mean in means], metric)
    return tuple(Cell(text, text == best) for text in (_value(mean, metric) for mean in means))


def _best(values: Sequence[float | None], metric: Metric) -> str | None:
    there = [value for value in values if value is not None]
    if len(values) < 2 or not there or READINGS[metric].better is None:
        return None
    return figure(min(there, key=READINGS[metric].worse), metric)
