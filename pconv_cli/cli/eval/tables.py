"""The tables of ``pconv eval``, drawn to fit the terminal (80 columns where there is none).

Imported when there are figures to show, not before: what holds them brings the metrics' libraries along.
"""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table as RichTable

from pconv_cli.evaluation.reports.tables import Line, Table


def show(tables: Sequence[Table], notes: Sequence[str], console: Console) -> None:
    """Print tables, each in as few parts as the terminal's width allows, and the notes below them."""
    for table in tables:
        marked = any(cell.best for line in table.lines for cell in line.cells)
        console.print(f"[bold]{escape(table.title)}[/]" + (" (best: *)" if marked else ""), highlight=False)
        for part in _fitting(table, console):
            console.print(_drawn(part))
            console.print()
    for note in notes if tables else ():
        console.print(escape(note), style="dim", highlight=False)


def _fitting(table: Table, console: Console) -> Iterator[Table]:
    first = 0
    while first < len(table.columns):
        last = len(table.columns)
        while last > first + 1 and _width(table.part(first, last), console) > console.width:
            last -= 1
        yield table.part(first, last)
        first = last


def _width(table: Table, console: Console) -> int:
    return Measurement.get(console, console.options.update(max_width=10_000), _drawn(table)).maximum


def _drawn(table: Table) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    drawn.add_column(escape(table.corner), no_wrap=True)
    for column in table.columns:
        drawn.add_column(escape(column), justify="right", no_wrap=True)
    for line in table.lines:
        drawn.add_row(*_cells(line), style="bold" if line.kind == "total" else None, end_section=line.kind == "last")
    return drawn


def _cells(line: Line) -> list[str]:
    label = f"[italic]{escape(line.label)}[/]" if line.kind == "heading" else escape(line.label)
    return [label, *(f"[bold green]*{cell.text}[/]" if cell.best else escape(cell.text) for cell in line.cells)]
