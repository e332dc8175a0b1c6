"""Where outputs go: names that fall together, and outputs that are another image's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.jobs.planning import targets
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.masks.ratios import Mask

Run = Callable[..., InpaintReport]
SIZE = (40, 50)


def test_images_of_one_stem_are_both_kept(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run, files_below: Callable[[Path], list[str]]
) -> None:
    before = {name: put(name, kind) for name, kind in (("a.bmp", ImageFormat.BMP), ("a.png", ImageFormat.PNG))}
    whole = np.ones(SIZE, bool)
    write_mask(tmp_path / "m" / "a.bmp.png", whole)  # its own, beside the one that serves a.png
    assert run(tmp_path).exit_code == 0
    assert (tmp_path / "out" / "a.bmp").read_bytes() == (tmp_path / "in" / "a.bmp").read_bytes()
    assert (tmp_path / "out" / "a.png").read_bytes() != (tmp_path / "in" / "a.png").read_bytes()
    assert run(tmp_path, format=ImageFormat.PNG, out=tmp_path / "png").exit_code == 0
    assert files_below(tmp_path / "png") == ["a.bmp.png", "a.png"]
    np.testing.assert_array_equal(read_image(tmp_path / "png" / "a.bmp.png").samples, before["a.bmp"])


def test_outputs_that_would_fall_together_fail(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run, files_below: Callable[[Path], list[str]]
) -> None:
    for name, kind in (("a.bmp", ImageFormat.BMP), ("a.png", ImageFormat.PNG), ("a.bmp.png", ImageFormat.PNG)):
        put(name, kind)
    run(tmp_path)
    assert files_below(tmp_path / "out") == ["a.bmp", "a.bmp.png", "a.png"]
    report = run(tmp_path, format=ImageFormat.PNG, out=tmp_path / "png")
    assert [name for name, _ in report.failed] == ["a.bmp", "a.bmp.png"]
    assert "a.bmp, a.bmp.png" in report.failed[0][1]
    assert files_below(tmp_path / "png") == ["a.png"]


def test_a_image_without_a_mask_keeps_its_place(
    tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask, run: Run, files_below: Callable[[Path], list[str]]
) -> None:
    put("a.bmp", ImageFormat.BMP, mask=None)
    put("a.png", mask=None)
    write_mask(tmp_path / "m" / "a.bmp.png", a_mask)
    assert [one.name for one in run(tmp_path, format=ImageFormat.PNG).done] == ["a.bmp"]
    assert files_below(tmp_path / "out") == ["a.bmp.png"]
    write_mask(tmp_path / "m" / "a.png.png", a_mask)
    report = run(tmp_path, format=ImageFormat.PNG)
    assert ([one.name for one in report.done], report.skipped) == (["a.png"], ["a.bmp"])


def test_a_image_without_a_mask_still_stands_in_the_way(tmp_path: Path) -> None:
    pair = Pair("a.bmp", tmp_path / "in/a.bmp", tmp_path / "one.png")
    others = ["a.png", "a.bmp.png"]
    jobs, problems = targets.plan_targets([pair], tmp_path / "in", tmp_path / "out", ImageFormat.PNG, others)
    assert (jobs, [name for name, _ in problems]) == ([], ["a.bmp"])
    assert "would be the output of a.bmp, a.bmp.png; rename one of them, or leave out `format`" in str(problems[0][1])


def test_the_output_of_another_image_is_not_taken_for_done(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run
) -> None:
    put("a.bmp", ImageFormat.BMP)
    run(tmp_path, format=ImageFormat.PNG)
    before = (tmp_path / "out" / "a.png").read_bytes()
    assert run(tmp_path, format=ImageFormat.PNG).skipped == ["a.bmp"]
    (tmp_path / "in" / "a.bmp").unlink()
    put("a.png", channels=1)
    report = run(tmp_path)
    assert (report.done, report.skipped, report.exit_code) == ([], [], 3)
    assert "out/a.png: was made from a.bmp, not from a.png, as its manifest says" in report.failed[0][1]
    assert (tmp_path / "out" / "a.png").read_bytes() == before
    assert [one.name for one in run(tmp_path, resume=True).done] == ["a.png"]
    assert run(tmp_path).skipped == ["a.png"]


@pytest.mark.parametrize(
    ("names", "kind", "outputs"),
    [
        (("IMG_1.png", "img_1.png"), None, []),
        (("caf\u00e9.png", "cafe\u0301.png"), None, []),
        (("Cave/a.png", "cave/a.png"), None, []),
        (("a.png", "b.png"), None, ["a.png", "b.png"]),
        (("A.bmp", "a.png"), ImageFormat.PNG, ["A.bmp.png", "a.png"]),
    ],
)
def test_names_that_the_output_folder_takes_for_one(
    tmp_path: Path,
    put: Callable[..., NDArray[Any]],
    a_mask: Mask,
    run: Run,
    files_below: Callable[[Path], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, str],
    kind: ImageFormat | None,
    outputs: list[str],
) -> None:
    for name in names:
        put(name, ImageFormat.BMP if name.endswith(".bmp") else ImageFormat.PNG)
    options = {"masks": tmp_path / "one.png", "format": kind}
    write_mask(tmp_path / "one.png", a_mask)
    monkeypatch.setattr(targets, "is_one_file", lambda *_: True)
    report = run(tmp_path, **options)
    assert files_below(tmp_path / "out") == outputs if outputs else not (tmp_path / "out").exists()
    for name, reason in report.failed:
        assert name in names
        assert f"would be the output of {', '.join(sorted(names))} (names that this folder takes for one)" in reason
    monkeypatch.setattr(targets, "is_one_file", lambda *_: False)
    assert run(tmp_path, **options, out=tmp_path / "other").failed == []
    assert len(files_below(tmp_path / "other")) == 2


def test_whether_names_are_one_file_is_tried_and_leaves_nothing(tmp_path: Path) -> None:
    assert targets.is_one_file(tmp_path / "to/be/made", "A/x.png", "A/x.png")
    sensitive = not (tmp_path.parent / tmp_path.name.swapcase()).exists()
    assert targets.is_one_file(tmp_path, "A/x.png", "a/X.png") is not sensitive
    assert list(tmp_path.iterdir()) == []
