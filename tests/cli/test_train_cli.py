"""``pconv train`` as typed, through Typer's runner and as a real process."""

import json
import shlex
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.training import trainer
from pconv_cli.training.data import beginning
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.records.commands import command_line

OPTIONS = {"--width": 4, "--depth": 3, "--crop": 32, "--batch": 2, "--device": "cpu", "--precision": "float32"}


def tiny(**changed):
    """The options of a run of a second, with some changed."""
    options = {**OPTIONS, **{f"--{name}": value for name, value in changed.items()}}
    if "--init" in options:  # brings its network along
        options = {name: value for name, value in options.items() if name not in ("--width", "--depth")}
    return ["--no-perceptual", *(str(part) for option in options.items() for part in option)]


TINY = tiny()


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(6):
        image = cv2.resize(rng.integers(0, 256, (3, 3, 3), dtype=np.uint8), (48, 40))
        cv2.imwrite(str(folder / f"{number}.jpg"), image)
    return folder


def pconv(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_train_then_use_the_weights(data, tmp_path):
    out = tmp_path / "run"
    result = pconv("train", data, "--out", out, *TINY, "--steps", 5, "--finetune-steps", 2)
    assert result.exit_code == 0, result.output
    assert "5 images to train on, cpu in float32, steps 1 to 5 of 2 images" in result.stderr
    assert "validation after step 5" in result.stderr
    assert "5 steps, 10 images" in result.stderr
    assert "all steps of this run" not in result.stderr
    result = pconv("train", data, "--out", out, "--resume")
    assert (result.exit_code, "all steps of this run are done\n5 steps" in result.stderr) == (0, True)
    shown = pconv("weights", "show", out / "weights.safetensors", "--json")
    record = json.loads(shown.stdout)
    assert (record["width"], record["depth"], record["card"]["steps"]) == (4, 3, 5)


def test_presets_masks_and_phases_as_typed(data, tmp_path):
    masks = tmp_path / "masks"
    assert pconv("masks", "gen", "--count", 3, "--size", 64, "--out", masks, "--type", "strokes").exit_code == 0
    for number, more in enumerate(
        (
            ["--preset", "dunhuang", "--masks", masks],
            ["--preset", "icme", "--mask-type", "all"],
            ["--preset", "paper", "--base", "pyramid", "--schedule", "cosine"],
        )
    ):
        out = tmp_path / f"run{number}"
        result = pconv("train", data, "--out", out, *TINY, "--steps", 2, "--finetune-steps", 1, *more)
        assert result.exit_code == 0, result.output
    run0 = tmp_path / "run0" / "weights.safetensors"
    finetune = ["--phase", "finetune", "--finetune-steps", 1]
    result = pconv("train", data, "--out", tmp_path / "run3", *tiny(init=run0), *finetune)
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("changed", "more", "code", "words"),
    [
        ({"crop": 3}, [], 2, "--crop must be 16 to 32768 pixels"),
        ({"phase": "finetune"}, [], 2, "starts from trained weights"),
        ({"preset": "icme"}, ["--resume"], 2, "--preset does nothing with --resume"),
        ({"style-weight": 3}, [], 2, "--no-perceptual leaves out what"),
        ({"device": "meta"}, [], 2, "--device meta"),
        ({"seed": -1}, [], 2, "--seed must be 0 or more"),
        ({"device": "cuda:99"}, [], 2, "--device cuda:99"),
        ({"precision": "float16"}, [], 2, "--precision float16 is for GPUs"),
        ({"init": "nonesuch"}, [], 5, "neither a file nor shipped weights"),
        ({"mask-type": "clouds"}, [], 2, "no such type"),
        ({}, ["--resume"], 2, "no run to resume here"),
    ],
)
def test_errors(data, tmp_path, changed, more, code, words):
    result = pconv("train", data, "--out", tmp_path / "run", *tiny(steps=1, **changed), *more)
    assert result.exit_code == code, result.output
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "run" / "state.pt").exists()


def test_a_file_instead_of_the_folder_is_named_itself(data, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("mine")
    result = pconv("train", data, "--out", page, *tiny(steps=1))
    assert result.exit_code == 2, result.output
    assert f"{page}: " in result.stderr
    assert page.read_text() == "mine"


def test_a_network_that_cannot_be_compiled_is_one_line_and_goes_on_without(data, tmp_path, monkeypatch):
    """The error is the one that torch makes of a compiler that fails."""

    def fails(graph, inputs):
        raise RuntimeError("no C++ compiler\nand what follows")

    small = torch.compile(torch.add, backend=fails)  # the network itself takes long to trace
    monkeypatch.setattr(torch, "compile", lambda network: small)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "compiled"))  # as it was, when all is done
    run = ["train", data, "--out", tmp_path / "run"]
    result = pconv(*run, *tiny(steps=2, **{"finetune-steps": 0}), "--compile")
    assert result.exit_code == 2, result.output
    last = result.stderr.splitlines()[-1]
    assert last == "error: --compile: torch.compile fails here (no C++ compiler); go on with --resume --no-compile"
    assert "Traceback" not in result.output
    again = pconv(*run, "--resume", "--no-compile")
    assert again.exit_code == 0, again.output
    assert "2 steps, 4 images" in again.stderr


def test_the_command_on_a_card_asks_for_the_same_run(data, monkeypatch):
    """Typed again, it leads to the options that it was written for, the damage's among them."""
    monkeypatch.chdir(data.parent)
    damage = {"damage": "my masks", "polarity": "black", "threshold": 9, "mask_pattern": "{stem}-mask", "dilate": 2}
    options = TrainOptions(data.name, mask_kind="cracks", crop=64, loss_weights={"valid": 2.0}, **damage)
    typed = []
    monkeypatch.setattr(beginning, "check_beginning", lambda _: None)  # of VGG16, which is not needed to begin here
    monkeypatch.setattr(trainer, "train", lambda options, _: typed.append(options) or sys.exit(0))
    result = pconv(*shlex.split(command_line(options))[1:])
    assert typed == [options], result.output


def test_minutes_as_typed(data, tmp_path):
    run = ["train", data, "--out", tmp_path / "run"]
    result = pconv(*run, *tiny(minutes=0.01))
    assert result.exit_code == 0, result.output
    assert "0 min 01 s from step 1 on, of 2 images" in result.stderr
    assert "all steps of this run are done" in pconv(*run, "--resume").stderr
    refused = pconv(*run, *tiny(minutes=1, steps=5))
    assert (refused.exit_code, "--steps does nothing with --minutes 1;" in refused.stderr) == (2, True)


def test_a_broken_image_is_named_and_the_run_goes_on(data, tmp_path):
    (data / "3.jpg").write_bytes((data / "3.jpg").read_bytes()[:200])
    result = pconv("train", data, "--out", tmp_path / "run", *tiny(steps=4, **{"finetune-steps": 0}))
    assert result.exit_code == 3, result.output
    assert "3.jpg" in result.stderr
    assert "another image takes its place" in result.stderr
    assert "could not be used: 1 file;" in result.stderr
    assert (tmp_path / "run" / "weights.safetensors").exists()


def test_a_name_of_no_network_is_refused_before_vgg_is_asked_for(data, tmp_path, monkeypatch):
    monkeypatch.delenv("PCONV_VGG16", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    result = pconv("train", data, "--out", tmp_path / "run", "--network", "nonesuch", "--device", "cpu")
    assert (result.exit_code, "--network nonesuch: no network has this name" in result.stderr) == (2, True)


def test_no_images_and_no_vgg(tmp_path, data, monkeypatch):
    (tmp_path / "empty").mkdir()
    result = pconv("train", tmp_path / "empty", "--out", tmp_path / "run", *TINY)
    assert result.exit_code == 4
    assert "holds no image" in result.stderr
    monkeypatch.delenv("PCONV_VGG16", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    result = pconv("train", data, "--out", tmp_path / "run")
    assert result.exit_code == 5
    assert "pconv weights fetch-vgg" in result.stderr
    assert "--no-perceptual" in result.stderr
    assert not (tmp_path / "run").exists()


def test_ctrl_c_saves_and_exits_130_and_resume_goes_on(data, tmp_path):
    out = tmp_path / "run"
    command = [sys.executable, "-m", "pconv_cli", "train", str(data), "--out", str(out)]
    process = subprocess.Popen(
        [*command, *TINY, "--steps", "100000", "--save-every", "50"], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not (out / "metrics.jsonl").exists() or not (out / "metrics.jsonl").stat().st_size:
        assert time.monotonic() < deadline, "no step was done in a minute"
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "a last validation and a sample grid follow" in words
    assert "validation after step" in words
    assert list((out / "samples").iterdir())
    assert "stopped: state saved after step" in words
    assert "--resume" in words
    refused = pconv("train", data, "--out", out, *TINY, "--steps", 5)
    assert (refused.exit_code, "holds state.pt; go on with --resume" in refused.stderr) == (2, True)
    other = pconv("train", data, "--out", out, "--resume", "--batch", 3)
    assert other.exit_code == 2
    assert "--batch (was 2)" in other.stderr
    resumed = subprocess.Popen([*command, "--resume"], stderr=subprocess.PIPE, text=True)
    first = resumed.stderr.readline()
    resumed.send_signal(signal.SIGINT)
    resumed.communicate(timeout=60)
    assert resumed.returncode == 130
    assert "steps 1 to" not in first
    assert "of 2 images" in first
