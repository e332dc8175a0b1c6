"""Files and folders that a command cannot read are named, so that no part of a collection is missed in silence."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage

COMMANDS = (
    "inpaint in --masks m --out out --method telea --dry-run",
    "report in --masks m --out out",
    "masks check in --masks m",
    "masks detect in --out out --color #00ff00",
    "masks convert in --out out --threshold 128",
    "masks invert in --out out --threshold 128",
    "masks stats in --threshold 128",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_left_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    rng = np.random.default_rng(0)
    write_image(tmp_path / "in/a.png", StoredImage(rng.integers(0, 256, (20, 30, 3), np.uint8)))
    valid = np.ones((20, 30), bool)
    valid[5:9, 5:9] = False
    for name in ("a.png", "z.png"):
        write_mask(tmp_path / "m" / name, valid)
    (tmp_path / "in/b.fits").write_bytes(b"SIMPLE")
    (tmp_path / "in/closed").mkdir()
    scandir = os.scandir

    def refuses(path: str) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuses)
    with contextlib.chdir(tmp_path):
        result = CliRunner().invoke(app, command.split())
    words = " ".join(result.stderr.split())
    assert result.exit_code == 0, words
    assert "1 file of another kind left out, since their formats are not read: in/b.fits" in words
    assert ("m/z.png" in words) == ("--masks m" in command)
    assert "left out, since they cannot be opened (check permissions): in/closed" in words


def test_failures_of_check_and_of_pages_name_each_file_once_and_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, size in (("in/a.png", 9), ("in/b.png", 9), ("m/a.png", 8)):
        Path(name).parent.mkdir(exist_ok=True)
        Image.new("L", (size, 9)).save(name)
    checked = CliRunner().invoke(app, ["masks", "check", "in", "--masks", "m"])
    assert "a.png: in/a.png" not in checked.stderr
    CliRunner().invoke(
        app, ["inpaint", "in", "--masks", "m", "--out", "out", "--method", "telea", "--report", "r.html"]
    )
    CliRunner().invoke(app, ["report", "in", "--masks", "m", "--out", "rep"])
    for page in ("r.html", "rep/index.html"):
        failed = Path(page).read_text("utf-8").partition("Failed")[2]
        assert ("<li>a.png: " in failed, "<li>b.png: " in failed) == (True, True), page
