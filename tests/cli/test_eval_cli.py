"""``pconv eval`` as it is typed."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app
from pconv_cli.files.masks import write_mask
from pconv_cli.files.pictures import Picture, write_picture


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, arguments)], env={"COLUMNS": "80"})


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Three pictures in results/, gt/ and masks/; hole of 4 %, 25 %, 49 %."""
    for name, side in (("a", 4), ("b", 10), ("c", 14)):
        truth = np.random.default_rng(side).integers(0, 200, (20, 20, 3), dtype=np.uint8)
        mask = np.ones((20, 20), bool)
        mask[3 : 3 + side, 3 : 3 + side] = False
        write_picture(tmp_path / "gt" / f"{name}.png", Picture(truth))
        result = np.where(mask[..., None], truth, truth + 9).astype(np.uint8)
        write_picture(tmp_path / "results" / f"{name}.png", Picture(result))
        write_mask(tmp_path / "masks" / f"{name}.png", mask)
    return tmp_path


def on(folders: Path) -> list[object]:
    return [folders / "results", "--gt", folders / "gt", "--masks", folders / "masks"]


def table_lines(text: str) -> list[str]:
    """The lines of the tables; an ellipsis or a broken row in them fails."""
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in text
    labels = ("hole ratio", "(0.", "total", "outside")
    return [line for line in lines if line.startswith(labels)]


def test_all_metrics_by_default(folders: Path) -> None:
    result = run(*on(folders))
    assert result.exit_code == 0, result.output
    lines = table_lines(result.stdout)
    assert [line.split()[0] for line in lines] == ["hole", "(0.01,", "(0.2,", "(0.4,", "total"] * 2
    psnr = f"{20 * np.log10(255 / 9):.2f}"
    assert all(line.split()[-5] == psnr for line in lines[1:4])  # PSNR of the hole, the fifth from the right
    for title in ("PSNR", "SSIM", "L1", "MSE", "TV"):
        assert title in result.stdout
    assert "sigma=1.5" in result.stdout.replace("\n", " ")
    assert "scikit-image" in result.stdout
    assert result.stderr == ""


def test_only_what_is_named(folders: Path) -> None:
    result = run(*on(folders), "--ssim", "--psnr")
    assert "L1" not in result.stdout
    assert table_lines(result.stdout)[1].split()[:3] == ["(0.01,", "0.1]", "1"]
    assert len(table_lines(result.stdout)[1].split()) == 3 + 4


def test_reports(folders: Path) -> None:
    result = run(*on(folders), "--l1", "--csv", folders / "r" / "a.csv", "--json", folders / "r" / "a.json")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO((folders / "r/a.csv").read_text())))
    assert [float(row["l1_hole"]) for row in rows] == pytest.approx([900 / 255] * 3)
    data = json.loads((folders / "r/a.json").read_text())
    assert [picture["l1"]["hole"] for picture in data["pictures"]] == pytest.approx([900 / 255] * 3)
    again = run(*on(folders), "--l1", "--csv", folders / "r" / "a.csv")
    assert again.exit_code == 2
    assert "--overwrite" in again.stderr
    assert run(*on(folders), "--l1", "--csv", folders / "r" / "a.csv", "--overwrite").exit_code == 0


@pytest.mark.parametrize("option", ["--json", "--csv"])
@pytest.mark.parametrize("place", ["results/a.png", "gt/a.png", "masks/a.png", "gt/new.png", "link", "gt/../gt/b.png"])
def test_a_report_takes_no_place_among_the_inputs(folders: Path, option: str, place: str) -> None:
    (folders / "link").symlink_to(folders / "masks" / "c.png")
    before = {path: path.read_bytes() for path in folders.rglob("*.png")}
    for more in ([], ["--overwrite"]):
        result = run(*on(folders), "--l1", option, folders / place, *more)
        assert result.exit_code == 2
        assert "cannot take a place among the inputs" in result.stderr
        assert "--overwrite" not in result.stderr
    assert {path: path.read_bytes() for path in folders.rglob("*.png")} == before
    assert run(*on(folders), "--l1", option, folders / "results" / "scores.txt").exit_code == 0


def test_a_report_does_not_replace_weights(tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"
    weights.write_text("weights")
    result = run("--psnr", "--weights", weights, "--json", weights, "--overwrite")
    assert result.exit_code == 2
    assert weights.read_text() == "weights"


@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_a_report_alone_on_stdout(folders: Path, option: str) -> None:
    (folders / "gt/b.png").unlink()
    result = run(*on(folders), "--l1", option, "-")
    assert result.exit_code == 3
    if option == "--json":
        names = [row["name"] for row in json.loads(result.stdout)["pictures"]]
        assert names == ["a.png", "c.png"]
    else:
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        assert [row["name"] for row in rows if not row["error"]] == ["a.png", "c.png"]
        assert [row["name"] for row in rows if row["error"]] == ["b.png"]
    assert "failed: b.png: no true picture" in result.stderr


def test_failures_are_lines_on_stderr_and_exit_3(folders: Path) -> None:
    (folders / "masks/a.png").unlink()
    (folders / "results/b.png").write_text("no picture")
    (folders / "results/c.png").rename(folders / "results/d.png")
    result = run(*on(folders), "--l1")
    assert result.exit_code == 3
    failed = [line for line in result.stderr.splitlines() if line.startswith("failed:")]
    assert len(failed) == 3
    assert "0 scored, 3 failed" in result.stderr
    assert "warning: 1 true picture without a result, in no mean: c.png" in result.stderr
    assert result.stdout == ""


def test_infinite_and_absent_figures_are_told(folders: Path) -> None:
    (folders / "results/a.png").write_bytes((folders / "gt/a.png").read_bytes())
    write_mask(folders / "masks/b.png", np.ones((20, 20), bool))
    result = run(*on(folders), "--psnr")
    text = result.stdout.replace("\n", " ")
    assert "PSNR, whole picture: 1 infinite" in text
    assert "PSNR, hole only: 1 without a figure" in text
    lines = table_lines(result.stdout)
    assert lines[1].split()[-2:] == ["inf", "inf"]
    assert lines[3].split()[0] == "outside"
    assert lines[3].split()[-1] == "n/a"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["results"], "cannot be scored without --gt and --masks"),
        (["results", "--gt", "gt"], "cannot be scored without --masks"),
        (["--gt", "gt"], "--gt needs a folder of results"),
        (["--workers", "2"], "--workers needs a folder of results"),
        (["--mask-polarity", "black"], "--mask-polarity needs a folder of results"),
        (["results", "--gt", "gt", "--masks", "masks", "--weights", "w"], "--weights belongs to"),
        (["results", "--gt", "gt", "--masks", "masks", "--seed", "1"], "--seed belongs to"),
        (["results", "--gt", "gt", "--masks", "masks", "--device", "cpu"], "--device serves --perceptual and --style"),
        (["results", "--gt", "gt", "--masks", "masks", "--vgg", "v"], "--vgg serves --perceptual and --style"),
        (["results", "--gt", "gt", "--masks", "masks", "--csv", "-", "--json", "-"], "--json -: one place takes one"),
        (["results", "--gt", "gt", "--masks", "masks", "--csv", "x", "--json", "gt/../x"], "one place takes one"),
        (["nowhere", "--gt", "gt", "--masks", "masks"], "nowhere: there is no such file or folder"),
        (["results", "--gt", "nowhere", "--masks", "masks"], "nowhere: there is no such file or folder"),
        (["results", "--gt", "gt", "--masks", "nowhere"], "nowhere: there is no such file or folder"),
    ],
)
def test_usage_errors(folders: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str) -> None:
    monkeypatch.chdir(folders)
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""


def test_nothing_to_do(folders: Path) -> None:
    (folders / "empty").mkdir()
    result = run(folders / "empty", "--gt", folders / "gt", "--masks", folders / "masks")
    assert result.exit_code == 4
    assert "empty: no picture here" in result.stderr


@pytest.mark.parametrize("option", ["--perceptual", "--style"])
def test_no_vgg(folders: Path, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    monkeypatch.delenv("PCONV_VGG16", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folders / "cache"))
    result = run(*on(folders), option)
    assert result.exit_code == 5
    assert "--vgg PATH" in result.stderr
    assert "leave out --perceptual and --style" in result.stderr
    assert "train" not in result.stderr
    named = run(*on(folders), option, "--vgg", folders / "none.pth")
    assert named.exit_code == 5
    assert "none.pth: no such file" in named.stderr


@pytest.fixture
def tiny_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights of a very small network, and two small pictures in the place of the samples."""
    import torch

    from pconv_cli.core.unet import ModelSpec, PConvUNet
    from pconv_cli.core.weights import save_weights
    from pconv_cli.evaluation import samples

    noise = np.random.default_rng(0)
    pictures = {name: noise.integers(0, 256, (48, 64, 3), dtype=np.uint8) for name in ("one", "two")}
    monkeypatch.setattr(samples, "sample_pictures", lambda: pictures)
    torch.manual_seed(0)
    save_weights(tmp_path / "tiny.safetensors", PConvUNet(ModelSpec(width=4, depth=2)))
    return tmp_path / "tiny.safetensors"


def test_samples(tiny_weights: Path, tmp_path: Path) -> None:
    arguments = ("--ssim", "--psnr", "--weights", tiny_weights, "--device", "cpu", "--json")
    result = run(*arguments, tmp_path / "a.json")
    assert result.exit_code == 0, result.output
    lines = table_lines(result.stdout)
    methods = ["pconv", "pyramid", "telea", "ns", "biharmonic"]
    heads = [line.split()[2:] for line in lines if line.startswith("hole ratio")]
    assert heads == [methods, methods]  # PSNR, then SSIM
    rows = [line for line in lines if not line.startswith("hole ratio")]
    assert len(rows) == 2 * 2 * 7  # metrics, regions, classes and total
    assert all("*" in row for row in rows)
    for row in rows:
        figures = row.replace("(0.01, 0.1]", "").split("] ")[-1].replace("total", "").split()
        numbers = [float(figure.lstrip("*")) for figure in figures]
        assert len(numbers) == 5
        assert {number for number, figure in zip(numbers, figures, strict=True) if "*" in figure} == {max(numbers)}
    text = result.stdout.replace("\n", " ")
    assert "seed 0" in text
    assert "short side of 256 px" in text
    data = json.loads((tmp_path / "a.json").read_text())
    assert len(data["pictures"]) == 5 * 2 * 6
    assert len(data["settings"]["weights_sha256"]) == 64
    assert {"torch", "opencv-python"} <= data["versions"].keys()


def test_samples_without_usable_weights(tiny_weights: Path, tmp_path: Path) -> None:
    tiny_weights.write_text("no weights")
    for name in (tiny_weights, "no-such-weights"):
        result = run("--psnr", "--weights", name)
        assert result.exit_code == 5
        assert str(name) in result.stderr


def test_as_a_process(folders: Path) -> None:
    command = [sys.executable, "-m", "pconv_cli", "eval", *map(str, on(folders)), "--psnr", "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["summary"][-1]["count"] == 3


def test_help_is_light() -> None:
    code = "import sys, pconv_cli.cli.evaluate as e; print({'numpy', 'torch', 'cv2', 'skimage'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
