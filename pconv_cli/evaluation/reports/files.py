"""An evaluation as JSON and as CSV: every figure in full, with all that is needed to repeat it.

An infinite figure (PSNR of identical samples) is written ``inf``, in JSON as the string ``"inf"``; a figure that does
not exist is ``null`` in JSON and empty in CSV.
"""

import csv
import io
import json
import math
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pconv_cli import __version__
from pconv_cli.errors import UsageError, option
from pconv_cli.evaluation.metrics.differences import Score
from pconv_cli.evaluation.metrics.names import READINGS, Metric
from pconv_cli.evaluation.metrics.ratio import Ratio
from pconv_cli.evaluation.reports.form import KIND
from pconv_cli.evaluation.reports.rows import Comparison, Evaluation, Group, ImageFigures, SetFigure, regions_of
from pconv_cli.evaluation.reports.statistics import CONFIDENCE, RESAMPLES, SEED
from pconv_cli.files.atomic import atomic_path, ensure_writable_folder
from pconv_cli.files.finding.find import find_images, real
from pconv_cli.files.formats import IMAGE_SUFFIXES
from pconv_cli.wording import as_cell, failed_json

SET = "(all images)"
"""The name, in CSV, of the line of a whole set's figures."""

_LIBRARIES = ("torch", "numpy", "scipy", "scikit-image", "opencv-python")


def versions() -> dict[str, str]:
    """List the versions of what computes the figures."""
    own = {"python": platform.python_version(), "pconv-cli": __version__}
    return own | {name: _version(name) for name in _LIBRARIES}


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:  # OpenCV, say, without windows (opencv-python-headless) or from a system's packages
        return "unknown"


def recipe(evaluation: Evaluation) -> dict[str, Any]:
    """Give all that is needed to repeat an evaluation, except for the files themselves."""
    return {
        "versions": versions(),
        "metrics": {
            str(metric): {
                "title": READINGS[metric].title,
                "definition": READINGS[metric].statement,
                "unit": READINGS[metric].unit,
                "better": READINGS[metric].better,
                "decimals": READINGS[metric].decimals,
                "regions": list(regions_of(metric)),
            }
            for metric in evaluation.metrics
        },
        "settings": evaluation.settings,
        "statistics": {
            "interval": f"percentile bootstrap of the mean (of ratios: of the ratio of sums), {CONFIDENCE:g}",
            "resamples": RESAMPLES,
            "seed": SEED,
            "test": "Wilcoxon signed rank, two-sided, scipy.stats.wilcoxon",
        },
    }


def to_dict(evaluation: Evaluation) -> dict[str, Any]:
    """Give all of an evaluation, as JSON can say it.

    ``settings`` and ``versions`` are the recipe; each of ``images`` has its figures by metric and region, its files
    and their SHA-256; ``summary`` has the means by method and class, ``by_border`` the same in two.
    """
    return {
        "kind": KIND,
        **recipe(evaluation),
        "methods": evaluation.methods,
        "summary": [_group(group) for group in evaluation.groups()],
        "by_border": [_group(group) for group in evaluation.groups_by_border()],
        "sets": [_set(figure) for figure in evaluation.sets],
        "comparisons": [_comparison(comparison) for comparison in evaluation.comparisons()],
        "images": [_row(row) for row in evaluation.rows],
        "failed": failed_json(evaluation.problems),
        "missing": evaluation.missing,
    }


def check_places(places: Iterable[Path], *, overwrite: bool, inputs: Sequence[Path] = ()) -> None:
    """Make sure before the work that reports can be written where they are to go.

    Args:
        places: The files to write.
        overwrite: Allow a file there to be replaced.
        inputs: The files and folders that the run reads; no report takes the place of one of their files, or a
            image's name among them.

    Raises:
        UsageError: A file is there already and may not be overwritten, or belongs to the inputs.
        OutputError: A folder cannot be written.
    """
    for place in places:
        owner = next((root for root in inputs if _belongs(place, root)), None)
        if owner is not None:
            raise UsageError(f"{place}: a report would lie among the inputs ({owner}); give it another name")
        if place.exists() and not place.is_file():
            raise UsageError(
                f"{place}: is a folder, device or pipe; a report goes to a file, or to - (standard output)"
            )
        if place.exists() and not overwrite:
            raise UsageError(f"{place}: is there already; give {option('overwrite')} or another name")
        ensure_writable_folder(place.parent)


def _belongs(place: Path, root: Path) -> bool:
    """Say whether a place is a file that is read, by any path or link, or has an image's suffix in such a folder."""
    if place.exists() and root.exists() and any(place.samefile(path) for path in find_images(root)):
        return True
    return place.suffix.lower() in IMAGE_SUFFIXES and root.is_dir() and real(place).is_relative_to(real(root))


def write_text(place: Path, text: str) -> None:
    """Write a report, whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    with atomic_path(place) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")  # names may be no UTF-8


def to_json(evaluation: Evaluation) -> str:
    """Write the JSON text, indented, with a newline at its end."""
    return json.dumps(to_dict(evaluation), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_csv(evaluation: Evaluation) -> str:
    """Write the CSV text: a line for every image, those that failed too, with their error in the last column.

    Figures of whole sets have a line for each method, called `SET`. Text is as `as_cell` gives it.
    """
    figures = [f"{metric}_{region}" for metric in evaluation.metrics for region in regions_of(metric)]
    columns = ["name", "method", "width", "height", "hole_ratio", "class", "border", *figures, "error"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()

    def write(line: dict[str, Any]) -> None:
        writer.writerow({column: as_cell(cell) if isinstance(cell, str) else cell for column, cell in line.items()})

    for row in evaluation.rows:
        line = {column: value for column, value in _row(row).items() if column in columns and value is not None}
        for metric, score in row.scores.items():
            line |= {f"{metric}_{region}": plain(getattr(score, region)) for region in regions_of(metric)}
        write(line)
    sets: dict[str | None, dict[str, Any]] = {}
    for one in evaluation.sets:
        line = sets.setdefault(one.method, {"name": SET} | ({} if one.method is None else {"method": one.method}))
        line[f"{one.metric}_whole"] = one.value
    for line in sets.values():
        write(line)
    for name, error in evaluation.problems:
        write({"name": name, "error": str(error)})
    return text.getvalue()


def _row(row: ImageFigures) -> dict[str, Any]:
    height, width = row.size
    return {
        "name": row.name,
        "method": row.method,
        "width": width,
        "height": height,
        "hole_ratio": row.ratio,
        "class": row.class_name,
        "border": row.border,
        "files": {what: asdict(source) for what, source in row.files.items()},
    } | {str(metric): _score(metric, score) for metric, score in row.scores.items()}


def _group(group: Group) -> dict[str, Any]:
    means: dict[str, Any] = {}
    for (metric, region), mean in group.means.items():
        means.setdefault(str(metric), {})[region] = {
            "mean": plain(mean.value),
            "interval": mean.interval,
            "count": mean.count,
            "infinite": mean.infinite,
            "absent": mean.absent,
        }
    border = {} if group.border is None else {"border": group.border}
    return {"class": group.label, "method": group.method, **border, "count": group.count} | means


def _set(figure: SetFigure) -> dict[str, Any]:
    return {"method": figure.method, "metric": str(figure.metric), "value": figure.value, "count": figure.count}


def _comparison(comparison: Comparison) -> dict[str, Any]:
    names = {"method": comparison.method, "reference": comparison.reference}
    return names | {"metric": str(comparison.metric), "region": comparison.region} | asdict(comparison.paired)


def _score(metric: Metric, score: Score) -> dict[str, Any]:
    """List a score's figures; ratios with their parts, from which others can make the ratio of a group."""
    figures = {region: getattr(score, region) for region in regions_of(metric)}
    parts = {
        what: getattr(one, what) for one in figures.values() if isinstance(one, Ratio) for what in ("result", "truth")
    }
    return {region: plain(one) for region, one in figures.items()} | parts


def plain(figure: float | None) -> float | str | None:
    """Give a figure as JSON can say it: infinity as a word."""
    return "inf" if figure is not None and math.isinf(figure) else figure
