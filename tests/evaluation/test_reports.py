"""JSON and CSV: every figure in full, infinite and absent ones kept apart."""

import csv
import io
import json
import math
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from pconv_cli import __version__
from pconv_cli.errors import ImageError, OutputError, UsageError
from pconv_cli.evaluation.metrics.differences import Score
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.evaluation.reports import files as reports
from pconv_cli.evaluation.reports.files import check_places, to_csv, to_json, write_text
from pconv_cli.evaluation.reports.rows import Evaluation, ImageFigures, SetFigure


@pytest.fixture
def evaluation() -> Evaluation:
    rows = [
        ImageFigures(
            "a.png", None, (9, 7), 0.25, 2, False, {Metric.PSNR: Score(1 / 3, math.inf), Metric.SSIM: Score(0.5)}
        ),
        ImageFigures("b,c.png", None, (9, 7), 0.9, None, True, {Metric.PSNR: Score(2, 4), Metric.SSIM: Score(None)}),
    ]
    problem = ("d.png", ImageError("d.png: is empty"))
    return Evaluation((Metric.PSNR, Metric.SSIM), rows, [problem], ["e.png"], {"results": "r"})


def test_json(evaluation: Evaluation) -> None:
    data = json.loads(to_json(evaluation), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert data["versions"]["scikit-image"]
    assert "sigma=1.5" in data["metrics"]["ssim"]["definition"]
    assert data["metrics"]["psnr"]["unit"] == "dB"
    assert data["settings"] == {"results": "r"}
    assert data["images"][0] == {
        "name": "a.png", "method": None, "width": 7, "height": 9, "hole_ratio": 0.25, "class": "(0.2, 0.3]",
        "border": False, "files": {}, "psnr": {"whole": 1 / 3, "hole": "inf", "band": None},
        "ssim": {"whole": 0.5, "hole": None, "band": None},
    }  # fmt: skip
    assert [group["class"] for group in data["summary"]] == ["(0.2, 0.3]", "outside", "total"]
    assert data["summary"][-1]["psnr"]["hole"] == {
        "mean": 4, "interval": None, "count": 1, "infinite": 1, "absent": 0,
    }  # fmt: skip
    assert data["summary"][-1]["ssim"]["hole"] == {
        "mean": None, "interval": None, "count": 0, "infinite": 0, "absent": 2,
    }  # fmt: skip
    assert data["failed"] == [{"name": "d.png", "reason": "d.png: is empty"}]
    assert data["missing"] == ["e.png"]
    assert [(group["class"], group["border"]) for group in data["by_border"]] == [
        ("(0.2, 0.3]", False), ("outside", True), ("total", False), ("total", True),
    ]  # fmt: skip
    assert {"pconv-cli", "torch", "numpy", "scikit-image"} <= data["versions"].keys()


def test_a_library_under_another_name(evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch) -> None:
    """As OpenCV is on servers: opencv-python-headless."""

    def version(name: str) -> str:
        if name in ("opencv-python", "pconv-cli"):
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(reports, "version", version)
    versions = json.loads(to_json(evaluation))["versions"]
    assert versions["opencv-python"] == "unknown"
    assert versions["pconv-cli"] == __version__
    assert versions["numpy"] == "1.0"


def test_csv(evaluation: Evaluation) -> None:
    a, b, d = csv.DictReader(io.StringIO(to_csv(evaluation)))
    assert (a["name"], a["width"], a["height"], a["class"], a["border"]) == ("a.png", "7", "9", "(0.2, 0.3]", "False")
    assert float(a["psnr_whole"]) == 1 / 3
    assert (a["psnr_hole"], a["ssim_hole"], a["error"]) == ("inf", "", "")
    assert (b["name"], b["class"], b["psnr_hole"]) == ("b,c.png", "outside", "4")
    assert (d["name"], d["psnr_whole"], d["error"]) == ("d.png", "", "d.png: is empty")


def test_csv_of_whole_sets() -> None:
    rows = [ImageFigures("a.png", "A", (9, 7), 0.25, 2, False, {Metric.L1: Score(1, 2, 3)})]
    sets = [SetFigure("A", Metric.FID, 12.5, 1), SetFigure("A", Metric.INCEPTION_SCORE, None, 1)]
    evaluation = Evaluation((Metric.L1, Metric.FID, Metric.INCEPTION_SCORE), rows, sets=sets)
    image, whole = csv.DictReader(io.StringIO(to_csv(evaluation)))
    assert (image["name"], image["fid_whole"], image["l1_band"]) == ("a.png", "", "3")
    assert (whole["name"], whole["method"], whole["l1_whole"]) == ("(all images)", "A", "")
    assert (whole["fid_whole"], whole["inception_score_whole"]) == ("12.5", "")


def test_places(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "a.csv", "x")
    with pytest.raises(UsageError, match=r"a\.csv: is there already"):
        check_places([tmp_path / "new" / "a.csv"], overwrite=False)
    check_places([tmp_path / "new" / "a.csv"], overwrite=True)
    with pytest.raises(OutputError, match=r"a\.csv"):
        check_places([tmp_path / "new" / "a.csv" / "b.csv"], overwrite=False)


def test_no_name_of_a_file_is_a_formula_of_a_spreadsheet() -> None:
    shift = Score(None, -0.25)
    rows = [ImageFigures('=HYPERLINK("//x")', "-m", (9, 7), 0.25, 2, False, {Metric.HUE: shift})]
    problem = ("@d.png", ImageError("@d.png: is empty"))
    row, failed = csv.DictReader(io.StringIO(to_csv(Evaluation((Metric.HUE,), rows, [problem], [], {}))))
    assert (row["name"], row["method"], row["hue_hole"]) == ('\'=HYPERLINK("//x")', "'-m", "-0.25")
    assert (failed["name"], failed["error"]) == ("'@d.png", "'@d.png: is empty")
