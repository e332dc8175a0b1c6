"""The folders of a mask page: what is found, what is refused, and a scan that is never held whole."""

import json
import re
import time
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from pconv_cli.errors import FileError, MaskError, NothingToDo, UsageError
from pconv_cli.files.masks.codec import read_packed_mask, write_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.masks.edits import read_edits, write_edits
from pconv_cli.masks.kinds import Damage
from pconv_cli.tiling.rect import Rect
from pconv_cli.web import images as module
from pconv_cli.web.images import ShownImage, open_image
from pconv_cli.web.workspace import EditOptions, Workspace


def test_masks_that_are_there_are_taken_up(images: Path, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    mask = np.ones((80, 120), np.bool_)
    mask[3:5, 7:9] = False
    write_mask(tmp_path / "m/a_mask.png", mask)
    workspace = Workspace(EditOptions(images, tmp_path / "m"))
    assert workspace.listing()[0]["state"] == "there"
    np.testing.assert_array_equal(workspace.work("a.png").drawing.mask.whole(), mask)
    assert workspace.work("sub/b.jpg").drawing.mask.hole_pixels == 0


def test_saving_elsewhere_leaves_the_masks_as_they_are(images: Path, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    write_mask(tmp_path / "m/a.png", np.ones((80, 120), np.bool_))
    before = (tmp_path / "m/a.png").read_bytes()
    workspace = Workspace(EditOptions(images, tmp_path / "m", tmp_path / "out"))
    workspace.work("a.png").drawing.brush([(10, 10)], 4)
    workspace.save("a.png")
    assert (tmp_path / "m/a.png").read_bytes() == before
    again = Workspace(EditOptions(images, tmp_path / "m", tmp_path / "out"))
    assert again.work("a.png").drawing.mask.hole_pixels > 40


@pytest.mark.parametrize("chosen", [{"method": None, "texture": 0.2, "seed": 5}, {"method": "pconv", "texture": 0.7}])
def test_saving_a_mask_keeps_what_was_chosen_by_hand(images: Path, tmp_path: Path, chosen: dict[str, object]) -> None:
    (tmp_path / "m").mkdir()
    write_edits(tmp_path / "m", {"a.png": chosen})
    workspace = Workspace(EditOptions(images, tmp_path / "m"))
    workspace.work("a.png").drawing.brush([(10, 10)], 4)
    workspace.save("a.png")
    assert read_edits(tmp_path / "m")["a.png"].items() >= chosen.items()


def test_saving_keeps_what_others_wrote_since_the_page_was_opened(images: Path, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    workspace = Workspace(EditOptions(images, tmp_path / "m"))
    workspace.work("a.png").drawing.brush([(10, 10)], 4)
    workspace.save("a.png")
    edits = read_edits(tmp_path / "m")
    edits["a.png"]["seed"], edits["z.png"] = 2, {"texture": 0.8}
    write_edits(tmp_path / "m", edits)
    workspace.work("a.png").drawing.brush([(40, 40)], 4)
    workspace.save("a.png")
    after = read_edits(tmp_path / "m")
    assert (after["a.png"]["seed"], after["z.png"]) == (2, {"texture": 0.8})


@pytest.mark.parametrize("name", ["m/a_mask.png", "m/a.tif", "m/a.jpg.png", "m.v2/sub/../hole 7.png"])
def test_a_mask_is_saved_under_its_own_name_and_found_again(images: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    (path.parent / "sub").mkdir(parents=True, exist_ok=True)
    mask = np.zeros((80, 120), np.uint8)
    mask[3:5, 7:9] = 255
    single = "hole" in name
    image = "a.png"
    if ".jpg" in name:
        Image.new("RGB", (120, 80)).save(images / "a.jpg")  # shares its stem with a.png
        image = "a.jpg"
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(mask).save(path)
    options = EditOptions(images / "a.png" if single else images, path if single else path.parent)
    workspace = Workspace(options)
    workspace.work(image).drawing.brush([(50, 50)], 5)
    expected = workspace.work(image).drawing.mask.whole()
    assert (~expected).sum() > 70
    workspace.save(image)
    assert {one.name for one in path.parent.iterdir() if one.is_file()} == {path.name, "edits.json"}
    again = Workspace(options)
    assert again.state(image) == "saved"
    np.testing.assert_array_equal(again.work(image).drawing.mask.whole(), expected)


def test_a_mask_that_cannot_be_replaced_is_said_and_saved_elsewhere(images: Path, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    Image.new("L", (120, 80), 255).save(tmp_path / "m/a.bmp")
    workspace = Workspace(EditOptions(images, tmp_path / "m"))
    workspace.work("a.png").drawing.clear()
    with pytest.raises(MaskError, match="second mask beside it"):
        workspace.save("a.png")
    assert [one.name for one in (tmp_path / "m").iterdir()] == ["a.bmp"]
    options = EditOptions(images, tmp_path / "m", tmp_path / "out")
    workspace = Workspace(options)
    workspace.work("a.png").drawing.clear()
    assert workspace.save("a.png")["mask"] == "a.png"
    assert Workspace(options).work("a.png").drawing.mask.hole_pixels == 0


def test_two_masks_of_one_image_are_said_and_none_is_taken(images: Path, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    for name in ("a.png", "a_mask.png"):
        Image.new("L", (120, 80), 255).save(tmp_path / "m" / name)
    workspace = Workspace(EditOptions(images, tmp_path / "m"))
    assert workspace.state("a.png") == "there"
    with pytest.raises(MaskError, match=r"more than one mask in .*a\.png, a_mask\.png"):
        workspace.work("a.png")
    assert workspace.work("sub/b.jpg").drawing.mask.hole_pixels == 0


def test_a_folder_may_have_a_dot_in_its_name_and_need_not_exist(images: Path, tmp_path: Path) -> None:
    workspace = Workspace(EditOptions(images, tmp_path / "masks.v2"))
    workspace.work("a.png").drawing.brush([(10, 10)], 4)
    workspace.save("a.png")
    assert (tmp_path / "masks.v2/a.png").is_file()
    assert Workspace(EditOptions(images, tmp_path / "masks.v2")).out == tmp_path / "masks.v2"


def test_an_image_is_never_its_own_mask(images: Path) -> None:
    before = (images / "a.png").read_bytes()
    for masks in (images, images / "a.png"):
        with pytest.raises(UsageError, match="would replace"):
            Workspace(EditOptions(images / "a.png", masks))
    assert (images / "a.png").read_bytes() == before


def test_black_holes_are_not_mixed_with_white_ones(images: Path, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    mask = np.full((80, 120), 255, np.uint8)
    mask[3:5, 7:9] = 0
    Image.fromarray(mask).save(tmp_path / "m/a.png")
    with pytest.raises(UsageError, match="name another folder for them by `out`"):
        Workspace(EditOptions(images, tmp_path / "m", polarity=Polarity.BLACK))
    options = EditOptions(images, tmp_path / "m", tmp_path / "out", polarity=Polarity.BLACK)
    workspace = Workspace(options)
    assert workspace.work("a.png").drawing.mask.hole_pixels == 4
    workspace.save("a.png")
    assert Workspace(options).work("a.png").drawing.mask.hole_pixels == 4
    Image.fromarray(255 - mask).save(tmp_path / "out/a.png")  # replaced by another program: no longer ours
    Image.fromarray(mask).save(tmp_path / "out/a.png")
    assert Workspace(options).work("a.png").drawing.mask.hole_pixels == 4


def test_a_scan_that_is_damaged_is_said_instead_of_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pconv_cli.files.tiff import windowed

    monkeypatch.setattr(windowed, "SCAN_PIXELS", 1000)
    monkeypatch.setattr(module, "OVERVIEW", 64)
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, np.zeros((512, 400), np.uint8), tile=(64, 64), compression="deflate")
    with tifffile.TiffFile(path) as file:
        place, count = file.pages[0].dataoffsets[20], file.pages[0].databytecounts[20]  # type: ignore[union-attr]
    data = bytearray(path.read_bytes())
    data[place : place + count] = bytes(count)
    path.write_bytes(data)
    shown = open_image(path)
    with pytest.raises(FileError, match=r"scan\.tif"):
        _reduced_copy(shown)
    shown.close()


def test_what_is_refused(images: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToDo):
        Workspace(EditOptions(tmp_path / "empty", tmp_path / "m"))
    with pytest.raises(UsageError, match=r"there is no such mask"):
        Workspace(EditOptions(images, tmp_path / "m.png"))
    with pytest.raises(UsageError, match="lies inside the folder of the images"):
        Workspace(EditOptions(images, images / "m"))
    for threshold in (0, 256):
        with pytest.raises(UsageError, match=rf"`threshold` {threshold}: must lie between 1 and 255"):
            Workspace(EditOptions(images, tmp_path / "m", threshold=threshold))
    (tmp_path / "m").mkdir(exist_ok=True)
    write_mask(tmp_path / "m/a.png", np.ones((8, 12), np.bool_))
    with pytest.raises(MaskError, match=r"differs in size from a\.png"):
        Workspace(EditOptions(images, tmp_path / "m")).work("a.png")
    for content in ("{", "[]", '{"version": 2, "images": {}}', '{"version": 1, "images": {"a": 3}}'):
        (tmp_path / "m/edits.json").write_text(content)
        with pytest.raises(UsageError, match="move it away"):
            Workspace(EditOptions(images, tmp_path / "m"))


def test_annotations_are_refused_before_masks_saved_beside_them_hide_them(images: Path, tmp_path: Path) -> None:
    (tmp_path / "ann").mkdir()
    for name, content in (("notes.json", {"any": 1}), ("edits.json", {"version": 1, "images": {}})):
        (tmp_path / "ann" / name).write_text(json.dumps(content))
        Workspace(EditOptions(images, tmp_path / "ann"))
    labelme = {"shapes": [], "imagePath": "a.png", "imageWidth": 120, "imageHeight": 80}
    (tmp_path / "ann/a.json").write_text(json.dumps(labelme))
    for masks in (tmp_path / "ann", tmp_path / "ann/a.json"):
        with pytest.raises(UsageError, match=r"holds annotations \(a\.json\).*pconv masks import"):
            Workspace(EditOptions(images / "a.png", masks, tmp_path / "out"))
    write_mask(tmp_path / "ann/a.png", np.ones((80, 120), np.bool_))
    assert Workspace(EditOptions(images, tmp_path / "ann")).listing()[0]["state"] == "there"


def _reduced_copy(shown: ShownImage) -> np.ndarray:
    """The whole of a scan of 512 x 400 at a sixteenth of its size, as soon as it is read."""
    end = time.monotonic() + 30
    while (small := shown.tile(Rect(0, 0, 512, 400), 16)) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    return small


def test_a_scan_is_read_in_windows_and_reduced_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pconv_cli.files.tiff import windowed

    monkeypatch.setattr(windowed, "SCAN_PIXELS", 1000)
    monkeypatch.setattr(module, "OVERVIEW", 64)
    rng = np.random.default_rng(0)
    scan = rng.integers(0, 255, (512, 400, 3), np.uint8)
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in/scan.tif", scan, tile=(64, 64), photometric="rgb")
    shown = open_image(tmp_path / "in/scan.tif")
    rect = Rect(100, 64, 64, 128)
    np.testing.assert_array_equal(shown.window(rect), scan[rect.slices])
    blocks = scan[100:164, 64:192].reshape(32, 2, 64, 2, 3).mean(axis=(1, 3))
    half = shown.tile(rect, 2)
    assert half is not None
    assert np.abs(half - blocks).max() <= 1
    small = _reduced_copy(shown)
    expected = scan.reshape(32, 16, 25, 16, 3).mean(axis=(1, 3))
    assert np.abs(small - expected).max() <= 3
    shown.close()
    workspace = Workspace(EditOptions(tmp_path / "in", tmp_path / "m"))
    workspace.work("scan.tif").drawing.brush([(300, 300)], 20)
    record = workspace.save("scan.tif")
    assert record["mask"] == "scan.tif"
    assert read_packed_mask(tmp_path / "m/scan.tif").hole_pixels == workspace.work("scan.tif").drawing.mask.hole_pixels
    workspace.close()


def test_images_come_and_go_and_masks_under_work_stay(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(6):
        Image.new("RGB", (40, 30)).save(tmp_path / f"in/{number}.png")
    workspace = Workspace(EditOptions(tmp_path / "in", tmp_path / "m"))
    for number in range(6):
        workspace.work(f"{number}.png").drawing.brush([(number * 4, 5)], 2)
    assert all(one["state"] == "changed" for one in workspace.listing())
    for number in range(6):
        workspace.save(f"{number}.png")
    assert len(json.loads((tmp_path / "m/edits.json").read_text())["images"]) == 6


def test_the_page_says_the_same_in_both_languages_and_knows_every_kind_of_damage() -> None:
    text = files("pconv_cli.web").joinpath("static/words.js").read_text("utf-8")
    english, chinese = text.split("  zh: {")
    said = [dict(re.findall(r'(\w+): "([^"]*)"', part)) for part in (english, chinese)]
    assert said[0].keys() == said[1].keys()
    for word, phrase in said[0].items():
        assert set(re.findall(r"{\w+}", phrase)) == set(re.findall(r"{\w+}", said[1][word])), word
    assert {damage.value for damage in Damage} <= said[0].keys()
    page = files("pconv_cli.web").joinpath("static/index.html").read_text("utf-8")
    assert set(re.findall(r'data-word="(\w+)"', page)) <= said[0].keys()
