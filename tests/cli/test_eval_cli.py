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
from pconv_cli.files.pictures import Picture, read_picture, write_picture
from pconv_cli.inpainting.methods import Method


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
    assert [line.split()[0] for line in lines] == ["hole", "(0.01,", "(0.2,", "(0.4,", "total"] * 3
    psnr = f"{20 * np.log10(255 / 9):.2f}"
    assert all(line.split()[3] == psnr for line in lines[6:9])  # after the class and the count, in the hole's table
    for title in ("PSNR", "SSIM", "L1", "MSE", "TV"):
        assert title in result.stdout
    assert "sigma=1.5" in result.stdout.replace("\n", " ")
    assert "scikit-image" in result.stdout
    assert result.stderr == ""


def test_only_what_is_named(folders: Path) -> None:
    result = run(*on(folders), "--ssim", "--psnr")
    assert "L1" not in result.stdout
    assert table_lines(result.stdout)[1].split()[:3] == ["(0.01,", "0.1]", "1"]
    assert len(table_lines(result.stdout)[1].split()) == 3 + 2


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
    assert len(failed) == 4
    assert "0 pictures scored, 4 failed" in result.stderr
    assert result.stdout == ""


def test_a_picture_of_several_folders_counts_once(folders: Path) -> None:
    write_picture(folders / "results/c.png", Picture(np.zeros((19, 20, 3), np.uint8)))
    result = run(folders / "results", folders / "gt", *on(folders)[1:], "--l1")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1] == "2 pictures scored, 1 failed"


def test_what_is_missing_fails_unless_allowed(folders: Path) -> None:
    (folders / "results/c.png").unlink()
    (folders / "masks/a.png").unlink()
    result = run(*on(folders), "--l1")
    assert result.exit_code == 3
    assert "c.png: no result in" in result.stderr
    allowed = run(*on(folders), "--l1", "--allow-missing")
    assert allowed.exit_code == 0, allowed.output
    assert [line.split()[0] for line in allowed.stderr.splitlines()] == ["missing:", "missing:"]
    assert table_lines(allowed.stdout)[-1].split()[:2] == ["total", "1"]


def test_infinite_and_absent_figures_are_told(folders: Path) -> None:
    (folders / "results/a.png").write_bytes((folders / "gt/a.png").read_bytes())
    write_mask(folders / "masks/b.png", np.ones((20, 20), bool))
    result = run(*on(folders), "--psnr")
    text = result.stdout.replace("\n", " ")
    assert "PSNR, whole picture: 1 infinite" in text
    assert "PSNR, hole only: 1 without a figure" in text
    lines = table_lines(result.stdout)
    assert lines[1].split()[-1] == "inf"
    outside = [line.split() for line in lines if line.startswith("outside")]
    assert [line[-1] for line in outside[1:]] == ["n/a", "n/a"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["results"], "results cannot be scored without --gt and --masks"),
        (["results", "--gt", "gt"], "cannot be scored without --masks"),
        (["--gt", "gt"], "--gt needs a folder of results"),
        (["--names", "A"], "--names needs a folder of results"),
        (["--allow-missing"], "--allow-missing needs a folder of results"),
        (["results", "--gt", "gt", "--masks", "masks", "--methods", "telea"], "--methods belongs to"),
        (["results", "--gt", "gt", "--masks", "masks", "--images", "gt"], "--images belongs to"),
        (["results", "--gt", "gt", "--masks", "masks", "--seed", "0"], "--seed belongs to"),
        (["results", "gt", "--gt", "gt", "--masks", "masks", "--names", "A"], "2 folders of results need as many"),
        (["--methods", "telea,oracle"], "there is no method 'oracle'"),
        (["--methods", "ns, telea", "--device", "cpu"], "--device: nothing runs there of ns, telea"),
        (["--methods", "ns,ns"], "a method is named twice"),
        (["--methods", "ns", "--weights", "w"], "--weights serves the method pconv"),
        (["--methods", "ns", "--images", "nowhere"], "nowhere: there is no such file"),
        (["results", "--gt", "gt", "--masks", "masks", "--overwrite"], "--overwrite replaces reports"),
        (["results", "--gt", "gt", "--masks", "masks", "--download"], "--download serves --perceptual"),
        (["results", "--gt", "gt", "--masks", "masks", "--lpips-weights", "w"], "--lpips-weights serves --lpips;"),
        (["results", "--gt", "gt", "--masks", "masks", "--fid-weights", "w"], "--fid-weights serves --fid"),
        (["results", "--gt", "gt", "--masks", "masks", "--fid", "--band", "3"], "--band serves metrics of regions"),
        (["--check", "nowhere.json"], "nowhere.json: cannot be read as JSON"),
        (["--check", "x", "--psnr"], "--psnr is told by x"),
        (["results", "--check", "x"], "RESULTS is told by x"),
        (["--check", "x", "--json", "y"], "--json is told by x"),
        (["--mask-polarity", "black"], "--mask-polarity needs a folder of results"),
        (["results", "--gt", "gt", "--masks", "masks", "--weights", "w"], "--weights belongs to"),
        (["results", "--gt", "gt", "--masks", "masks", "--seed", "1"], "--seed belongs to"),
        (["results", "--gt", "gt", "--masks", "masks", "--device", "cpu"], "--device serves the metrics with networks"),
        (
            ["results", "--gt", "gt", "--masks", "masks", "--vgg", "v"],
            "--vgg serves --perceptual, --style, --loss, --lpips-vgg",
        ),
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


def test_nothing_in_common(folders: Path) -> None:
    (folders / "gt").rename(folders / "sub")
    (folders / "gt").mkdir()
    (folders / "sub").rename(folders / "gt/sub")
    result = run(*on(folders), "--allow-missing")
    assert result.exit_code == 4
    assert "no picture has all of its partners" in result.stderr
    assert run(*on(folders)).exit_code == 3


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
    assert "leave out --perceptual, --style" in result.stderr
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
    assert len(data["pictures"]) == len(methods) * 2 * 6
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
    assert len(data["pictures"]) == 2 * 3 * 6
    assert sorted(path.name for path in out.iterdir()) == ["masks", "ns", "pconv", "truth"]
    assert data["comparisons"][0]["method"] == "pconv"
    row = data["pictures"][0]
    again = run(row["files"]["result"]["path"], "--gt", row["files"]["truth"]["path"],
                "--masks", row["files"]["mask"]["path"], "--psnr", "--json", "-")  # fmt: skip
    assert json.loads(again.stdout)["pictures"][0]["psnr"] == row["psnr"]
    checked = run("--check", report, "--device", "cpu")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "108 figures compared" in checked.stdout


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
    data["pictures"][0]["psnr"]["hole"] += 0.01
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


SHORT = json.dumps({"kind": "pconv evaluation", "pictures": [], "sets": [], "settings": {}, "metrics": {}})


@pytest.mark.parametrize("text", ["no json", "[]", '{"kind": "other"}', '{"kind": "pconv evaluation"}', SHORT])
def test_check_of_another_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    result = run("--check", tmp_path / "r.json")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "r.json" in result.stderr


def test_several_folders_in_80_columns(folders: Path) -> None:
    names = ["first", "second", "a-rather-long-name", "fourth", "fifth", "sixth", "seventh"]
    more = [folders / name for name in names]
    for number, folder in enumerate(more):
        for name in "abc":
            truth = read_picture(folders / f"gt/{name}.png").samples
            result = np.where(read_picture(folders / f"masks/{name}.png").samples > 0, truth + number + 1, truth)
            write_picture(folder / f"{name}.png", Picture(result.astype(np.uint8)))
    arguments = [*more, "--gt", folders / "gt", "--masks", folders / "masks", "--psnr"]
    result = run(*arguments, "--names", ",".join(names))
    assert result.exit_code == 0, result.output
    heads = [line.split()[2:] for line in table_lines(result.stdout) if line.startswith("hole ratio")]
    assert [name for head in heads for name in head] == names  # in two parts
    assert len(heads) == 2
    totals = [line.split() for line in table_lines(result.stdout) if line.startswith("total")]
    assert [any("*" in cell for cell in total) for total in totals] == [True] * 3 + [False] * 3
    assert "Mean difference from first, all pictures" in result.stdout
    assert "PSNR hole" in result.stdout


def test_tables_for_papers(folders: Path) -> None:
    arguments = [folders / "results", folders / "gt", "--gt", folders / "gt", "--masks", folders / "masks"]
    arguments += ["--names", "ours_1,truth & more", "--l1", "--by-border"]
    result = run(*arguments, "--markdown", "-", "--latex", folders / "t.tex")
    assert result.exit_code == 0, result.output
    assert "| hole ratio | ours\\_1 | truth & more |" in result.stdout
    assert "| **total** | 0.918 | **0.000** |" in result.stdout
    assert "| (0.01, 0.1] no border | " in result.stdout
    latex = (folders / "t.tex").read_text()
    assert "hole ratio & ours\\_1 & truth \\& more \\\\" in latex
    assert "total & 0.918 & \\textbf{0.000} \\\\" in latex
    assert latex.count("\\begin{table}") == latex.count("\\end{table}") == 2


def test_networks_that_are_not_at_hand(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folders / "cache"))
    for flag, words in (("--lpips", "--lpips-weights PATH, or add --download"), ("--fid", "--fid-weights PATH, or")):
        result = run(*on(folders), flag)
        assert result.exit_code == 5
        assert words in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_as_a_process(folders: Path) -> None:
    command = [sys.executable, "-m", "pconv_cli", "eval", *map(str, on(folders)), "--psnr", "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["summary"][-1]["count"] == 3


def test_help_is_light() -> None:
    code = "import sys, pconv_cli.cli.evaluate as e; print({'numpy', 'torch', 'cv2', 'skimage'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_page(folders: Path) -> None:
    place = folders / "page.html"
    result = run(*on(folders), "--psnr", "--html", place)
    assert result.exit_code == 0, result.output
    assert "PSNR" in result.stdout  # the terminal's tables are there too
    page = place.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.count('type="range"') == 3
    again = run(*on(folders), "--psnr", "--html", place)
    assert again.exit_code == 2
    assert "--overwrite" in again.stderr
    assert run(*on(folders), "--psnr", "--html", place, "--overwrite").exit_code == 0
    nowhere = run(*on(folders), "--html", "-")
    assert nowhere.exit_code == 2
    assert "a page goes to a file" in nowhere.stderr
