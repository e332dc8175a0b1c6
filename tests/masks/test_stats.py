"""Counting masks, against masks made by hand."""

from pathlib import Path

import numpy as np
import pytest

from pconv_cli.errors import NothingToDo, UsageError
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.masks.stats import count_masks


def hand_made(path: Path, rows: int, *, first: int = 20) -> None:
    """Write a 100 x 100 mask (its border is 10 wide) with ``rows`` rows of 60 hole pixels, from row ``first`` on."""
    mask = np.ones((100, 100), np.bool_)
    mask[first : first + rows, 20:80] = False
    write_mask(path, mask)


def test_each_mask_is_counted_in_its_place(tmp_path: Path) -> None:
    hand_made(tmp_path / "a.png", 10)  # 0.06 inside
    hand_made(tmp_path / "b.png", 10, first=2)  # 0.06 at the border
    hand_made(tmp_path / "c.png", 50)  # 0.3 inside
    hand_made(tmp_path / "none.png", 0)  # 0, outside all classes
    write_mask(tmp_path / "sub/all.png", np.zeros((10, 20), np.bool_))  # 1, outside all classes
    hand_made(tmp_path / "sub/d.png", 55)  # 0.33 inside
    top, sub = count_masks(tmp_path).folders
    assert (top.folder, sub.folder) == (".", "sub")
    assert [(count.inside, count.border) for count in top.classes] == [(1, 1), (0, 0), (1, 0), (0, 0), (0, 0), (0, 0)]
    assert (top.outside.inside, top.outside.border) == (1, 0)
    assert [count.inside for count in sub.classes] == [0, 0, 0, 1, 0, 0]
    assert (sub.outside.inside, sub.outside.border) == (0, 1)
    assert (top.total.inside, top.total.border, top.total.total) == (3, 1, 4)
    assert sub.sizes == {"20x10": 1, "100x100": 1}


def test_json(tmp_path: Path) -> None:
    hand_made(tmp_path / "a.png", 10)
    report = count_masks(tmp_path).to_json()
    assert (report["failed"], report["exit_code"]) == ([], 0)
    (folder,) = report["folders"]
    assert folder["masks"] == 1
    assert folder["classes"][0] == {"class": "(0.01, 0.1]", "low": 0.01, "high": 0.1, "inside": 1, "border": 0}
    assert folder["outside"] == {"inside": 0, "border": 0}


def test_masks_the_other_way_round_are_noticed(tmp_path: Path, heard) -> None:
    hand_made(tmp_path / "a.png", 10)
    count_masks(tmp_path, progress=heard)
    assert heard.warnings == []
    report = count_masks(tmp_path, polarity=Polarity.BLACK, progress=heard)
    assert report.folders[0].outside.border == 1
    assert heard.warnings == [
        "1 of 1 mask is more than 70 % hole; if white marks the hole there, pass `polarity` white"
    ]


def test_one_file(tmp_path: Path) -> None:
    hand_made(tmp_path / "a.png", 10)
    assert count_masks(tmp_path / "a.png").folders[0].total.total == 1


def test_a_bad_file_fails_alone(tmp_path: Path, heard) -> None:
    hand_made(tmp_path / "a.png", 10)
    (tmp_path / "b.png").write_text("no image", "utf-8")
    report = count_masks(tmp_path, progress=heard)
    assert report.exit_code == 3
    assert report.folders[0].total.total == 1
    ((name, problem),) = report.failed
    assert name == "b.png"
    assert "is not an image" in problem
    assert str(tmp_path) not in problem
    assert report.to_json()["failed"] == [{"name": name, "reason": problem}]
    assert heard.advanced == [("a.png", ""), ("b.png", problem)]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="no mask found"):
        count_masks(tmp_path)
    with pytest.raises(UsageError, match="there is no such file or folder"):
        count_masks(tmp_path / "x")
