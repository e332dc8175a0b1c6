"""OME-TIFF and pyramids: descriptions stay, and levels are made again."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from .books import hole_of, put_mask, run, smooth


def test_ome_tiff_keeps_its_description(tmp_path: Path) -> None:
    stack = np.stack([smooth((40, 56), "uint16", 1, seed) for seed in range(4)])
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in/a.ome.tif", stack, metadata={"axes": "CYX"}, ome=True, compression="zlib")
    put_mask(tmp_path / "m/a.ome.png", hole_of((40, 56)))
    report = run(tmp_path)
    assert report.failed == []
    with tifffile.TiffFile(tmp_path / "out/a.ome.tif") as file, tifffile.TiffFile(tmp_path / "in/a.ome.tif") as before:
        assert (file.ome_metadata, file.series[0].axes) == (before.ome_metadata, "CYX")
        found = file.asarray()
    hole = hole_of((40, 56))
    np.testing.assert_array_equal(found[:, ~hole], stack[:, ~hole])
    assert all((found[n][hole] != stack[n][hole]).any() for n in range(4))


def pyramid(path: Path, *, subs: bool, kind: str = "uint8", **options: Any) -> list[NDArray[Any]]:
    """Three levels, each half of the last one, as SubIFDs or as further pages; and a label that is not a copy."""
    path.parent.mkdir(exist_ok=True, parents=True)
    whole = cv2.GaussianBlur(np.random.default_rng(0).random((192, 256, 3)), (0, 0), 4)
    whole = ((whole - whole.min()) / np.ptp(whole) * (255 if kind == "uint8" else 60000)).astype(kind)
    levels = [whole]
    for _ in range(2):
        height, width = levels[-1].shape[:2]
        levels.append(cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    common = {"photometric": "rgb", "tile": (32, 32), "compression": "deflate", "metadata": None, **options}
    with tifffile.TiffWriter(path) as writer:
        writer.write(levels[0], subifds=2 if subs else 0, **common)
        for level in levels[1:]:
            writer.write(level, subfiletype=1, **common)
        if not subs:
            writer.write(np.full((20, 90, 3), 9, kind), photometric="rgb", subfiletype=1, metadata=None)
    return levels


@pytest.mark.parametrize("subs", [True, False])
@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_levels_of_a_pyramid_show_the_restored_image(tmp_path: Path, subs: bool, kind: str) -> None:
    levels = pyramid(tmp_path / "in/a.tif", subs=subs, kind=kind)
    hole = np.zeros((192, 256), bool)
    hole[65:97, 70:120] = True
    put_mask(tmp_path / "m/a.png", hole)
    report = run(tmp_path)
    assert report.failed == []
    with tifffile.TiffFile(tmp_path / "out/a.tif") as file, tifffile.TiffFile(tmp_path / "in/a.tif") as before:
        assert len(file.pages) == len(before.pages)
        page = file.pages.first
        found = [page, *page.pages] if subs else [one.aspage() for one in file.pages][:3]
        images = [one.asarray() for one in found]
        assert [one.is_tiled and one.compression for one in found] == [before.pages.first.compression] * 3
        if not subs:
            np.testing.assert_array_equal(file.pages[3].asarray(), 9)
    np.testing.assert_array_equal(images[0][~hole], levels[0][~hole])
    for number, image in enumerate(images[1:], 1):
        size = image.shape[1::-1]
        reached = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
        np.testing.assert_array_equal(image[~reached], levels[number][~reached])
        meant = cv2.resize(images[0].astype(np.float64), size, interpolation=cv2.INTER_AREA)
        assert np.abs(image[reached] - meant[reached]).max() <= 1
        assert (image[reached] != levels[number][reached]).any()


def test_a_level_that_shows_something_else_is_left(tmp_path: Path) -> None:
    pyramid(tmp_path / "in/a.tif", subs=True)
    other = np.random.default_rng(1).integers(0, 255, (96, 128, 3)).astype(np.uint8)
    with tifffile.TiffFile(tmp_path / "in/a.tif") as file:
        whole = file.asarray()
    with tifffile.TiffWriter(tmp_path / "in/a.tif") as writer:
        writer.write(whole, photometric="rgb", subifds=1, metadata=None)
        writer.write(other, photometric="rgb", subfiletype=1, metadata=None)
    put_mask(tmp_path / "m/a.png", np.pad(hole_of((40, 56)), ((0, 152), (0, 200))))
    report = run(tmp_path)
    assert "no copies of it are left as they are" in report.done[0].note
    with tifffile.TiffFile(tmp_path / "out/a.tif") as file:
        np.testing.assert_array_equal(file.pages.first.pages[0].asarray(), other)
