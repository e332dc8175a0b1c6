"""A machine that cannot even begin: one line, and no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory, folders that are gone")


def shell(before: str, place: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["bash", "-c", f'{before}; exec "$@"', "bash", sys.executable, "-m", "pconv_cli", *arguments]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("kibibytes", [60_000, 150_000])  # while the program is imported, and a command's libraries
def test_too_little_memory(tmp_path: Path, kibibytes: int) -> None:
    done = shell(f"ulimit -v {kibibytes}", tmp_path, "inpaint", "in", "--masks", "m", "--out", "out")
    assert done.returncode == 1
    # OpenBLAS, where memory ends while it is loaded, ends the process in its own words, and no one can catch that.
    assert done.stderr.startswith(("error: out of memory", "OpenBLAS error: Memory allocation still failed"))
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [["--help"], ["inpaint", "in", "--masks", "m", "--out", "out"], ["train", "data"]])
def test_a_working_folder_that_is_gone(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "gone").mkdir()
    done = shell("rmdir ../gone", tmp_path / "gone", *command)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the working folder no longer exists; change to one that does (cd)")
    assert len(done.stderr.splitlines()) == 1
