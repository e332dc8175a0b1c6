"""`pconv inpaint` before it fills: plans, shards, options in vain, and JSON where nothing is done."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app

from .small_images import FOLDERS, draw


@pytest.fixture
def pconv(images: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(images)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *arguments: CliRunner().invoke(app, ["inpaint", *arguments])


def test_dry_run_prints_the_plan_and_writes_nothing(images: Path, pconv: Callable[..., Result]) -> None:
    (images / "in" / "壁画 001.tif").write_bytes((images / "in" / "a.png").read_bytes())
    draw(images / "in" / "large.png", size=(9, 9))
    result = pconv("in", "--masks", "mask.png", "--out", "out", "--dry-run")
    assert result.exit_code == 3
    assert all(len(line) <= 80 for line in result.stdout.splitlines() if "problem" not in line)
    head, *rows = result.stdout.splitlines()
    assert head.split() == ["image", "mask", "pixels", "hole", "tiles"]
    assert rows[0].split() == ["a.png", "mask.png", "64x48", "4.56", "%", "1"]
    assert "壁画 001.tif" in rows[3]
    assert rows[4].startswith("problem: in/large.png: is 9x9 and its mask mask.png 64x48")
    assert "4 to do with pconv, 1 would fail; nothing was written" in result.stderr
    assert sorted(path.name for path in images.iterdir()) == ["in", "mask.png"]
    plan = json.loads(pconv(*FOLDERS, "--dry-run", "--json").stdout)
    assert plan["plan"][0] == {
        "name": "a.png", "mask": "mask.png", "output": "out/a.png", "action": "make", "width": 64, "height": 48,
        "hole_ratio": 0.045573, "tiles": None,
    }  # fmt: skip
    assert [one["name"] for one in plan["failed"]] == ["large.png"]
    assert plan["exit_code"] == 3


def test_dry_run_names_the_masks_of_all_pages(images: Path, pconv: Callable[..., Result]) -> None:
    (images / "book").mkdir()
    (images / "of").mkdir()
    with tifffile.TiffWriter(images / "book/b.tif") as file:
        for _ in range(3):
            file.write(np.zeros((40, 50, 3), np.uint8), photometric="rgb")
    for number in (1, 3):
        Image.fromarray(np.eye(40, 50, dtype=np.uint8) * 255).save(images / f"of/b_page{number}.png")
    job = ("book", "--masks", "of", "--out", "out", "--method", "telea", "--dry-run")
    assert "of/b_page1.png, of/b_page3.png" in " ".join(pconv(*job).stdout.split())
    (planned,) = json.loads(pconv(*job, "--json").stdout)["plan"]
    assert planned["masks"] == ["of/b_page1.png", "of/b_page3.png"]


def test_dry_run_of_many_pages_lists_a_few_of_their_masks(images: Path, pconv: Callable[..., Result]) -> None:
    (images / "book").mkdir()
    (images / "of").mkdir()
    with tifffile.TiffWriter(images / "book/b.tif") as file:
        for _ in range(7):
            file.write(np.zeros((40, 50, 3), np.uint8), photometric="rgb")
    for number in range(1, 8):
        Image.fromarray(np.eye(40, 50, dtype=np.uint8) * 255).save(images / f"of/b_page{number}.png")
    job = ("book", "--masks", "of", "--out", "out", "--method", "telea", "--dry-run")
    shown = " ".join(pconv(*job).stdout.split())
    assert "of/b_page5.png and 2 more" in shown
    assert len(json.loads(pconv(*job, "--json").stdout)["plan"][0]["masks"]) == 7


def test_dry_run_shows_what_would_be_made_again(images: Path, pconv: Callable[..., Result]) -> None:
    assert pconv(*FOLDERS).exit_code == 0
    draw(images / "in" / "b.png", 9)
    before = {path: path.read_bytes() for path in (images / "out").iterdir()}
    result = pconv(*FOLDERS, "--dry-run", "--resume")
    assert [line.split()[-1] for line in result.stdout.splitlines()[1:]] == ["there", "again", "there"]
    assert "1 to do with telea (1 again), 2 already there" in result.stderr
    assert {path: path.read_bytes() for path in (images / "out").iterdir()} == before
    assert "1 done, 2 skipped (unchanged)" in pconv(*FOLDERS, "--resume").stderr


def test_dry_run_on_a_narrow_terminal_leaves_out_columns_before_it_breaks_names_to_pieces(
    images: Path, pconv: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in list((images / "in").iterdir()):
        path.rename(path.with_name(f"photograph_{path.name}"))
    shutil.copytree(images / "in", images / "out")
    heads = {}
    for columns in (80, 41, 32):
        monkeypatch.setenv("COLUMNS", str(columns))
        shown = pconv(*FOLDERS, "--dry-run", "--overwrite").stdout
        assert max(map(len, shown.splitlines())) <= columns
        assert len(shown.splitlines()) <= 1 + 3 * 3
        heads[columns] = shown.split("\n", 1)[0].split()
    assert heads[80] == ["image", "mask", "pixels", "hole", "tiles", "output"]
    assert heads[41] == ["image", "mask", "pixels", "hole", "tiles"]
    assert heads[32] == ["image", "pixels", "hole", "tiles"]


@pytest.mark.parametrize("options", [("--device", "nonesuch"), ("--device", "cpu", "--precision", "float16")])
def test_dry_run_refuses_what_the_run_would(pconv: Callable[..., Result], options: tuple[str, ...]) -> None:
    results = [pconv(*FOLDERS[:-2], *options, *more) for more in ((), ("--dry-run",))]
    assert [result.exit_code for result in results] == [2, 2]
    assert results[0].stderr == results[1].stderr
    assert results[1].stdout == ""


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--weights", "fotos"), 5),
        (("--weights", "in/a.png"), 5),
        (("--adapt", "0"), 2),
        (("--tile", "256", "--overlap", "300"), 2),
    ],
)
@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_values_are_checked_where_nothing_is_left_to_do(
    images: Path, pconv: Callable[..., Result], options: tuple[str, ...], code: int, more: tuple[str, ...]
) -> None:
    shutil.copytree(images / "in", images / "out")
    result = pconv(*FOLDERS[:-2], *options, *more)
    assert result.exit_code == (2 if more and "--adapt" in options else code), result.output
    assert result.stderr.startswith("error: ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--dry-run", "--fail-fast"), "--fail-fast: has no meaning with --dry-run"),
        (("--dry-run", "--profile"), "--profile: has no meaning with --dry-run"),
        (("--resume", "--overwrite"), "--resume: has no meaning with --overwrite"),
        (("--shard", "3/2"), "--shard 3/2: the first number must lie between 1 and the second"),
        (("--shard", "0/2"), "--shard 0/2"),
        (("--shard", "half"), "--shard half: give I/N"),
    ],
)
def test_options_in_vain_are_refused(pconv: Callable[..., Result], options: tuple[str, ...], words: str) -> None:
    result = pconv(*FOLDERS, *options)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert words in result.stderr


def test_shard_beside_torchrun_is_refused(pconv: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "2"), ("LOCAL_RANK", "0")):
        monkeypatch.setenv(name, value)
    assert "torchrun splits the folder already" in pconv(*FOLDERS, "--shard", "1/2").stderr
    monkeypatch.setenv("RANK", "first")
    assert "must be whole numbers; unset them" in pconv(*FOLDERS).stderr


def test_shards_divide_a_folder_with_its_failures(images: Path, pconv: Callable[..., Result]) -> None:
    draw(images / "in" / "b1.png", size=(9, 9))
    results = [pconv(*FOLDERS, "--shard", f"{index}/3") for index in (1, 2, 3)]
    assert [result.exit_code for result in results] == [0, 0, 3]
    assert "part 1/3: 2 done with telea" in results[0].stderr
    assert "part 3/3: 0 done, 1 failed" in results[2].stderr
    assert "3 done" not in pconv(*FOLDERS).stderr


def test_fail_fast_says_the_first_failure_alone(images: Path, pconv: Callable[..., Result]) -> None:
    for name in ("b.png", "c.png"):
        (images / "in" / name).write_text("no image")
    result = pconv(*FOLDERS, "--fail-fast")
    assert result.exit_code == 3
    failed, summary = result.stderr.splitlines()
    assert failed.startswith("failed: in/b.png: is not an image")
    assert summary.startswith("0 done, 1 failed")


def test_json_with_nothing_to_do_and_with_no_such_weights(images: Path, pconv: Callable[..., Result]) -> None:
    (images / "empty").mkdir()
    result = pconv("empty", *FOLDERS[1:], "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == report["exit_code"] == 4
    assert (report["done"], "holds no image" in report["error"]) == ([], True)
    result = pconv("in", "--masks", "mask.png", "--out", "out", "--weights", "none", "--json")
    assert result.exit_code == json.loads(result.stdout)["exit_code"] == 5


@pytest.mark.parametrize(
    "options", [("--shard", "x"), ("--threshold", "0"), ("--adapt", "1", "--dry-run"), ("--dry-run", "--profile")]
)
def test_json_with_options_that_do_not_fit_together(pconv: Callable[..., Result], options: tuple[str, ...]) -> None:
    result = pconv(*FOLDERS, *options, "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == report["exit_code"] == 2
    assert report["error"] in result.stderr


def test_profile_shows_where_time_and_memory_went(pconv: Callable[..., Result]) -> None:
    result = pconv(*FOLDERS, "--profile", "--json")
    profile = json.loads(result.stdout)["profile"]
    assert list(profile["seconds"]) == ["decode", "plan", "infer", "blend", "judge", "encode"]
    assert profile["seconds"]["decode"] > 0
    assert 0 < profile["model_share"] < 1
    assert sys.platform == "win32" or profile["peak_memory"] > 2**20
    assert "seconds: decode " in result.stderr
    assert "in the method: " in result.stderr
    assert "profile" not in json.loads(pconv(*FOLDERS, "--json").stdout)
