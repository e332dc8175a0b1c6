"""Pipes instead of files: each is named in one line, and no run waits for their other end."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes as files")

RUN = ["inpaint", "in", "--masks", "mask.png", "--out", "out", "--method", "telea"]

# The program, with a file that becomes a pipe when the plan is made and before anything is read.
SWAPPED = """
import os, sys
from pconv_cli.jobs import folder
from pconv_cli.cli.app import main

planned = folder.plan_folder

def plan_folder(*given):
    plan = planned(*given)
    os.remove(os.environ["SWAPPED"])
    os.mkfifo(os.environ["SWAPPED"])
    return plan

folder.plan_folder = plan_folder
main()
"""

# The program as often as there are options, with one of them each time, and its exit codes.
SEVERAL = """
import os, sys
from pconv_cli.cli.app import main

given, codes = sys.argv[:], []
for option in os.environ["SEVERAL"].split(" "):
    sys.argv[:] = [*given, *option.split()]
    try:
        main()
        codes.append(0)
    except SystemExit as end:
        codes.append(end.code)
sys.stdout.write(" ".join(map(str, codes)))
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    for index, name in enumerate("abc"):
        samples = np.random.default_rng(index).integers(0, 256, (32, 32, 3), np.uint8)
        Image.fromarray(samples).save(tmp_path / "in" / f"{name}.png")
    hole = np.zeros((32, 32), np.uint8)
    hole[8:14, 8:14] = 255
    Image.fromarray(hole).save(tmp_path / "mask.png")
    return tmp_path


def run(place: Path, *command: str, **added: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", **added}
    return subprocess.run(
        [sys.executable, *command], cwd=place, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def done(place: Path) -> list[str]:
    return sorted(path.name for path in (place / "out").glob("*.png") if path.is_file())


@pytest.mark.parametrize(("swapped", "left"), [("in/b.png", ["a.png", "c.png"]), ("mask.png", [])])
def test_one_that_takes_the_place_of_an_input_fails_what_needs_it(place: Path, swapped: str, left: list[str]) -> None:
    ended = run(place, "-c", SWAPPED, *RUN, SWAPPED=swapped)
    assert ended.returncode == 3, ended.stderr
    assert f"failed: {swapped}: cannot be opened (a pipe or a device, not a file)" in ended.stderr
    assert done(place) == left


def test_one_instead_of_an_output_fails_that_alone(place: Path) -> None:
    os.mkfifo(place / "out" / "b.png")
    ended = run(place, "-c", SEVERAL, *RUN, SEVERAL=" --resume --overwrite")
    assert (ended.returncode, ended.stdout) == (0, "3 3 3"), ended.stderr
    assert ended.stderr.count("failed: out/b.png: a pipe or a device is in its place") == 3
    assert done(place) == ["a.png", "c.png"]


def test_one_instead_of_the_manifest_is_refused_before_anything_is_done(place: Path) -> None:
    os.mkfifo(place / "out" / "manifest.jsonl")
    ended = run(place, "-c", SEVERAL, *RUN, SEVERAL=" --resume")
    assert (ended.returncode, ended.stdout) == (0, "2 2"), ended.stderr
    (words,) = set(ended.stderr.splitlines())
    assert words.startswith("error: out/manifest.jsonl: cannot be read (a pipe or a device, not a file)")
    assert done(place) == []


def test_one_instead_of_weights_is_refused(place: Path) -> None:
    os.mkfifo(place / "w.safetensors")
    ended = run(place, "-m", "pconv_cli", *RUN[:-2], "--weights", "w.safetensors")
    assert ended.returncode == 5, ended.stderr
    assert len(ended.stderr.splitlines()) == 1
