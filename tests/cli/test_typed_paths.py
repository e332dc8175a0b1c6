"""Paths that the system does not take: one line, and no traceback."""

import pytest
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
