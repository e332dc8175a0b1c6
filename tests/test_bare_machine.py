"""Training and restoring need few packages: a GPU machine has torch, NumPy, OpenCV, Pillow and some small ones."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

CHECKOUT = Path(__file__).parents[1]

# Placed before all else: these are not found, as if they were not installed.
MISSING = """
import sys
from importlib.machinery import PathFinder

NAMES = {
    "skimage", "scipy", "matplotlib", "tensorboard", "tifffile", "imagecodecs", "imageio", "lazy_loader", "pandas",
    "onnx", "onnxscript", "onnxruntime", "h5py", "torchmetrics", "torchvision", "pytest", "hypothesis", "jpeglib",
}


class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in NAMES else super().find_spec(name, path, target)


sys.meta_path[:] = [Without if finder is PathFinder else finder for finder in sys.meta_path]
"""


@pytest.fixture
def pconv(tmp_path):
    """Run ``python -m pconv_cli`` from the checkout on a machine that has next to nothing."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(MISSING)
    paths = os.pathsep.join([str(tmp_path / "site"), str(CHECKOUT)])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}

    def run(*words):
        command = [sys.executable, "-m", "pconv_cli", *map(str, words)]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)

    return run


def test_training_and_restoring_do_without_what_only_other_jobs_need(pconv, tmp_path):
    data, masks = tmp_path / "data", tmp_path / "masks"
    data.mkdir()
    masks.mkdir()
    rng = np.random.default_rng(0)
    for number, suffix in enumerate(("jpg", "png", "jpg", "jpg")):
        image = cv2.resize(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8), (48, 40))
        cv2.imwrite(str(data / f"{number}.{suffix}"), image)
        mask = np.zeros((40, 48), np.uint8)
        mask[10:20, 12:24] = 255
        cv2.imwrite(str(masks / f"{number}.png"), mask)

    small = ["--width", 4, "--depth", 3, "--crop", 36, "--batch", 2, "--base", "pyramid", "--steps", 2]
    small += ["--finetune-steps", 0, "--validation", 0.3, "--mask-bank", 4, "--validate-every", 1, "--loader", "device"]
    trained = pconv("train", data, "--no-perceptual", "--device", "cpu", *small)
    assert trained.returncode == 0, trained.stderr
    assert "validation after step 2" in trained.stderr
    assert "matplotlib is not installed" in trained.stderr
    assert "pads crops of 36 px to 40" in trained.stderr
    assert sorted(path.name for path in (tmp_path / "run" / "samples").iterdir()) == ["step_0000002.png"]

    cv2.imwrite(str(data / "deep.png"), np.full((40, 48, 3), 30_000, np.uint16))
    cv2.imwrite(str(data / "scan.tif"), np.full((40, 48, 3), 30, np.uint8))
    for stem in ("deep", "scan"):
        (masks / f"{stem}.png").write_bytes((masks / "0.png").read_bytes())
    filled = pconv("inpaint", data, "--masks", masks, "--out", "out", "--weights", "run/weights.safetensors")
    assert filled.returncode == 3, filled.stderr  # two need a package, and say so
    assert sorted(path.name for path in (tmp_path / "out").glob("[0-9]*")) == ["0.jpg", "1.png", "2.jpg", "3.jpg"]
    words = " ".join(filled.stderr.split())
    assert "pip install imagecodecs" in words
    assert "pip install tifffile" in words
    before, after = (cv2.imread(str(folder / "1.png")) for folder in (data, tmp_path / "out"))
    valid = cv2.imread(str(masks / "1.png"), cv2.IMREAD_GRAYSCALE) == 0
    assert np.array_equal(before[valid], after[valid])
    assert not np.array_equal(before, after)
