"""``pconv inpaint --adapt``: weights fine-tuned on the folder at hand, kept, taken again, and left off cleanly."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
import torch
from PIL import Image
from typer.testing import CliRunner

from pconv_cli import ModelSpec, PConvUNet, load_weights, save_weights
from pconv_cli.cli.app import app
from pconv_cli.errors import Interrupted
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.progress import Silent
from pconv_cli.training.adapt import AdaptOptions, adapt

SIZE = (48, 64)
FOLDERS = ("in", "--masks", "m", "--out", "out", "--weights", "tiny.safetensors", "--device", "cpu")


@pytest.fixture
def pconv(tmp_path, monkeypatch):
    """Run `pconv inpaint` in a folder with three damaged images, their masks, and weights of a small network."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    rng = np.random.default_rng(0)
    known = np.ones(SIZE, bool)
    known[10:20, 30:44] = False
    for name in "abc":
        rgb = cv2.resize(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8), SIZE[::-1])
        rgb[~known] = 255
        cv2.imwrite(str(tmp_path / "in" / f"{name}.png"), rgb)
        write_mask(tmp_path / "m" / f"{name}.png", known)
    torch.manual_seed(0)
    save_weights(tmp_path / "tiny.safetensors", PConvUNet(ModelSpec(4, 3, "pyramid")))
    return lambda *arguments: CliRunner().invoke(app, ["inpaint", *map(str, arguments)])


def test_adapted_weights_are_made_used_kept_and_taken_again(tmp_path, pconv):
    for name in ("adapted", "b.adapted"):  # of a command that was stopped, and of one for another target
        (tmp_path / f"out/.adapting-{name}-0123456789ab").mkdir(parents=True)
    result = pconv(*FOLDERS, "--adapt", 2, "--json")
    assert result.exit_code == 0, result.output
    assert "Weights: out/adapted.safetensors, 2 steps of fine-tuning on these images in 0." in result.stderr
    report = json.loads(result.stdout)
    adapted = report["adapted"]
    assert (adapted["weights"], adapted["steps"], adapted["reused"]) == ("out/adapted.safetensors", 2, False)
    assert adapted["minutes"] >= 0
    assert adapted["crops"] > 2
    assert len(report["done"]) == 3
    left = sorted(path.name for path in (tmp_path / "out").iterdir())
    running = ".adapting-b.adapted-0123456789ab"
    assert left == [running, "a.png", "adapted.safetensors", "b.png", "c.png", "manifest.jsonl"]
    one, other = load_weights("tiny.safetensors").state_dict(), load_weights("out/adapted.safetensors").state_dict()
    assert not torch.equal(one["encoder.0.conv.weight"], other["encoder.0.conv.weight"])
    # It is those weights that have filled the holes.
    by_hand = ("in", "--masks", "m", "--out", "by-hand", "--weights", "out/adapted.safetensors", "--device", "cpu")
    assert pconv(*by_hand).exit_code == 0
    assert (tmp_path / "by-hand/a.png").read_bytes() == (tmp_path / "out/a.png").read_bytes()

    written = (tmp_path / "out/adapted.safetensors").read_bytes()
    (tmp_path / "out" / "b.png").unlink()
    again = pconv(*FOLDERS, "--adapt", 2, "--json")
    assert json.loads(again.stdout)["adapted"]["reused"] is True
    assert "adapted before, and used again" in again.stderr
    assert "1 done, 2 skipped" in again.stderr
    assert (tmp_path / "out/adapted.safetensors").read_bytes() == written
    redone = pconv(*FOLDERS, "--adapt", 2, "--json", "--overwrite")
    assert json.loads(redone.stdout)["adapted"]["reused"] is False
    assert "3 done" in redone.stderr


def test_weights_adapted_to_something_else_are_not_replaced(tmp_path, pconv):
    assert pconv(*FOLDERS, "--adapt", 1).exit_code == 0
    written = (tmp_path / "out/adapted.safetensors").read_bytes()
    for changed in (["--adapt", 2], ["--adapt", 1, "--dilate", 1]):
        result = pconv(*FOLDERS, *changed)
        assert result.exit_code == 2
        assert "out/adapted.safetensors: was adapted to other images, masks or settings; --resume" in result.stderr
    (tmp_path / "m" / "a.png").write_bytes(b"another mask")
    assert pconv(*FOLDERS, "--adapt", 1).exit_code == 2
    assert (tmp_path / "out/adapted.safetensors").read_bytes() == written


def test_resume_adapts_again_where_something_has_changed_and_only_there(tmp_path, pconv):
    assert pconv(*FOLDERS, "--adapt", 1).exit_code == 0
    same = pconv(*FOLDERS, "--adapt", 1, "--resume")
    assert "adapted before, and used again" in same.stderr
    assert "0 done, 3 skipped (unchanged)" in same.stderr
    known = np.ones(SIZE, bool)
    known[20:30, 5:20] = False
    write_mask(tmp_path / "m" / "a.png", known)
    result = pconv(*FOLDERS, "--adapt", 1, "--resume", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["adapted"]["reused"] is False
    assert "3 done" in result.stderr  # other weights, so all of them


def test_nothing_is_adapted_where_nothing_is_left_to_restore(tmp_path, pconv):
    assert pconv(*FOLDERS).exit_code == 0
    result = pconv(*FOLDERS, "--adapt", 1, "--json")
    assert result.exit_code == 0
    assert "adapted" not in json.loads(result.stdout)
    assert "0 done, 3 skipped" in result.stderr
    assert not (tmp_path / "out/adapted.safetensors").exists()


def test_one_image_keeps_its_weights_beside_it(tmp_path, pconv):
    one = ("in/a.png", "--masks", "m/a.png", "--weights", "tiny.safetensors", "--device", "cpu", "--adapt", 1)
    assert pconv(*one, "--out", "restored.png").exit_code == 0
    assert (tmp_path / "restored.adapted.safetensors").is_file()
    assert pconv(*one, "--out", "folder").exit_code == 0
    assert (tmp_path / "folder" / "adapted.safetensors").is_file()


def test_a_image_without_a_mask_fails_alone_and_is_named_once(tmp_path, pconv):
    (tmp_path / "m" / "b.png").unlink()
    result = pconv(*FOLDERS, "--adapt", 1)
    assert result.exit_code == 3
    assert result.stderr.count("b.png") == 1
    assert "2 done, 1 failed" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--adapt", 0), 2, "--adapt 0: must be 1 step or more"),
        (("--adapt", 1, "--dry-run"), 2, "--adapt: has no meaning with --dry-run"),
        (("--adapt", 1, "--shard", "1/2"), 2, "--adapt: works in one process"),
        (("--adapt", 1, "--weights", "missing"), 5, "missing: neither a file nor shipped weights"),
        (("--adapt", 1, "--device", "nonesuch"), 2, "--device nonesuch"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(tmp_path, pconv, arguments, code, words):
    result = pconv(*FOLDERS, *arguments)
    assert result.exit_code == code, result.output
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_loss_that_is_no_longer_finite_names_the_weights_and_leaves_nothing(tmp_path, pconv):
    """Weights whose values are finite, and overflow where images go through them."""
    model = PConvUNet(ModelSpec(4, 3, "pyramid"))
    with torch.no_grad():
        for value in model.parameters():
            value.mul_(1e12)
    save_weights(tmp_path / "tiny.safetensors", model)
    result = pconv(*FOLDERS, "--adapt", 2)
    assert result.exit_code == 5, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: --adapt: at step 1 the loss of tiny.safetensors is no longer a finite number on ")
    assert not (tmp_path / "out").exists()


def test_other_methods_have_no_weights_to_adapt(pconv):
    result = pconv("in", "--masks", "m", "--out", "out", "--method", "telea", "--adapt", 1)
    assert result.exit_code == 2
    assert "--adapt: belongs to --method pconv; telea has no use for it" in result.stderr


def test_ctrl_c_ends_in_130_and_the_same_command_goes_on(tmp_path, pconv):
    command = [sys.executable, "-m", "pconv_cli", "inpaint", *FOLDERS, "--adapt", "15"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("out/.adapting-*/state.pt")):
            assert time.monotonic() < deadline, "no state was saved in a minute"
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.fullmatch(r"stopped: \d+ of 15 steps of adapting done; the same command goes on from there\n", words)
    assert not list(tmp_path.glob("out/*.png"))
    result = pconv(*FOLDERS, "--adapt", 15)
    assert result.exit_code == 0, result.output
    assert "15 steps" in result.stderr
    left = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert left == ["a.png", "adapted.safetensors", "b.png", "c.png", "manifest.jsonl"]


def test_an_adaptation_that_was_stopped_goes_on_from_another_folder(tmp_path, pconv, monkeypatch):
    """The same images by another path, as it is written from there."""

    class Stops(Silent):
        def advance(self, name, note=""):
            os.kill(os.getpid(), signal.SIGINT)

    class Counts(Silent):
        def start(self, total, what):
            self.total = total

    options = AdaptOptions(Path("in"), Path("m"), tmp_path / "out/w.safetensors", 4, "tiny.safetensors", "cpu")
    with pytest.raises(Interrupted, match="1 of 4 steps of adapting done"):
        adapt(options, Stops())
    monkeypatch.chdir(tmp_path / "in")
    counts = Counts()
    moved = replace(options, images=Path("../in"), masks=Path("../m"), weights="../tiny.safetensors")
    assert adapt(moved, counts).steps == 4
    assert counts.total == 3


def test_crops_are_as_large_as_most_pages_and_not_as_the_first(tmp_path, pconv):
    with tifffile.TiffWriter(tmp_path / "book.tif") as file:
        for side in (64, 128, 128):
            file.write(np.full((side, side, 3), 90, np.uint8), photometric="rgb", metadata=None)
    known = np.ones((128, 128), bool)
    known[10:20, 30:44] = False
    write_mask(tmp_path / "mask.png", known)
    adapted = adapt(
        AdaptOptions(tmp_path / "book.tif", tmp_path / "mask.png", tmp_path / "a", 1, "tiny.safetensors", "cpu")
    )
    assert adapted.crops == 8  # of 128 pixels; of 64 there would be 32


def test_many_bands_are_restored_but_not_learnt_from(tmp_path, pconv):
    samples = np.random.default_rng(0).integers(90, 120, (*SIZE, 5)).astype(np.uint8)
    form = {"photometric": "minisblack", "planarconfig": "contig", "extrasamples": [0] * 4, "metadata": None}
    for name in "abc":
        (tmp_path / f"in/{name}.png").unlink()
        tifffile.imwrite(tmp_path / f"in/{name}.tif", samples, **form)
    result = pconv(*FOLDERS, "--adapt", 1)
    assert result.exit_code == 4
    assert result.stderr.splitlines() == [
        "error: no image can be learnt from; the first: in/a.tif: has many bands; save three of them as RGB to learn "
        "from them, or leave out --adapt"
    ]
    assert not (tmp_path / "out").exists()
    tifffile.imwrite(tmp_path / "in/c.tif", samples[:, :, :3], photometric="rgb", metadata=None)
    assert pconv(*FOLDERS, "--adapt", 1).exit_code == 0


def test_what_inpaint_reads_is_learnt_from(tmp_path, pconv):
    """Pages, and CMYK where that is converted."""
    for name in "abc":
        (tmp_path / f"in/{name}.png").unlink()
    rng = np.random.default_rng(0)
    pages = [cv2.resize(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8), SIZE[::-1]) for _ in range(3)]
    with tifffile.TiffWriter(tmp_path / "in/a.tif") as file:
        for page in pages:
            file.write(page, photometric="rgb", metadata=None)
    Image.fromarray(pages[0]).convert("CMYK").save(tmp_path / "in/b.jpg")
    result = pconv(*FOLDERS, "--adapt", 1, "--cmyk-to-rgb", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["adapted"]["steps"], len(report["done"]), report["failed"]) == (1, 2, [])
