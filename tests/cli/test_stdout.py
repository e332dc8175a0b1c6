"""Standard output that cannot be written, or not in its encoding, with real processes."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pconv_cli.files.masks.codec import write_mask
from pconv_cli.jobs.manifest import read_manifest

PCONV = f"{shlex.quote(sys.executable)} -m pconv_cli"
FULL = pytest.param(
    ">/dev/full", "no space left on device", marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="none")
)
CLOSED = pytest.param(
    ">&-", "bad file descriptor", marks=pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b", "c"):
        mask = np.ones((20, 20), bool)
        mask[4:12, 4:12] = False
        write_mask(tmp_path / "m" / f"{name}.png", mask)
    return tmp_path


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=folder)


@pytest.mark.parametrize(("where", "reason"), [FULL, CLOSED])
@pytest.mark.parametrize(
    "arguments",
    ["--version", "--help", "weights list --json", "masks stats m", "eval m --gt m --masks m --l1 --csv -"],
)
def test_one_line_and_exit_1(folder: Path, arguments: str, where: str, reason: str) -> None:
    done = shell(f"{PCONV} {arguments} {where}", folder)
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith(f"error: cannot write to standard output ({reason})")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_a_command_without_data_needs_no_stdout(folder: Path) -> None:
    done = shell(f"{PCONV} masks convert m --out w >&-", folder)
    assert done.returncode == 0, done.stderr
    assert len(list((folder / "w").glob("*.png"))) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize("arguments", ["--help", "inpaint --help", "masks stats m", "masks stats m --json"])
def test_a_pipe_that_is_closed_ends_quietly(folder: Path, arguments: str) -> None:
    done = shell(f"set -o pipefail; {PCONV} {arguments} | true", folder)
    assert (done.returncode, done.stdout, done.stderr) == (141, "", "")


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_names_that_are_no_utf_8_end_no_run(folder: Path, errors: str) -> None:
    name = os.fsdecode("敦煌.png".encode("gbk"))  # as on a disk that was written long ago
    for place in ("in", "m"):
        (folder / place).mkdir(exist_ok=True)
        (folder / place / name).write_bytes((folder / "m/a.png").read_bytes())
    run = f"PYTHONIOENCODING=utf-8:{errors} {PCONV} inpaint in --masks m --out out --method telea --json"
    done = shell(run, folder)
    assert done.returncode == 0, done.stderr
    assert [one["name"] for one in json.loads(done.stdout)["done"]] == [name]
    assert (folder / "out" / name).exists()
    assert list(read_manifest(folder / "out")) == [name]
    found = shell(
        f"PYTHONIOENCODING=utf-8:{errors} {PCONV} masks detect in --out w --color '#ff0000' --tolerance 1", folder
    )
    escaped = name.encode(errors="backslashreplace").decode()
    assert escaped in found.stdout
    assert f"warning: {escaped}: nothing found" in found.stderr
