"""``pconv eval`` without folders, which compares methods, and reports that are checked by ``--check``."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app
from pconv_cli.methods.names import Method


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, arguments)], env={"COLUMNS": "80"})


def on(folders: Path) -> list[object]:
    return [folders / "results", "--gt", folders / "gt", "--masks", folders / "masks"]


@pytest.fixture
def tiny_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights of a very small network, and two small images instead of the samples."""
    import torch

    from pconv_cli.core.networks.pconv.spec import ModelSpec
    from pconv_cli.core.networks.pconv.unet import PConvUNet
    from pconv_cli.core.weights import save_weights
    from pconv_cli.evaluation import samples

    noise = np.random.default_rng(0)
    images = {name: noise.integers(0, 256, (48, 64, 3), dtype=np.uint8) for name in ("one", "two")}
    monkeypatch.setattr(samples, "sample_images", lambda: images)
    torch.manual_seed(0)
    save_weights(tmp_path / "tiny.safetensors", PConvUNet(ModelSpec(width=4, depth=2)))
    return tmp_path / "tiny.safetensors"


def test_samples(tiny_weights: Path, tmp_path: Path, table_lines) -> None:
    arguments = ("--ssim", "--psnr", "--weights", tiny_weights, "--device", "cpu", "--json")
    result = run(*arguments, tmp_path / "a.json")
    assert result.exit_code == 0, result.output
    lines = table_lines(result.stdout)
    methods = [method.value for method in Method if method is not Method.PATCHMATCH]  # it is slow: only where named
    heads = [line.split()[2:] for line in lines if line.startswith("hole ratio")]
    assert heads == [methods, methods]  # PSNR, then SSIM
    rows = [line for line in lines if not line.startswith("hole ratio")]
    assert len(rows) == 2 * 3 * 7  # metrics, regions, classes and total
    assert all("*" in row for row in rows)
    for row in rows:
        figures = row.replace("(0.01, 0.1]", "").split("] ")[-1].replace("total", "").split()
        numbers = [float(figure.lstrip("*")) for figure in figures]
        assert len(numbers) == len(methods)
        assert {number for number, figure in zip(numbers, figures, strict=True) if "*" in figure} == {max(numbers)}
    text = result.stdout.replace("\n", " ")
    assert "seed 0" in text
    assert "short side of 256 px" in text
    data = json.loads((tmp_path / "a.json").read_text())
    assert len(data["images"]) == len(methods) * 2 * 6
    assert len(data["settings"]["weights_sha256"]) == 64
    assert {"torch", "opencv-python"} <= data["versions"].keys()


def test_samples_without_usable_weights(tiny_weights: Path, tmp_path: Path) -> None:
    tiny_weights.write_text("no weights")
    for name in (tiny_weights, "no-such-weights"):
        result = run("--psnr", "--weights", name)
        assert result.exit_code == 5
        assert str(name) in result.stderr


def test_methods_on_a_folder_and_again(tiny_weights: Path, folders: Path) -> None:
    """What the line prints is what the kept files give, and the report can be checked."""
    common = ("--psnr", "--workers", "1")
    out, report = folders / "out", folders / "r.json"
    arguments = ("--methods", "ns,pconv", "--weights", tiny_weights, "--device", "cpu", "--seed", "3")
    result = run(*arguments, "--images", folders / "gt", "--out", out, "--json", report, *common)
    assert result.exit_code == 0, result.output
    data = json.loads(report.read_text())
    assert data["methods"] == ["ns", "pconv"]
    assert len(data["images"]) == 2 * 3 * 6
    assert sorted(path.name for path in out.iterdir()) == ["masks", "ns", "pconv", "truth"]
    assert data["comparisons"][0]["method"] == "pconv"
    row = data["images"][0]
    again = run(row["files"]["result"]["path"], "--gt", row["files"]["truth"]["path"],
                "--masks", row["files"]["mask"]["path"], "--psnr", "--json", "-")  # fmt: skip
    assert json.loads(again.stdout)["images"][0]["psnr"] == row["psnr"]
    checked = run("--check", report, "--device", "cpu")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "108 figures compared" in checked.stdout


def test_one_method_alone_is_not_marked_as_best(folders: Path) -> None:
    result = run("--methods", "telea", "--images", folders / "gt", "--psnr")
    assert result.exit_code == 0, result.output
    assert "telea" in result.stdout
    assert "*" not in result.stdout


def test_check_from_another_folder(
    folders: Path, tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths as they were typed are taken from where they were typed; weights too."""
    monkeypatch.chdir(folders)
    inputs = ("--gt", "gt", "--masks", "masks")
    assert run("results", "gt", *inputs, "--l1", "--json", "folders.json").exit_code == 0
    methods = ("--methods", "pconv, ns", "--weights", tiny_weights.name, "--images", "gt", "--device", "cpu")
    assert run(*methods, "--l1", "--json", "methods.json").exit_code == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for report, count in (("folders.json", 18), ("methods.json", 108)):
        checked = run("--check", Path("..", report))
        assert (checked.exit_code, checked.stderr) == (0, "")
        assert f"{count} figures compared" in checked.stdout
    moved = json.loads((folders / "folders.json").read_text())
    moved["settings"]["folder"] = "/no/such/folder"
    Path("moved.json").write_text(json.dumps(moved))
    assert run("--check", "moved.json").exit_code == 2
    monkeypatch.chdir(folders)
    assert run("--check", "elsewhere/moved.json").exit_code == 0


def test_check_of_folders(folders: Path) -> None:
    report = folders / "r.json"
    assert run(*on(folders), "--psnr", "--l1", "--json", report).exit_code == 0
    checked = run("--check", report)
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "18 figures compared (tolerance 1e-06" in checked.stdout
    data = json.loads(report.read_text())
    data["images"][0]["psnr"]["hole"] += 0.01
    data["versions"]["numpy"] = "0.1"
    report.write_text(json.dumps(data))
    wrong = run("--check", report)
    assert wrong.exit_code == 3
    assert "differs: a.png: psnr hole was" in wrong.stderr
    assert "version: numpy was 0.1" in wrong.stderr
    (folders / "masks/b.png").write_bytes((folders / "masks/c.png").read_bytes())
    (folders / "gt/c.png").unlink()
    changed = run("--check", report)
    assert changed.exit_code == 3
    assert "changed: b.png: another mask than then" in changed.stderr
    assert "changed: c.png: was scored then, and cannot be now" in changed.stderr


SHORT = json.dumps({"kind": "pconv evaluation", "images": [], "sets": [], "settings": {}, "metrics": {}})

SETTINGS = {
    "folder": ".",
    "results": ["."],
    "truth": ".",
    "masks": ".",
    "polarity": "white",
    "names": [],
    "band": 8,
}
WHOLE = {**json.loads(SHORT), "versions": {}, "metrics": {"psnr": {}}, "settings": {**SETTINGS, "allow_missing": False}}
NAMELESS = json.dumps({**WHOLE, "images": [{"name": "a.png"}]})


@pytest.mark.parametrize(
    "text",
    ["no json", "[]", '{"kind": "other"}', '{"kind": "pconv evaluation"}', SHORT, NAMELESS, "[" * 100_000, "\udcff"],
)
def test_check_of_another_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text, errors="surrogateescape")
    result = run("--check", tmp_path / "r.json")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "r.json" in result.stderr
    assert text != NAMELESS or "report.images.1 lacks 'method'" in result.stderr


def test_a_comparison_ends_with_a_short_table_of_what_people_see(folders: Path) -> None:
    result = run("--methods", "ns,telea", "--images", folders / "gt", "--rim", "--psnr", "--texture")
    assert result.exit_code == 0, result.output
    *_, title, heads, _, first, second = (line.strip() for line in result.stdout.splitlines() if line.strip())
    assert title == "In short: means over all images (18) (best: *)"
    assert heads.split() == ["PSNR", "hole", "texture", "hole", "rim", "band"]
    assert [line.split()[0] for line in (first, second)] == ["ns", "telea"]
    assert first.count("*") + second.count("*") == 2
    assert [line.split()[2] for line in (first, second)] == ["n/a", "n/a"]  # no pixel of these holes is deep
