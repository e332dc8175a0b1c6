"""A report that somebody has edited is refused in one line, or run: nothing else."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pconv_cli.errors import PconvError, UsageError
from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.evaluation.reports.check import compare, read_recipe
from pconv_cli.evaluation.reports.files import to_json
from pconv_cli.evaluation.reports.form import whole_report
from pconv_cli.evaluation.reports.rows import Evaluation
from pconv_cli.evaluation.samples import SampleOptions, evaluate_samples

DEEP: list[Any] = []
for _ in range(800):
    DEEP = [DEEP]

WRONG: list[Any] = [None, True, -1, 0.5, 10**30, "", "x\x00", "inf", [], [None], {}, {"a": None}, DEEP]


def places(data: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value, at most two items of a list."""
    yield way
    items = data.items() if isinstance(data, dict) else enumerate(data[:2]) if isinstance(data, list) else ()
    for key, value in items:
        yield from places(value, (*way, key))


def changed(data: Any, way: tuple[Any, ...], value: Any) -> Any:
    """The same with another value at a place."""
    if not way:
        return value
    again = copy.copy(data)
    again[way[0]] = changed(data[way[0]], way[1:], value)
    return again


def without(data: Any, way: tuple[Any, ...]) -> Any:
    again = copy.deepcopy(data)
    inner = again
    for key in way[:-1]:
        inner = inner[key]
    del inner[way[-1]]
    return again


@pytest.fixture
def of_folders(folders: Path) -> dict[str, Any]:
    options = EvalOptions(folders / "results", folders / "gt", folders / "masks", (Metric.L1, Metric.RIM), workers=1)
    return dict(json.loads(to_json(evaluate(options))))


@pytest.fixture
def of_methods(folders: Path) -> dict[str, Any]:
    options = SampleOptions((Metric.L1,), images=folders / "gt", workers=1)
    evaluation = evaluate_samples(options, {"none": lambda rgb, mask: rgb}, source={"device": "cpu"})
    return dict(json.loads(to_json(evaluation)))


def test_whole_reports_are_taken(of_folders: dict[str, Any], of_methods: dict[str, Any]) -> None:
    assert whole_report(of_folders) == of_folders
    assert whole_report(of_methods) == of_methods


@pytest.mark.parametrize("kind", ["of_folders", "of_methods"])
def test_whatever_is_wrong_is_one_line(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    data = request.getfixturevalue(kind)
    evaluation: Evaluation | None = None
    path = tmp_path / "r.json"
    ways = [way for way in places(data) if not {"summary", "by_border", "comparisons", "statistics"} & set(way)]
    refusals: list[str] = []
    for number, way in enumerate(ways):  # places take turns with the values
        values = [WRONG[(3 * number + n) % len(WRONG)] for n in range(3)]
        reports = [changed(data, way, value) for value in values] + ([without(data, way)] if way else [])
        for report in reports:
            path.write_text(json.dumps(report))
            try:
                recipe = read_recipe(path)
                if isinstance(recipe.options, EvalOptions):
                    if way[:1] != ("settings",):
                        evaluation = evaluation or evaluate(recipe.options)
                        compare(recipe, evaluation)
                    elif report["settings"].get("results"):
                        evaluate(recipe.options)
            except PconvError as error:
                refusals.append(str(error))
    assert len(refusals) > len(ways)
    assert all(len(line.splitlines()) == 1 and len(line) < 400 + len(str(tmp_path)) for line in refusals)


@pytest.mark.parametrize(
    ("way", "value", "words"),
    [
        (("settings", "band"), "8", "report.settings.band is '8'"),
        (("settings", "band"), True, "report.settings.band is True"),
        (("settings", "truth"), None, "report.settings.truth is null"),
        (("settings", "results"), "out", "is 'out', not a list"),
        (("settings", "polarity"), "red", "'red'"),
        (("images", 0, "l1", "hole"), "4", "report.images.1.l1.hole is '4', not a number"),
        (("images", 0, "files", "mask"), "m.png", "is 'm.png', not an object"),
        (("metrics",), {"beauty": {}}, "this version has no metric 'beauty'"),
        (("kind",), "pconv inpaint", "its kind is 'pconv inpaint'"),
        (("versions", "numpy"), 2, "report.versions.numpy is 2"),
    ],
)
def test_the_line_names_the_place(
    of_folders: dict[str, Any], tmp_path: Path, way: tuple[Any, ...], value: Any, words: str
) -> None:
    (tmp_path / "r.json").write_text(json.dumps(changed(of_folders, way, value)))
    with pytest.raises(UsageError, match=r"r\.json: is not a whole report") as error:
        read_recipe(tmp_path / "r.json")
    assert words in str(error.value)
