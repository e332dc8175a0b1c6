"""Files as they are handed over: codings of TIFF, WebP, CMYK, turned images; all as they were outside of holes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_header, read_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.preview import preview_folder
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import Method

Run = Callable[..., InpaintReport]
SIZE = (40, 50)
CODINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "lzw": {"compression": "lzw", "predictor": True},
    "deflate": {"compression": "deflate"},
    "zstd": {"compression": "zstd"},
    "striped": {"compression": "lzw", "rowsperstrip": 7},
    "tiled": {"tile": (16, 16), "compression": "deflate", "predictor": True},
    "planes": {"planarconfig": "separate"},
    "big": {"bigtiff": True, "tile": (32, 16)},
    "motorola": {"byteorder": ">", "compression": "lzw"},
}


def noise(depth: str, channels: int = 3) -> NDArray[Any]:
    top = {"uint8": 255, "uint16": 65535, "float32": 1}[depth]
    return (np.random.default_rng(1).random((*SIZE, channels)) * top).astype(depth)


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_every_coding_of_tiff(tmp_path: Path, a_mask: Mask, depth: str, run: Run) -> None:
    samples = noise(depth)
    (tmp_path / "in").mkdir()
    for name, coding in CODINGS.items():
        stored = np.moveaxis(samples, 2, 0) if name == "planes" else samples
        coding = {key: value for key, value in coding.items() if key != "predictor" or depth != "float32"}
        tifffile.imwrite(tmp_path / "in" / f"{name}.tif", stored, photometric="rgb", **coding)
    write_mask(tmp_path / "m.png", a_mask)
    report = run(tmp_path, masks=tmp_path / "m.png")
    assert (len(report.done), report.failed) == (len(CODINGS), [])
    for name in CODINGS:
        after = read_image(tmp_path / "out" / f"{name}.tif")
        assert after.samples.dtype == samples.dtype
        assert np.array_equal(after.samples[a_mask], samples[a_mask]), name
        assert (after.samples != samples)[~a_mask].any(axis=1).mean() > 0.9, name
        with (
            tifffile.TiffFile(tmp_path / "in" / f"{name}.tif") as before,
            tifffile.TiffFile(tmp_path / "out" / f"{name}.tif") as written,
        ):
            old, new = before.pages.first, written.pages.first
            for key in ("compression", "tile", "rowsperstrip", "planarconfig"):
                assert getattr(new, key) == getattr(old, key), name
            assert written.is_bigtiff == before.is_bigtiff, name


KEPT: dict[str, dict[str, Any]] = {
    "strips": {"rowsperstrip": 5, "compression": "lzw", "predictor": True},
    "not packed": {"rowsperstrip": 5},
    "tiles": {"tile": (16, 16), "compression": "deflate", "compressionargs": {"level": 1}},  # we pack by 6
    "BigTIFF": {"tile": (16, 16), "compression": "zstd", "bigtiff": True, "byteorder": ">"},
}


@pytest.mark.parametrize("coding", KEPT)
@pytest.mark.parametrize("colours", ["minisblack", "miniswhite", "rgb", "alpha"])
def test_tiles_and_strips_without_a_hole_keep_their_bytes(tmp_path: Path, coding: str, colours: str, run: Run) -> None:
    samples = noise("uint16", {"rgb": 3, "alpha": 4}.get(colours, 1))
    path, hole = tmp_path / "in/a.tif", np.zeros(SIZE, bool)
    hole[17:19, 28:38] = True  # in one strip, and two tiles
    path.parent.mkdir()
    kind = {"photometric": "rgb", "extrasamples": ["unassalpha"]} if colours == "alpha" else {"photometric": colours}
    tifffile.imwrite(path, np.squeeze(samples), description="Cave 45", metadata=None, **KEPT[coding], **kind)
    write_mask(tmp_path / "m.png", ~hole)
    assert run(tmp_path, masks=tmp_path / "m.png").exit_code == 0
    found = []
    for name in ("in/a.tif", "out/a.tif"):
        with tifffile.TiffFile(tmp_path / name) as file:
            page, data = file.pages.first, (tmp_path / name).read_bytes()
            assert page.description == "Cave 45"
            places = zip(page.dataoffsets, page.databytecounts, strict=True)
            found.append(([data[start : start + count] for start, count in places], np.atleast_3d(page.asarray())))
    (before, old), (after, new) = found
    assert sum(one != other for one, other in zip(before, after, strict=True)) == (2 if "tile" in KEPT[coding] else 1)
    np.testing.assert_array_equal(new[~hole], old[~hole])
    assert (new != old)[hole].any(axis=1).mean() > 0.8


def test_strips_that_share_their_bytes_do_not_multiply(tmp_path: Path, run: Run) -> None:
    path, mask = tmp_path / "in/a.tif", np.ones((400, 100), bool)
    mask[3:9, 3:9] = False
    path.parent.mkdir()
    tifffile.imwrite(path, np.tile(noise("uint8", 1)[:1, :, 0], (400, 2)), compression="lzw", rowsperstrip=1)
    with tifffile.TiffFile(path, mode="r+") as file:
        page = file.pages.first
        most = path.stat().st_size - page.dataoffsets[0]
        page.tags["StripOffsets"].overwrite([page.dataoffsets[0]] * 400)
        page.tags["StripByteCounts"].overwrite([most] * 400)
    before = read_image(path).samples
    write_mask(tmp_path / "m.png", mask)
    assert run(tmp_path, masks=tmp_path / "m.png").exit_code == 0
    assert (tmp_path / "out/a.tif").stat().st_size < 2 * path.stat().st_size
    np.testing.assert_array_equal(read_image(tmp_path / "out/a.tif").samples[mask], before[mask])


def test_a_tiff_without_resolution_gets_none_and_codes_that_every_program_reads(
    tmp_path: Path, a_mask: Mask, run: Run
) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(noise("uint8")).save(tmp_path / "in/a.tif")
    Image.fromarray(noise("uint8")).save(tmp_path / "in/b.tif", dpi=(300, 300), compression="jpeg")
    write_mask(tmp_path / "m.png", a_mask)
    assert run(tmp_path, masks=tmp_path / "m.png").exit_code == 0
    with tifffile.TiffFile(tmp_path / "out/a.tif") as file:
        assert not {282, 283, 296} & set(file.pages.first.tags.keys())  # and not 1 pixel an inch
    with tifffile.TiffFile(tmp_path / "out/b.tif") as file:
        tags = file.pages.first.tags
        assert (tags[282].value, tags[296].value) == ((300, 1), tifffile.RESUNIT.INCH)
        assert tags[259].value == tifffile.COMPRESSION.ADOBE_DEFLATE  # 8, and not the old 32946


@pytest.mark.parametrize("photometric", ["rgb", "ycbcr"])
def test_jpeg_tiles_in_a_tiff_are_kept_sample_by_sample(
    tmp_path: Path, a_mask: Mask, photometric: str, run: Run
) -> None:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    samples = np.stack([60 + 2 * x, 200 - 3 * y, 90 + x + y], axis=2).astype(np.uint8)
    (tmp_path / "in").mkdir()
    stored = np.asarray(Image.fromarray(samples).convert("YCbCr" if photometric == "ycbcr" else "RGB"))
    tifffile.imwrite(tmp_path / "in/a.tif", stored, photometric=photometric, tile=(16, 16), compression="jpeg")
    write_mask(tmp_path / "m/a.png", a_mask)
    before = read_image(tmp_path / "in/a.tif").samples
    assert np.abs(before.astype(int) - samples).mean() < 4  # colours, not YCbCr
    report = run(tmp_path)
    assert any("JPEG: written with lossless compression" in warning for warning in report.warnings)
    assert np.array_equal(read_image(tmp_path / "out/a.tif").samples[a_mask], before[a_mask])


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("channels", [3, 4])
def test_webp_is_written_without_loss(tmp_path: Path, a_mask: Mask, lossless: bool, channels: int, run: Run) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(noise("uint8", channels)).save(tmp_path / "in/a.webp", lossless=lossless, exact=True, quality=80)
    write_mask(tmp_path / "m/a.png", a_mask)
    before = read_image(tmp_path / "in/a.webp").samples
    assert run(tmp_path).exit_code == 0
    assert np.array_equal(read_image(tmp_path / "out/a.webp").samples[a_mask], before[a_mask])


def test_16_bit_png_rgb_and_grey_with_alpha(tmp_path: Path, a_mask: Mask, run: Run) -> None:
    (tmp_path / "in").mkdir()
    write_mask(tmp_path / "m.png", a_mask)
    kinds = (("rgb", 3, "uint16"), ("rgba", 4, "uint16"), ("la", 2, "uint16"), ("la8", 2, "uint8"))
    for name, channels, depth in kinds:
        (tmp_path / f"in/{name}.png").write_bytes(imagecodecs.png_encode(noise(depth, channels)))
    assert run(tmp_path, masks=tmp_path / "m.png").exit_code == 0
    for name, channels, depth in kinds:
        samples = imagecodecs.png_decode((tmp_path / f"out/{name}.png").read_bytes())
        assert np.array_equal(samples[a_mask], noise(depth, channels)[a_mask])


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_cmyk_is_refused_or_converted(tmp_path: Path, a_mask: Mask, name: str, run: Run) -> None:
    inks = np.zeros((*SIZE, 4), np.uint8)
    inks[..., 0] = 255  # cyan
    (tmp_path / "in").mkdir()
    Image.fromarray(inks, "CMYK").save(tmp_path / "in" / name)
    write_mask(tmp_path / "m/a.png", a_mask)
    report = run(tmp_path)
    assert report.exit_code == 3
    assert "is a CMYK image" in report.failed[0][1]
    assert "`cmyk_to_rgb`" in report.failed[0][1]
    report = run(tmp_path, cmyk_to_rgb=True)
    assert report.exit_code == 0
    assert any("CMYK" in warning for warning in report.warnings)
    run(tmp_path, cmyk_to_rgb=True, report=tmp_path / "r.html")  # of what is there already
    assert "Cannot be shown" not in (tmp_path / "r.html").read_text("utf-8")
    after = read_image(tmp_path / "out" / name)
    assert after.samples.shape == (*SIZE, 3)
    np.testing.assert_allclose(after.samples.reshape(-1, 3).mean(axis=0), (0, 255, 255), atol=4)


def test_a_dry_run_knows_of_cmyk_from_the_header(tmp_path: Path, a_mask: Mask) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.jpg", "a.tif"):
        Image.new("CMYK", SIZE[::-1]).save(tmp_path / "in" / name)
    write_mask(tmp_path / "m/a.png", a_mask)
    options = InpaintOptions(tmp_path / "in", tmp_path / "m", tmp_path / "out", method=Method.TELEA)
    assert [name for name, _ in preview_folder(options).failed] == ["a.jpg", "a.tif"]
    assert preview_folder(replace(options, cmyk_to_rgb=True)).failed == []


def test_what_has_no_hole_is_converted_only_where_that_was_asked_for(tmp_path: Path, a_mask: Mask, run: Run) -> None:
    (tmp_path / "in").mkdir()
    Image.new("CMYK", SIZE[::-1], (255, 0, 0, 0)).save(tmp_path / "in/inks.tif")
    Image.new("P", SIZE[::-1]).save(tmp_path / "in/palette.png")
    write_mask(tmp_path / "m.png", np.ones_like(a_mask))
    report = run(tmp_path, masks=tmp_path / "m.png", cmyk_to_rgb=True)
    assert {one.name: one.note for one in report.done} == {
        "inks.tif": "no hole",
        "palette.png": "no hole, copied as it is",
    }
    assert read_image(tmp_path / "out/inks.tif").samples[0, 0].tolist() == [0, 255, 255]
    assert (tmp_path / "out/palette.png").read_bytes() == (tmp_path / "in/palette.png").read_bytes()
    assert [warning for warning in report.warnings if "palette" in warning] == []  # it is not expanded


def test_a_turned_image_and_its_turned_mask_meet_as_they_are_stored(tmp_path: Path, a_mask: Mask, run: Run) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "in").mkdir()
    (tmp_path / "m").mkdir()
    Image.fromarray(noise("uint8")).save(tmp_path / "in/a.png", exif=exif)
    Image.fromarray(np.where(a_mask, 0, 255).astype(np.uint8)).save(tmp_path / "m/a.tif", exif=exif)
    report = run(tmp_path)
    assert (report.failed, report.warnings) == ([], [])
    after = read_image(tmp_path / "out/a.png")
    assert read_header(tmp_path / "out/a.png").orientation == 6
    assert np.array_equal(after.samples[a_mask], noise("uint8")[a_mask])
    assert (after.samples != noise("uint8"))[~a_mask].any(axis=1).mean() > 0.9


def test_mixed_case_suffixes_spaces_and_any_script_keep_their_names(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run, files_below: Callable[[Path], list[str]]
) -> None:
    names = ["A.PNG", "b c/d e.Png", "敦煌/第 257 窟/敦煌_001.TIF", "x/ÿ/é.tIfF", "ä.v1.2.Bmp"]
    for name in names:
        kind = {"tif": ImageFormat.TIFF, "bmp": ImageFormat.BMP}.get(name[-3:].lower(), ImageFormat.PNG)
        put(name, ImageFormat.TIFF if name.endswith("tIfF") else kind)
    assert run(tmp_path).exit_code == 0
    assert files_below(tmp_path / "out") == sorted(names)


def test_what_another_format_has_no_place_for_is_reported(tmp_path: Path, a_mask: Mask, run: Run) -> None:
    (tmp_path / "in").mkdir()
    caption = (33723, 7, 10, b"\x1c\x02\x78\x00\x05Cave!", True)
    for name in ("a", "b", "c"):
        tifffile.imwrite(tmp_path / f"in/{name}.tif", noise("uint8"), photometric="rgb", extratags=[caption])
    write_mask(tmp_path / "m.png", a_mask)
    report = run(tmp_path, masks=tmp_path / "m.png", format=ImageFormat.PNG)
    assert (report.exit_code, len(report.done)) == (0, 3)
    expected = [f"{name}.tif: written as png, which has no place for its captions and rights in IPTC" for name in "abc"]
    assert sorted(report.warnings) == expected


def test_floats_that_are_no_numbers_warn_of_nothing(tmp_path: Path, run: Callable[..., InpaintReport]) -> None:
    """A signalling NaN as alpha, which any sum remarks on."""
    samples = np.random.default_rng(0).random((12, 14, 2)).astype(np.float32)
    samples[:, :, 1] = 1
    samples.view(np.uint32)[3, 4, 1] = 0x7F800001
    samples[5, 6, 1] = 3e38
    samples[7:9, 2:4, 1] = 0
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in" / "a.tif", samples, photometric="minisblack", extrasamples=["unassalpha"])
    reasons = [reason for _, reason in run(tmp_path, masks="alpha").failed]  # warnings are errors here
    assert not any("unexpectedly" in reason for reason in reasons)
