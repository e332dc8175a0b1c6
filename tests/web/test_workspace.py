"""The folders of a mask page: what is found, what is refused, and a scan that is never held whole."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from pconv_cli.errors import MaskError, NothingToDo, UsageError
from pconv_cli.files.masks import read_packed_mask, write_mask
from pconv_cli.web import images as module
from pconv_cli.web.images import open_image
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
    workspace.save("a.png", None)
    assert (tmp_path / "m/a.png").read_bytes() == before
    again = Workspace(EditOptions(images, tmp_path / "m", tmp_path / "out"))
    assert again.work("a.png").drawing.mask.hole_pixels > 40


def test_what_is_refused(images: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToDo):
        Workspace(EditOptions(tmp_path / "empty", tmp_path / "m"))
    with pytest.raises(UsageError, match="lies inside the folder of the images"):
        Workspace(EditOptions(images, images / "m"))
    (tmp_path / "m").mkdir(exist_ok=True)
    write_mask(tmp_path / "m/a.png", np.ones((8, 12), np.bool_))
    with pytest.raises(MaskError, match=r"has not the size of a\.png"):
        Workspace(EditOptions(images, tmp_path / "m")).work("a.png")
    for content in ("{", "[]", '{"version": 2, "images": {}}', '{"version": 1, "images": {"a": 3}}'):
        (tmp_path / "m/edits.json").write_text(content)
        with pytest.raises(UsageError, match="move it away"):
            Workspace(EditOptions(images, tmp_path / "m"))


def test_a_scan_is_read_in_windows_and_reduced_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pconv_cli.masks.detect_picture as detect_picture

    monkeypatch.setattr(detect_picture, "SCAN_PIXELS", 1000)
    monkeypatch.setattr(module, "OVERVIEW", 64)
    rng = np.random.default_rng(0)
    scan = rng.integers(0, 255, (512, 400, 3), np.uint8)
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in/scan.tif", scan, tile=(64, 64), photometric="rgb")
    shown = open_image(tmp_path / "in/scan.tif")
    window = slice(100, 164), slice(64, 192)
    np.testing.assert_array_equal(shown.window(window), scan[window])
    blocks = scan[100:164, 64:192].reshape(32, 2, 64, 2, 3).mean(axis=(1, 3))
    half = shown.tile(window, 2)
    assert half is not None
    assert np.abs(half - blocks).max() <= 1
    everything = slice(0, 512), slice(0, 400)
    end = time.monotonic() + 30
    while (small := shown.tile(everything, 16)) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    expected = scan.reshape(32, 16, 25, 16, 3).mean(axis=(1, 3))
    assert np.abs(small - expected).max() <= 3
    shown.close()
    workspace = Workspace(EditOptions(tmp_path / "in", tmp_path / "m"))
    workspace.work("scan.tif").drawing.brush([(300, 300)], 20)
    record = workspace.save("scan.tif", None)
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
        workspace.save(f"{number}.png", None)
    assert len(json.loads((tmp_path / "m/edits.json").read_text())["images"]) == 6
