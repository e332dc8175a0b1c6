"""``pconv eval`` as it is typed: what it shows and writes."""

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
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, arguments)], env={"COLUMNS": "80"})


def on(folders: Path) -> list[object]:
    return [folders / "results", "--gt", folders / "gt", "--masks", folders / "masks"]


def test_all_metrics_by_default(folders: Path, table_lines) -> None:
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


def test_only_what_is_named(folders: Path, table_lines) -> None:
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
    assert [image["l1"]["hole"] for image in data["images"]] == pytest.approx([900 / 255] * 3)
    again = run(*on(folders), "--l1", "--csv", folders / "r" / "a.csv")
    assert again.exit_code == 2
    assert "--overwrite" in again.stderr
    assert run(*on(folders), "--l1", "--csv", folders / "r" / "a.csv", "--overwrite").exit_code == 0


@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_a_report_alone_on_stdout(folders: Path, option: str) -> None:
    (folders / "gt/b.png").unlink()
    result = run(*on(folders), "--l1", option, "-")
    assert result.exit_code == 3
    if option == "--json":
        names = [row["name"] for row in json.loads(result.stdout)["images"]]
        assert names == ["a.png", "c.png"]
    else:
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        assert [row["name"] for row in rows if not row["error"]] == ["a.png", "c.png"]
        assert [row["name"] for row in rows if row["error"]] == ["b.png"]
    assert "failed: b.png: no true image" in result.stderr


def test_failures_are_lines_on_stderr_and_exit_3(folders: Path) -> None:
    (folders / "masks/a.png").unlink()
    (folders / "results/b.png").write_text("no image")
    (folders / "results/c.png").rename(folders / "results/d.png")
    result = run(*on(folders), "--l1")
    assert result.exit_code == 3
    failed = [line for line in result.stderr.splitlines() if line.startswith("failed:")]
    assert len(failed) == 4
    assert "0 images scored, 4 failed" in result.stderr
    assert result.stdout == ""


def test_a_image_of_several_folders_counts_once(folders: Path) -> None:
    write_image(folders / "results/c.png", StoredImage(np.zeros((19, 20, 3), np.uint8)))
    result = run(folders / "results", folders / "gt", *on(folders)[1:], "--l1")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1] == "2 images scored, 1 failed"


def test_what_is_missing_fails_unless_allowed(folders: Path, table_lines) -> None:
    (folders / "results/c.png").unlink()
    (folders / "masks/a.png").unlink()
    result = run(*on(folders), "--l1")
    assert result.exit_code == 3
    assert "c.png: no result in" in result.stderr
    allowed = run(*on(folders), "--l1", "--allow-missing")
    assert allowed.exit_code == 0, allowed.output
    assert [line.split()[0] for line in allowed.stderr.splitlines()] == ["missing:", "missing:"]
    assert "--allow-missing" in result.stderr
    assert "--allow-missing" not in allowed.stderr
    assert table_lines(allowed.stdout)[-1].split()[:2] == ["total", "1"]


def test_infinite_and_absent_figures_are_reported(folders: Path, table_lines) -> None:
    (folders / "results/a.png").write_bytes((folders / "gt/a.png").read_bytes())
    write_mask(folders / "masks/b.png", np.ones((20, 20), bool))
    result = run(*on(folders), "--psnr")
    text = result.stdout.replace("\n", " ")
    assert "PSNR, whole image: 1 infinite" in text
    assert "PSNR, hole only: 1 without a figure" in text
    lines = table_lines(result.stdout)
    assert lines[1].split()[-1] == "inf"
    outside = [line.split() for line in lines if line.startswith("outside")]
    assert [line[-1] for line in outside[1:]] == ["n/a", "n/a"]


def test_several_folders_in_80_columns(folders: Path, table_lines) -> None:
    names = ["first", "second", "a-rather-long-name", "fourth", "fifth", "sixth", "seventh"]
    more = [folders / name for name in names]
    for number, folder in enumerate(more):
        for name in "abc":
            truth = read_image(folders / f"gt/{name}.png").samples
            result = np.where(read_image(folders / f"masks/{name}.png").samples > 0, truth + number + 1, truth)
            write_image(folder / f"{name}.png", StoredImage(result.astype(np.uint8)))
    arguments = [*more, "--gt", folders / "gt", "--masks", folders / "masks", "--psnr"]
    result = run(*arguments, "--names", ",".join(names))
    assert result.exit_code == 0, result.output
    heads = [line.split()[2:] for line in table_lines(result.stdout) if line.startswith("hole ratio")]
    assert [name for head in heads for name in head] == names  # in two parts
    assert len(heads) == 2
    totals = [line.split() for line in table_lines(result.stdout) if line.startswith("total")]
    assert [any("*" in cell for cell in total) for total in totals] == [True] * 3 + [False] * 3
    assert "Mean difference from first, all images" in result.stdout
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


def test_as_a_process(folders: Path) -> None:
    command = [sys.executable, "-m", "pconv_cli", "eval", *map(str, on(folders)), "--psnr", "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["summary"][-1]["count"] == 3


def test_help_is_light() -> None:
    code = "import sys, pconv_cli.cli.eval.command; print({'numpy', 'torch', 'cv2', 'skimage'} & sys.modules.keys())"
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
