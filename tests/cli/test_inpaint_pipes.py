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
    for more in ([], ["--resume"], ["--overwrite"]):
        ended = run(place, "-m", "pconv_cli", *RUN, *more)
        assert ended.returncode == 3, ended.stderr
        assert "failed: out/b.png: a pipe or a device is in its place" in ended.stderr
        assert done(place) == ["a.png", "c.png"]


@pytest.mark.parametrize("more", [[], ["--resume"]])
def test_one_instead_of_the_manifest_is_refused_before_anything_is_done(place: Path, more: list[str]) -> None:
    os.mkfifo(place / "out" / "manifest.jsonl")
    ended = run(place, "-m", "pconv_cli", *RUN, *more)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: out/manifest.jsonl: cannot be read (a pipe or a device, not a file)")
    assert done(place) == []


def test_one_instead_of_weights_is_refused(place: Path) -> None:
    os.mkfifo(place / "w.safetensors")
    ended = run(place, "-m", "pconv_cli", *RUN[:-2], "--weights", "w.safetensors")
    assert ended.returncode == 5, ended.stderr
    assert len(ended.stderr.splitlines()) == 1
