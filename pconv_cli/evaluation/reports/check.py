"""A report run again: are the inputs the same, and do the figures come out the same?"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pconv_cli.errors import FileError, UsageError
from pconv_cli.evaluation.evaluator import EvalOptions
from pconv_cli.evaluation.metrics.names import NEEDS_NETWORK, REGIONS, Metric
from pconv_cli.evaluation.metrics.networks import NetworkOptions
from pconv_cli.evaluation.reports.files import to_dict
from pconv_cli.evaluation.reports.form import whole_report
from pconv_cli.evaluation.reports.rows import Evaluation
from pconv_cli.evaluation.samples import SampleOptions
from pconv_cli.files.json_text import read_json
from pconv_cli.files.masks.polarity import Polarity

EXACT = 1e-6
"""The tolerance for figures of the same files: relative, or absolute where they are under 1."""

LOOSE = 1e-3
"""The same for figures that went through a network, or of results that were filled again: both differ by hardware."""


@dataclass(frozen=True)
class EvalRecipe:
    """The recipe to run a report again.

    Attributes:
        data: The report.
        options: The options that made it: folders of results, or methods.
        methods: The methods, where they were filled in the same go.
        weights: The weights of ``pconv`` then.
        foreign: What was said of them as of another project's network.
        networks: The weights of the methods that are networks, by name.
    """

    data: dict[str, Any]
    options: EvalOptions | SampleOptions
    methods: list[str] = field(default_factory=list)
    weights: str | None = None
    foreign: str | None = None
    networks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """The outcome: the number of figures compared, and a line for everything that is not as it was."""

    figures: int
    changed: list[str]
    different: list[str]
    versions: list[str]

    @property
    def exit_code(self) -> int:
        """0 where all is as it was, whatever the versions; 3 where inputs or figures are not."""
        return FileError.exit_code if self.changed or self.different else 0


def read_recipe(path: Path, *, device: str | None = None, workers: int | None = None) -> EvalRecipe:
    """Read a report in JSON.

    Args:
        path: The file.
        device: Where networks run this time; None: as then.
        workers: As in the options.

    Raises:
        UsageError: The file is not there, or no such report.
    """
    try:
        data = read_json(path)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UsageError(
            f"{path}: cannot be read as JSON ({reason}); name a report that `pconv eval` wrote as JSON"
        ) from error
    try:
        return _recipe(whole_report(data), device, workers)
    except ValueError as error:
        raise UsageError(f"{path}: is not a whole report of `pconv eval` ({error}); make it again") from error


def compare(recipe: EvalRecipe, evaluation: Evaluation) -> Check:
    """Compare a report with the evaluation of its recipe that was just made."""
    old, new = recipe.data, json.loads(json.dumps(to_dict(evaluation)))
    filled = bool(recipe.methods)
    changed = [
        f"{key.removesuffix('_sha256').replace('_', ' ')}: other weights than then"
        for key, value in old["settings"].items()
        if key.endswith("_sha256") and new["settings"].get(key) != value
    ]
    different: list[str] = []
    figures = 0
    rows = {(row["method"], row["name"]): row for row in new["images"]}
    for row in old["images"]:
        again = rows.pop((row["method"], row["name"]), None)
        where = row["name"] if row["method"] is None else f"{row['method']}: {row['name']}"
        if again is None:
            changed.append(f"{where}: was scored then, and cannot be now")
            continue
        inputs = ("truth",) if filled else ("result", "truth", "mask")
        other = [what for what in inputs if row["files"][what]["sha256"] != again["files"][what]["sha256"]]
        if other:
            changed.append(f"{where}: another {' and '.join(other)} than then")
        for metric in old["metrics"]:
            for region in REGIONS:
                then, now = (one.get(metric, {}).get(region) for one in (row, again))
                figures += then is not None
                if not _same(then, now, _tolerance(metric, filled)):
                    different.append(f"{where}: {metric} {region} was {then}, is {now}")
    changed += [f"{name}: was not there then" for _, name in rows]
    sets = {(one["method"], one["metric"]): one["value"] for one in new["sets"]}
    for one in old["sets"]:
        figures += 1
        now = sets.get((one["method"], one["metric"]))
        if not _same(one["value"], now, LOOSE):
            different.append(f"{one['method'] or 'all'}: {one['metric']} was {one['value']}, is {now}")
    versions = [
        f"{name} was {then}, is {new['versions'].get(name, 'absent')}"
        for name, then in old["versions"].items()
        if new["versions"].get(name) != then
    ]
    return Check(figures, changed, different, versions)


def _recipe(data: dict[str, Any], device: str | None, workers: int | None) -> EvalRecipe:
    settings = data["settings"]
    metrics = tuple(Metric(name) for name in data["metrics"])
    base = Path(settings["folder"])
    vgg, lpips, fid = (_path(settings.get(f"{name}_weights"), base) for name in ("vgg", "lpips", "fid"))
    where = device or settings.get("device", "auto")
    if "methods" in settings:
        options = SampleOptions(
            metrics=metrics,
            networks=NetworkOptions(vgg=vgg, lpips_weights=lpips, fid_weights=fid, device=where),
            seed=settings["seed"],
            images=_path(settings["images"], base),
            band=settings["band"],
            workers=workers,
        )
        weights = settings.get("weights")
        networks = {name: _weights(text, base) for name, text in settings.get("networks", {}).items()}
        return EvalRecipe(
            data,
            options,
            settings["methods"],
            None if weights is None else _weights(weights, base),
            settings.get("foreign"),
            networks,
        )
    results = settings["results"]
    return EvalRecipe(
        data,
        EvalOptions(
            results=tuple(_there(folder, base) for folder in results),
            truth=_there(settings["truth"], base),
            masks=_there(settings["masks"], base),
            metrics=metrics,
            vgg=vgg,
            device=where,
            polarity=Polarity(settings["polarity"]),
            workers=workers,
            names=tuple(settings["names"] or (results if len(results) > 1 else ())),
            band=settings["band"],
            allow_missing=settings["allow_missing"],
            lpips_weights=lpips,
            fid_weights=fid,
        ),
    )


def _there(text: str, base: Path) -> Path:
    """Find a path as it was typed: from the report's folder, or the current one where nothing is there any more."""
    return base / text if (base / text).exists() else Path(text)


def _weights(text: str, base: Path) -> str:
    """Find a file of weights; one without a suffix is the name of a shipped set."""
    return str(_there(text, base)) if Path(text).suffix else text


def _path(text: str | None, base: Path) -> Path | None:
    return None if text is None else _there(text, base)


def _tolerance(metric: str, filled: bool) -> float:
    return LOOSE if filled or Metric(metric) in NEEDS_NETWORK else EXACT


def _same(then: float | str | None, now: float | str | None, tolerance: float) -> bool:
    if isinstance(then, str) or isinstance(now, str) or then is None or now is None:
        return then == now
    return math.isclose(then, now, rel_tol=tolerance, abs_tol=tolerance)
