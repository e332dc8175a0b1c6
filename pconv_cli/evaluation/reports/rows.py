"""The result of an evaluation: a row an image, and the means of rows by hole-ratio class. Plain data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pconv_cli.errors import FileError
from pconv_cli.evaluation.metrics.differences import Score
from pconv_cli.evaluation.metrics.names import OF_SETS, READINGS, Metric, Region
from pconv_cli.evaluation.reports.statistics import Mean, Paired, mean, paired
from pconv_cli.masks.ratios import RATIO_CLASSES, class_label

TOTAL = "total"
OUTSIDE = "outside"


def regions_of(metric: Metric) -> tuple[Region, ...]:
    """List the regions for which a metric has a figure."""
    return READINGS[metric].regions


def main_region(metric: Metric) -> Region:
    """Choose the region that says most of a fill: the hole where there is a figure of it."""
    regions = regions_of(metric)
    return "hole" if "hole" in regions else regions[0]


@dataclass(frozen=True)
class SourceFile:
    """A file that figures come from: its path as it was read, and the SHA-256 of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True)
class ImageFigures:
    """The figures of one image.

    Attributes:
        name: The result's POSIX path below its folder; the truth's where several folders are compared.
        method: The method or folder that it is of, where several methods or folders are compared; else ``None``.
        size: (height, width).
        ratio: The mask's hole ratio.
        ratio_class: Its class's index; ``None`` outside the six.
        border: True where a hole comes close to the border, see `pconv_cli.masks.ratios.touches_border`.
        scores: The figures of every metric asked for that has figures of single images.
        files: The files of ``result``, ``truth`` and ``mask``.
    """

    name: str
    method: str | None
    size: tuple[int, int]
    ratio: float
    ratio_class: int | None
    border: bool
    scores: dict[Metric, Score]
    files: dict[str, SourceFile] = field(default_factory=dict)

    @property
    def class_name(self) -> str:
        """The class as people read it; ``outside`` for a ratio outside the six."""
        return OUTSIDE if self.ratio_class is None else class_label(self.ratio_class)


@dataclass(frozen=True)
class Group:
    """The means of one method over one class, or over everything.

    Attributes:
        label: The class, ``outside`` or ``total``.
        method: As in `ImageFigures`.
        border: True where it has only images with holes near the border, False where only others; None: both.
        count: The number of images.
        means: One for each metric and region.
    """

    label: str
    method: str | None
    border: bool | None
    count: int
    means: dict[tuple[Metric, Region], Mean]


@dataclass(frozen=True)
class Comparison:
    """A method against the first one, over all images, for one metric and region."""

    method: str | None
    reference: str | None
    metric: Metric
    region: Region
    paired: Paired


@dataclass(frozen=True)
class SetFigure:
    """A figure of a whole set of results: FID or the Inception score of one method."""

    method: str | None
    metric: Metric
    value: float | None
    count: int


@dataclass(frozen=True)
class Evaluation:
    """A whole evaluation.

    Attributes:
        metrics: The metrics, in order.
        rows: One an image and method.
        problems: Name and error of every image that could not be scored.
        missing: Images that have no partner and, as was allowed, are in no mean: a line each.
        settings: Where the figures come from: folders, seed, device and so on, as JSON can say it.
        sets: The figures of whole sets.
    """

    metrics: tuple[Metric, ...]
    rows: list[ImageFigures]
    problems: list[tuple[str, FileError]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    sets: list[SetFigure] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 where every image was scored, 3 where one was not."""
        return FileError.exit_code if self.problems else 0

    @property
    def image_metrics(self) -> tuple[Metric, ...]:
        """The metrics that have figures of single images."""
        return tuple(metric for metric in self.metrics if metric not in OF_SETS)

    @property
    def methods(self) -> list[str | None]:
        """The methods in order of appearance; ``[None]`` for a folder of results."""
        return list(dict.fromkeys(row.method for row in self.rows))

    def groups(self) -> list[Group]:
        """Average by method, then by class: the classes that have images, then ``total``."""
        return [group for group in self._groups if group.border is None]

    def groups_by_border(self) -> list[Group]:
        """Average the same, each class in two: without and with holes near the border."""
        return [group for group in self._groups if group.border is not None]

    def comparisons(self) -> list[Comparison]:
        """Compare every method but the first with the first, paired by the images' names."""
        return self._comparisons

    @cached_property  # means are bootstrapped, and asked for by every table
    def _groups(self) -> list[Group]:
        labels = [*(class_label(index) for index in range(len(RATIO_CLASSES))), OUTSIDE, TOTAL]
        groups = []
        for method in self.methods:
            rows = [row for row in self.rows if row.method == method]
            for label in labels:
                members = [row for row in rows if label in (TOTAL, row.class_name)]
                for border in (None, False, True):
                    some = [row for row in members if border in (None, row.border)]
                    if some:
                        groups.append(self._group(label, method, border, some))
        return groups

    def _group(self, label: str, method: str | None, border: bool | None, rows: Sequence[ImageFigures]) -> Group:
        means = {
            (metric, region): mean(getattr(row.scores[metric], region) for row in rows)
            for metric in self.image_metrics
            for region in regions_of(metric)
        }
        return Group(label, method, border, len(rows), means)

    @cached_property
    def _comparisons(self) -> list[Comparison]:
        by_method = {method: {row.name: row for row in self.rows if row.method == method} for method in self.methods}
        found = []
        for method in self.methods[1:]:
            reference = self.methods[0]
            names = [name for name in by_method[reference] if name in by_method[method]]
            for metric in self.image_metrics:
                for region in regions_of(metric):
                    figures, others = (
                        [getattr(by_method[one][name].scores[metric], region) for name in names]
                        for one in (method, reference)
                    )
                    found.append(Comparison(method, reference, metric, region, paired(figures, others)))
        return found
