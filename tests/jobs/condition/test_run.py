"""A condition report from folder to folder: what its tables and pages say."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from pconv_cli.errors import MaskError, NothingToDo, OutputError, UsageError
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff import windowed
from pconv_cli.jobs.condition import run, survey

from .reports import SIZE, reported, table


def test_every_loss_has_its_row(tmp_path: Path, put: Callable[..., None]) -> None:
    put("a.png", 254)
    report = reported(tmp_path)
    assert (report.exit_code, report.losses, report.failed) == (0, 3, [])
    square, line, spot = table(tmp_path)
    assert square == {
        "image": "a.png",
        "page": "",
        "number": "1",
        "label": "loss",
        "class": "lacuna",
        "x": "6",
        "y": "4",
        "w": "10",
        "h": "10",
        "area_px": "100",
        "area_percent": "5.0",
        "area_cm2": "0.01",  # 254 dpi are 100 px a cm
        "width_px": "10.0",
        "width_mm": "1.0",
    }
    assert [line[key] for key in ("number", "class", "x", "y", "w", "h", "width_px")] == [
        "2",
        "line",
        "20",
        "30",
        "20",
        "1",
        "1.0",
    ]
    assert (spot["number"], spot["x"], spot["y"], spot["area_px"]) == ("3", "45", "20", "1")
    (row,) = table(tmp_path, "images.csv")
    assert (row["losses"], row["lines"], row["area_px"], row["area_cm2"]) == ("3", "1", "121", "0.0121")
    assert (row["width_cm"], row["height_cm"], row["depth"]) == ("0.5", "0.4", "8 bits, RGB")


def test_the_page_shows_each_number_once_on_the_map_and_in_the_table(tmp_path: Path, put: Callable[..., None]) -> None:
    put("a/b.png", 254)
    reported(tmp_path, numbered=2)
    html = (tmp_path / "out/a/b.png.html").read_text("utf-8")
    assert re.findall(r"<text [^>]*>(\d+)</text>", html) == ["1", "2"]
    assert re.findall(r'<tr><th scope="row">(\d+)</th>', html) == ["1", "2"]
    assert "1 smaller" in html
    assert "0.5 × 0.4 cm" in html
    assert "<script" not in html
    assert set(re.findall(r'(?:src|href)="(?!data:image/)([^"]*)"', html)) == {"../index.html"}
    index = (tmp_path / "out/index.html").read_text("utf-8")
    assert 'href="a/b.png.html"' in index
    assert "lost cm²" in index


def test_the_index_has_no_column_of_areas_that_nobody_knows(tmp_path: Path, put: Callable[..., None]) -> None:
    put("b.png", None)
    reported(tmp_path)
    index = (tmp_path / "out/index.html").read_text("utf-8")
    assert "lost %" in index
    assert "cm²" not in index


def test_pages_are_reported_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with tifffile.TiffWriter(tmp_path / "in/book.tif") as file:
        for _ in range(3):
            file.write(np.zeros((40, 50, 3), np.uint8), photometric="rgb")
    hole = np.zeros((40, 50), np.bool_)
    hole[0:5, 0:5] = True
    write_mask(tmp_path / "m/book_page2.png", ~hole)
    report = reported(tmp_path)
    assert report.exit_code == 0
    assert [(row["page"], row["losses"]) for row in table(tmp_path, "images.csv")] == [
        ("1", "0"),
        ("2", "1"),
        ("3", "0"),
    ]
    assert [row["page"] for row in table(tmp_path)] == ["2"]
    html = (tmp_path / "out/book.tif.html").read_text("utf-8")
    assert re.findall(r"<h2>(.*?)</h2>", html) == ["Page 1 of 3", "Page 2 of 3", "Page 3 of 3"]


def test_a_scan_is_read_in_windows_and_says_the_same(
    tmp_path: Path, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (300, 400, 3), np.uint8)
    hole = np.zeros((300, 400), np.bool_)
    hole[20:280, 30:34] = hole[100:180, 200:330] = True
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in/a.tif", image, tile=(64, 64), photometric="rgb")
    write_mask(tmp_path / "m/a.png", ~hole)
    whole = reported(tmp_path)
    rows = table(tmp_path)
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 1)
    monkeypatch.setattr(survey, "SIDE", 64)
    monkeypatch.setattr(survey, "LONGEST", 100)

    def never(*args: object, **more: object) -> None:
        raise AssertionError("is held whole")

    monkeypatch.setattr("pconv_cli.jobs.condition.leaves.read_image", never)
    assert reported(tmp_path).rows == whole.rows
    assert table(tmp_path) == rows


def test_bad_images_and_masks_fail_by_name_and_the_rest_is_done(tmp_path: Path, put: Callable[..., None]) -> None:
    for name in ("broken.png", "good.png", "lone.png", "other.png"):
        put(name)
    (tmp_path / "in/broken.png").write_bytes(b"no image")
    (tmp_path / "m/lone.png").unlink()
    write_mask(tmp_path / "m/other.png", np.ones((9, 9), np.bool_))
    report = reported(tmp_path)
    assert (report.exit_code, list(report.rows)) == (3, ["good.png"])
    failed = dict(report.failed)
    assert "is not an image of a known kind" in failed["broken.png"]
    assert "no mask in" in failed["lone.png"]
    assert "50x40 and its mask" in failed["other.png"]
    assert not (tmp_path / "out/other.png.html").exists()
    assert {row["image"] for row in table(tmp_path)} == {"good.png"}
    assert "no mask in" in (tmp_path / "out/index.html").read_text("utf-8")


def test_what_fails_while_it_is_measured_leaves_nothing(
    tmp_path: Path, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png")
    put("b.png")
    real = run.loss_rows

    def fails(name: str, condition: survey.Condition) -> Any:
        yield from real(name, condition)
        if name == "a.png":
            raise MaskError("a.png: is damaged")

    monkeypatch.setattr(run, "loss_rows", fails)
    assert reported(tmp_path).failed == [("a.png", "a.png: is damaged")]
    assert {row["image"] for row in table(tmp_path)} == {"b.png"}
    assert not (tmp_path / "out/a.png.html").exists()


@pytest.mark.parametrize(("suffix", "depth"), [("png", "uint8"), ("png", "uint16"), ("tif", "uint16")])
def test_what_is_transparent_is_lost_by_alpha(tmp_path: Path, suffix: str, depth: str) -> None:
    top = np.iinfo(depth).max
    samples = np.full((*SIZE, 4), top // 3, depth)
    samples[:, :, 3] = top
    samples[4:14, 6:16, 3] = 0
    samples[30, 20:30, 3] = top // 2
    (tmp_path / "in").mkdir()
    if suffix == "tif":
        tifffile.imwrite(tmp_path / "in/a.tif", samples, photometric="rgb", extrasamples=[2], tile=(16, 16))
    else:
        write_image(tmp_path / "in/a.png", StoredImage(samples))
    write_image(tmp_path / "in/opaque.png", StoredImage(np.zeros((*SIZE, 3), np.uint8)))
    report = reported(tmp_path, masks="alpha")
    assert [(row["image"], row["label"], row["area_px"]) for row in table(tmp_path)] == [
        (f"a.{suffix}", "loss", "100"),
        (f"a.{suffix}", "loss", "10"),
    ]
    assert report.failed[0][0] == "opaque.png"
    assert "opaque.png: has no alpha channel to serve as its mask" in report.failed[0][1]
    reported(tmp_path, masks="alpha", threshold=100)
    assert [row["area_px"] for row in table(tmp_path)] == ["100"]
    with pytest.raises(UsageError, match="has no meaning with `masks` alpha"):
        reported(tmp_path, masks="alpha", polarity="black")


def test_a_mask_that_may_be_inverted_is_said(tmp_path: Path, put: Callable[..., None]) -> None:
    put("a.png", hole=np.ones(SIZE, np.bool_))
    report = reported(tmp_path)
    assert report.exit_code == 0
    assert report.warnings[0].startswith("a.png: 100 % of it is marked as lost; if black marks the hole there, pass")
    assert reported(tmp_path, polarity="black").warnings == ["a.png: no loss is marked on it"]


def test_leftovers_of_killed_runs_are_removed_beside_every_page(tmp_path: Path, put: Callable[..., None]) -> None:
    put("deep/er/a.png")
    left = [tmp_path / "out" / below / ".pconv-00000000-1-abcdef01.html" for below in ("", "deep/er")]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (0, 0))  # of another machine, and old
    reported(tmp_path)
    assert [path for path in left if path.exists()] == []


def test_an_earlier_report_is_replaced_and_nothing_else(tmp_path: Path, put: Callable[..., None]) -> None:
    put("a.png")
    put("gone.png")
    reported(tmp_path)
    put("a.png", 300)
    (tmp_path / "in/gone.png").unlink()
    (tmp_path / "m/gone.png").unlink()
    assert reported(tmp_path).exit_code == 0
    assert table(tmp_path)[0]["area_cm2"] != ""
    assert (tmp_path / "out/gone.png.html").exists()  # which might belong to another report
    assert "gone.png" not in (tmp_path / "out/index.html").read_text("utf-8")
    (tmp_path / "out/a.png.html").write_text("mine", encoding="utf-8")
    assert "belongs to no earlier report" in reported(tmp_path).failed[0][1]
    assert (tmp_path / "out/a.png.html").read_text("utf-8") == "mine"
    (tmp_path / "out/losses.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"losses\.csv: belongs to no earlier report"):
        reported(tmp_path)
    (tmp_path / "out/losses.csv").unlink()
    (tmp_path / "out/index.html").write_text("mine", encoding="utf-8")
    (tmp_path / "out/a.png.html").unlink()
    with pytest.raises(OutputError, match=r"index\.html: belongs to no earlier report"):
        reported(tmp_path)
    assert not (tmp_path / "out/a.png.html").exists()  # it is found before anything is measured


def test_what_cannot_begin_is_said(tmp_path: Path, put: Callable[..., None]) -> None:
    put("a.png")
    with pytest.raises(UsageError, match="lies inside the folder of the images"):
        reported(tmp_path, out=tmp_path / "in/report")
    with pytest.raises(UsageError, match="there is no such file or folder of masks"):
        reported(tmp_path, masks=tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToDo, match="holds no image"):
        reported(tmp_path, images=tmp_path / "empty")
    for wrong, words in (
        ({"dpi": 0.0}, "dpi` 0: must lie"),
        ({"numbered": 101}, "numbered` 101"),
        ({"threshold": 0}, "1 and"),
    ):
        with pytest.raises(UsageError, match=words):
            reported(tmp_path, **wrong)
