"""Paths that the system does not take: one line, and no traceback."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pconv_cli.cli.app import app


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [("export photo --out . --overwrite", 2, ".: weights are files"), ("import . --from keras", 5, ".: no such file")],
)
def test_this_folder_is_no_file(command, status, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["weights", *command.split()])
    assert (result.exit_code, result.stdout) == (status, "")
    assert words in result.stderr
    assert not list(tmp_path.iterdir())


FOLDER = "name a folder, or . for the one that you are in"
EITHER = "name a file or folder"
WRITTEN = "say where to write"
VALUE = "give it a value"
COMMANDS = (
    ("inpaint {} --masks m --out out", "IN", EITHER),
    ("inpaint --overwrite {} --masks m --out out", "IN", EITHER),
    ("inpaint --masks m --out out -- {}", "IN", EITHER),
    ("inpaint in --masks {} --out out", "--masks", EITHER),
    ("inpaint in --masks m --out {}", "--out", WRITTEN),
    ("report {} --masks m", "IN", EITHER),
    ("report in --masks {}", "--masks", EITHER),
    ("train {}", "DATA", FOLDER),
    ("eval {} --gt in --masks m", "RESULTS", EITHER),
    ("eval in {} --gt in --masks m", "RESULTS", EITHER),
    ("masks check {} --masks m", "IN", EITHER),
    ("masks check in --masks {}", "--masks", EITHER),
    ("masks edit {} --masks m", "IN", EITHER),
    ("masks edit in --masks {}", "--masks", EITHER),
    ("masks stats {}", "FOLDER", FOLDER),
    ("masks convert {} --out out", "IN", EITHER),
    ("masks detect {} --out out --method white", "IN", EITHER),
    ("masks union {} m --overwrite", "M", EITHER),
    ("masks union m {} --overwrite", "OTHER", EITHER),
    ("masks invert {} --overwrite", "M", EITHER),
    ("masks filter {} --min-area 9 --overwrite", "M", EITHER),
    ("masks gen --type shapes --like {}", "--like", FOLDER),
    ("masks import {} --like in --out out", "ANNOTATIONS", EITHER),
    ("masks import m --like {} --out out", "--like", EITHER),
    ("masks convert m --out out --turn-for {}", "--turn-for", EITHER),
    ("masks edit in --masks m --out {}", "--out", FOLDER),
    ("train in --out {}", "--out", FOLDER),
    ("train in --masks={}", "--masks", FOLDER),
    ("train in --minutes {}", "--minutes", VALUE),
    ("train in --loss-weight hole=1 --loss-weight {}", "--loss-weight", VALUE),
    ("eval in --gt {} --masks m", "--gt", FOLDER),
    ("eval --images={}", "--images", FOLDER),
    ("inpaint in --masks m --out out --report {}", "--report", "name a file"),
    ("inpaint in --masks m --out out --weights {}", "--weights", VALUE),
    ("inpaint in --masks m --out out --tile {}", "--tile", VALUE),
    ("inpaint in --masks m --out out --mask-pattern {}", "--mask-pattern", VALUE),
    ("masks import m --like in --out out --labels {}", "--labels", VALUE),
    ("demo --out {}", "--out", FOLDER),
    ("weights import {} --from keras", "FILE", "name a file"),
    ("weights export photo --out out --card {}", "--card", "name a file"),
    ("weights show {}", "NAME|PATH", VALUE),
)


@pytest.mark.parametrize(("line", "name", "remedy"), COMMANDS)
def test_an_empty_value_is_not_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, name: str, remedy: str
) -> None:
    """A variable that is not set must not have the images of the current folder read, or written over, as masks."""
    monkeypatch.chdir(tmp_path)
    for file in ("a.png", "in/a.png", "m/a.png"):
        Path(file).parent.mkdir(exist_ok=True)
        Image.new("L", (8, 8), 200).save(file)
    result = CliRunner().invoke(app, [word.replace("{}", "") for word in line.split()])
    assert result.exit_code == 2
    (said,) = result.stderr.splitlines()
    assert said == f"error: {name} is empty; {remedy}"
    assert sorted(str(path) for path in Path().rglob("*.*")) == ["a.png", "in/a.png", "m/a.png"]
    assert np.asarray(Image.open("a.png")).max() == 200


PATHS = [(line, name) for line, name, remedy in COMMANDS if remedy != VALUE] + [
    ("inpaint in --masks m --out out --weights {}", "--weights"),
    ("train in --init {}", "--init"),
    ("weights show {}", "NAME|PATH"),
    ("inpaint in --masks m --out out --c2pa-cert {} --c2pa-key k", "--c2pa-cert"),
    ("eval in --gt in --masks m --l1 --json {}", "--json"),
    ("eval --count {}", "--count"),
]


@pytest.mark.parametrize("path", ["x" * 300, "/".join(["x" * 200] * 30)], ids=["name", "path"])
@pytest.mark.parametrize(("line", "name"), PATHS)
def test_a_path_that_is_too_long_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, name: str, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, line.format(path).split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {name} {path}: is too long a path for this system; shorten it\n"
    assert list(tmp_path.iterdir()) == []


def test_what_only_looks_like_a_long_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m").mkdir()
    labels = ",".join(["crack"] * 100)
    result = CliRunner().invoke(app, ["masks", "import", "m", "--like", "m", "--out", "out", "--labels", labels])
    assert "too long" not in result.stderr


def test_a_path_among_other_words_may_be_too_long_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no look at the values finds."""
    monkeypatch.chdir(tmp_path)
    path = "x" * 300
    result = CliRunner().invoke(app, ["eval", "--methods", f"pconv={path}", "--l1"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {path}: is too long a path for this system; shorten it\n"


READ = (
    "inpaint {} --masks m --out out",
    "inpaint in --masks {} --out out",
    "inpaint in --masks m --out out --weights {}",
    "inpaint in --masks m --out out --weights {} --trust",
    "inpaint in --masks m --out out --c2pa-cert {} --c2pa-key a.png",
    "inpaint in --masks m --out out --c2pa-cert a.png --c2pa-key {}",
    "report {} --masks m --out out",
    "report in --masks {} --out out",
    "train {} --no-perceptual",
    "train in --no-perceptual --validation 0 --masks {}",
    "train in --no-perceptual --validation 0 --damage {}",
    "train in --no-perceptual --validation 0 --init {}",
    "train in --validation 0 --vgg {}",
    "eval {} --gt in --masks m",
    "eval in --gt {} --masks m",
    "eval in --gt in --masks {}",
    "eval in --gt in --masks m --perceptual --vgg {}",
    "eval in --gt in --masks m --lpips --lpips-weights {}",
    "eval in --gt in --masks m --fid --fid-weights {}",
    "eval --images {} --methods telea",
    "eval --images in --methods pconv --weights {}",
    "eval --images in --methods pconv={}",
    "eval --check {}",
    "eval --count a.png --key {}",
    "eval --votes in {} --out out",
    "masks check {} --masks m",
    "masks check in --masks {}",
    "masks stats {}",
    "masks convert {} --out out",
    "masks convert m --out out --turn-for {}",
    "masks detect {} --out out --method white",
    "masks gen --type shapes --out out --like {}",
    "masks import {} --like in --out out",
    "masks import a.png --like {} --out out",
    "masks union {} m --out out",
    "masks union m {} --out out",
    "masks invert {} --out out",
    "masks edit {} --masks m --no-browser",
    "weights show {}",
    "weights import {} --from keras --out out.safetensors",
    "weights import {} --from global-local --out out.safetensors",
    "weights export {} --out out.safetensors",
    "weights export photo --out out.safetensors --card {}",
)


@pytest.fixture
def impatient() -> Iterator[None]:
    """End a test that waits for what will never come."""

    def end(*_: object) -> None:
        raise AssertionError("the program waits")

    former = signal.signal(signal.SIGALRM, end)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, former)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("line", READ)
def test_a_pipe_where_a_file_is_read_is_one_line_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("a.png", "in/a.png", "m/a.png"):
        Path(file).parent.mkdir(exist_ok=True)
        Image.new("L", (64, 64), 200).save(file)
    os.mkfifo("pipe")
    result = CliRunner().invoke(app, line.format("pipe").split())
    assert result.exit_code in (2, 5), result.output
    (said,) = result.stderr.splitlines()
    assert said.startswith("error: ")
    assert "pipe" in said
    assert list(tmp_path.glob("out*")) == []


@pytest.mark.parametrize("line", ["inpaint in {} --masks m --out out", "inpaint in --masks m --out out --overwrite {}"])
def test_an_empty_argument_too_many_is_left_out_by_who_typed_it(line: str) -> None:
    result = CliRunner().invoke(app, [word.replace("{}", "") for word in line.split()])
    assert (result.exit_code, result.stderr) == (2, "error: an empty argument is one too many; leave it out\n")


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ("train loop --no-perceptual", 2, "loop: there is no such file or folder"),
        ("train in --out loop --no-perceptual", 2, "loop/samples: cannot be written"),
        ("eval in --gt in --masks m --json loop", 0, "more than 70 % hole"),  # the report replaces the link
        ("eval --count loop", 2, "the key cannot be read"),
    ],
)
def test_a_link_to_itself_is_no_place(command, status, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    for folder, mode in (("in", "RGB"), ("m", "L")):
        Path(folder).mkdir()
        for name in "ab":
            Image.new(mode, (64, 64), "white").save(f"{folder}/{name}.png")
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == status, result.output
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert not isinstance(result.exception, RuntimeError)
