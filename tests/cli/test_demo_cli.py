from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner, Result

from pconv_cli import ModelSpec, PConvUNet, save_weights
from pconv_cli.cli.app import app
from pconv_cli.errors import ImageError
from pconv_cli.jobs import demo
from pconv_cli.jobs.images.whole import WholeImage


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights of a very small network, and two small images instead of the samples."""
    noise = np.random.default_rng(0)
    images = {name: noise.integers(0, 256, (64, 80, 3), dtype=np.uint8) for name in ("one", "two")}
    monkeypatch.setattr(demo, "sample_images", lambda: images)
    torch.manual_seed(0)
    save_weights(tmp_path / "tiny.safetensors", PConvUNet(ModelSpec(width=4, depth=2)))
    return tmp_path / "tiny.safetensors"


def run(out: Path, weights: Path) -> Result:
    return CliRunner().invoke(app, ["demo", "--out", str(out), "--weights", str(weights), "--device", "cpu"])


def test_the_demo_leaves_all_there_is_to_look_at(tmp_path: Path, weights: Path) -> None:
    for _ in range(2):  # an earlier demo is replaced
        result = run(tmp_path / "demo", weights)
        assert (result.exit_code, result.stdout) == (0, ""), result.output
    found = {path.relative_to(tmp_path / "demo").as_posix() for path in (tmp_path / "demo").rglob("*.png")}
    folders = ("true", "damaged", "masks", "restored")
    assert found == {"sheet.png"} | {f"{place}/{name}.png" for place in folders for name in ("one", "two")}
    assert result.stderr.startswith("Restoring sample images; the first run on a machine compiles loops")
    assert "2 sample images restored" in result.stderr
    assert f"Look at {tmp_path / 'demo' / 'sheet.png'} (damaged, restored, true)" in result.stderr
    page = (tmp_path / "demo" / "report.html").read_text(encoding="utf-8")
    assert page.count('type="range"') == 2
    assert f"pconv eval {tmp_path / 'demo'}/restored --gt" in result.stderr


@pytest.mark.parametrize("own", ["sheet.png", "true/one.png", "notes.txt"])
def test_a_folder_of_other_files_is_left_alone(tmp_path: Path, weights: Path, own: str) -> None:
    (tmp_path / "own" / own).parent.mkdir(parents=True)
    (tmp_path / "own" / own).write_text("mine")
    result = run(tmp_path / "own", weights)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "name a new or empty folder by --out" in result.stderr
    assert [path.read_text() for path in (tmp_path / "own").rglob("*") if path.is_file()] == ["mine"]


def test_an_empty_folder_will_do(tmp_path: Path, weights: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", weights).exit_code == 0


def test_a_failure_is_reported_once(tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill = WholeImage.fill

    def fail_on_one(image, *others):
        if image.pair.name == "one.png":
            raise ImageError("one.png: is of no use")
        return fill(image, *others)

    monkeypatch.setattr(WholeImage, "fill", fail_on_one)
    result = run(tmp_path / "demo", weights)
    assert result.exit_code == 3
    assert result.stderr.splitlines()[1] == "failed: one.png: is of no use"
    assert "1 sample image restored" in result.stderr
