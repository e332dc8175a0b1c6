"""What ``pconv eval`` refuses, and the words it has for it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pconv_cli.cli.app import app


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["eval", *map(str, arguments)], env={"COLUMNS": "80"})


def on(folders: Path) -> list[object]:
    return [folders / "results", "--gt", folders / "gt", "--masks", folders / "masks"]


@pytest.mark.parametrize("option", ["--json", "--csv"])
@pytest.mark.parametrize("place", ["results/a.png", "gt/a.png", "masks/a.png", "gt/new.png", "link", "gt/../gt/b.png"])
def test_a_report_takes_no_place_among_the_inputs(folders: Path, option: str, place: str) -> None:
    (folders / "link").symlink_to(folders / "masks" / "c.png")
    before = {path: path.read_bytes() for path in folders.rglob("*.png")}
    for more in ([], ["--overwrite"]):
        result = run(*on(folders), "--l1", option, folders / place, *more)
        assert result.exit_code == 2
        assert "would lie among the inputs" in result.stderr
        assert "--overwrite" not in result.stderr
    assert {path: path.read_bytes() for path in folders.rglob("*.png")} == before
    assert run(*on(folders), "--l1", option, folders / "results" / "scores.txt").exit_code == 0


def test_a_report_does_not_replace_weights(tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"
    weights.write_text("weights")
    result = run("--psnr", "--weights", weights, "--json", weights, "--overwrite")
    assert result.exit_code == 2
    assert weights.read_text() == "weights"


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
        (["--methods", "ns, telea", "--device", "cpu"], "--device: neither ns, telea nor the metrics run on a device"),
        (["--methods", "ns,ns"], "a method is named twice"),
        (["--methods", "ns", "--weights", "w"], "--weights serves the method pconv"),
        (["--methods", "ns", "--images", "nowhere"], "nowhere: there is no such file"),
        (["results", "--gt", "gt", "--masks", "masks", "--overwrite"], "--overwrite replaces reports"),
        (["results", "--gt", "gt", "--masks", "masks", "--download"], "--download serves --perceptual"),
        (["results", "--gt", "gt", "--masks", "masks", "--lpips-weights", "w"], "--lpips-weights serves --lpips;"),
        (["results", "--gt", "gt", "--masks", "masks", "--fid-weights", "w"], "--fid-weights serves --fid"),
        (
            ["results", "--gt", "gt", "--masks", "masks", "--fid", "--band", "3"],
            "--band serves metrics of the band",
        ),
        (
            ["results", "--gt", "gt", "--masks", "masks", "--rim", "--texture", "--band", "3"],
            "--band serves metrics of",
        ),
        (["--check", "nowhere.json"], "nowhere.json: cannot be read as JSON"),
        (["results", "--gt", "gt", "--masks", "masks", "--band", "0"], "--band 0: give 1 or more pixels"),
        (["results", "--gt", "gt", "--masks", "masks", "--workers", "0"], "--workers 0: give 1 or more"),
        (["--methods", "telea", "--seed", "-1"], "--seed -1: give 0 or more"),
        (["--check", "x", "--psnr"], "--psnr is in x already"),
        (["results", "--check", "x"], "RESULTS is in x already"),
        (["--check", "x", "--json", "y"], "--json does not go with --check, which compares figures and writes no"),
        (["--check", "x", "--count", "y"], "--count does not go with --check, which compares"),
        (["results", "results", "--gt", "gt", "--masks", "masks"], "results results: a folder is named twice; name"),
        (["--methods", "ns", "--images", "gt", "--out", "gt/new"], "--out gt/new: lies inside the folder of the"),
        (["--mask-polarity", "black"], "--mask-polarity needs a folder of results"),
        (["results", "--gt", "gt", "--masks", "masks", "--weights", "w"], "--weights belongs to"),
        (["results", "--gt", "gt", "--masks", "masks", "--seed", "1"], "--seed belongs to"),
        (["results", "--gt", "gt", "--masks", "masks", "--device", "cpu"], "--device serves the metrics with networks"),
        (
            ["results", "--gt", "gt", "--masks", "masks", "--vgg", "v"],
            "--vgg serves --perceptual, --style, --loss, --lpips-vgg",
        ),
        (
            ["results", "--gt", "gt", "--masks", "masks", "--csv", "-", "--json", "-"],
            "--json -: both write to one place",
        ),
        (["results", "--gt", "gt", "--masks", "masks", "--csv", "x", "--json", "gt/../x"], "both write to one place"),
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
    if arguments[-2:] == ["--json", "-"]:
        assert json.loads(result.stdout)["exit_code"] == 2
    else:
        assert result.stdout == ""


def test_nothing_in_common(folders: Path) -> None:
    (folders / "gt").rename(folders / "sub")
    (folders / "gt").mkdir()
    (folders / "sub").rename(folders / "gt/sub")
    result = run(*on(folders), "--allow-missing")
    assert result.exit_code == 4
    assert "no image has all of its partners" in result.stderr
    assert run(*on(folders)).exit_code == 3


def test_nothing_to_do(folders: Path) -> None:
    (folders / "empty").mkdir()
    result = run(folders / "empty", "--gt", folders / "gt", "--masks", folders / "masks")
    assert result.exit_code == 4
    assert "empty: no image here" in result.stderr


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


def test_networks_that_are_not_at_hand(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folders / "cache"))
    for flag, words in (("--lpips", "--lpips-weights PATH, or add --download"), ("--fid", "--fid-weights PATH, or")):
        result = run(*on(folders), flag)
        assert result.exit_code == 5
        assert words in result.stderr
        assert len(result.stderr.splitlines()) == 1
