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


COMMANDS = (
    "inpaint {} --masks m --out out",
    "inpaint in --masks {} --out out",
    "report {} --masks m",
    "report in --masks {}",
    "train {}",
    "eval {} --gt in --masks m",
    "masks check {} --masks m",
    "masks check in --masks {}",
    "masks edit {} --masks m",
    "masks edit in --masks {}",
    "masks stats {}",
    "masks convert {} --out out",
    "masks detect {} --out out --method white",
    "masks union {} m --overwrite",
    "masks union m {} --overwrite",
    "masks invert {} --overwrite",
    "masks filter {} --min-area 9 --overwrite",
)


@pytest.mark.parametrize("line", COMMANDS)
def test_an_empty_name_is_not_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """A variable that is not set must not have the images of the current folder read, or written over, as masks."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "in/a.png", "m/a.png"):
        Path(name).parent.mkdir(exist_ok=True)
        Image.new("L", (8, 8), 200).save(name)
    result = CliRunner().invoke(app, ["" if word == "{}" else word for word in line.split()])
    assert result.exit_code == 2
    assert result.stderr.startswith("error: the name of an input is empty; name a file or a folder")
    assert sorted(str(path) for path in Path().rglob("*.*")) == ["a.png", "in/a.png", "m/a.png"]
    assert np.asarray(Image.open("a.png")).max() == 200
