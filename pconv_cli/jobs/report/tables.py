"""The tables beside the page of a run: the losses that were found, and the images, as CSV files."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from pconv_cli.files.atomic import atomic_path
from pconv_cli.jobs.condition.survey import Condition
from pconv_cli.jobs.condition.tables import (
    IMAGE_COLUMNS,
    LOSS_COLUMNS,
    CsvTable,
    check_replaceable,
    image_row,
    loss_rows,
)
from pconv_cli.jobs.report.spool import Spool

# By the end of a file's name.
_TABLES = {"losses": LOSS_COLUMNS, "images": IMAGE_COLUMNS}


def table_paths(page: Path) -> list[Path]:
    """Name the tables beside a page."""
    return [page.with_name(f"{page.stem}-{table}.csv") for table in _TABLES]


def check_table_places(page: Path) -> None:
    """Check that the tables beside a page can be written: nothing is there, or those of an earlier run.

    Raises:
        OutputError: Another file is there.
    """
    for path, columns in zip(table_paths(page), _TABLES.values(), strict=True):
        check_replaceable(path, columns)


def keep_rows(spool: Spool, name: str, found: Sequence[Condition]) -> None:
    """Keep the rows of an image until the tables are written."""
    losses = (row for condition in found for row in loss_rows(name, condition))
    images = (image_row(name, condition) for condition in found)
    for table, rows in (("losses", losses), ("images", images)):
        text = io.StringIO()
        CsvTable(text).add_all(rows)
        spool.keep(table, name, text.getvalue())


def write_tables(page: Path, spool: Spool, names: Iterable[str]) -> None:
    """Write the tables beside a page, each whole or not at all.

    Args:
        page: The page.
        spool: What `keep_rows` has kept.
        names: The images, in the order of their rows.

    Raises:
        OutputError: They cannot be written.
    """
    names = list(names)
    for path, (table, columns) in zip(table_paths(page), _TABLES.items(), strict=True):
        with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            CsvTable(file).add(columns)
            for name in names:
                file.write(spool.kept(table, name))
