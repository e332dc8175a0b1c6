"""Files of other projects that the commands refuse, in one line, and nothing is written."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from .commands import hole, inpaint, one_line, pconv, waves
from .conftest import MakeOnnx


# What is refused, in one line, and nothing is written.
def test_torchscript_is_run_for_those_who_trust_it(folder: Path, make: Callable[[str], list[str]]) -> None:
    weights = make("lama.pt")[:2]
    for more in ((), ("--dry-run",)):
        line = one_line(inpaint(*weights, *more), 5)
        assert "is TorchScript, a program that can do whatever you can" in line
        assert line.endswith("give --trust")
    assert not (folder / "out").exists()
    assert inpaint(*weights, "--trust").exit_code == 0
    assert "give --trust" in one_line(inpaint(*weights), 5)  # also where nothing is left to do


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"polarity": "valid"}, "give --foreign polarity=valid"),
        ({"out": "unit"}, "give --foreign range=unit"),
        ({"reverse": True}, "give --foreign order=rgb-bgr"),
        ({"spoil": "nan"}, "computes values that are not finite"),
        ({"channels": 4}, "its input image has 4 channels"),
        ({"domain": "my.own"}, "needs operators that onnxruntime does not have"),
    ],
)
def test_files_that_do_not_fit(folder: Path, make_onnx: MakeOnnx, how: dict[str, str], why: str) -> None:
    assert why in one_line(inpaint("--weights", str(make_onnx("carve", **how))), 5)
    assert not (folder / "out").exists()


def test_no_known_convention(folder: Path, make_onnx: MakeOnnx) -> None:
    path = str(make_onnx("other"))
    for result in (inpaint("--weights", path), pconv("weights", "show", path)):
        assert "say how by --foreign polarity=...,range=..." in one_line(result, 5)
    said = ("--foreign", "polarity=hole,range=unit")
    assert "hole" in pconv("weights", "show", path, *said).stdout
    assert inpaint("--weights", path, *said).exit_code == 0


def test_not_finite_on_one_image(folder: Path, make_onnx: MakeOnnx) -> None:
    dark = (waves() * 40).astype(np.uint8)
    cv2.imwrite("in/dark.png", dark)
    cv2.imwrite("m/dark.png", hole().astype(np.uint8) * 255)
    result = inpaint("--weights", str(make_onnx("ronimo", spoil="nan on dark")), "--texture", "0")
    assert result.exit_code == 3
    (line,) = [line for line in result.stderr.splitlines() if "not finite" in line]
    assert "dark.png" in line
    assert sorted(path.name for path in (folder / "out").glob("*.*")) == [
        "eight.png",
        "manifest.jsonl",
        "photo.jpg",
        "scan.tif",
        "sixteen.png",
    ]


def test_a_doubt_is_a_warning(folder: Path, make_onnx: MakeOnnx) -> None:
    result = inpaint("--weights", str(make_onnx("ronimo", spoil="grey")))
    assert result.exit_code == 0
    (line,) = [line for line in result.stderr.splitlines() if "orange" in line]
    assert line.startswith("warning: ")
    assert "no other convention corrects that" in line


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--precision", "bfloat16"], "--precision: has no meaning for carve.onnx"),
        (["--compile"], "--compile: has no meaning for carve.onnx"),
        (["--foreign", "polarity=white"], "give polarity=hole|valid"),
        (["--tile", "64"], "--tile 64: this network takes 128 px and no less"),
        (["--steps", "5"], "--steps: belongs to --weights of a diffusion network (repaint); leave it out"),
        (["--texture", "0", "--seed", "5"], "--seed: has no meaning without patches"),
        (["--texture", "0", "--variants", "2"], "--variants 2: has no meaning without patches"),
    ],
)
def test_options_without_a_meaning(folder: Path, make_onnx: MakeOnnx, options: list[str], why: str) -> None:
    assert why in one_line(inpaint("--weights", str(make_onnx("carve", size=128)), *options), 2)


def test_options_for_other_methods_and_weights(folder: Path) -> None:
    assert "--foreign: belongs to --method pconv" in one_line(inpaint("--method", "telea", "--foreign", "size=64"), 2)
    assert "--trust: belongs to --method pconv" in one_line(inpaint("--method", "telea", "--trust"), 2)
    assert "is a file of this program" in one_line(inpaint("--weights", "photo-small", "--foreign", "size=64"), 2)
    assert "--trust serves the method pconv" in one_line(pconv("eval", "--methods", "telea", "--trust"), 2)


def test_nothing_is_trusted_that_is_no_program(folder: Path, make: Callable[[str], list[str]]) -> None:
    words = "photo-small.safetensors holds weights and no program (TorchScript); leave it out"
    assert words in one_line(inpaint("--weights", "photo-small", "--trust"), 2)
    assert "holds weights and no program" in one_line(inpaint("--trust"), 2)
    cv2.imwrite("truth.png", (waves() * 255).astype(np.uint8))
    score = ("eval", "--images", "truth.png", "--l1", "--workers", "1", "--device", "cpu", "--trust")
    assert "--trust: none of these weights are a program" in one_line(pconv(*score, "--methods", "pconv"), 2)
    for more in ((), ("--dry-run",)):
        words = "carve.onnx is ONNX and no program (TorchScript); leave it out"
        assert words in one_line(inpaint(*make("carve"), "--trust", *more), 2)
    lama = make("lama.pt")[1]
    assert pconv(*score, "--methods", f"a={lama},b=photo-small,telea").exit_code == 0


def test_they_are_not_trained_adapted_or_exported(folder: Path, make: Callable[[str], list[str]]) -> None:
    path = make("carve")[1]
    for arguments in (
        ("train", "in", "--init", path, "--out", "run", "--steps", "1", "--no-perceptual"),
        ("inpaint", "in", "--masks", "m", "--out", "out", "--weights", path, "--adapt", "1"),
        ("weights", "export", path, "--out", "new.safetensors"),
    ):
        line = one_line(pconv(*arguments), 5)
        assert "a network of another project in ONNX, which can only fill images" in line
    assert not any((folder / name).exists() for name in ("run", "out", "new.safetensors"))


def test_a_checkpoint_is_for_weights_import(folder: Path) -> None:
    import torch

    torch.save({"state_dict": {}}, "g.pth")
    assert "`pconv weights import` reads those of" in one_line(inpaint("--weights", "g.pth"), 5)
