"""The tables of ``pconv eval``, drawn to fit the terminal (80 columns where there is none).

Imported when there are figures to show, not before: what holds them brings the metrics' libraries along.
"""

import math
from collections.abc import Callable

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from pconv_cli.evaluation.names import READINGS, Metric
from pconv_cli.evaluation.rows import REGIONS, TOTAL, Evaluation, Group, Mean, Region

_CALLED: dict[Region, str] = {"whole": "whole picture", "hole": "hole only"}


def show(evaluation: Evaluation, console: Console, versions: dict[str, str]) -> None:
    """Print the means: rows are classes of hole ratio; columns are metrics, or methods where several are compared."""
    if not evaluation.rows:
        return
    groups = evaluation.groups()
    if evaluation.methods == [None]:
        for metrics in _fitting(evaluation.metrics, lambda some: _of_results(groups, some), console):
            console.print(_of_results(groups, metrics))
            console.print()
    else:
        for metric in evaluation.metrics:
            console.print(_of_methods(evaluation, groups, metric))
            console.print()
    for line in _footer(evaluation, groups, versions):
        console.print(line, style="dim", highlight=False)


def _of_results(groups: list[Group], metrics: tuple[Metric, ...]) -> Table:
    table = _table("hole ratio", "pictures")
    for metric in metrics:
        for region in REGIONS:
            table.add_column(f"{READINGS[metric].title}\n{region}", justify="right", no_wrap=True)
    for group in groups:
        figures = [_figure(group.means[metric, region], metric) for metric in metrics for region in REGIONS]
        _add(table, group.label, [str(group.count), *figures])
    return table


def _of_methods(evaluation: Evaluation, groups: list[Group], metric: Metric) -> Table:
    reading = READINGS[metric]
    best_is_marked = " (best: *)" if reading.better else ""
    table = _table("hole ratio")
    table.title = f"{reading.title} ({_measured(metric)}){best_is_marked}"
    table.title_justify, table.title_style = "left", "bold"
    for method in evaluation.methods:
        table.add_column(escape(method or ""), justify="right", no_wrap=True)
    for region, called in _CALLED.items():
        table.add_row(f"[italic]{called}[/]")
        for label in dict.fromkeys(group.label for group in groups):
            means = [group.means[metric, region] for group in groups if group.label == label]
            figures = [_figure(mean, metric) for mean in means]
            best = _best(means, metric)
            _add(table, label, [_marked(figure, figure == best) for figure in figures])
        table.add_section()
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def _add(table: Table, label: str, cells: list[str]) -> None:
    total = label == TOTAL
    table.add_row(escape(label), *cells, style="bold" if total else None)


def _figure(mean: Mean, metric: Metric) -> str:
    if mean.value is None:
        return "n/a"
    return "inf" if math.isinf(mean.value) else f"{mean.value:.{READINGS[metric].decimals}f}"


def _measured(metric: Metric) -> str:
    """The metric's unit, and which way is better where one is."""
    reading = READINGS[metric]
    return f"{reading.unit}, {reading.better} is better" if reading.better else reading.unit


def _best(means: list[Mean], metric: Metric) -> str | None:
    """The best figure of a row as it is printed; equals in print are all best."""
    there = [mean for mean in means if mean.value is not None]
    better = READINGS[metric].better
    if not there or better is None:
        return None
    choose: Callable[..., Mean] = max if better == "higher" else min
    return _figure(choose(there, key=lambda mean: mean.value), metric)


def _marked(figure: str, best: bool) -> str:
    return f"[bold green]*{figure}[/]" if best else figure


def _fitting(
    metrics: tuple[Metric, ...], draw: Callable[[tuple[Metric, ...]], Table], console: Console
) -> list[tuple[Metric, ...]]:
    """Split the metrics into as few tables as the terminal's width allows."""
    parts: list[tuple[Metric, ...]] = []
    for metric in metrics:
        wider = (*parts[-1], metric) if parts else (metric,)
        if (
            parts
            and Measurement.get(console, console.options.update(max_width=1000), draw(wider)).maximum > console.width
        ):
            parts.append((metric,))
        else:
            parts[-1:] = [wider]
    return parts


def _footer(evaluation: Evaluation, groups: list[Group], versions: dict[str, str]) -> list[str]:
    """What the figures mean and what is not in them."""
    lines = []
    for metric in evaluation.metrics:
        lines.append(f"{READINGS[metric].title} ({_measured(metric)}): {READINGS[metric].statement}.")
    for metric in evaluation.metrics:
        for region, called in _CALLED.items():
            means = [group.means[metric, region] for group in groups if group.label == TOTAL]
            infinite, absent = sum(mean.infinite for mean in means), sum(mean.absent for mean in means)
            if infinite:
                lines.append(
                    f"{READINGS[metric].title}, {called}: {infinite} infinite (nothing differs), kept out of the means."
                )
            if absent:
                lines.append(f"{READINGS[metric].title}, {called}: {absent} without a figure, kept out of the means.")
    settings = evaluation.settings
    if "seed" in settings:
        lines.append(
            f"Samples of scikit-image ({', '.join(settings['pictures'])}) reduced to a short side of "
            f"{settings['short_side']} px; {settings['mask_kind']} masks, seed {settings['seed']}; "
            f"weights: {settings.get('weights', 'none')}."
        )
    lines.append(
        "Means of the pictures' figures. " + ", ".join(f"{name} {number}" for name, number in versions.items())
    )
    return [escape(line) for line in lines]
