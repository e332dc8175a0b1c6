"""Helpers of the tests of masks/."""

from pathlib import Path

import pytest

from pconv_cli.progress import Silent


class Heard(Silent):
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.total = 0
        self.advanced: list[tuple[str, str]] = []
        self.parts: list[tuple[int, int, str]] = []
        self.warnings: list[str] = []

    def start(self, total: int, what: str) -> None:
        self.total = total

    def advance(self, name: str, note: str = "") -> None:
        self.advanced.append((name, note))

    def within(self, done: int, total: int, what: str) -> None:
        self.parts.append((done, total, what))

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
