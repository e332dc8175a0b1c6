"""Runs of `pconv inpaint` as processes: how they end, and how several share a folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app

SIZE = (48, 64)
FOLDERS = ("in", "--masks", "mask.png", "--out", "out", "--method", "telea")

# The program, after words of Python that make something go wrong.
PROGRAM = "from pconv_cli.cli.app import main; main()"


def draw(path: Path, seed: int = 0, size: tuple[int, int] = SIZE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    Image.fromarray(samples).save(path, compress_level=0)


def draw_mask(path: Path, size: tuple[int, int] = SIZE) -> None:
    hole = np.zeros(size, np.uint8)
    hole[10:20, 30:44] = 255
    Image.fromarray(hole).save(path)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with in/a.png, in/b.png, in/c.png and a mask for all."""
    for index, name in enumerate("abc"):
        draw(tmp_path / "in" / f"{name}.png", index)
    draw_mask(tmp_path / "mask.png")
    return tmp_path


def environment(**added: str) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", **added}


def run(place: Path, *arguments: str, before: str = "", **added: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", f"{before}\n{PROGRAM}", "inpaint", *arguments]
    return subprocess.run(
        command, cwd=place, env=environment(**added), capture_output=True, text=True, timeout=120, check=False
    )


def left(place: Path) -> list[str]:
    return sorted(path.name for path in (place / "out").iterdir())


def is_whole(path: Path) -> bool:
    with Image.open(path) as image:
        image.load()
    return True


@pytest.fixture
def _hang_up_is_heard() -> Iterator[None]:
    former = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored under nohup, by the processes of a test too
    yield
    signal.signal(signal.SIGHUP, former)


@pytest.mark.usefixtures("_hang_up_is_heard")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_whole_files_and_says_what_is_done(tmp_path: Path, sent: signal.Signals) -> None:
    for index in range(80):
        draw(tmp_path / "in" / f"{index:02}.png", index, (200, 200))
    hole = np.zeros((200, 200), np.uint8)
    hole[50:150, 50:150] = 255
    Image.fromarray(hole).save(tmp_path / "mask.png")
    command = [sys.executable, "-m", "pconv_cli", "inpaint", "in", "--masks", "mask.png", "--out", "out", "--json"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, "--method", "biharmonic"], cwd=tmp_path, env=environment(), **pipes) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("out/[!.]*.png")) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(sent)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert b"of 80 images done and whole in out; the same command again goes on from there" in stderr
    report = json.loads(stdout)
    written = [path for path in (tmp_path / "out").iterdir() if path.suffix == ".png"]
    assert 1 <= len(written) < 80
    assert sorted(one["name"] for one in report["done"]) == sorted(path.name for path in written)
    assert (report["exit_code"], report["error"][-5:]) == (130, "there")
    assert all(is_whole(path) for path in written)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_at_once_and_resume_goes_on(images: Path, sent: signal.Signals) -> None:
    slow = (
        "import pathlib, time\n"
        "whole = pathlib.Path.write_bytes\n"
        "def half(path, data):\n"
        "    whole(path, data[: len(data) // 2])\n"
        "    time.sleep(60)\n"
        "pathlib.Path.write_bytes = half\n"
    )
    command = [sys.executable, "-c", slow + PROGRAM, "inpaint", *FOLDERS]
    with subprocess.Popen(command, cwd=images, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not list(images.glob("out/.pconv-*.png")) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(sent)
        time.sleep(0.4)
        assert process.poll() is None  # waits for what is being written
        while process.poll() is None and time.monotonic() < deadline:  # a late first one has its echo later
            process.send_signal(sent)
            time.sleep(0.4)
        _, words = process.communicate(timeout=20)
    assert (process.returncode, words) == (130, "")
    assert left(images) == ["manifest.jsonl"]
    done = run(images, *FOLDERS, "--resume")
    assert (done.returncode, "3 done" in done.stderr) == (0, True), done.stderr
    assert all(is_whole(images / "out" / name) for name in ("a.png", "b.png", "c.png"))


@pytest.mark.parametrize("moment", ["in the middle of writing", "before it is moved into place"])
def test_kill_9_leaves_no_half_file_and_the_next_run_clears_up(images: Path, moment: str) -> None:
    killed = "import os, pathlib, signal\nkill = lambda: os.kill(os.getpid(), signal.SIGKILL)\n"
    if moment == "in the middle of writing":
        killed += (
            "whole = pathlib.Path.write_bytes\n"
            "def half(path, data):\n"
            "    whole(path, data[: len(data) // 2])\n"
            "    kill()\n"
            "pathlib.Path.write_bytes = half"
        )
    else:
        killed += "pathlib.Path.replace = lambda path, target: kill()"
    done = run(images, *FOLDERS, before=killed)
    assert done.returncode == -signal.SIGKILL, done.stderr
    names = left(images)
    assert [name for name in names if name.endswith(".png") and not name.startswith(".")] == []
    assert len([name for name in names if name.startswith(".pconv-")]) == 1
    (images / "out" / ".pconv-notes.png").touch()  # not of our making
    done = run(images, *FOLDERS)
    assert done.returncode == 0, done.stderr
    assert "3 done" in done.stderr
    assert left(images) == [".pconv-notes.png", "a.png", "b.png", "c.png", "manifest.jsonl"]
    assert all(is_whole(images / "out" / name) for name in ("a.png", "b.png", "c.png"))


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_where_there_is_no_room_that_file_fails_and_the_rest_goes_on(images: Path) -> None:
    draw(images / "in" / "large.png", size=(200, 200))
    draw_mask(images / "large_mask.png", (200, 200))
    (images / "m").mkdir()
    for name in "abc":
        (images / "m" / f"{name}.png").write_bytes((images / "mask.png").read_bytes())
    (images / "large_mask.png").rename(images / "m" / "large.png")
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))"
    done = run(images, "in", "--masks", "m", "--out", "out", "--method", "telea", before=limited)
    assert done.returncode == 3, done.stderr
    assert "large.png: cannot be written (file too large); free the place" in done.stderr
    assert "3 done, 1 failed" in done.stderr
    assert left(images) == ["a.png", "b.png", "c.png", "manifest.jsonl"]


def test_two_processes_share_a_folder_by_the_variables_of_torchrun(images: Path) -> None:
    (images / "in" / "d.png").write_text("no image")
    workers = []
    for rank in ("0", "1"):
        command = [sys.executable, "-m", "pconv_cli", "inpaint", *FOLDERS, "--json"]
        ranks = environment(RANK=rank, WORLD_SIZE="2", LOCAL_RANK=rank)
        workers.append(subprocess.Popen(command, cwd=images, env=ranks, stdout=subprocess.PIPE, text=True))
    reports = [json.loads(worker.communicate(timeout=60)[0]) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 3]
    assert [report["shard"] for report in reports] == ["1/2", "2/2"]
    assert [[one["name"] for one in report["done"]] for report in reports] == [["a.png", "c.png"], ["b.png"]]
    assert left(images) == ["a.png", "b.png", "c.png", "manifest.1-of-2.jsonl", "manifest.2-of-2.jsonl"]


def test_torchrun_merges_one_manifest_and_reports_a_failure_when_all_have_ended(images: Path) -> None:
    """One process fails at once; the other must still do all of its part."""
    draw(images / "in" / "d.png")
    whole = (images / "in" / "b.png").read_bytes()
    for name in "bd":
        (images / "in" / f"{name}.png").write_bytes(whole[:300])
    for index in range(6):
        draw(images / "in" / f"e{index}.png", index)
        (images / "in" / f"e{index}.png").write_bytes(whole[:300] if index % 2 else whole)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    done = subprocess.run(
        [*command, "pconv_cli", "inpaint", *FOLDERS],
        cwd=images, env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "part 1/2: 5 done with telea" in done.stderr
    assert "part 2/2: 0 done, 5 failed with telea" in done.stderr
    assert "exitcode  : 3" in done.stderr
    assert left(images) == ["a.png", "c.png", "e0.png", "e2.png", "e4.png", "manifest.jsonl"]
    lines = [json.loads(line) for line in (images / "out" / "manifest.jsonl").read_text().splitlines()]
    status = {line["input"]: line["status"] for line in lines}
    assert sorted(status.values()) == ["done"] * 5 + ["failed"] * 5


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
    assert rows[0].split() == ["a.png", "mask.png", "64x48", "4.56%", "1"]
    assert "壁画 001.tif" in rows[3]
    assert rows[4].startswith("problem: in/large.png: is 9x9 and its mask mask.png 64x48")
    assert "4 to do with pconv, 1 would fail; nothing was written" in result.stderr
    assert sorted(path.name for path in images.iterdir()) == ["in", "mask.png"]
    plan = json.loads(pconv(*FOLDERS, "--dry-run", "--json").stdout)
    assert plan["plan"][0] == {
        "name": "a.png", "mask": "mask.png", "output": "out/a.png", "action": "make", "width": 64, "height": 48,
        "hole_ratio": 0.045573, "tiles": None,
    }  # fmt: skip
    assert [problem["name"] for problem in plan["problems"]] == ["large.png"]
    assert plan["exit_code"] == 3


def test_dry_run_shows_what_would_be_made_again(images: Path, pconv: Callable[..., Result]) -> None:
    assert pconv(*FOLDERS).exit_code == 0
    draw(images / "in" / "b.png", 9)
    before = {path: path.read_bytes() for path in (images / "out").iterdir()}
    result = pconv(*FOLDERS, "--dry-run", "--resume")
    assert [line.split()[-1] for line in result.stdout.splitlines()[1:]] == ["there", "again", "there"]
    assert "1 to do with telea (1 again), 2 there already" in result.stderr
    assert {path: path.read_bytes() for path in (images / "out").iterdir()} == before
    assert "1 done, 2 skipped (unchanged)" in pconv(*FOLDERS, "--resume").stderr


def test_dry_run_on_a_narrow_terminal_leaves_out_columns_before_it_breaks_names_to_pieces(
    images: Path, pconv: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in list((images / "in").iterdir()):
        path.rename(path.with_name(f"photograph_{path.name}"))
    shutil.copytree(images / "in", images / "out")
    heads = {}
    for columns in (80, 40, 32):
        monkeypatch.setenv("COLUMNS", str(columns))
        shown = pconv(*FOLDERS, "--dry-run", "--overwrite").stdout
        assert max(map(len, shown.splitlines())) <= columns
        assert len(shown.splitlines()) <= 1 + 3 * 3
        heads[columns] = shown.split("\n", 1)[0].split()
    assert heads[80] == ["image", "mask", "pixels", "hole", "tiles", "output"]
    assert heads[40] == ["image", "mask", "pixels", "hole", "tiles"]
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
    assert "must be numbers" in pconv(*FOLDERS).stderr


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
    assert failed.startswith("failed: in/b.png: is no image")
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
    assert list(profile["seconds"]) == ["decode", "plan", "infer", "blend", "encode"]
    assert profile["seconds"]["decode"] > 0
    assert 0 < profile["model_share"] < 1
    assert sys.platform == "win32" or profile["peak_memory"] > 2**20
    assert "seconds: decode " in result.stderr
    assert "in the method: " in result.stderr
    assert "profile" not in json.loads(pconv(*FOLDERS, "--json").stdout)


def test_off_a_terminal_there_is_no_bar(images: Path) -> None:
    done = run(images, *FOLDERS)
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "\x1b" not in done.stderr
    assert done.stdout == ""
