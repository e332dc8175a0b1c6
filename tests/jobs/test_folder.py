"""A folder in, a folder out: every depth and format, masks of every kind, what is kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.preview import preview_folder
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import Method

Run = Callable[..., InpaintReport]
SIZE = (40, 50)

DEPTHS: list[tuple[str, ImageFormat, str, int]] = [
    ("grey8.png", ImageFormat.PNG, "uint8", 1),
    ("grey16.png", ImageFormat.PNG, "uint16", 1),
    ("alpha 8.png", ImageFormat.PNG, "uint8", 4),
    ("a/rgb16.png", ImageFormat.PNG, "uint16", 3),
    ("a/grey-alpha16.png", ImageFormat.PNG, "uint16", 2),
    ("敦煌 壁画/敦煌_001.tif", ImageFormat.TIFF, "uint16", 3),
    ("deep/er/than/that/float.tiff", ImageFormat.TIFF, "float32", 3),
    ("rgba16.tif", ImageFormat.TIFF, "uint16", 4),
    ("lossless.webp", ImageFormat.WEBP, "uint8", 3),
    ("b.bmp", ImageFormat.BMP, "uint8", 3),
]


def test_every_undamaged_sample_stays_and_every_hole_is_filled(
    tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask, run: Run, files_below: Callable[[Path], list[str]]
) -> None:
    samples = {name: put(name, kind, depth, channels) for name, kind, depth, channels in DEPTHS}
    report = run(tmp_path)
    assert (len(report.done), report.failed, report.exit_code) == (len(DEPTHS), [], 0)
    assert files_below(tmp_path / "out") == sorted(samples)
    for name, kind, depth, channels in DEPTHS:
        after = read_image(tmp_path / "out" / name)
        assert (after.format, str(after.samples.dtype), after.samples.shape) == (kind, depth, (*SIZE, channels))
        np.testing.assert_array_equal(after.samples[a_mask], samples[name][a_mask])
        colours = 1 if channels < 3 else 3
        changed = (after.samples != samples[name])[..., :colours].any(axis=2)
        assert changed[~a_mask].mean() > 0.9, name
        np.testing.assert_array_equal(after.samples[..., colours:], samples[name][..., colours:])


def test_every_method_runs_on_a_folder(
    tmp_path: Path, put: Callable[..., NDArray[Any]], tiny_weights: Path, a_mask: Mask, run: Run
) -> None:
    samples = put("a.png")
    for method in Method:
        weights = tiny_weights if method is Method.PCONV else None
        report = run(tmp_path, method=method, weights=weights, out=tmp_path / method)
        assert (report.method, report.exit_code) == (method.value, 0)
        after = read_image(tmp_path / method / "a.png").samples
        np.testing.assert_array_equal(after[a_mask], samples[a_mask])


def test_a_mask_without_a_hole_copies_the_file(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run, recorder: Callable[[], Any]
) -> None:
    whole = np.ones(SIZE, bool)
    put("a.jpg", ImageFormat.JPEG, mask=whole)
    put("b.png", depth="uint16", mask=whole)
    progress = recorder()
    report = run(tmp_path, progress)
    for name in ("a.jpg", "b.png"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()
    assert progress.advanced == [("a.jpg", "no hole, copied as it is"), ("b.png", "no hole, copied as it is")]
    assert report.warnings == []
    run(tmp_path, format=ImageFormat.PNG, out=tmp_path / "png")
    assert read_image(tmp_path / "png" / "a.png").format is ImageFormat.PNG


def test_a_mask_that_is_nearly_all_hole_fails_unless_that_is_meant(
    tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask, run: Run, recorder: Callable[[], Any]
) -> None:
    put("all.png", mask=np.zeros(SIZE, bool))
    put("inverted.png", mask=~a_mask)
    put("inverted2.png", mask=~a_mask)
    plan = InpaintOptions(tmp_path / "in", tmp_path / "m", tmp_path / "out", method=Method.TELEA)
    report = run(tmp_path)
    assert [name for name, _ in report.failed] == ["all.png", "inverted.png", "inverted2.png"]
    assert "all hole" in report.failed[0][1]
    share = round(100 * np.mean(a_mask))
    for _, reason in report.failed:
        assert "if black marks the hole there, pass `polarity` black" in reason
    assert f"is {share} % hole" in report.failed[1][1]
    assert report.failed[1][1].endswith("if this is intended, pass `allow_large_holes`")
    assert preview_folder(plan).failed == report.failed
    report = run(tmp_path, allow_large_holes=True)
    assert [one.name for one in report.done] == ["inverted.png", "inverted2.png"]
    report = run(tmp_path, polarity=Polarity.BLACK, overwrite=True)
    assert (report.warnings, report.failed) == ([], [])


def test_a_mask_grown_too_far_is_no_inverted_one(tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run) -> None:
    put("a.png")
    ((_, reason),) = run(tmp_path, dilate=1000).failed
    assert reason.endswith(
        "grown by 1000 px, is all hole, so there is nothing to fill it from; give a smaller `dilate`"
    )
    hole = np.zeros(SIZE, bool)
    hole[10:30, 10:40] = True
    put("a.png", mask=~hole)
    ((_, reason),) = run(tmp_path, dilate=7).failed
    assert "% hole, which leaves little to fill it from; give a smaller `dilate`; if this is intended, pass" in reason
    assert run(tmp_path, dilate=7, allow_large_holes=True).failed == []


def test_a_image_of_one_pixel(tmp_path: Path, run: Run) -> None:
    for name, mask in (("hole.png", False), ("whole.png", True)):
        write_image(tmp_path / "in" / name, StoredImage(np.full((1, 1, 3), 7, np.uint8)))
        write_mask(tmp_path / "m" / name, np.full((1, 1), mask))
    report = run(tmp_path)
    assert [one.name for one in report.done] == ["whole.png"]
    assert "all hole" in report.failed[0][1]


def test_jpeg_says_once_that_it_is_lossy(
    tmp_path: Path,
    put: Callable[..., NDArray[Any]],
    a_mask: Mask,
    run: Run,
    recorder: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pconv_cli.files.codecs.jpeg_blocks.find_spec", lambda _: None)  # its package would say else
    put("a.jpg", ImageFormat.JPEG)
    put("b.jpg", ImageFormat.JPEG)
    progress = recorder()
    run(tmp_path, progress)
    assert progress.warnings[0].startswith("a.jpg: JPEG loses a little")
    assert "`format` png" in progress.warnings[0]
    assert progress.warnings[1:] == ["JPEG, all of it saved again: the same for 1 more"]
    before = read_image(tmp_path / "in" / "a.jpg").samples
    progress = recorder()
    run(tmp_path, progress, format=ImageFormat.PNG, out=tmp_path / "png")
    assert progress.warnings == []
    np.testing.assert_array_equal(read_image(tmp_path / "png" / "a.png").samples[a_mask], before[a_mask])


def test_a_palette_image_is_restored_as_rgb_and_says_so(
    tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask, run: Run
) -> None:
    samples = put("a.png")
    image = Image.fromarray(samples).quantize(32)
    image.save(tmp_path / "in" / "a.png")
    report = run(tmp_path)
    assert report.warnings == ["a.png: the palette is expanded: written as RGB"]
    after = read_image(tmp_path / "out" / "a.png").samples
    np.testing.assert_array_equal(after[a_mask], np.asarray(image.convert("RGB"))[a_mask])


def test_transparency_as_mask_is_filled_and_becomes_opaque(tmp_path: Path, a_mask: Mask, run: Run) -> None:
    samples = np.full((*SIZE, 4), 255, np.uint8)
    samples[~a_mask] = 0
    write_image(tmp_path / "in" / "a.png", StoredImage(samples))
    write_image(tmp_path / "in" / "b.png", StoredImage(samples[..., :3].copy()))
    report = run(tmp_path, masks="alpha")
    assert (read_image(tmp_path / "out" / "a.png").samples == 255).all()
    assert "no alpha channel" in report.failed[0][1]


def test_holes_grow_by_dilate(tmp_path: Path, run: Run) -> None:
    mask = np.ones(SIZE, bool)
    mask[20, 20] = False
    write_image(tmp_path / "in" / "a.png", StoredImage(np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)))
    write_mask(tmp_path / "m" / "a.png", mask)
    report = run(tmp_path, dilate=2)
    assert report.done[0].hole_ratio == pytest.approx(13 / (SIZE[0] * SIZE[1]), abs=1e-6)  # a disc of radius 2


def test_samples_that_are_no_numbers_stay_where_they_are_no_hole(tmp_path: Path, a_mask: Mask, run: Run) -> None:
    samples = np.full((*SIZE, 3), 0.5, np.float32)
    samples[~a_mask] = np.nan
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in" / "a.tif", samples, photometric="rgb")
    write_mask(tmp_path / "m" / "a.png", a_mask)
    assert run(tmp_path).exit_code == 0
    np.testing.assert_allclose(read_image(tmp_path / "out" / "a.tif").samples, 0.5, atol=1e-5)
    write_mask(tmp_path / "m" / "a.png", np.pad(np.zeros((1, 1), bool), ((0, 39), (0, 49)), constant_values=True))
    assert run(tmp_path, overwrite=True).exit_code == 0
    after = read_image(tmp_path / "out" / "a.tif").samples
    np.testing.assert_allclose(after[0, 0], 0.5, atol=1e-5)
    np.testing.assert_array_equal(after.reshape(-1, 3)[1:], samples.reshape(-1, 3)[1:])


@pytest.mark.parametrize("scale", [1, 4000])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("method", [Method.TELEA, Method.PYRAMID, Method.PCONV])
def test_a_number_for_no_data_in_a_hole_does_not_touch_its_fill(
    tmp_path: Path, a_mask: Mask, tiny_weights: Path, method: Method, channels: int, scale: int, run: Run
) -> None:
    samples = np.random.default_rng(0).uniform(0.2, 0.8, (*SIZE, channels)).astype(np.float32) * np.float32(scale)
    weights = tiny_weights if method is Method.PCONV else None
    (tmp_path / "in").mkdir()
    write_mask(tmp_path / "m" / "a.png", a_mask)
    fills = []
    for no_data in (0.5, 1e6, 3.4e38, -9999, np.nan, np.inf):
        samples[~a_mask] = no_data
        write_image(tmp_path / "in" / "a.tif", StoredImage(samples, ImageFormat.TIFF))
        report = run(tmp_path, method=method, weights=weights, overwrite=True)
        assert report.failed == []
        after = read_image(tmp_path / "out" / "a.tif").samples
        np.testing.assert_array_equal(after[a_mask], samples[a_mask])
        fills.append(after[~a_mask])
        np.testing.assert_array_equal(fills[-1], fills[0])
    assert 0 <= fills[0].min() <= fills[0].max() <= scale
    assert method is Method.PCONV or 0.2 * scale < fills[0].mean() < 0.8 * scale  # the network is not trained


def test_the_report_as_json(tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run) -> None:
    put("a.png")
    put("b.png", mask=None)
    data = run(tmp_path).to_json()
    assert data["done"][0]["name"] == "a.png"
    assert data["done"][0]["output"] == str(tmp_path / "out" / "a.png")
    assert 0 < data["done"][0]["hole_ratio"] < 1
    assert data["failed"][0]["name"] == "b.png"
    assert (data["skipped"], data["exit_code"], data["method"]) == ([], 3, "telea")


def test_the_network_gets_texture_unless_declined(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run, tiny_weights: Path
) -> None:
    mask = np.ones((80, 90), bool)
    mask[5:75, 5:75] = False
    put("a.png", size=mask.shape, mask=mask)
    network = {"method": Method.PCONV, "weights": tiny_weights}
    assert run(tmp_path, **network, texture=0).warnings == []
    smooth = read_image(tmp_path / "out" / "a.png").samples
    for texture in (None, 1):
        assert run(tmp_path, **network, texture=texture, overwrite=True).warnings == []
        refined = read_image(tmp_path / "out" / "a.png").samples
        np.testing.assert_array_equal(refined[mask], smooth[mask])
        assert (refined != smooth)[30:50, 30:50].mean() > 0.5
