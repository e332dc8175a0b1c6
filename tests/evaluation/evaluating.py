"""Folders evaluated, and the one line of what fails."""

from pathlib import Path
from typing import Any

from pconv_cli.errors import FileError
from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.reports.rows import Evaluation


class Warnings:
    """A progress that keeps what it hears."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.done: list[str] = []

    def start(self, total: int, what: str) -> None:
        self.total = total

    def advance(self, name: str, note: str = "") -> None:
        self.done.append(name)

    def warn(self, message: str) -> None:
        self.warnings.append(message)


def run(folders: Path, progress: Warnings | None = None, **options: Any) -> Evaluation:
    return evaluate(EvalOptions(folders / "results", folders / "gt", folders / "masks", **options), progress)


def failure(evaluation: Evaluation, name: str) -> str:
    """The one line of the one problem."""
    ((found, error),) = evaluation.problems
    assert found == name
    assert isinstance(error, FileError)
    assert evaluation.exit_code == 3
    assert "\n" not in str(error)
    return str(error)
