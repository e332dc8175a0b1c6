"""Helpers of the tests of masks/."""

from pathlib import Path

import pytest

from pconv_cli.progress import Silent


class Heard(Silent):
    """A progress that remembers what it heard."""

    def __init__(self) -> None:
        self.total = 0
        self.advanced: list[tuple[str, str]] = []
        self.stages: list[tuple[str, str, float, int]] = []
        self.warnings: list[str] = []

    def start(self, total: int, what: str) -> None:
        self.total = total

    def advance(self, name: str, note: str = "") -> None:
        self.advanced.append((name, note))

    def stage(self, name: str, stage: str, done: float = 0, total: int = 0) -> None:
        self.stages.append((name, stage, done, total))

    def warn(self, message: str) -> None:
        self.warnings.append(message)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def contents():
    """Every file below a folder, by its POSIX path, with its bytes."""

    def read(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return read
