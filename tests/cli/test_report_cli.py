"""``pconv inpaint --report`` as it is typed."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app
from pconv_cli.files.images import write_rgb
from pconv_cli.files.masks.codec import write_mask


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    mask = np.ones((40, 50), bool)
    mask[10:20, 10:20] = False
    for name in ("a.png", "敦煌 001.png"):
        write_rgb(tmp_path / "in" / name, np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8))
        write_mask(tmp_path / "m" / name, mask)
    return tmp_path


WORDS = ("inpaint", "in", "--masks", "m", "--out", "out", "--method", "telea", "--report", "page.html")


def run(*more: str) -> Result:
    return CliRunner().invoke(app, [*WORDS, *more])


def test_a_page_beside_the_images(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pconv_cli", *WORDS, "--json"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, json.loads(done.stdout)["page"]) == (0, "page.html"), done.stderr
    assert "Look at page.html" in done.stderr
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert re.findall(r"<h3>(.*?)</h3>", page) == ["a.png", "敦煌 001.png"]
    assert not re.search(r"https?://", page)


def test_it_needs_a_run(folder: Path) -> None:
    result = run("--dry-run")
    assert result.exit_code == 2
    assert "--report: has no meaning with --dry-run" in result.stderr


def test_another_file_is_left_alone_and_reported_before_the_work(folder: Path) -> None:
    (folder / "page.html").write_text("mine")
    result = run("--overwrite")
    assert result.exit_code == 2
    assert "another file is there already" in result.stderr
    assert (folder / "page.html").read_text() == "mine"
    assert not (folder / "out").exists()
