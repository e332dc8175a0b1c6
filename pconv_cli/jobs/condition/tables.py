"""The condition of images as rows of CSV files: one a loss, and one an image or page."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from pconv_cli.errors import OutputError
from pconv_cli.files.opening import open_regular
from pconv_cli.jobs.condition.survey import Condition
from pconv_cli.masks.condition.classes import LossClass
from pconv_cli.wording import as_cell

LOSS_COLUMNS = (
    *("image", "page", "number", "label", "class", "x", "y", "w", "h"),
    *("area_px", "area_percent", "area_cm2", "width_px", "width_mm"),
)
IMAGE_COLUMNS = (
    *("image", "page", "width_px", "height_px", "depth", "profile", "dpi_x", "dpi_y", "width_cm", "height_cm"),
    *("losses", *(f"{kind}s" if kind is not LossClass.LACUNA else "lacunae" for kind in LossClass)),
    *("area_px", "area_percent", "area_cm2", "largest_px", "widest_px", "widest_mm"),
)

Row = tuple[Any, ...]


def loss_rows(name: str, condition: Condition) -> Iterator[Row]:
    """Give a row for each loss, by `LOSS_COLUMNS`; what nobody knows is empty."""
    losses, resolution = condition.losses, condition.resolution
    kinds, page = list(LossClass), _page(condition)
    for index in range(losses.count):
        top, left, bottom, right = losses.boxes[index].tolist()
        area, width = int(losses.area[index]), float(losses.width[index])
        yield (
            *(name, page, index + 1, condition.labels[condition.label[index]], kinds[condition.kind[index]].value),
            *(left, top, right - left, bottom - top, area, _rounded(100 * area / condition.pixels)),
            "" if resolution is None else _rounded(resolution.cm2(area)),
            _rounded(width),
            "" if resolution is None else _rounded(resolution.mm(width)),
        )


def image_row(name: str, condition: Condition) -> Row:
    """Give the row of an image or page, by `IMAGE_COLUMNS`."""
    losses, resolution, leaf = condition.losses, condition.resolution, condition.leaf
    height, width = condition.size
    cm = ("", "") if resolution is None else tuple(map(_rounded, resolution.cm(condition.size)))[::-1]
    dpi = ("", "") if resolution is None else (_rounded(resolution.across), _rounded(resolution.down))
    widest = float(losses.width.max(initial=0))
    return (
        *(name, _page(condition), width, height, leaf.depth, leaf.profile, *dpi, *cm, losses.count),
        *(int(condition.chosen(kind=kind).sum()) for kind in LossClass),
        *(condition.damaged, _rounded(100 * condition.damaged / condition.pixels)),
        "" if resolution is None else _rounded(resolution.cm2(condition.damaged)),
        int(losses.area.max(initial=0)),
        _rounded(widest),
        "" if resolution is None else _rounded(resolution.mm(widest)),
    )


class CsvTable:
    """A CSV file that grows row by row.

    Args:
        file: Open for text.
    """

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, lineterminator="\n")

    def add(self, row: Row) -> None:
        """Add a row.

        What UTF-8 cannot hold (odd bytes of file names) becomes ``?``; see also `as_cell`.
        """
        self._writer.writerow(_as_text(value) if isinstance(value, str) else value for value in row)

    def add_all(self, rows: Iterable[Row]) -> None:
        """Add rows; see `add`."""
        for row in rows:
            self.add(row)


def check_replaceable(path: Path, columns: tuple[str, ...]) -> None:
    """Check that a table may be written to a place: nothing is there, or an earlier one.

    Raises:
        OutputError: Another file is there.
    """
    try:
        with open_regular(path) as file:
            start = file.read(4096)
    except FileNotFoundError:
        return
    except OSError:
        start = b""
    if not start.startswith(",".join(columns).encode() + b"\n"):
        raise OutputError(f"{path}: belongs to no earlier report; move it away, or choose another folder")


def _as_text(value: str) -> str:
    return as_cell(value.encode("utf-8", "replace").decode("utf-8"))


def _page(condition: Condition) -> int | str:
    return "" if condition.leaf.number is None else condition.leaf.number[0]


def _rounded(value: float) -> float:
    """Six figures, which are more than a pixel's edge is worth."""
    return float(f"{value:.6g}")
