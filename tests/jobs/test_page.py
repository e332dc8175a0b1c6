import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from pconv_cli.errors import OutputError, UsageError
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.previews import Rendering
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff import windowed
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.jobs.images.part import part_of
from pconv_cli.jobs.images.whole import WholeImage
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.report import page, views
from pconv_cli.jobs.shards import Shard
from pconv_cli.masks.ratios import Mask
from pconv_cli.tiling.rect import Rect

Put = Callable[..., Any]
Run = Callable[..., Any]


def cards(path: Path) -> dict[str, str]:
    """The cards of a page, by the names that they show."""
    html = path.read_text("utf-8")
    found = re.findall(r'<article class="card" id="p\d+"><h3>(.*?)</h3>(.*?)</article>', html, re.DOTALL)
    return dict(found)


def test_every_image_has_a_card(tmp_path: Path, put: Put, run: Run) -> None:
    for name in ("b.png", "a/c.png", "<&>.png"):
        put(name)
    put("whole.png", mask=np.ones((44, 60), bool), size=(44, 60))
    put("lone.png", mask=None)
    report = run(tmp_path, report=tmp_path / "pages" / "r.html")
    assert report.page == str(tmp_path / "pages" / "r.html")
    assert report.exit_code == 3
    found = cards(tmp_path / "pages" / "r.html")
    assert list(found) == ["&lt;&amp;&gt;.png", "a/c.png", "b.png", "whole.png"]
    for name, card in found.items():
        holes = name != "whole.png"  # a slider, the map, and before, after and retouch side by side
        assert card.count("data:image/jpeg") == (2 + 1 + 3 if holes else 1)
        assert card.count('type="range"') == holes
        assert card.count("data:image/png") == 1 + holes
    assert "60 × 44" in found["whole.png"]
    assert "copied as it is" in found["whole.png"]
    html = (tmp_path / "pages" / "r.html").read_text("utf-8")
    assert "lone.png: no mask" in html
    assert "<dd>telea</dd>" in html


def test_each_card_has_the_condition_that_was_found(tmp_path: Path, put: Put, run: Run) -> None:
    mask = np.ones((40, 50), bool)
    mask[5:15, 5:15] = mask[30, 20:40] = False
    put("a.png", mask=mask)
    run(tmp_path, report=tmp_path / "r.html")
    card = cards(tmp_path / "r.html")["a.png"]
    assert "<dt>separate losses</dt><dd>2</dd>" in card
    assert "<dd>120 px, 6.00 %</dd>" in card
    assert re.findall(r"<text [^>]*>(\d+)</text>", card) == ["1", "2"]
    assert re.findall(r"<figcaption>(before|after|retouch)</figcaption>", card) == ["before", "after", "retouch"]
    assert "growth" not in card
    run(tmp_path, report=tmp_path / "r.html", overwrite=True, dilate=2)
    grown = cards(tmp_path / "r.html")["a.png"]
    assert "Measured with its 2 px of growth." in grown
    assert "<dd>120 px" not in grown


def test_losses_have_their_labels_and_tables_stand_beside_the_page(tmp_path: Path, put: Put, run: Run) -> None:
    mask, areas = np.ones((40, 50), bool), []
    for label, top in (("crack", 5), ("loss", 20)):
        area = np.zeros((40, 50), bool)
        area[top : top + 4, 6:10] = True
        areas.append((label, PackedMask.of(~area)))
        mask &= ~area
    for name in ("b.png", "a.png"):
        put(name, mask=mask)
    put("whole.png", mask=np.ones((40, 50), bool))

    def labels(name: str) -> Iterator[tuple[str, PackedMask]]:
        yield from areas if name == "a.png" else ()

    first = run(tmp_path, report=tmp_path / "r.html", labels=labels, dilate=1)
    assert first.exit_code == 0
    rows = [line.split(",") for line in (tmp_path / "r-losses.csv").read_text("utf-8").splitlines()]
    assert [(row[0], row[2], row[3], row[9]) for row in rows] == [
        ("image", "number", "label", "area_px"),
        *[("a.png", "1", "crack", "32"), ("a.png", "2", "loss", "32")],  # grown by 1 px, without corners
        *[("b.png", "1", "loss", "32"), ("b.png", "2", "loss", "32")],
    ]
    images = (tmp_path / "r-images.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[0] for line in images] == ["image", "a.png", "b.png"]
    html = (tmp_path / "r.html").read_text("utf-8")
    assert 'href="r-losses.csv"' in html
    assert ">crack</span>" in cards(tmp_path / "r.html")["a.png"]
    before = (tmp_path / "r-losses.csv").read_bytes()
    run(tmp_path, report=tmp_path / "r.html", labels=labels, dilate=1)  # whose outputs are there already
    assert (tmp_path / "r-losses.csv").read_bytes() == before
    (tmp_path / "r-losses.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"r-losses\.csv: belongs to no earlier report"):
        run(tmp_path, report=tmp_path / "r.html")


def test_with_many_images_the_condition_is_figures_alone(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "PAGE", 300_000)
    put("a.png")
    run(tmp_path, report=tmp_path / "r.html")
    card = cards(tmp_path / "r.html")["a.png"]
    assert "<dt>separate losses</dt>" in card
    assert (card.count("data:image/jpeg"), card.count("<svg")) == (2, 0)


def test_many_remarks_are_folded_so_that_images_come_first(tmp_path: Path, put: Put, run: Run) -> None:
    for number in range(9):
        put(f"{number}.jpg", ImageFormat.JPEG)
    run(tmp_path, report=tmp_path / "r.html")
    assert "<details><summary>All 9 remarks</summary><ul><li>0.jpg: " in (tmp_path / "r.html").read_text("utf-8")
    (tmp_path / "in/8.jpg").unlink()
    (tmp_path / "m/8.png").unlink()
    run(tmp_path, report=tmp_path / "r.html", overwrite=True)
    assert "<h2>Worth knowing</h2><ul><li>0.jpg: " in (tmp_path / "r.html").read_text("utf-8")


def test_what_was_there_already_is_read_again(tmp_path: Path, put: Put, run: Run) -> None:
    for name in ("a.png", "b.png", "c.png"):
        put(name)
    run(tmp_path)
    (tmp_path / "out" / "b.png").write_bytes(b"no image any more")
    (tmp_path / "out" / "c.png").unlink()
    report = run(tmp_path, report=tmp_path / "r.html")
    assert (len(report.done), len(report.skipped), report.exit_code) == (1, 2, 0)
    found = cards(tmp_path / "r.html")
    assert found["a.png"].count("data:image/jpeg") == 6
    assert "was there already" in found["a.png"]
    assert "<dt>method</dt><dd>telea</dd>" in found["a.png"]  # as the manifest has it
    assert "Cannot be shown" in found["b.png"]
    assert [words.partition(" (")[0] for words in report.warnings] == [
        "b.png: has no row in the tables beside the page: it cannot be shown there"
    ]
    assert "data:" not in found["b.png"]
    assert "was there already" not in found["c.png"]


@pytest.mark.parametrize("bands", [5, 8])
def test_many_bands_are_measured_and_shown(tmp_path: Path, run: Run, a_mask: Mask, bands: int) -> None:
    samples = np.random.default_rng(0).integers(0, 255, (*a_mask.shape, bands)).astype(np.uint8)
    samples[:, :, 3] = 0  # which would be transparent, were it taken for an alpha
    (tmp_path / "in").mkdir()
    kind = {"photometric": "minisblack", "planarconfig": "contig", "metadata": None}
    tifffile.imwrite(tmp_path / "in/a.tif", samples, **kind)
    write_mask(tmp_path / "m/a.png", a_mask)
    report = run(tmp_path, report=tmp_path / "r.html")
    assert (report.failed, report.warnings) == ([], [])
    assert f"8 bits, {bands} bands" in (tmp_path / "r-images.csv").read_text("utf-8")
    assert cards(tmp_path / "r.html")["a.tif"].count("data:image/jpeg") == 3
    with Scan(tmp_path / "out/a.tif", number=0) as scan:
        part = part_of(scan, PackedMask.of(a_mask), Rendering(255))
        assert part.window(Rect.whole(part.size)).shape[2] == part.channels == 3


@pytest.mark.parametrize("step", ["found_conditions", "condition_part"])
def test_an_image_that_cannot_be_measured_is_shown(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("no condition")

    put("a.png")
    monkeypatch.setattr(page, step, fail)
    report = run(tmp_path, report=tmp_path / "r.html")
    assert report.warnings == [
        "a.png: has no row in the tables beside the page: its condition cannot be measured (ValueError: no condition)"
    ]
    card = cards(tmp_path / "r.html")["a.png"]
    assert "Its condition cannot be measured: ValueError: no condition" in card
    assert card.count("data:image/jpeg") == 2  # before and after
    assert len((tmp_path / "r-images.csv").read_text("utf-8").splitlines()) == 1


def test_a_page_may_be_replaced_and_no_other_file(tmp_path: Path, put: Put, run: Run) -> None:
    put("a.png")
    run(tmp_path, report=tmp_path / "r.html")
    run(tmp_path, report=tmp_path / "r.html")
    (tmp_path / "mine.html").write_text("mine")
    with pytest.raises(UsageError, match="another file is there"):
        run(tmp_path, report=tmp_path / "mine.html")
    with pytest.raises(UsageError, match="name an HTML file"):
        run(tmp_path, report=tmp_path / "in" / "a.png")
    with pytest.raises(UsageError, match="without `shard`"):
        run(tmp_path, report=tmp_path / "r.html", shard=Shard(1, 2))
    assert (tmp_path / "mine.html").read_text() == "mine"


def test_a_page_that_cannot_be_written_fails_alone(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png")

    def fail(*_: object) -> None:
        raise OutputError("r.html: cannot be written (no space left on device); free the place")

    monkeypatch.setattr(page, "write_page", fail)
    report = run(tmp_path, report=tmp_path / "r.html")
    assert [one.name for one in report.done] == ["a.png"]
    assert report.failed == [
        (str(tmp_path / "r.html"), "r.html: cannot be written (no space left on device); free the place")
    ]
    assert (report.exit_code, report.page) == (3, "")


def test_a_view_that_fails_is_reported_and_the_image_is_restored(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png")

    def fail(*_: object) -> None:
        raise ValueError("odd")

    monkeypatch.setattr(page, "before", fail)
    report = run(tmp_path, report=tmp_path / "r.html")
    assert report.exit_code == 0
    assert (tmp_path / "out" / "a.png").exists()
    assert "Cannot be shown: ValueError: odd" in cards(tmp_path / "r.html")["a.png"]


def test_of_a_scan_windows_are_shown(tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 1000)
    monkeypatch.setattr(views, "DETAIL", 64)
    mask = np.ones((200, 300), bool)
    mask[20:30, 20:40] = False
    mask[150:170, 250:260] = False
    put("s.tif", ImageFormat.TIFF, "uint16", mask=None, size=(200, 300))
    write_mask(tmp_path / "m" / "s.png", mask)
    for _ in range(2):  # as it is restored, and from its file
        run(tmp_path, report=tmp_path / "r.html")
        card = cards(tmp_path / "r.html")["s.tif"]
        assert card.count('type="range"') == 2
        places = [tuple(map(int, found)) for found in re.findall(r"x (\d+), y (\d+)</figcaption>", card)]
        assert len(places) == 2
        for box in ((20, 20, 40, 30), (250, 150, 260, 170)):
            assert any(x <= box[0] and y <= box[1] and box[2] <= x + 64 and box[3] <= y + 64 for x, y in places)
        assert "300 × 200" in card


def test_large_images_have_details_too(tmp_path: Path, put: Put, run: Run) -> None:
    mask = np.ones((40, 2100), bool)
    mask[10:20, 2000:2050] = False
    put("wide.png", mask=mask, size=(40, 2100))
    run(tmp_path, report=tmp_path / "r.html")
    card = cards(tmp_path / "r.html")["wide.png"]
    assert card.count('type="range"') == 2
    assert "detail of 768 × 40 px" in card


def test_details_show_holes_with_what_is_round_them() -> None:
    mask = np.ones((3000, 3000), bool)
    mask[0:1500, 0:1500] = False  # more than a window: its edge says more than its middle
    mask[2900:2905, 2900:2905] = False
    tiles = views.details_of(PackedMask.of(mask))
    shares = [float((~mask[tile.slices]).mean()) for tile in tiles]
    assert len(tiles) == 2
    assert all(0.2 < share < 0.8 for share in shares)
    assert views.details_of(PackedMask.of(np.ones((50, 50), bool))) == ()


def test_the_page_stays_small_however_many_images(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page.PAGE * 4 / 3 < 50_000_000
    monkeypatch.setattr(page, "PAGE", 40_000)
    monkeypatch.setattr(page, "_LEAST", 2_000)
    monkeypatch.setattr(page, "SHOWN", 3)
    for number in range(4):
        put(f"{number}.png", size=(120, 150), mask=np.arange(120 * 150).reshape(120, 150) % 150 > 9)
    run(tmp_path, report=tmp_path / "r.html")
    found = cards(tmp_path / "r.html")
    assert ["data:" in card for card in found.values()] == [True, True, True, False]
    assert sum(map(len, found.values())) < 40_000 * 4 / 3 + 4 * 1500
    html = (tmp_path / "r.html").read_text("utf-8")
    assert "The first 3 of 4 images are shown" in html
    assert "at most 13 kB an image" in html


def test_with_little_room_views_are_smaller_and_fewer(tmp_path: Path, holes: Callable[..., Mask]) -> None:
    samples = np.random.default_rng(0).integers(0, 256, (300, 2400, 3), dtype=np.uint8)
    write_image(tmp_path / "a.png", StoredImage(samples))
    write_mask(tmp_path / "m.png", holes((300, 2400), count=40))
    image = WholeImage(Pair("a.png", tmp_path / "a.png", tmp_path / "m.png"), InpaintOptions("in", "m", "out"))
    for room, count, side in ((200_000, 3, 1024), (18_000, 1, 324)):
        before = views.before(image, room)
        after = before.after(lambda tile: samples[tile.slices])
        assert (len(before.jpegs), max(before.sizes[0])) == (count, side)
        assert sum(map(len, (*before.jpegs, *before.outlines, *after))) <= room
