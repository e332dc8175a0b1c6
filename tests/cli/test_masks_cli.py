"""``pconv masks`` as it is typed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app
from pconv_cli.files.images import write_rgb
from pconv_cli.files.masks.codec import read_mask, write_mask
from pconv_cli.masks.detect.learned import LIMITS
from pconv_cli.masks.ratios import hole_ratio, touches_border


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def pconv(line: str) -> Result:
    return CliRunner().invoke(app, line.split())


def test_gen_with_no_other_option_writes_a_useful_set() -> None:
    result = pconv("masks gen --type randomwalk")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == "60 masks (randomwalk, 512x512) drawn to masks/, listed in manifest.jsonl there\n"
    records = [json.loads(line) for line in Path("masks/manifest.jsonl").read_text("utf-8").splitlines()][1:]
    assert len(records) == len(list(Path("masks").glob("*.png"))) == 60
    classes = [record["ratio_class"] for record in records]
    assert {classes.count(each) for each in classes} == {10}
    assert len(set(classes)) == 6
    assert sum(not record["border"] for record in records) >= 30


def test_gen_line_of_the_readme_as_a_process(tmp_path: Path) -> None:
    line = "masks gen --type randomwalk --count 10 --size 128 --ratio 0.1-0.2 --workers 2 --out masks/"
    done = subprocess.run(
        [sys.executable, "-m", "pconv_cli", *line.split()], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "10 masks (randomwalk, 128x128) drawn to masks/, listed in manifest.jsonl there\n"
    for path in Path("masks").glob("*.png"):
        mask = read_mask(path)
        assert mask.shape == (128, 128)
        assert 0.1 < hole_ratio(mask) <= 0.2


def test_gen_options() -> None:
    result = pconv("masks gen --type cracks --count 4 --size 96x64 --ratio 0.05-0.06 --no-border --seed 9 --out m")
    assert result.exit_code == 0
    for path in Path("m").glob("*.png"):
        mask = read_mask(path)
        assert mask.shape == (64, 96)
        assert 0.05 < hole_ratio(mask) <= 0.06
        assert not touches_border(mask)
    again = pconv("masks gen --type cracks --count 4 --size 96x64 --ratio 0.05-0.06 --no-border --seed 9 --out m")
    assert again.exit_code == 0
    assert again.stderr == "no mask drawn; 4 masks there already and kept (--overwrite replaces them)\n"
    other = pconv("masks gen --type cracks --count 4 --size 96x64 --seed 8 --out m --overwrite --border")
    assert other.exit_code == 0
    assert other.stderr.startswith("4 masks (cracks, 96x64) drawn")


def test_gen_like() -> None:
    write_rgb(Path("in/a.png"), np.zeros((40, 50, 3), np.uint8))
    write_rgb(Path("in/b/c.png"), np.zeros((30, 20, 3), np.uint8))
    result = pconv("masks gen --type strokes --like in --out m")
    assert result.exit_code == 0
    assert result.stderr.startswith("2 masks (strokes, several sizes) drawn to m/")
    assert (read_mask(Path("m/a.png")).shape, read_mask(Path("m/b/c.png")).shape) == ((40, 50), (30, 20))
    Path("in/bad.png").write_text("text", "utf-8")
    result = pconv("masks gen --type strokes --like in --out m2")
    assert result.exit_code == 3
    assert "bad.png: is not an image" in result.stderr
    assert result.stderr.endswith("; 1 file failed\n")
    assert Path("m2/b/c.png").exists()


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("gen", 2, "Missing option '--type'"),
        ("gen --type blobs", 2, "'blobs' is not one of"),
        ("gen --type shapes --count 0", 2, "--count 0: ask for at least one mask"),
        ("gen --type shapes --size 3x4x5", 2, "--size 3x4x5: write one number of pixels"),
        ("gen --type shapes --size x", 2, "--size x: write"),
        ("gen --type shapes --size 0", 2, "--size 0: write"),
        pytest.param(f"gen --type shapes --size {5000 * '9'}", 2, "9: write one number of pixels", id="digits"),
        ("gen --type shapes --ratio 0.3", 2, "--ratio 0.3: write two numbers"),
        ("gen --type shapes --ratio 0.3-x", 2, "--ratio 0.3-x: write two numbers"),
        ("gen --type shapes --ratio 0.3-0.2", 2, "--ratio 0.3-0.2: LO must be less than HI"),
        ("gen --type shapes --ratio 0.3-1.2", 2, "--ratio 0.3-1.2: LO must be less than HI, and both lie in 0-1"),
        ("gen --type cracks --ratio 0.9-0.95", 2, "cracks masks of 512x512 reach a hole ratio of 0.8"),
        ("gen --type shapes --ratio 0.7-0.8 --no-border", 2, "or let holes touch the border"),
        ("gen --type shapes --like nowhere", 2, "nowhere: there is no such file or folder"),
        ("gen --type shapes --like in --count 3", 2, "leave out --count and --size"),
        ("gen --type shapes --like empty", 4, "empty: no image found"),
        ("gen --type shapes --count 1 --out file", 2, "file: cannot be written"),
        ("gen --type shapes --out=", 2, "--out is empty; name a folder, or . for the one that you are in"),
        ("convert in --out=", 2, "--out is empty; say where to write"),
        ("gen --type shapes --count 999999999", 2, "--count 999999999: at most 1000000 masks"),
        ("gen --type shapes --size 100000", 2, "--size 100000x100000: at most 400 million pixels"),
        ("gen --type shapes --like in --out in/m", 2, "--out in/m: lies inside the folder of the images"),
        ("gen --type shapes --seed -3", 2, "--seed -3: give 0 or a positive number"),
        ("gen --type shapes --workers 0", 2, "--workers 0: give at least 1"),
        ("convert in --out m --dilate -1", 2, "--dilate -1: give 0 or more pixels"),
        ("stats nowhere", 2, "nowhere: there is no such file or folder"),
        ("stats empty", 4, "empty: no mask found"),
        ("convert in", 2, "Missing option '--out'"),
        ("convert in --out in", 2, "--out in: is the folder of the masks"),
        ("convert nowhere --out m", 2, "nowhere: there is no such file or folder"),
        ("convert empty --out m", 4, "empty: no mask found"),
        ("convert in --out m --threshold 300", 2, "--threshold 300: must lie between 1 and 255"),
        ("convert in --out m --mask-polarity grey", 2, "'grey' is not one of"),
    ],
)
def test_mistakes_end_in_a_message_and_their_code(line: str, code: int, message: str) -> None:
    Path("empty").mkdir()
    Path("file").write_text("", "utf-8")
    write_mask(Path("in/a.png"), np.eye(30, dtype=np.bool_))
    result = pconv(f"masks {line}")
    assert result.exit_code == code
    assert result.stdout == ""
    assert message in result.stderr
    if "╭" not in result.stderr:  # Typer's own mistakes come in a frame
        assert result.stderr.startswith("error: ")
        assert result.stderr.count("\n") == 1
    assert not Path("masks").exists()
    assert not Path("m").exists()


def test_stats_table_and_json() -> None:
    pconv("masks gen --type shapes --count 12 --size 64 --out m")
    result = pconv("masks stats m")
    assert result.exit_code == 0
    assert "m: 12 masks" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    row = next(line for line in result.stdout.splitlines() if "(0.3, 0.4]" in line)
    assert row.split("│")[4].strip() == "2"
    result = pconv("masks stats m --json")
    assert result.exit_code == 0
    (folder,) = json.loads(result.stdout)["folders"]
    assert [each["inside"] + each["border"] for each in folder["classes"]] == [2] * 6


def test_stats_with_a_bad_file() -> None:
    write_mask(Path("m/a.png"), np.eye(30, dtype=np.bool_))
    Path("m/b.png").write_text("text", "utf-8")
    result = pconv("masks stats m --mask-polarity black")
    assert result.exit_code == 3
    assert "m: 1 mask" in result.stdout
    assert "b.png: is not an image" in result.stderr
    assert result.stderr.endswith("1 failed\n")


def test_convert() -> None:
    mask = np.ones((30, 40), np.bool_)
    mask[10:15, 10:15] = False
    write_mask(Path("in/a.png"), mask)
    result = pconv("masks convert in --out m --invert --mask-polarity black --dilate 2 --erode 2")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "1 mask converted to m\n")
    assert np.array_equal(read_mask(Path("m/a.png")), mask)
    result = pconv("masks convert in/a.png --out m.png --threshold 200")
    assert result.exit_code == 0
    assert np.array_equal(read_mask(Path("m.png")), mask)
    result = pconv("masks convert in --out m")
    assert result.exit_code == 0
    assert result.stderr == "no mask converted; 1 mask there already and kept (--overwrite replaces them)\n"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_gen_ends_on_sigterm_with_a_word_and_whole_files(tmp_path: Path, workers: str) -> None:
    line = f"masks gen --type occlusion --count 400 --size 256 --workers {workers} --out masks"
    command = [sys.executable, "-m", "pconv_cli", *line.split()]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("masks/[!.]*.png")) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGTERM)  # its workers too
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    found = re.search(r"(\d+) of 400 masks drawn and whole in masks; the same command without --overwrite goes", stderr)
    assert found, stderr
    assert len(stderr.splitlines()) == 1
    drawn = [path for path in (tmp_path / "masks").iterdir() if path.suffix == ".png"]
    assert 1 <= len(drawn) < 400
    assert all(read_mask(path).shape == (256, 256) for path in drawn)
    # One process alone may be stopped between a file's appearance and its count.
    assert 0 <= len(drawn) - int(found[1]) <= (1 if workers == "1" else 0)


def painted(path: Path) -> None:
    samples = np.random.default_rng(0).integers(120, 136, (60, 80, 3), np.uint8)
    samples[20:30, 20:40] = (0, 255, 0)
    write_rgb(path, samples)


def test_detect_then_inpaint_as_a_process(tmp_path: Path) -> None:
    painted(Path("in/a.png"))
    painted(Path("in/b/[c].png"))
    for line in ("masks detect in/ --out m/ --color #00ff00 --overlay o/", "inpaint in/ --masks m/ --out out/"):
        method = ["--method", "telea"] if line.startswith("inpaint") else []
        done = subprocess.run(
            [sys.executable, "-m", "pconv_cli", *line.split(), *method], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        if not method:
            assert done.stderr == "2 masks written to m\n"
            assert "b/[c].png" in done.stdout
            assert "4.17 %" in done.stdout
    assert sorted(path.as_posix() for path in Path("o").rglob("*.png")) == ["o/a.png", "o/b/[c].png"]
    assert Path("out/b/[c].png").exists()


def test_detect_as_json_and_again() -> None:
    painted(Path("in/a.png"))
    line = (
        "masks detect in --out m --json --color 0f0 --method cracks --method white --rules --tolerance 30 --contrast 40"
    )
    result = pconv(f"{line} --width 6 --min-area 5 --dilate 1 --workers 1")
    assert result.exit_code == 0
    (found,) = json.loads(result.stdout)["found"]
    assert (found["name"], found["areas"], found["kept"]) == ("a.png", 1, False)
    result = pconv(line)
    assert json.loads(result.stdout)["found"][0]["kept"]
    assert result.stderr == "no mask written; 1 mask there already and kept (--overwrite replaces them)\n"
    Path("in/bad.png").write_text("text", "utf-8")
    result = pconv(f"{line} --overwrite")
    assert result.exit_code == 3
    assert "bad.png: is not an image" in result.stderr


def test_detect_refuses() -> None:
    painted(Path("in/a.png"))
    for line, word in (
        ("", "nothing to look for"),
        ("--color green", "--color green: write red, green and blue in hexadecimal"),
        ("--color #12345g", "--color #12345g"),
        ("--method cracks --tolerance 3", "--tolerance: belongs to --color"),
        ("--method cracks --rules --certainty 0.5", "--certainty: belongs to --method without --rules"),
        ("--method dirt", "dirt"),
    ):
        result = pconv(f"masks detect in --out m {line}")
        assert result.exit_code == 2
        assert word in result.stderr
    assert not Path("m").exists()


def test_where_nothing_is_found_the_flags_that_find_more_are_named() -> None:
    painted(Path("in/a.png"))
    result = pconv("masks detect in --out m --method white --certainty 0.999")
    assert result.exit_code == 0
    assert "a.png: nothing found;" in result.stderr
    assert "give a lower --certainty, or try --rules" in " ".join(result.stderr.split())


def test_the_default_certainty_is_as_help_and_docs_say() -> None:
    shown = " ".join(re.sub(r"[^\w.,:\[\]-]", " ", pconv("masks detect --help").stdout).split())
    values = [limits.certain for limits in LIMITS.values()]
    assert f"by kind, {min(values):g} to {max(values):g}" in shown
    page = (Path(__file__).parents[2] / "docs" / "detection.md").read_text("utf-8")
    for kind, limits in LIMITS.items():
        assert f"{limits.certain:g} for `{kind}`" in page


def test_detect_prints_no_table_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no image")
    result = CliRunner().invoke(app, ["masks", "detect", str(tmp_path), "--out", f"{tmp_path}-m", "--method", "white"])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no mask written; 1 file failed" in result.stderr
