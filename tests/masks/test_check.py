"""What is said about masks that are wrong in a known way, and that nothing is said about sound ones."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage import data
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.errors import UsageError
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.masks import check
from pconv_cli.masks.inspection import Fault, inspect_mask
from pconv_cli.masks.operations import spread


def _damaged(colour: tuple[int, int, int] | None = (0, 250, 0)) -> tuple[np.ndarray, np.ndarray]:
    """A photograph with painted strokes, and where they are; with no colour, undamaged."""
    image = np.ascontiguousarray(data.astronaut()[:256, 100:356])
    hole = np.zeros((256, 256), np.uint8)
    cv2.polylines(hole, [np.array([(40, 60), (120, 90), (200, 70)])], False, 1, thickness=9)
    cv2.circle(hole, (90, 180), 22, 1, -1)
    painted = image.copy()
    if colour is not None:
        painted[hole > 0] = colour
    return painted, hole.astype(bool)


def _faults(image: np.ndarray, hole: np.ndarray, grey: float = 0.0) -> list[Fault]:
    return [remark.fault for remark in inspect_mask(image, ~hole, grey)]


@pytest.mark.parametrize("colour", [(0, 250, 0), (250, 250, 250), (4, 4, 4)])
def test_a_mask_that_covers_its_damage_is_sound(colour: tuple[int, int, int]) -> None:
    image, hole = _damaged(colour)
    assert _faults(image, hole) == []
    assert _faults(image, spread(hole, 3)) == []


def test_a_mask_of_damage_without_a_colour_is_not_judged() -> None:
    image, hole = _damaged(None)
    assert _faults(image, hole) == []
    assert _faults(image, np.roll(hole, 6, axis=1)) == []


@pytest.mark.parametrize("colour", [(245, 245, 245), (20, 20, 20)])
def test_a_mask_of_a_jpeg_that_leaves_the_tint_round_the_damage_is_too_tight(colour: tuple[int, int, int]) -> None:
    image, hole = _damaged(colour)
    sky = np.full_like(image, (150, 190, 249))
    sky[hole] = colour
    _, file = cv2.imencode(".jpg", sky[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])  # 4:2:0
    saved = np.ascontiguousarray(cv2.imdecode(file, cv2.IMREAD_COLOR)[:, :, ::-1])
    (remark,) = inspect_mask(saved, ~hole)
    assert remark.fault is Fault.TIGHT
    assert remark.words == "leaves the tint that JPEG spreads 1 to 2 px beyond the damage; give `dilate` 2"
    assert _faults(saved, spread(hole, 2)) == []
    assert _faults(sky, hole) == []


@pytest.mark.parametrize(("px", "said"), [(1, "`dilate` 2"), (2, "`dilate` 3"), (3, "`dilate` 4")])
def test_a_mask_that_is_too_tight_says_by_how_much(px: int, said: str) -> None:
    image, hole = _damaged()
    (remark,) = inspect_mask(image, spread(~hole, px))
    assert remark.fault is Fault.TIGHT
    assert remark.words.startswith(f"leaves damage {px} px beyond its holes")
    assert remark.words.endswith(said)


@pytest.mark.parametrize(
    ("down", "across", "said"),
    [(0, 6, "6 px to the left"), (-8, 0, "8 px down"), (5, -4, "4 px to the right and 5 px up")],
)
def test_a_moved_mask_says_where_it_fits(down: int, across: int, said: str) -> None:
    image, hole = _damaged()
    (remark,) = inspect_mask(image, ~np.roll(hole, (down, across), axis=(0, 1)))
    assert remark.fault is Fault.MOVED
    assert said in remark.words


def test_a_mask_that_misses_all_of_a_thin_scratch_says_so_without_a_number() -> None:
    image, _ = _damaged(None)
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[40:44, 30:150] = True
    image[hole] = (0, 250, 0)
    (remark,) = inspect_mask(image, ~np.roll(hole, 8, axis=0))
    assert remark.words == "fits the damage far better 8 px up; move it, or check its size"


def test_empty_inverted_and_soft() -> None:
    image, hole = _damaged()
    assert _faults(image, np.zeros_like(hole)) == [Fault.EMPTY]
    assert _faults(image, ~hole) == [Fault.INVERTED]
    assert _faults(image, hole, grey=0.01) == [Fault.SOFT]


def test_the_command_on_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for folder in ("in", "m"):
        Path(folder).mkdir()
    image, hole = _damaged()
    masks = {"sound": hole, "tight": ~spread(~hole, 2), "inverted": ~hole, "small": hole[:100, :100]}
    for name, mask in masks.items():
        Image.fromarray(image).save(f"in/{name}.png")
        write_mask(Path(f"m/{name}.png"), ~mask)
    Image.fromarray(image).save("in/soft.png")
    Image.fromarray(np.where(hole, 255, 0).astype(np.uint8)).save("m/soft.jpg", quality=60)
    Image.fromarray(image).save("in/lonely.png")
    write_mask(Path("m/other.png"), ~hole)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    result = CliRunner().invoke(app, ["masks", "check", "in", "--masks", "m"])
    assert result.exit_code == 3
    for words in (
        "tight.png",
        "--dilate 3",
        "inverted.png",
        "give the other --mask-polarity",
        "soft.png",
        "grey samples",
    ):
        assert words in result.stdout
    assert "sound.png" not in result.stdout
    for words in (
        "lonely.png: no mask in m",
        "small.png",
        "a mask must have the size",
        "m/other.png: belongs to no image",
    ):
        assert words in result.stderr
    assert "1 mask without remark, 3 with, 2 that cannot be used" in result.stderr
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    as_json = CliRunner().invoke(app, ["masks", "check", "in/sound.png", "--masks", "m/sound.png", "--json"])
    assert as_json.exit_code == 0
    assert '"sound": 1' in as_json.stdout
    nothing = CliRunner().invoke(app, ["masks", "check", "in", "--masks", "none"])
    assert nothing.exit_code == 2


@pytest.mark.parametrize("threshold", [0, 256])
def test_a_threshold_out_of_range_is_refused(tmp_path: Path, threshold: int) -> None:
    with pytest.raises(UsageError, match=f"`threshold` {threshold}: must lie between 1 and 255"):
        check.check_masks(check.CheckOptions(tmp_path, tmp_path, threshold=threshold))


def test_whatever_one_mask_meets_the_others_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, hole = _damaged()
    for name in ("a.png", "b.png"):
        for folder, what in (("in", image), ("m", hole)):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(what).save(tmp_path / folder / name)
    real, calls = check.inspect_mask, []

    def once_broken(*values: Any) -> list[Any]:
        calls.append(values)
        if len(calls) == 1:
            raise RuntimeError("broken")
        return real(*values)

    monkeypatch.setattr(check, "inspect_mask", once_broken)
    report = check.check_masks(check.CheckOptions(tmp_path / "in", tmp_path / "m"))
    assert [name for name, _ in report.failed] == ["a.png"]
    assert report.sound == 1


def test_inks_and_samples_that_are_no_numbers_are_judged_as_well(tmp_path: Path) -> None:
    image, hole = _damaged()
    for name in ("in", "m"):
        (tmp_path / name).mkdir()
    Image.fromarray(image).convert("CMYK").save(tmp_path / "in/inks.tif")
    floats = image.astype(np.float32) / 255
    floats[:2] = np.nan
    tifffile.imwrite(tmp_path / "in/floats.tif", floats, photometric="rgb")
    for name in ("inks", "floats"):
        write_mask(tmp_path / f"m/{name}.png", ~hole)
    report = check.check_masks(check.CheckOptions(tmp_path / "in", tmp_path / "m"))
    assert (report.failed, report.remarks, report.sound) == ([], {}, 2)


def test_bands_can_be_restored_and_are_no_problem(tmp_path: Path) -> None:
    image, hole = _damaged()
    for name in ("in", "m"):
        (tmp_path / name).mkdir()
    bands = np.tile(image, (1, 1, 3))
    kind = {"photometric": "minisblack", "planarconfig": "contig"}
    tifffile.imwrite(tmp_path / "in/bands.tif", bands, **kind)
    with tifffile.TiffWriter(tmp_path / "in/second.tif") as file:
        file.write(image, photometric="rgb")
        file.write(bands, **kind)
    for name in ("bands", "second"):
        write_mask(tmp_path / f"m/{name}.png", ~hole)
    report = check.check_masks(check.CheckOptions(tmp_path / "in", tmp_path / "m"))
    assert (report.failed, report.sound, report.exit_code) == ([], 0, 0)
    words = "has many bands, which can be restored but are not checked here"
    assert report.doubts == [f"bands.tif: {words}", f"second.tif: {words}"]


@pytest.mark.parametrize("depth", [np.uint8, np.uint16, np.float32])
def test_each_page_is_judged_by_its_mask(tmp_path: Path, depth: type) -> None:
    """Its own, or that of all pages if it has the page's size; of other pages nothing is said."""
    image, hole = _damaged()
    for name in ("in", "m"):
        (tmp_path / name).mkdir()
    pages = [image, image, image[:100], image]
    with tifffile.TiffWriter(tmp_path / "in/a.tif") as file:
        for page in pages:
            scaled = page / np.float32(255) if depth is np.float32 else page * depth(np.iinfo(depth).max // 255)
            file.write(scaled.astype(depth), photometric="rgb")
    write_mask(tmp_path / "m/a.png", ~hole)
    write_mask(tmp_path / "m/a_page2.png", spread(~hole, 2))
    write_mask(tmp_path / "m/a_page4.png", ~np.roll(hole, 6, axis=1))
    report = check.check_masks(check.CheckOptions(tmp_path / "in", tmp_path / "m"))
    assert (report.failed, report.doubts, report.sound, report.exit_code) == ([], [], 0, 3)
    tight, moved = report.remarks["a.tif"]
    assert (tight.fault, moved.fault) == (Fault.TIGHT, Fault.MOVED)
    assert tight.words.startswith("page 2: leaves damage 2 px beyond its holes")
    assert moved.words.startswith("page 4: ")
    for number in (2, 4):
        write_mask(tmp_path / f"m/a_page{number}.png", ~hole)
    report = check.check_masks(check.CheckOptions(tmp_path / "in", tmp_path / "m"))
    assert (report.remarks, report.sound, report.exit_code) == ({}, 1, 0)
