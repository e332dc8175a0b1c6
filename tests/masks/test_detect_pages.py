"""TIFF files of several pages: damage is found page by page, and each mask is paired with its page."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from pconv_cli.errors import UsageError
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.tiff import pages, scans
from pconv_cli.files.tiff.page import open_tiff
from pconv_cli.masks.detect.detection import Search
from pconv_cli.masks.detect.folder import DetectOptions, DetectReport, detect_masks
from pconv_cli.masks.detect.image import OUTLINE

GREEN = Search(colours=[(0, 255, 0)])
SIZES = [(40, 50), (30, 70), (40, 50)]


def hole_of(number: int) -> NDArray[np.bool_]:
    hole = np.zeros(SIZES[number % 3], bool)
    hole[8 : 14 + number, 12:30] = True
    return hole


def put(path: Path, pages: int = 3, **options: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    with tifffile.TiffWriter(path) as file:
        for number in range(pages):
            samples = np.random.default_rng(number).integers(120, 136, (*SIZES[number % 3], 3)).astype(np.uint8)
            samples[hole_of(number)] = (0, 255, 0)
            file.write(samples, photometric="rgb", metadata=None, **options)


def run(root: Path, **changes: Any) -> DetectReport:
    return detect_masks(DetectOptions(root / "in", root / "m", GREEN, **changes))


def test_masks_are_paired_with_their_pages(tmp_path: Path) -> None:
    put(tmp_path / "in/book.tif")
    report = run(tmp_path, overlay=tmp_path / "check")
    assert report.failed == []
    assert [one.label for one in report.found] == ["book.tif page 1", "book.tif page 2", "book.tif page 3"]
    assert [(one["name"], one["page"]) for one in report.to_json()["found"]] == [("book.tif", n) for n in (1, 2, 3)]
    (pair,) = pair_with_masks(tmp_path / "in", tmp_path / "m").pairs
    for number, size in enumerate(SIZES):
        path = pair.mask_of_page(number + 1, size)
        assert path == tmp_path / f"m/book_page{number + 1}.png"
        np.testing.assert_array_equal(~read_mask(path), hole_of(number))
        drawn = read_image(tmp_path / f"check/book_page{number + 1}.png").samples
        assert (drawn == OUTLINE).all(axis=2).any()
    assert all(one.kept for one in run(tmp_path).found)


def test_a_list_of_pages_names_each(tmp_path: Path) -> None:
    put(tmp_path / "in/book.tif")
    report = detect_masks(DetectOptions(tmp_path / "in", tmp_path / "m", Search(colours=[(255, 0, 0)])))
    assert report.warnings[0].startswith("book.tif page 1, book.tif page 2, book.tif page 3: nothing found")


@pytest.mark.parametrize("workers", [1, 2])
def test_pages_that_fail_are_in_order(tmp_path: Path, workers: int) -> None:
    (tmp_path / "in").mkdir()
    with tifffile.TiffWriter(tmp_path / "in/book.tif") as file:
        for _ in range(10):
            file.write(np.zeros((8, 8), np.uint8), photometric="palette", colormap=np.zeros((3, 256), np.uint16))
    report = run(tmp_path, workers=workers)
    assert [reason.partition(":")[0] for _, reason in report.failed] == [f"page {number}" for number in range(1, 11)]


@pytest.mark.parametrize("workers", [1, 2])
def test_ten_pages_are_in_order_by_name_and_in_the_report(tmp_path: Path, workers: int) -> None:
    put(tmp_path / "in/book.tif", 10)
    report = run(tmp_path, workers=workers)
    assert [(one.name, one.page) for one in report.found] == [("book.tif", number) for number in range(1, 11)]
    assert [Path(one.mask).name for one in report.found] == [f"book_page{number:02}.png" for number in range(1, 11)]
    (pair,) = pair_with_masks(tmp_path / "in", tmp_path / "m").pairs
    assert [number for number, _ in pair.pages] == list(range(1, 11))


def test_a_page_that_is_not_read_fails_alone(tmp_path: Path) -> None:
    put(tmp_path / "in/book.tif")
    with tifffile.TiffWriter(tmp_path / "in/book.tif", append=True) as file:
        file.write(np.zeros((20, 20), np.uint8), photometric="palette", colormap=np.zeros((3, 256), np.uint16))
        file.write(np.zeros((20, 20, 9), np.uint8), photometric="minisblack", planarconfig="contig", metadata=None)
    report = run(tmp_path)
    assert [name for name, _ in report.failed] == ["book.tif", "book.tif"]
    assert report.failed[0][1].startswith("page 4: has a palette")
    assert report.failed[0][1].endswith("cannot be read in windows; save the page as an image of its own")
    assert report.failed[1][1] == "page 5: has 9 bands; save those to look at as RGB or grey"
    assert (len(report.found), report.exit_code) == (3, 3)


def test_masks_of_pages_have_one_file_each(tmp_path: Path) -> None:
    put(tmp_path / "in/book.tif")
    put(tmp_path / "in/book.tiff")
    taken = "page {0}: its mask would be book_page{0}.png, like that of book.tif page {0}; rename one of them"
    assert [reason for _, reason in run(tmp_path).failed] == [taken.format(number) for number in (1, 2, 3)]
    one = DetectOptions(tmp_path / "in/book.tif", tmp_path / "m.png", GREEN)
    with pytest.raises(UsageError, match=r"m\.png: is one file, and .*book\.tif has 3 pages; name a folder"):
        detect_masks(one)
    assert not (tmp_path / "m.png").exists()


def test_a_file_of_many_pages_is_opened_once_and_not_for_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "in/book.tif", pages=12)
    put(tmp_path / "in/other.tif", pages=12)
    opened = []

    def counted(path: Path) -> tifffile.TiffFile:
        opened.append(file := open_tiff(path))
        return file

    for module in (pages, scans):
        monkeypatch.setattr(module, "open_tiff", counted)
    report = run(tmp_path, workers=1)
    assert len(report.found) == 24
    assert not report.failed
    assert len(opened) == 6  # for the size, the number of pages, and the search
    assert all(file.filehandle.closed for file in opened)
