"""A condition report of annotations: each label is kept, and whole."""

from collections.abc import Callable
from pathlib import Path

from .reports import labelme, reported, square, table


def test_labels_of_annotations_are_kept(tmp_path: Path, put: Callable[..., None]) -> None:
    put("a.png")
    (tmp_path / "m/a.png").unlink()
    labelme(tmp_path, "a.png", ("flaking", square(2, 2, 8)), ("Crack", square(20, 20, 4)), ("crack", square(30, 30, 5)))
    put("sound.png")
    (tmp_path / "m/sound.png").unlink()
    labelme(tmp_path, "sound.png")
    report = reported(tmp_path)
    assert [(row["label"], row["area_px"]) for row in table(tmp_path)] == [
        ("flaking", "64"),
        ("Crack", "25"),
        ("Crack", "16"),
    ]
    assert report.exit_code == 0
    assert report.warnings == ["sound.png: no loss is marked on it"]
    assert "No loss is marked" in (tmp_path / "out/sound.png.html").read_text("utf-8")


def test_names_and_labels_are_no_formulas_in_a_spreadsheet(tmp_path: Path, put: Callable[..., None]) -> None:
    for name in ("=a.png", "b.png"):
        put(name)
        (tmp_path / "m" / name).unlink()
    labelme(tmp_path, "=a.png", *((f"{sign}1+1", square(2, 2 + 8 * row, 5)) for row, sign in enumerate("=+-@")))
    labelme(tmp_path, "b.png", ("a=-1", square(2, 2, 8)))
    reported(tmp_path)
    rows = table(tmp_path)
    assert sorted({row["label"] for row in rows}) == ["'+1+1", "'-1+1", "'=1+1", "'@1+1", "a=-1"]
    assert {row["image"] for row in rows} == {"'=a.png", "b.png"}
    assert {row["image"] for row in table(tmp_path, "images.csv")} == {"'=a.png", "b.png"}


def test_labels_that_overlap_are_each_whole(tmp_path: Path, put: Callable[..., None]) -> None:
    put("a.png")
    (tmp_path / "m/a.png").unlink()
    labelme(tmp_path, "a.png", ("stain", square(0, 0, 10)), ("hole", square(5, 5, 10)))
    reported(tmp_path)
    assert [row["area_px"] for row in table(tmp_path)] == ["100", "100"]
    assert table(tmp_path, "images.csv")[0]["area_px"] == "175"


def test_an_annotation_that_cannot_be_drawn_fails_its_image_wholly(tmp_path: Path, put: Callable[..., None]) -> None:
    for name in ("a.png", "b.png", "c.png"):
        put(name)
        (tmp_path / "m" / name).unlink()
    labelme(tmp_path, "a.png", ("flaking", square(2, 2, 8)), size=(9, 9))
    labelme(tmp_path, "b.png", ("flaking", square(2, 2, 8)))
    report = reported(tmp_path)
    assert report.exit_code == 3
    assert list(report.rows) == ["b.png"]
    failed = dict(report.failed)
    assert "was annotated as 9 x 9, and is 50 x 40" in failed["a.png"]
    assert failed["c.png"] == "c.png: is not annotated; annotate it, or leave it out"
