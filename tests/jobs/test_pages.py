"""TIFF of several pages: pages by their own masks, all else as it was."""

import re
import tracemalloc
from pathlib import Path
from typing import Any

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
from pconv_cli.jobs.images.paged.pages import PagedImage
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.report import condition

from .books import hole_of, put_mask, run, smooth

SIZES = ((40, 56), (33, 35), (40, 56))


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


def test_a_page_is_shown_upright_and_by_its_own_profile(tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.tif"
    path.parent.mkdir()
    with tifffile.TiffWriter(path) as writer:
        for number in range(2):
            turned = [(274, 3, 1, 6, True)] if number == 1 else []
            writer.write(smooth(SIZES[0]), metadata=None, extratags=turned, iccprofile=bytes([number]) * 9)
    put_mask(tmp_path / "masks" / "a_page2.png", hole_of(SIZES[0]))
    (pair,) = pair_with_masks(tmp_path / "in", tmp_path / "masks").pairs
    with PagedImage(pair, InpaintOptions(tmp_path / "in", tmp_path / "masks", tmp_path / "out")) as image:
        assert (image.rendering.orientation, image.rendering.icc) == (6, bytes([1]) * 9)


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


@pytest.mark.parametrize(
    ("masks", "pattern", "words"),
    [
        (["book_page1", "book_page01"], None, "mask of page 1 in .*m: book_page01.png, book_page1.png; leave only one"),
        (["book_page2", "book-page-2"], None, "mask of page 2 in .*m: book-page-2.png, book_page2.png; leave only one"),
        (["book-1", "book-01"], "{stem}-{page}", "mask of page 1 in .*m: book-01.png, book-1.png; leave only one"),
        (["book_page3", "book", "book_mask"], None, "more than one mask in .*m: book.png, book_mask.png; leave only"),
    ],
)
def test_of_two_masks_of_one_page_none_is_taken(
    tmp_path: Path, masks: list[str], pattern: str | None, words: str
) -> None:
    book(tmp_path / "in/book.tif")
    for name in masks:
        put_mask(tmp_path / "m" / f"{name}.png", hole_of(SIZES[0]))
    ((name, error),) = pair_with_masks(tmp_path / "in", tmp_path / "m", pattern=pattern).problems
    assert name == "book.tif"
    assert re.search(words, str(error))


def test_one_page_at_a_time_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what NumPy takes at the peak, which a book of nine pages does not raise by one page over a book of three."""
    monkeypatch.setattr(condition, "PAGES", 1)
    size = (300, 400)
    page = smooth(size)

    def peak(pages: int) -> int:
        folder = tmp_path / str(pages)
        (folder / "in").mkdir(parents=True)
        tifffile.imwrite(folder / "in/a.tif", np.stack([page] * pages), photometric="rgb", compression="deflate")
        put_mask(folder / "m/a.png", hole_of(size))
        tracemalloc.start()
        try:
            assert run(folder, retouch="layer", report=folder / "r.html").exit_code == 0
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(2)  # imports
    least = peak(3)
    assert least > page.nbytes
    assert peak(9) < least + page.nbytes


def test_the_condition_of_the_first_pages_has_maps_and_of_all_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(condition, "PAGES", 2)
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in/a.tif", np.stack([smooth(SIZES[0])] * 3), photometric="rgb")
    put_mask(tmp_path / "m/a.png", hole_of(SIZES[0]))
    assert run(tmp_path, report=tmp_path / "r.html").exit_code == 0
    html = (tmp_path / "r.html").read_text("utf-8")
    assert html.count("<dt>separate losses</dt><dd>1</dd>") == 3
    assert html.count('class="map-of-losses"') == 2
    assert "Maps of the first 2 pages with losses are shown." in html
    assert len((tmp_path / "r-losses.csv").read_text("utf-8").splitlines()) == 1 + 3


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
