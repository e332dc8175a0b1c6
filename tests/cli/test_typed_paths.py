"""Paths that the system does not take: one line, and no traceback."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pconv_cli.cli.app import app

LONG = "x" * 300


@pytest.mark.parametrize(
    "command",
    [
        f"masks stats {LONG}",
        f"masks gen --type shapes --count 1 --size 16 --out {LONG}",
        f"inpaint {LONG} --masks m --out out",
        f"eval {LONG} --gt . --masks .",
        f"weights show {LONG}",
        f"train data --out {LONG} --resume",
    ],
)
def test_a_name_that_is_too_long_is_reported_in_a_line(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, command.split())
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert LONG in line
    assert "too long" in line


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


@pytest.mark.parametrize("line", ["inpaint in {} --masks m --out out", "inpaint in --masks m --out out --overwrite {}"])
def test_an_empty_argument_too_many_is_left_out_by_who_typed_it(line: str) -> None:
    result = CliRunner().invoke(app, [word.replace("{}", "") for word in line.split()])
    assert (result.exit_code, result.stderr) == (2, "error: an empty argument is one too many; leave it out\n")
