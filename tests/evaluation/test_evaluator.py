"""A folder of results: pairing, figures, and folders compared."""

import hashlib
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from pconv_cli.evaluation import scoring
from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics.names import USUAL, Metric
from pconv_cli.evaluation.reports.rows import Evaluation, SourceFile
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.stored import StoredImage

from .evaluating import Warnings, failure, run


def test_figures_and_order(folders: Path) -> None:
    progress = Warnings()
    evaluation = run(folders, progress)
    assert evaluation.exit_code == 0
    assert evaluation.metrics == USUAL
    assert [row.name for row in evaluation.rows] == ["a.png", "sub/b.png", "sub/c.png"]
    assert [row.class_name for row in evaluation.rows] == ["(0.1, 0.2]", "(0.2, 0.3]", "(0.2, 0.3]"]
    for row, off, ratio in zip(evaluation.rows, (4, 8, 16), (64 / 576, 0.25, 0.25), strict=True):
        assert row.ratio == ratio
        assert row.scores[Metric.L1][:2] == pytest.approx((100 * ratio * off / 255, 100 * off / 255))
        assert row.scores[Metric.PSNR].hole == pytest.approx(20 * math.log10(255 / off))
    means = {group.label: group.means[Metric.L1, "hole"].value for group in evaluation.groups()}
    assert means == pytest.approx(
        {"(0.1, 0.2]": 400 / 255, "(0.2, 0.3]": 1200 / 255, "total": 100 * (4 + 8 + 16) / 3 / 255}
    )
    assert (progress.total, sorted(progress.done), progress.warnings) == (3, ["a.png", "sub/b.png", "sub/c.png"], [])


def test_workers_do_not_matter(folders: Path) -> None:
    assert run(folders, workers=1) == run(folders, workers=3)


def test_partners_across_extensions(folders: Path) -> None:
    samples = read_image(folders / "results/a.png").samples
    (folders / "results/a.png").unlink()
    write_image(folders / "results/a.tif", StoredImage(samples, ImageFormat.TIFF))
    evaluation = run(folders, metrics=(Metric.L1,))
    assert [row.name for row in evaluation.rows] == ["a.tif", "sub/b.png", "sub/c.png"]
    assert evaluation.exit_code == 0


def test_one_result_with_files_of_any_name(folders: Path) -> None:
    shutil.copy(folders / "results/a.png", folders / "restored.png")
    options = EvalOptions(folders / "restored.png", folders / "gt/a.png", folders / "masks/a.png", (Metric.L1,))
    evaluation = evaluate(options)
    assert evaluation.rows[0].scores[Metric.L1].hole == pytest.approx(400 / 255)
    assert evaluation.exit_code == 0


@pytest.mark.parametrize(("folder", "word"), [("gt", "true image"), ("masks", "mask")])
def test_missing_partner_fails_and_the_rest_is_scored(folders: Path, folder: str, word: str) -> None:
    (folders / folder / "sub/b.png").unlink()
    evaluation = run(folders)
    assert f"no {word} in {folders / folder}" in failure(evaluation, "sub/b.png")
    assert [row.name for row in evaluation.rows] == ["a.png", "sub/c.png"]
    allowed = run(folders, allow_missing=True)
    assert allowed.exit_code == 0
    assert f"no {word} in {folders / folder}" in allowed.missing[0]
    assert allowed.rows == evaluation.rows


def test_truth_without_result_fails_unless_allowed(folders: Path) -> None:
    (folders / "results/a.png").unlink()
    assert "a.png: no result in" in failure(run(folders), "a.png")
    allowed = run(folders, allow_missing=True)
    assert (allowed.exit_code, len(allowed.missing), len(allowed.rows)) == (0, 1, 2)


def test_two_results_of_one_truth_are_not_both_counted(folders: Path) -> None:
    """Neither is taken, alone and beside another folder, which would else be compared with a result it lacks."""
    again = StoredImage(read_image(folders / "results/a.png").samples, ImageFormat.BMP)
    write_image(folders / "results/a.bmp", again)
    shutil.copytree(folders / "results", folders / "more")
    for name in ("a.bmp", "a.png"):
        (folders / "more" / name).unlink()
    for evaluation in (run(folders), compare(folders, names=("A", "B"))):
        assert {row.name for row in evaluation.rows} == {"sub/b.png", "sub/c.png"}
        lines = [str(error) for name, error in evaluation.problems if "have one truth" in str(error)]
        assert [line.partition(":")[0] for line in lines] == ["a.bmp", "a.png"]
        assert "a.bmp and a.png in" in lines[0]


def test_a_damaged_file_is_not_missing(folders: Path) -> None:
    (folders / "results/a.png").write_bytes(b"")
    assert run(folders, allow_missing=True).exit_code == 3


def copy_of_results(folders: Path) -> Path:
    """A second folder, off by twice as much in a.png, as TIFF; the rest as the first's."""
    shutil.copytree(folders / "results", folders / "more")
    truth = read_image(folders / "gt/a.png").samples
    off = 2 * (read_image(folders / "more/a.png").samples - truth)
    (folders / "more/a.png").unlink()
    write_image(folders / "more/a.tif", StoredImage(truth + off, ImageFormat.TIFF))
    return folders / "more"


def compare(folders: Path, **options: Any) -> Evaluation:
    both = (folders / "results", folders / "more")
    return evaluate(EvalOptions(both, folders / "gt", folders / "masks", (Metric.L1,), **options))


def test_folders_are_compared_by_the_truths_names(folders: Path) -> None:
    copy_of_results(folders)
    evaluation = compare(folders, names=("A", "B"))
    assert evaluation.methods == ["A", "B"]
    assert [row.name for row in evaluation.rows] == ["a.png", "sub/b.png", "sub/c.png"] * 2
    hole = next(one for one in evaluation.comparisons() if one.region == "hole")
    assert (hole.method, hole.reference, hole.paired.count) == ("B", "A", 3)
    assert hole.paired.difference == pytest.approx(400 / 255 / 3)
    assert [Path(row.files["result"].path).name for row in evaluation.rows[::3]] == ["a.png", "a.tif"]
    assert compare(folders).methods == [(folders / name).as_posix() for name in ("results", "more")]


def test_folders_are_compared_on_what_all_have(folders: Path) -> None:
    (copy_of_results(folders) / "a.tif").unlink()
    evaluation = compare(folders, names=("A", "B"))
    assert f"no result in {folders / 'more'}" in failure(evaluation, "a.png")
    assert [row.name for row in evaluation.rows] == ["sub/b.png", "sub/c.png"] * 2
    assert compare(folders, names=("A", "B"), allow_missing=True).exit_code == 0


def test_what_fails_in_one_folder_is_in_no_mean(folders: Path) -> None:
    (copy_of_results(folders) / "a.tif").write_bytes(b"")
    progress = Warnings()
    both = (folders / "results", folders / "more")
    evaluation = evaluate(EvalOptions(both, folders / "gt", folders / "masks", (Metric.L1,)), progress)
    assert "more/a.tif" in failure(evaluation, "a.tif")
    assert len(evaluation.rows) == 4
    assert progress.warnings == ["1 image is in no mean, since not every folder has a result that can be scored"]


def test_every_file_is_named_with_its_hash(folders: Path) -> None:
    row = run(folders, metrics=(Metric.L1,)).rows[1]
    for what, folder in (("result", "results"), ("truth", "gt"), ("mask", "masks")):
        place = folders / folder / "sub/b.png"
        assert row.files[what] == SourceFile(place.as_posix(), hashlib.sha256(place.read_bytes()).hexdigest())


def test_processes_give_what_threads_give(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folders / "results/sub/c.png").write_bytes(b"")
    threads = run(folders, workers=2)
    monkeypatch.setattr(scoring, "FEW", 0)
    processes = run(folders, workers=2)
    assert processes.rows == threads.rows
    assert failure(processes, "sub/c.png") == failure(threads, "sub/c.png")
