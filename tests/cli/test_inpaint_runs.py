"""Runs of `pconv inpaint` as processes: how they end, and how several share a folder."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pconv_cli.cli.inpaint.tables import show_summary
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.report.outcome import InpaintReport

from .small_images import FOLDERS, draw, draw_mask

# The program, after words of Python that make something go wrong.
PROGRAM = "from pconv_cli.cli.app import main; main()"


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
def test_a_signal_leaves_whole_files_and_says_what_is_done(tmp_path: Path) -> None:
    """Of a terminal that is closed; all signals have one handler."""
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
        process.send_signal(signal.SIGHUP)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert b"of 80 images done and whole in out; the same command again goes on from there" in stderr
    report = json.loads(stdout)
    written = [path for path in (tmp_path / "out").iterdir() if path.suffix == ".png"]
    assert 1 <= len(written) < 80
    assert sorted(one["name"] for one in report["done"]) == sorted(path.name for path in written)
    assert (report["exit_code"], report["error"][-5:]) == (130, "there")
    assert all(is_whole(path) for path in written)


def test_a_second_signal_ends_at_once_and_resume_goes_on(images: Path) -> None:
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
        while not any(path.stat().st_size for path in images.glob("out/.pconv-*.png")) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.4)
        assert process.poll() is None  # waits for what is being written
        while process.poll() is None and time.monotonic() < deadline:  # a late first one has its echo later
            process.send_signal(signal.SIGTERM)
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
    assert "part 2/2: 0 done, 5 failed\n" in done.stderr
    assert "exitcode  : 3" in done.stderr
    assert left(images) == ["a.png", "c.png", "e0.png", "e2.png", "e4.png", "manifest.jsonl"]
    lines = [json.loads(line) for line in (images / "out" / "manifest.jsonl").read_text().splitlines()]
    status = {line["input"]: line["status"] for line in lines}
    assert sorted(status.values()) == ["done"] * 5 + ["failed"] * 5


def test_off_a_terminal_there_is_no_bar(images: Path) -> None:
    done = run(images, *FOLDERS)
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "\x1b" not in done.stderr
    assert done.stdout == ""


def test_a_page_that_fails_is_named_as_it_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = InpaintOptions(tmp_path, tmp_path / "m", tmp_path / "out", report=Path("t/r.html"))
    failed = [("t/r.html", "t/r.html: cannot be written"), ("a.png", "a.png: no mask")]
    show_summary(InpaintReport("telea", failed=failed), options)
    assert "failed: t/r.html: cannot be written\n" in capsys.readouterr().err
