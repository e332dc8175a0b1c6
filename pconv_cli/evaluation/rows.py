"""What an evaluation yields: a row a picture, and the means of rows by hole-ratio class. Plain data."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pconv_cli.errors import FileError
from pconv_cli.evaluation.metrics import Score
from pconv_cli.evaluation.names import Metric
from pconv_cli.masks.ratios import RATIO_CLASSES, class_label

Region = Literal["whole", "hole"]
REGIONS: tuple[Region, ...] = ("whole", "hole")
TOTAL = "total"
OUTSIDE = "outside"


@dataclass(frozen=True)
class Row:
    """The figures of one picture.

    Attributes:
        name: The result's POSIX path below its folder, or the sample's name and class.
        method: What filled it, where several methods are compared; else ``None``.
        size: (height, width).
        ratio: The mask's hole ratio.
        ratio_class: Its class's index; ``None`` outside the six.
        border: Whether a hole comes close to the border, see `pconv_cli.masks.ratios.touches_border`.
        scores: The figures of every metric asked for.
    """

    name: str
    method: str | None
    size: tuple[int, int]
    ratio: float
    ratio_class: int | None
    border: bool
    scores: dict[Metric, Score]

    @property
    def class_name(self) -> str:
        """The class as people read it; ``outside`` for a ratio outside the six."""
        return OUTSIDE if self.ratio_class is None else class_label(self.ratio_class)


@dataclass(frozen=True)
class Mean:
    """A mean of figures.

    Attributes:
        value: The mean of the finite figures; infinite where all are infinite, ``None`` where there is none.
        count: How many finite figures went into it.
        infinite: How many infinite figures (PSNR of identical samples) were kept out.
        absent: How many pictures have no such figure.
    """

    value: float | None
    count: int
    infinite: int
    absent: int


@dataclass(frozen=True)
class Group:
    """The means of one method over one class, or over everything.

    Attributes:
        label: The class, ``outside`` or ``total``.
        method: As in `Row`.
        count: How many pictures.
        means: One for each metric and region.
    """

    label: str
    method: str | None
    count: int
    means: dict[tuple[Metric, Region], Mean]


@dataclass(frozen=True)
class Evaluation:
    """A whole evaluation.

    Attributes:
        metrics: What was measured, in order.
        rows: One a picture and method.
        problems: Name and error of every picture that could not be scored.
        unscored: Truths for which there is no result; they are in no mean.
        settings: Where the figures come from: folders, seed, device and so on, as JSON can say it.
    """

    metrics: tuple[Metric, ...]
    rows: list[Row]
    problems: list[tuple[str, FileError]] = field(default_factory=list)
    unscored: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 where every picture was scored, 3 where one was not."""
        return FileError.exit_code if self.problems else 0

    @property
    def methods(self) -> list[str | None]:
        """The methods in order of appearance; ``[None]`` for a folder of results."""
        return list(dict.fromkeys(row.method for row in self.rows))

    def groups(self) -> list[Group]:
        """The means by method, then by class: the classes that have pictures, then ``total``."""
        return [group for method in self.methods for group in self._of_method(method)]

    def _of_method(self, method: str | None) -> list[Group]:
        rows = [row for row in self.rows if row.method == method]
        labels = [class_label(index) for index in range(len(RATIO_CLASSES))] + [OUTSIDE]
        members = [(label, [row for row in rows if row.class_name == label]) for label in labels]
        return [self._group(label, method, some) for label, some in [*members, (TOTAL, rows)] if some]

    def _group(self, label: str, method: str | None, rows: Sequence[Row]) -> Group:
        means: dict[tuple[Metric, Region], Mean] = {}
        for metric in self.metrics:
            means[metric, "whole"] = mean(row.scores[metric].whole for row in rows)
            means[metric, "hole"] = mean(row.scores[metric].hole for row in rows)
        return Group(label, method, len(rows), means)


def mean(figures: Iterable[float | None]) -> Mean:
    """Average the finite figures and count the others.

    Raises:
        ValueError: A figure is not a number, which no metric may yield.
    """
    figures = list(figures)
    there = [figure for figure in figures if figure is not None]
    if any(math.isnan(figure) for figure in there):
        raise ValueError("a figure is not a number")
    finite = [figure for figure in there if math.isfinite(figure)]
    infinite = len(there) - len(finite)
    value = math.fsum(finite) / len(finite) if finite else (math.inf if infinite else None)
    return Mean(value, len(finite), infinite, len(figures) - len(there))
