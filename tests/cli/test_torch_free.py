"""Jobs that need no network do not import torch, and those that run no kernel do not import numba: they take long."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from pconv_cli.core.weight_files import weights_path

# Runs the command, and says which of the modules that take long to import it has imported.
PROGRAM = """
import json, sys
from pconv_cli.cli.app import main
heavy = sys.argv.pop(1).split(",")
code = 0
try:
    main()
except SystemExit as end:
    code = end.code or 0
print(json.dumps([code, [name for name in heavy if name in sys.modules]]), file=sys.stderr)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an image ``in/a.png``, a mask ``m/a.png`` and an empty one ``none/a.png``."""
    for name in ("in", "m", "none"):
        (tmp_path / name).mkdir()
    image = np.random.default_rng(0).integers(0, 256, (40, 48, 3), np.uint8)
    mask = np.zeros((40, 48), np.uint8)
    cv2.imwrite(str(tmp_path / "none" / "a.png"), mask)
    mask[10:20, 12:24] = 255
    cv2.imwrite(str(tmp_path / "in" / "a.png"), image)
    cv2.imwrite(str(tmp_path / "m" / "a.png"), mask)
    return tmp_path


def imported(folder: Path, *words: str, heavy: str = "torch,numba,scipy,skimage") -> tuple[int, list[str]]:
    """Run ``pconv`` in a process of its own; its exit code, and what of the heavy modules it has imported."""
    command = [sys.executable, "-c", PROGRAM, heavy, *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=300)
    code, names = json.loads(done.stderr.splitlines()[-1])
    return code, names


@pytest.mark.parametrize("method", ["telea", "ns"])
def test_opencv_is_all_that_its_methods_import(folder: Path, method: str) -> None:
    assert imported(folder, "inpaint", "in", "--masks", "m", "--out", "out", "--method", method) == (0, [])
    assert (folder / "out" / "a.png").is_file()


@pytest.mark.parametrize("method", ["patchmatch", "biharmonic", "pyramid"])
def test_methods_without_a_network_do_without_torch(folder: Path, method: str) -> None:
    job = ["inpaint", "in", "--masks", "m", "--out", "out", "--method", method]
    device = ["--device", "cpu"] if method == "pyramid" else []
    assert imported(folder, *job, *device, heavy="torch") == (0, [])
    assert (folder / "out" / "a.png").is_file()


def test_patches_that_have_nothing_to_fill_load_no_kernels(folder: Path) -> None:
    assert imported(folder, "inpaint", "in", "--masks", "none", "--out", "out", "--method", "patchmatch") == (0, [])
    assert (folder / "out" / "a.png").read_bytes() == (folder / "in" / "a.png").read_bytes()


def test_a_small_job_of_the_default_method_does_without_torch(folder: Path) -> None:
    job = ["inpaint", "in", "--masks", "m", "--device", "cpu", "--precision", "float32"]
    assert imported(folder, *job, "--out", "out", heavy="torch") == (0, [])
    # By torch, which other weights are loaded into.
    (folder / "own.safetensors").write_bytes(weights_path("photo").read_bytes())
    assert imported(folder, *job, "--out", "own", "--weights", "own.safetensors", heavy="torch") == (0, ["torch"])
    light, heavy = (cv2.imread(str(folder / out / "a.png")).astype(int) for out in ("out", "own"))
    assert np.abs(light - heavy).max() <= 1
    known = cv2.imread(str(folder / "m" / "a.png"), cv2.IMREAD_GRAYSCALE) == 0
    assert np.array_equal(light[known], cv2.imread(str(folder / "in" / "a.png"))[known])
    assert not np.array_equal(light, cv2.imread(str(folder / "in" / "a.png")))


def test_bfloat16_needs_torch_for_what_reaches_the_network_alone(folder: Path) -> None:
    mask = np.zeros((40, 48), np.uint8)
    mask[10:12, 12:14] = mask[20:26, 5:40] = 255  # a speck and a scratch
    cv2.imwrite(str(folder / "none" / "a.png"), mask)
    job = ["inpaint", "in", "--device", "cpu", "--precision", "bfloat16", "--masks"]
    assert imported(folder, *job, "none", "--out", "thin", heavy="torch") == (0, [])
    mask[5:38, 8:40] = 255
    cv2.imwrite(str(folder / "m" / "a.png"), mask)
    assert imported(folder, *job, "m", "--out", "wide", heavy="torch") == (0, ["torch"])


def test_the_default_method_imports_nothing_heavy_where_nothing_is_a_hole(folder: Path) -> None:
    job = ["inpaint", "in", "--masks", "none", "--out", "out", "--device", "cpu", "--precision", "float32"]
    assert imported(folder, *job) == (0, [])
    assert (folder / "out" / "a.png").read_bytes() == (folder / "in" / "a.png").read_bytes()


def test_weights_of_the_papers_network_are_described_without_torch(folder: Path) -> None:
    (folder / "own.safetensors").write_bytes(weights_path("photo-small").read_bytes())
    for words in (("list",), ("list", "--json"), ("show", "photo"), ("show", "own.safetensors")):
        assert imported(folder, "weights", *words) == (0, [])


def test_a_dry_run_counts_the_windows_without_torch(folder: Path) -> None:
    assert imported(folder, "inpaint", "in", "--masks", "m", "--out", "out", "--dry-run") == (0, [])


def test_what_is_done_already_is_found_without_torch(folder: Path) -> None:
    job = ["inpaint", "in", "--masks", "m", "--out", "out"]
    assert imported(folder, *job)[0] == 0
    assert imported(folder, *job) == (0, [])
    assert imported(folder, *job, "--resume") == (0, [])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("inpaint", "gone", "--masks", "m", "--out", "out"), 2),
        (("inpaint", "in", "--masks", "m", "--out", "in"), 2),
        (("inpaint", "in", "--masks", "m", "--out", "out", "--weights", "nonesuch"), 5),
        (("inpaint", "none", "--masks", "gone", "--out", "out"), 2),
        (
            (
                "masks",
                "gen",
                "--type",
                "randomwalk",
                "--count",
                "2",
                "--size",
                "64",
                "--ratio",
                "0.1-0.2",
                "--out",
                "drawn",
            ),
            0,
        ),
        (("masks", "detect", "in", "--color", "#00ff00", "--out", "found"), 0),
        (("masks", "stats", "m"), 0),
    ],
)
def test_errors_and_masks_need_no_torch(folder: Path, words: tuple[str, ...], code: int) -> None:
    assert imported(folder, *words, heavy="torch,numba") == (code, [])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("empty", "--out", "new", "--no-perceptual"), 4),
        (("in", "--steps", "3", "--minutes", "3"), 2),
        (("two", "--out", "new", "--vgg", "gone.pth"), 5),
        (("two", "--init", "photo", "--out", "run", "--no-perceptual"), 2),
        (("two", "--resume", "--out", "nothing-there"), 2),
        (("in", "--out", "in/run"), 2),
        (("two", "--out", "in/a.png/run", "--no-perceptual"), 2),
    ],
)
def test_training_that_cannot_begin_is_refused_without_torch(folder: Path, words: tuple[str, ...], code: int) -> None:
    (folder / "empty").mkdir()
    (folder / "run").mkdir()
    (folder / "run" / "state.pt").touch()
    (folder / "two").mkdir()
    for name in ("a.png", "b.png"):
        (folder / "two" / name).write_bytes((folder / "in" / "a.png").read_bytes())
    assert imported(folder, "train", *words, heavy="torch") == (code, [])


def test_training_imports_no_compiler_that_nobody_asked_for(folder: Path) -> None:
    (folder / "in" / "b.png").write_bytes((folder / "in" / "a.png").read_bytes())
    # Known to be none once its image is read, which takes all modules of a run.
    (folder / "in" / "a.png").write_bytes(b"no image")
    (folder / "in" / "b.png").write_bytes(b"no image")
    job = ["train", "in", "--no-perceptual", "--device", "cpu"]
    assert imported(folder, *job, heavy="torch,torch._dynamo") == (4, ["torch"])
