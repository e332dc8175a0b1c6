"""Layers and display copies beside restored images show exactly what was restored."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from pconv_cli.files.colour.alpha import associated, unassociated
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.metadata.carried import Metadata
from pconv_cli.files.metadata.ifd import build_exif
from pconv_cli.files.retouch.shows import REACH
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff import tiled, windowed
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.images import extras, scan
from pconv_cli.jobs.images.part import RestoredPart, part_of
from pconv_cli.tiling.rect import Rect
from tests.layers import composed
from tests.records import provenance_of

from .beside import HOLE, SIZE, beside, place, run, smooth

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
KINDS = [(kind, channels) for kind in ("uint8", "uint16", "float32", "int16") for channels in (1, 2, 3, 4)]


@pytest.mark.parametrize(("kind", "channels"), KINDS, ids=str)
def test_original_and_layer_are_the_result(tmp_path: Path, kind: str, channels: int) -> None:
    top = 1.0 if kind == "float32" else float(np.iinfo(kind).max)
    samples = smooth(kind, channels, top)
    tiff = kind in ("float32", "int16")
    metadata = Metadata(icc=ICC if channels > 2 else None, dpi=(300.0, 300.0))
    target = place(
        tmp_path,
        "a.tif" if tiff else "a.png",
        StoredImage(samples, ImageFormat.TIFF if tiff else ImageFormat.PNG, metadata),
    )
    run(tmp_path)
    layer = read_image(target.with_name(f"{target.name}.retouch.{'tif' if tiff else 'png'}"))
    result = read_image(target)
    assert composed(samples, layer.samples).tobytes() == result.samples.tobytes()
    assert result.samples.tobytes() != samples.tobytes()
    assert np.array_equal(layer.samples[:, :, -1] > 0, HOLE)
    assert (layer.alpha()[HOLE] == 1).all()
    assert layer.metadata.icc == metadata.icc
    assert layer.metadata.dpi == pytest.approx((300, 300), abs=0.1)
    assert provenance_of(layer.metadata.xmp) == provenance_of(result.metadata.xmp) is not None


def test_the_documented_lines_lay_the_layer_over_the_original(tmp_path: Path, monkeypatch) -> None:
    target = place(tmp_path, "a.png", StoredImage(smooth("uint8", 3, 255.0)))
    run(tmp_path)
    text = (Path(__file__).parents[2] / "docs/conservation.md").read_text(encoding="utf-8")
    (code,) = [block.split("```")[0] for block in text.split("```python\n")[1:] if ".retouch." in block.split("```")[0]]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)
    assert np.array_equal(names["result"], read_image(target).samples)


def test_where_alpha_is_the_mask_the_layer_makes_it_opaque(tmp_path: Path) -> None:
    samples = smooth("uint8", 4, 255)
    samples[:, :, 3] = np.where(HOLE, 40, 255)
    target = place(tmp_path, "a.png", StoredImage(samples))
    inpaint_folder(tmp_path / "in", "alpha", tmp_path / "out", method="telea", texture=0, retouch="layer")
    layer = read_image(target.with_name("a.png.retouch.png")).samples
    assert np.array_equal(composed(samples, layer, opaque=True), read_image(target).samples)


def test_associated_alpha_is_divided_out(tmp_path: Path) -> None:
    samples = smooth("uint8", 4, 255)
    samples[:, :, 3] = 100
    samples[:, :, :3] = associated(samples[:, :, :3].reshape(-1, 3), samples[:, :, 3].ravel()).reshape(*SIZE, 3)
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in" / "a.tif", samples, photometric="rgb", extrasamples=["assocalpha"])
    write_mask(tmp_path / "m" / "a.png", ~HOLE)
    run(tmp_path)
    layer = read_image(tmp_path / "out" / "a.tif.retouch.png").samples
    laid = composed(unassociated(samples), layer)
    laid[:, :, :3] = associated(laid[:, :, :3].reshape(-1, 3), laid[:, :, 3].ravel()).reshape(*SIZE, 3)
    result = tifffile.imread(tmp_path / "out" / "a.tif")
    assert np.array_equal(laid[HOLE], result[HOLE])


@pytest.mark.parametrize("more", [{"bits": 12}, {"lab": 8}], ids=str)
def test_what_png_has_no_kind_for_is_tiff(tmp_path: Path, more: dict[str, int]) -> None:
    kind, top = ("uint16", 4095) if "bits" in more else ("uint8", 120)
    samples = smooth(kind, 3, top)
    target = place(tmp_path, "a.tif", StoredImage(samples, ImageFormat.TIFF, **more))
    run(tmp_path, show="neutral")
    layer, result = read_image(target.with_name("a.tif.retouch.tif")), read_image(target)
    assert (layer.bits, layer.lab) == (result.bits, result.lab) == (more.get("bits", 0), more.get("lab", 0))
    assert composed(samples, layer.samples).tobytes() == result.samples.tobytes()
    assert (layer.alpha()[HOLE] == 1).all()
    assert beside(target) == ["a.tif.retouch.tif", "a.tif.show.png"]


def test_a_scan_in_windows_has_what_it_has_when_held_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = (200, 290)
    monkeypatch.setattr(tiled, "TILE", 64)
    monkeypatch.setattr(extras, "_SIDE", 96)
    samples = smooth("uint16", 3, 65535, size)
    hole = np.zeros(size, bool)
    hole[50:62, 40:150] = hole[150:180, 250:265] = True
    place(tmp_path, "a.tif", StoredImage(samples, ImageFormat.TIFF, Metadata(icc=ICC, dpi=(600.0, 600.0))), hole)
    tifffile.imwrite(
        tmp_path / "in" / "a.tif", samples, photometric="rgb", tile=(64, 64), iccprofile=ICC, resolution=(600, 600)
    )
    asked: list[Rect] = []

    def watched(*given: Any) -> RestoredPart:
        part = part_of(*given)

        def window(rect: Rect) -> NDArray[Any]:
            asked.append(rect)
            return part.window(rect)

        return replace(part, window=window)

    monkeypatch.setattr(scan, "part_of", watched)
    for show in ("tratteggio", "neutral", "outline"):
        run(tmp_path, show=show, overwrite=True)
        whole = [read_image(tmp_path / "out" / name) for name in ("a.tif.retouch.png", "a.tif.show.png")]
        with monkeypatch.context() as patch:
            patch.setattr(windowed, "SCAN_PIXELS", 0)
            run(tmp_path, show=show, overwrite=True)
        assert beside(tmp_path / "out" / "a.tif") == ["a.tif.retouch.tif", "a.tif.show.tif"]  # those in PNG are gone
        in_windows = [read_image(tmp_path / "out" / name) for name in ("a.tif.retouch.tif", "a.tif.show.tif")]
        for one, other in zip(whole, in_windows, strict=True):
            assert one.samples.tobytes() == other.samples.tobytes()
            assert one.metadata.icc == other.metadata.icc
            assert other.metadata.dpi == (600, 600)
            assert provenance_of(one.metadata.xmp) == provenance_of(other.metadata.xmp) is not None
    assert max(rect.width for rect in asked) == 64 + 2 * REACH < size[1]  # never the whole
    assert composed(samples, in_windows[0].samples).tobytes() == tifffile.imread(tmp_path / "out" / "a.tif").tobytes()


def test_a_file_of_pages_has_a_page_for_each_with_holes(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    pages = [smooth("uint8", 3, 255), smooth("uint8", 3, 200), smooth("uint8", 3, 120)]
    with tifffile.TiffWriter(tmp_path / "in" / "book.tif") as writer:
        for page in pages:
            writer.write(page, photometric="rgb", metadata=None)
    for number in (1, 3):
        write_mask(tmp_path / "m" / f"book_page{number}.png", ~np.roll(HOLE, number, axis=0))
    run(tmp_path, show="outline")
    assert beside(tmp_path / "out" / "book.tif") == ["book.tif.retouch.tif", "book.tif.show.tif"]
    with (
        tifffile.TiffFile(tmp_path / "out" / "book.tif") as results,
        tifffile.TiffFile(tmp_path / "out" / "book.tif.retouch.tif") as layers,
        tifffile.TiffFile(tmp_path / "out" / "book.tif.show.tif") as copies,
    ):
        assert [page.tags[297].value for page in layers.pages] == [(0, 3), (2, 3)]
        assert len(copies.pages) == 2
        for number, layer in zip((0, 2), layers.pages, strict=True):
            laid = composed(pages[number], layer.asarray())
            assert laid.tobytes() == results.pages[number].asarray().tobytes() != pages[number].tobytes()


def test_copies_are_upright_and_so_are_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exif = build_exif("<", {0x0112: (3, 1, b"\x06\x00")}, {})
    image = StoredImage(np.full((*SIZE, 3), 120, np.uint8), ImageFormat.TIFF, Metadata(exif=exif))
    target = place(tmp_path, "a.tif", image)
    run(tmp_path, show="tratteggio")
    shown = np.asarray(Image.open(target.with_name("a.tif.show.png"))).astype(int)
    assert shown.shape == (SIZE[1], SIZE[0], 3)
    hole = np.rot90(HOLE, -1)
    inside = shown[hole].reshape(20, 12, 3)
    assert np.abs(inside - inside[:1]).max() <= 2  # Telea's fill of a flat image is not quite flat
    assert np.ptp(inside) >= 40
    assert read_image(target.with_name("a.tif.retouch.png")).metadata.orientation == 6
    with monkeypatch.context() as patch:
        patch.setattr(windowed, "SCAN_PIXELS", 0)
        run(tmp_path, show="tratteggio", overwrite=True)
    stored = read_image(target.with_name("a.tif.show.tif"))
    assert stored.metadata.orientation == 6
    assert np.array_equal(np.rot90(stored.samples, -1), shown)
