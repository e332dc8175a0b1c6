"""``pconv report`` on the command line."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.files.images import write_rgb
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.jobs.condition import run
from pconv_cli.jobs.condition.leaves import open_leaves


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_rgb(tmp_path / "in/a.png", np.zeros((30, 40, 3), np.uint8))
    mask = np.ones((30, 40), np.bool_)
    mask[5:15, 5:15] = False
    write_mask(tmp_path / "m/a.png", mask)
    return tmp_path


def test_it_writes_pages_and_tables_and_says_where(folder: Path) -> None:
    result = CliRunner().invoke(app, ["report", "in", "--masks", "m"])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "1 loss in 1 image" in result.stderr
    assert "report/index.html" in result.stderr
    written = {path.relative_to(folder).as_posix() for path in (folder / "report").iterdir()}
    assert written == {f"report/{name}" for name in ("index.html", "a.png.html", "losses.csv", "images.csv")}


def test_json_is_alone_on_standard_output_and_failures_are_lines(folder: Path) -> None:
    write_rgb(folder / "in/lone.png", np.zeros((30, 40, 3), np.uint8))
    result = CliRunner().invoke(app, ["report", "in", "--masks", "m", "--out", "o", "--dpi", "254", "--json"])
    assert result.exit_code == 3
    found = json.loads(result.stdout)
    assert found["exit_code"] == 3
    assert (found["images"][0]["image"], found["images"][0]["area_cm2"]) == ("a.png", 0.01)
    assert [one["name"] for one in found["failed"]] == ["lone.png"]
    assert "failed: lone.png: no mask in m" in result.stderr


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["in", "--masks", "nowhere"], 2, "nowhere: there is no such file or folder of masks; check --masks"),
        (["in", "--masks", "m", "--dpi", "1"], 2, "--dpi 1: must lie between 10 and 65535"),
        (["m2", "--masks", "m"], 2, "m2"),
        (["in", "--masks", "m", "--out", "in/x"], 2, "--out in/x: lies inside the folder of the images"),
        (["in", "--masks", "m", "--out", 300 * "o"], 2, "o: is too long a path for this system; shorten it"),
        (["in", "--masks", "m", "--out", f"{300 * 'o'}/x"], 2, "o/x: is too long a path for this system"),
    ],
)
def test_what_cannot_begin_ends_with_one_line(folder: Path, options: list[str], code: int, words: str) -> None:
    result = CliRunner().invoke(app, ["report", *options])
    assert result.exit_code == code
    assert words in result.stderr
    assert not (folder / "report").exists()


def test_an_image_whose_page_has_too_long_a_name_fails_alone_and_is_not_measured(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own name is one that the file system takes, and with .html it is not."""
    name = f"{250 * 'b'}.png"
    for kind in ("in", "m"):
        shutil.copy(folder / kind / "a.png", folder / kind / name)
    measured: list[str] = []
    monkeypatch.setattr(run, "open_leaves", lambda image: measured.append(image.name) or open_leaves(image))
    result = CliRunner().invoke(app, ["report", "in", "--masks", "m"])
    assert result.exit_code == 3
    lines = result.stderr.splitlines()
    assert f"failed: report/{name}.html: cannot be used (file name too long); shorten the name" in lines
    assert measured == ["a.png"]
    assert (folder / "report/a.png.html").exists()
