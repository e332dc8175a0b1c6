"""TIFF of several pages, OME-TIFF and pyramids: pages by their own masks, levels made again, all else byte for byte."""

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import UsageError
from pconv_cli.files.finding.naming import check_pattern
from pconv_cli.files.finding.pairing import pair_with_masks
from pconv_cli.files.images import read_header
from pconv_cli.files.tiff import pages as tiff_pages
from pconv_cli.files.tiff import scans
from pconv_cli.files.tiff.page import open_tiff
from pconv_cli.jobs.folder import inpaint_folder

SIZES = ((40, 56), (33, 35), (40, 56))


def smooth(size: tuple[int, int], kind: str = "uint8", channels: int = 3, seed: int = 0) -> NDArray[Any]:
    rng = np.random.default_rng(seed)
    values = np.add.outer(np.arange(size[0]), np.arange(size[1])) + rng.integers(20, 60)
    values = values[:, :, np.newaxis] + rng.integers(0, 9, (*size, channels))
    return values.astype(kind) if channels > 1 else values[:, :, 0].astype(kind)


def hole_of(size: tuple[int, int], top: int = 10) -> NDArray[np.bool_]:
    hole = np.zeros(size, bool)
    hole[top : top + 6, 12:20] = True
    return hole


def put_mask(path: Path, hole: NDArray[np.bool_]) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    Image.fromarray(hole).save(path)


def book(path: Path, **options: Any) -> list[NDArray[Any]]:
    """Three pages, the second in grey and of another size."""
    path.parent.mkdir(exist_ok=True, parents=True)
    pages = [smooth(SIZES[0]), smooth(SIZES[1], channels=1), smooth(SIZES[2], "uint16", seed=2)]
    with tifffile.TiffWriter(path, **{k: v for k, v in options.items() if k in ("bigtiff", "byteorder")}) as writer:
        for number, page in enumerate(pages):
            writer.write(
                page,
                photometric="rgb" if page.ndim == 3 else "minisblack",
                compression=("lzw", None, "deflate")[number],
                tile=(16, 16) if number == 2 else None,
                rowsperstrip=8 if number < 2 else None,
                description=f"page {number + 1}",
                metadata=None,
                resolution=(300 + number, 300),
            )
    return pages


@pytest.mark.parametrize("place", ["half", "in the last directory"])
def test_a_file_of_pages_that_is_cut_short_is_refused(tmp_path: Path, place: str) -> None:
    path = tmp_path / "in" / "a.tif"
    path.parent.mkdir()
    tifffile.imwrite(path, np.stack([smooth(SIZES[0], seed=seed) for seed in range(3)]), metadata=None)
    with tifffile.TiffFile(path) as file:
        last = file.pages[2].aspage().offset
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 if place == "half" else last + 30])
    put_mask(tmp_path / "masks" / "a.png", hole_of(SIZES[0]))
    report = inpaint_folder(tmp_path / "in", tmp_path / "masks", tmp_path / "out", method="telea", texture=0)
    assert [name for name, _ in report.failed] == ["a.tif"]
    assert "it is cut short" in report.failed[0][1]


def test_a_file_is_opened_as_often_however_many_pages_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    def counted(path: Path) -> tifffile.TiffFile:
        opened.append(path)
        return open_tiff(path)

    monkeypatch.setattr(tiff_pages, "open_tiff", counted)
    monkeypatch.setattr(scans, "open_tiff", counted)
    counts = []
    for number in (2, 9):
        folder = tmp_path / str(number)
        (folder / "in").mkdir(parents=True)
        pages = [smooth(SIZES[0], seed=seed) for seed in range(number)]
        tifffile.imwrite(folder / "in" / "a.tif", np.stack(pages), photometric="rgb", metadata=None)
        put_mask(folder / "masks" / "a.png", hole_of(SIZES[0]))
        opened.clear()
        report = inpaint_folder(
            folder / "in", folder / "masks", folder / "out", method="telea", texture=0, retouch="layer"
        )
        assert not report.failed
        counts.append(len(opened))
        found = tifffile.imread(folder / "out" / "a.tif")
        assert all((found[page] != pages[page]).any() for page in range(number))
    assert counts[0] == counts[1]


def run(folder: Path, **options: Any) -> Any:
    given = {"method": "telea", **options}
    return inpaint_folder(folder / "in", folder / "m", folder / "out", **given)


@pytest.mark.parametrize("options", [{}, {"bigtiff": True}, {"byteorder": ">"}])
def test_pages_are_filled_by_their_own_masks_and_the_rest_stays(tmp_path: Path, options: dict[str, Any]) -> None:
    pages = book(tmp_path / "in/book.tif", **options)
    put_mask(tmp_path / "m/book_page1.png", hole_of(SIZES[0]))
    put_mask(tmp_path / "m/book-page-03.png", hole_of(SIZES[2], 20))
    report = run(tmp_path)
    assert (report.failed, report.exit_code) == ([], 0)
    holes = [hole_of(SIZES[0]), np.zeros(SIZES[1], bool), hole_of(SIZES[2], 20)]
    share = sum(hole.sum() for hole in holes) / sum(hole.size for hole in holes)
    assert report.done[0].hole_ratio == pytest.approx(share, abs=1e-6)
    with tifffile.TiffFile(tmp_path / "out/book.tif") as file, tifffile.TiffFile(tmp_path / "in/book.tif") as before:
        assert (len(file.pages), file.is_bigtiff, file.byteorder) == (3, before.is_bigtiff, before.byteorder)
        for number, (page, old, hole) in enumerate(zip(file.pages, before.pages, holes, strict=True)):
            found = page.asarray()
            np.testing.assert_array_equal(found[~hole], pages[number][~hole])
            assert (found[hole] != pages[number][hole]).any() == (number != 1)
            assert (page.compression, page.is_tiled) == (old.compression, old.is_tiled)
            assert page.description == f"page {number + 1}"
            assert page.tags[282].value == old.tags[282].value
            same = [a == b for a, b in zip(page.dataoffsets, old.dataoffsets, strict=True)]
            assert all(same) if number == 1 else any(same) and not all(same)  # strips without a hole keep their place
    with Image.open(tmp_path / "out/book.tif") as image:  # libtiff walks the same chain
        assert image.n_frames == 3
        image.seek(1)
        np.testing.assert_array_equal(np.asarray(image), pages[1])


def test_one_mask_serves_all_pages_of_its_size(tmp_path: Path) -> None:
    pages = book(tmp_path / "in/book.tif")
    put_mask(tmp_path / "m/book.png", hole_of(SIZES[0]))
    put_mask(tmp_path / "m/book_page2.png", hole_of(SIZES[1]))
    assert run(tmp_path).failed == []
    with tifffile.TiffFile(tmp_path / "out/book.tif") as file:
        for page, old, size in zip(file.pages, pages, SIZES, strict=True):
            assert (page.asarray() != old).any()
            assert (page.asarray()[~hole_of(size)] == old[~hole_of(size)]).all()


def test_masks_by_a_pattern_with_page(tmp_path: Path) -> None:
    book(tmp_path / "in/book.tif")
    Image.fromarray(smooth((20, 30))).save(tmp_path / "in/single.png")
    put_mask(tmp_path / "m/mask of book 2.png", hole_of(SIZES[1]))
    put_mask(tmp_path / "m/mask of single 1.png", hole_of((20, 30)))
    report = run(tmp_path, mask_pattern="mask of {stem} {page}")
    assert sorted(one.name for one in report.done) == ["book.tif", "single.png"]
    with pytest.raises(UsageError):
        check_pattern("page{page}")


BAD = {
    "wrong-size": ({"m/book_page2.png": hole_of(SIZES[0])}, "its page 2 is 35x33 and its mask .* 56x40; a mask"),
    "no-such-page": ({"m/book_page4.png": hole_of(SIZES[0])}, "has 3 pages, and .* is a mask of page 4; rename it"),
    "none-fits": ({"m/book.png": hole_of((9, 30))}, "its mask .* is 30x9, which none of its pages is"),
}


@pytest.mark.parametrize("name", BAD)
def test_masks_that_fit_no_page_fail_the_file_in_one_line(tmp_path: Path, name: str) -> None:
    masks, words = BAD[name]
    book(tmp_path / "in/book.tif")
    Image.fromarray(smooth((40, 56))).save(tmp_path / "in/other.png")
    put_mask(tmp_path / "m/other.png", hole_of(SIZES[0]))
    for path, hole in masks.items():
        put_mask(tmp_path / path, hole)
    report = run(tmp_path)
    assert [one.name for one in report.done] == ["other.png"]
    ((failed, reason),) = report.failed
    assert failed == "book.tif"
    assert re.search(words, reason), reason
    assert (report.exit_code, "\n" in reason) == (3, False)


def test_several_pages_do_not_fit_into_a_png(tmp_path: Path) -> None:
    book(tmp_path / "in/book.tif")
    put_mask(tmp_path / "m/book.png", hole_of(SIZES[0]))
    ((_, reason),) = run(tmp_path, format="png").failed
    assert reason.endswith("has 3 pages, which png cannot hold; write tiff")


def test_pages_with_a_palette_are_refused_by_number(tmp_path: Path) -> None:
    frames = [Image.fromarray(smooth((40, 56), seed=n)).quantize(8) for n in range(2)]
    (tmp_path / "in").mkdir()
    frames[0].save(tmp_path / "in/p.tif", save_all=True, append_images=frames[1:])
    put_mask(tmp_path / "m/p_page2.png", hole_of(SIZES[0]))
    ((_, reason),) = run(tmp_path).failed
    assert reason.endswith("page 2 cannot be restored among others: it has a palette; save it as an image of its own")
    assert not (tmp_path / "out/p.tif").exists()


def test_without_holes_the_file_is_copied(tmp_path: Path) -> None:
    book(tmp_path / "in/book.tif")
    put_mask(tmp_path / "m/book_page1.png", np.zeros(SIZES[0], bool))
    assert run(tmp_path).done[0].note == "no hole, copied as it is"
    assert (tmp_path / "out/book.tif").read_bytes() == (tmp_path / "in/book.tif").read_bytes()


def test_resume_knows_every_mask(tmp_path: Path) -> None:
    book(tmp_path / "in/book.tif")
    put_mask(tmp_path / "m/book_page1.png", hole_of(SIZES[0]))
    put_mask(tmp_path / "m/book_page3.png", hole_of(SIZES[2]))
    assert len(run(tmp_path).done) == 1
    assert len(run(tmp_path, resume=True).done) == 0
    put_mask(tmp_path / "m/book_page3.png", hole_of(SIZES[2], 20))
    assert len(run(tmp_path, resume=True).done) == 1


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
    """Three levels, each half of the last one, as SubIFDs or as further pages; and a label that is no copy."""
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


def test_jpeg_pages_are_written_without_loss(tmp_path: Path) -> None:
    pages = [smooth((48, 64), seed=n) for n in range(2)]
    (tmp_path / "in").mkdir()
    with tifffile.TiffWriter(tmp_path / "in/a.tif") as writer:
        for page in pages:
            writer.write(page, photometric="rgb", compression="jpeg", tile=(16, 16), metadata=None)
    seen = tifffile.imread(tmp_path / "in/a.tif", key=1)
    put_mask(tmp_path / "m/a_page2.png", hole_of((48, 64)))
    assert run(tmp_path).failed == []
    known = ~hole_of((48, 64))
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "out/a.tif", key=1)[known], seen[known])
    with tifffile.TiffFile(tmp_path / "out/a.tif") as file:
        assert [page.compression for page in file.pages] == [7, 8]


def test_headers_and_pairs_know_pages(tmp_path: Path) -> None:
    book(tmp_path / "in/book.tif")
    assert read_header(tmp_path / "in/book.tif").pages == SIZES
    put_mask(tmp_path / "m/book_page2.png", hole_of(SIZES[1]))
    put_mask(tmp_path / "m/stray_page1.png", hole_of(SIZES[1]))
    pairing = pair_with_masks(tmp_path / "in", tmp_path / "m")
    (pair,) = pairing.pairs
    assert (pair.pages, pair.masks, pair.shared_mask) == (((2, tmp_path / "m/book_page2.png"),), (pair.mask,), None)
    assert pairing.extra == [tmp_path / "m/stray_page1.png"]
