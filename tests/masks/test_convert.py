"""Converting mask files."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from pconv_cli.errors import NothingToDo, OutputError, UsageError
from pconv_cli.files.images import write_rgb
from pconv_cli.files.masks.codec import read_mask, write_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.masks.convert import ConvertOptions, convert_masks
from pconv_cli.masks.operations import dilate, erode
from pconv_cli.masks.stats import count_masks

HOLE = np.ones((30, 40), np.bool_)
HOLE[10:20, 12:30] = False


def grey(path: Path, value: np.ndarray) -> None:
    write_rgb(path, np.repeat(value.astype(np.uint8)[:, :, None], 3, 2))


def test_tree_is_mirrored_as_png(tmp_path: Path) -> None:
    write_mask(tmp_path / "in/a.png", HOLE)
    write_mask(tmp_path / "in/sub/b.png", ~HOLE)
    report = convert_masks(ConvertOptions(tmp_path / "in", tmp_path / "out"))
    assert (report.converted, report.kept, report.exit_code) == (2, 0, 0)
    assert np.array_equal(read_mask(tmp_path / "out/a.png"), HOLE)
    assert np.array_equal(read_mask(tmp_path / "out/sub/b.png"), ~HOLE)
    assert (tmp_path / "out/a.png").read_bytes() == (tmp_path / "in/a.png").read_bytes()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"polarity": Polarity.BLACK}, ~HOLE),
        ({"inverted": True}, ~HOLE),
        ({"polarity": Polarity.BLACK, "inverted": True}, HOLE),
        ({"dilate": 4}, dilate(HOLE, 4)),
        ({"erode": 3}, erode(HOLE, 3)),
        ({"dilate": 5, "erode": 5}, erode(dilate(HOLE, 5), 5)),
        ({"inverted": True, "dilate": 2}, dilate(~HOLE, 2)),
    ],
)
def test_changes(tmp_path: Path, changes: dict, expected: np.ndarray) -> None:
    write_mask(tmp_path / "in.png", HOLE)
    convert_masks(ConvertOptions(tmp_path / "in.png", tmp_path / "out.png", **changes))
    assert np.array_equal(read_mask(tmp_path / "out.png"), expected)


def test_a_wide_soft_rim_is_warned_of_and_labels_fail(tmp_path: Path, heard) -> None:
    (tmp_path / "in").mkdir()
    hard = np.zeros((80, 90), np.uint8)
    hard[20:60, 20:70] = 255
    for name in ("a", "b"):
        Image.fromarray(cv2.GaussianBlur(hard, (0, 0), 6)).save(tmp_path / "in" / f"{name}.png")
    Image.fromarray(hard // 85).save(tmp_path / "in" / "labels.png")
    report = convert_masks(ConvertOptions(tmp_path / "in", tmp_path / "out"), heard)
    assert report.converted == 2
    assert [name for name, _ in report.failed] == ["labels.png"]
    assert "`threshold` 1" in report.failed[0][1]
    (warning,) = heard.warnings
    assert "a.png: the soft rim of its hole" in warning
    assert warning.endswith("(and 1 more like it)")
    stats = count_masks(tmp_path / "in", progress=heard)
    assert heard.warnings == [warning, warning]
    assert [name for name, _ in stats.failed] == ["labels.png"]
    assert count_masks(tmp_path / "in", threshold=1).folders[0].total.total == 3
    with pytest.raises(UsageError, match="`threshold` 0"):
        count_masks(tmp_path / "in", threshold=0)


@pytest.mark.parametrize(("threshold", "holes"), [(1, 3), (100, 2), (101, 1), (128, 1), (255, 1)])
def test_threshold(tmp_path: Path, threshold: int, holes: int) -> None:
    grey(tmp_path / "in.png", np.array([[0, 50, 100, 255]]))
    convert_masks(ConvertOptions(tmp_path / "in.png", tmp_path / "out.png", threshold=threshold))
    assert np.count_nonzero(~read_mask(tmp_path / "out.png")) == holes


def test_one_file_into_a_folder(tmp_path: Path) -> None:
    write_mask(tmp_path / "in.png", HOLE)
    convert_masks(ConvertOptions(tmp_path / "in.png", tmp_path / "new/folder"))
    assert np.array_equal(read_mask(tmp_path / "new/folder/in.png"), HOLE)


def test_what_exists_is_kept_unless_overwritten(tmp_path: Path) -> None:
    write_mask(tmp_path / "in/a.png", HOLE)
    write_mask(tmp_path / "out/a.png", ~HOLE)
    report = convert_masks(ConvertOptions(tmp_path / "in", tmp_path / "out"))
    assert (report.converted, report.kept, report.exit_code) == (0, 1, 0)
    assert np.array_equal(read_mask(tmp_path / "out/a.png"), ~HOLE)
    report = convert_masks(ConvertOptions(tmp_path / "in", tmp_path / "out", overwrite=True))
    assert (report.converted, report.kept) == (1, 0)
    assert np.array_equal(read_mask(tmp_path / "out/a.png"), HOLE)


def test_bad_files_fail_alone(tmp_path: Path, heard) -> None:
    write_mask(tmp_path / "in/a.png", HOLE)
    (tmp_path / "in/text.png").write_text("no image", "utf-8")
    (tmp_path / "in/a.tif").write_bytes((tmp_path / "in/a.png").read_bytes())
    report = convert_masks(ConvertOptions(tmp_path / "in", tmp_path / "out"), heard)
    assert (report.converted, report.exit_code) == (1, 3)
    problems = dict(report.failed)
    assert set(problems) == {"text.png", "a.tif"}
    assert "as a.png is; rename one of them" in problems["a.tif"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]
    assert heard.total == len(heard.advanced) == 3


@pytest.mark.parametrize(
    ("source", "out", "changes", "message"),
    [
        ("in", "in", {}, "is the folder of the masks"),
        ("in", "in/../in", {}, "is the folder of the masks"),
        ("in", "in/sub", {}, "lies inside the folder of the masks"),
        ("in/a.png", "in/a.png", {}, "would replace .*in/a.png"),
        ("in/a.png", "in", {}, "would replace .*in/a.png"),
        ("in/a.png", "one.jpg", {}, "one.jpg: masks are written as PNG"),
        ("in", "file", {}, "is a file, and the input is a folder"),
        ("missing", "out", {}, "there is no such file or folder"),
        ("in", "out", {"threshold": 0}, "`threshold` 0"),
        ("in", "out", {"threshold": 256}, "`threshold` 256"),
        ("in", "out", {"dilate": -1}, "`dilate` -1"),
        ("in", "out", {"erode": -2}, "`erode` -2"),
    ],
)
def test_refused(tmp_path: Path, source: str, out: str, changes: dict, message: str) -> None:
    write_mask(tmp_path / "in/a.png", HOLE)
    (tmp_path / "file").write_text("", "utf-8")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match=message):
        convert_masks(ConvertOptions(tmp_path / source, tmp_path / out, overwrite=True, **changes))
    assert sorted(tmp_path.rglob("*")) == before
    assert np.array_equal(read_mask(tmp_path / "in/a.png"), HOLE)


def test_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(NothingToDo, match="no mask found"):
        convert_masks(ConvertOptions(tmp_path / "in", tmp_path / "out"))


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    write_mask(tmp_path / "in/a.png", HOLE)
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(OutputError, match="file"):
        convert_masks(ConvertOptions(tmp_path / "in", tmp_path / "file/out"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_mask_drawn_on_the_turned_image_is_turned_back(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.where(HOLE, 0, 255).astype(np.uint8)
    stored[3, 5] = 255  # no symmetry
    (tmp_path / "in").mkdir()
    Image.fromarray(stored).save(tmp_path / "in/a.png", exif=exif)
    with Image.open(tmp_path / "in/a.png") as image:  # what an editor shows, and saves upright
        shown = ImageOps.exif_transpose(image)
    (tmp_path / "m").mkdir()
    shown.save(tmp_path / "m/a_mask.png", exif=Image.Exif())
    options = ConvertOptions(tmp_path / "m", tmp_path / "out", turn_for=tmp_path / "in")
    assert convert_masks(options).exit_code == 0
    assert np.array_equal(~read_mask(tmp_path / "out/a_mask.png"), stored > 0)
    one = ConvertOptions(tmp_path / "in/a.png", tmp_path / "one.png", turn_for=tmp_path / "in/a.png")
    convert_masks(one)  # turned itself: both are stored alike
    assert np.array_equal(~read_mask(tmp_path / "one.png"), stored > 0)


def test_masks_that_cannot_be_turned_say_why(tmp_path: Path) -> None:
    for name in ("in/a.png", "in/b.png", "m/b.png", "m/lonely.png"):
        write_mask(tmp_path / name, HOLE)
    write_mask(tmp_path / "m/a.png", HOLE[:20])
    report = convert_masks(ConvertOptions(tmp_path / "m", tmp_path / "out", turn_for=tmp_path / "in"))
    assert (report.converted, report.exit_code) == (1, 3)
    assert "does not fit" in dict(report.failed)["a.png"]
    assert "has no image" in dict(report.failed)["lonely.png"]
    with pytest.raises(UsageError, match="no such file or folder"):
        convert_masks(ConvertOptions(tmp_path / "m", tmp_path / "out", turn_for=tmp_path / "nowhere"))
