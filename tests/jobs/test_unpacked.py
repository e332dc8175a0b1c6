"""Huge files of other formats than TIFF, small enough for a test: in windows they become what they become whole."""

import io
import struct
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs.boxed import jpeg2000_rows, jpeg2000_tiles
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_header, read_image, write_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.metadata.carried import Metadata, Samples
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff import unpacked as unpacking
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.images import unpacked
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.preview import preview_folder
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.methods.names import Method
from tests.files import psd_files
from tests.optional import need

ICC = struct.pack(">I", 132) + bytes(8) + b"\0\0\0\0RGB XYZ " + bytes(12) + b"acsp" + bytes(92)


@pytest.fixture
def huge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every image count as huge, cut into several strips and tiles."""
    monkeypatch.setattr(unpacked, "SCAN_PIXELS", 0)
    monkeypatch.setattr(unpacked, "_STRIP", 10_000)
    monkeypatch.setattr(unpacking, "_STRIP", 1)
    monkeypatch.setattr("pconv_cli.jobs.images.whole.read_image", lambda *_, **__: pytest.fail("read as a whole"))


def samples_of(channels: int, dtype: str, size: tuple[int, int] = (530, 540)) -> Samples:
    values = gaussian_filter(np.random.default_rng(channels).random((*size, channels)), (4, 4, 0))
    values = (values - values.min()) / np.ptp(values)
    return values.astype(dtype) if dtype == "float32" else (values * np.iinfo(dtype).max).astype(dtype)


def put(root: Path, name: str, data: bytes | StoredImage, size: tuple[int, int] = (530, 540)) -> np.ndarray:
    (root / "in").mkdir()
    if isinstance(data, bytes):
        (root / "in" / name).write_bytes(data)
    else:
        write_image(root / "in" / name, data)
    known = np.ones(size, np.bool_)
    known[505:520, 500:530] = known[10:20, 10:20] = False
    write_mask((root / "m" / name).with_suffix(".png"), known)
    return known


def run(root: Path, **changes: Any) -> InpaintReport:
    settings = {"images": root / "in", "masks": root / "m", "out": root / "out", "method": Method.TELEA}
    return inpaint_folder(InpaintOptions(**{**settings, **changes}))


def psd(samples: Samples, packed: bool) -> bytes:
    height, width, channels = samples.shape
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, channels, height, width, 8 * samples.dtype.itemsize, 3)
    icc = b"8BIM" + struct.pack(">HHI", 1039, 0, len(ICC)) + ICC
    head += struct.pack(">I", 0) + struct.pack(">I", len(icc)) + icc + struct.pack(">I", 0)
    stored = np.moveaxis(samples, 2, 0).astype(samples.dtype.newbyteorder(">"))
    if not packed:
        return head + b"\0\0" + stored.tobytes()
    rows = [bytes(imagecodecs.packbits_encode(row.tobytes())) for plane in stored for row in plane]
    return head + b"\0\1" + b"".join(struct.pack(">H", len(row)) for row in rows) + b"".join(rows)


@pytest.mark.parametrize(("dtype", "packed"), [("uint8", True), ("uint16", False), ("float32", True)])
def test_a_huge_psd_is_restored_in_windows(tmp_path: Path, huge: None, dtype: str, packed: bool) -> None:
    samples = samples_of(3, dtype)
    known = put(tmp_path, "a.psd", psd(samples, packed))
    report = run(tmp_path)
    assert (report.failed, len(report.done)) == ([], 1)
    restored = read_image(tmp_path / "out" / "a.tif")
    np.testing.assert_array_equal(restored.samples[known], samples[known])
    assert (restored.samples[~known] != samples[~known]).any()
    assert restored.metadata.icc == ICC
    assert "is read, and not written, as psd" in " ".join(report.warnings)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a.tif", "manifest.jsonl"}


@pytest.mark.parametrize(("dtype", "mark"), [("uint8", b""), ("uint16", b"Mt16"), ("float32", b"Mt32")])
def test_a_huge_psd_is_freed_from_white_in_windows_too(tmp_path: Path, huge: None, dtype: str, mark: bytes) -> None:
    stored = samples_of(4, dtype)
    stored[:200, :, 3] = 1 if dtype == "float32" else np.iinfo(dtype).max
    planes = np.moveaxis(stored, 2, 0)
    known = put(tmp_path, "a.psd", psd_files.psd(planes, layers=1 if mark else -1, mark=mark))
    report = run(tmp_path)
    assert (report.failed, len(report.done)) == ([], 1)
    restored, whole = (read_image(path).samples for path in (tmp_path / "out" / "a.tif", tmp_path / "in" / "a.psd"))
    np.testing.assert_array_equal(restored[known], whole[known])
    np.testing.assert_array_equal(restored[:200][known[:200]], stored[:200][known[:200]])
    assert (whole != stored)[200:, :, :3].mean() > 0.9
    assert "half-transparent colours are stored blended with white, which is taken out" in " ".join(report.warnings)


@pytest.mark.parametrize("out", ["out", "restored.png"])
def test_a_gif_named_as_a_png_is_not_written_as_tiff_under_that_name(tmp_path: Path, out: str) -> None:
    gif = io.BytesIO()
    Image.fromarray(samples_of(3, "uint8", (40, 40))[:, :, 0]).save(gif, "GIF")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(gif.getvalue())
    known = np.ones((40, 40), np.bool_)
    known[10:14, 10:14] = False
    write_mask(tmp_path / "m" / "a.png", known)
    one = out.endswith(".png")
    report = run(tmp_path, **({"images": tmp_path / "in" / "a.png", "out": tmp_path / out} if one else {}))
    assert (report.failed, len(report.done)) == ([], 1)
    place = tmp_path / out if one else tmp_path / "out" / "a.tif"
    assert read_image(place).format is (ImageFormat.PNG if one else ImageFormat.TIFF)


@pytest.fixture
def glymur() -> None:
    """Skip the test where JPEG 2000 cannot be read in windows."""
    need(jpeg2000_rows.is_available(), "glymur and an OpenJPEG")


needs_glymur = pytest.mark.usefixtures("glymur")


@needs_glymur
@pytest.mark.parametrize(("channels", "dtype", "suffix"), [(4, "uint8", "jp2"), (1, "uint16", "j2k")])
def test_a_huge_jpeg_2000_stays_one(tmp_path: Path, huge: None, channels: int, dtype: str, suffix: str) -> None:
    samples = samples_of(channels, dtype)
    own = Metadata(icc=ICC if channels > 2 else None, dpi=(300.0, 300.0)) if suffix == "jp2" else Metadata()
    known = put(tmp_path, f"a.{suffix}", StoredImage(samples, ImageFormat(suffix), own))
    report = run(tmp_path)
    assert (report.failed, len(report.done)) == ([], 1)
    restored = read_image(tmp_path / "out" / f"a.{suffix}")
    assert restored.format is ImageFormat(suffix)
    np.testing.assert_array_equal(restored.samples[known], samples[known])
    assert (restored.samples[~known] != samples[~known]).any()
    assert restored.metadata.icc == own.icc
    assert restored.metadata.dpi == (None if own.dpi is None else pytest.approx(own.dpi, rel=1e-4))
    assert (b"DigitalSourceType" in (restored.metadata.xmp or b"")) is (suffix == "jp2")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"a.{suffix}", "manifest.jsonl"}


@needs_glymur
def test_a_huge_jpeg_2000_that_lies_off_the_origin_is_read_where_it_lies(tmp_path: Path, huge: None) -> None:
    import glymur

    samples = samples_of(3, "uint8")
    known = put(tmp_path, "a.j2k", StoredImage(samples, ImageFormat.J2K))
    glymur.Jp2k(tmp_path / "in" / "a.j2k", data=samples, grid_offset=(7, 5), tilesize=(128, 128))
    report = run(tmp_path)
    assert (report.failed, len(report.done)) == ([], 1)
    np.testing.assert_array_equal(read_image(tmp_path / "out" / "a.j2k").samples[known], samples[known])


@needs_glymur
def test_a_page_shows_a_huge_jpeg_2000_that_is_there_already(tmp_path: Path, huge: None) -> None:
    put(tmp_path, "a.jp2", StoredImage(samples_of(3, "uint8"), ImageFormat.JP2))
    assert not run(tmp_path).failed
    report = run(tmp_path, report=tmp_path / "page.html")
    assert (report.failed, report.skipped) == ([], ["a.jp2"])
    assert (tmp_path / "page.html").read_text().count("data:image/jpeg") >= 2


@needs_glymur
def test_a_huge_jpeg_2000_without_a_hole_is_copied(tmp_path: Path, huge: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "unpack", lambda *_: pytest.fail("unpacked"))
    put(tmp_path, "a.jp2", StoredImage(samples_of(3, "uint8"), ImageFormat.JP2))
    write_mask(tmp_path / "m" / "a.png", np.ones((530, 540), np.bool_))
    report = run(tmp_path, report=tmp_path / "page.html")
    assert (report.failed, report.warnings) == ([], [])
    assert (tmp_path / "out" / "a.jp2").read_bytes() == (tmp_path / "in" / "a.jp2").read_bytes()


@needs_glymur
def test_a_preview_unpacks_nothing(tmp_path: Path, huge: None, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.jp2", StoredImage(samples_of(3, "uint8"), ImageFormat.JP2))
    monkeypatch.setattr(unpacking, "unpack", lambda *_: pytest.fail("unpacked"))
    options = InpaintOptions(tmp_path / "in", tmp_path / "m", tmp_path / "out", method=Method.TELEA)
    assert [row.size for row in preview_folder(options).rows] == [(530, 540)]
    assert not (tmp_path / "out").exists()


@needs_glymur
def test_a_tile_that_is_written_wrong_is_noticed(tmp_path: Path, huge: None, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.jp2", StoredImage(samples_of(3, "uint8"), ImageFormat.JP2))
    encode = jpeg2000_tiles.jpeg2000.codestream_of
    monkeypatch.setattr(
        jpeg2000_tiles.jpeg2000, "codestream_of", lambda samples, *rest: encode(samples ^ np.uint8(1), *rest)
    )
    ((_, reason),) = run(tmp_path).failed
    assert "does not read back as the image (its rows from 0 on differ)" in reason
    assert not (tmp_path / "out" / "a.jp2").exists()


def test_an_image_that_unpacks_to_something_else_is_noticed(
    tmp_path: Path, huge: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.psd", psd(samples_of(3, "uint8"), packed=True))
    numbers = count()
    monkeypatch.setattr(unpacking, "zlib", SimpleNamespace(crc32=lambda _: next(numbers)))
    ((_, reason),) = run(tmp_path).failed
    assert "does not read back as the image (its tile at 0, 0 differs)" in reason


@needs_glymur
@pytest.mark.parametrize("shape", [(1030, 1024, 1), (40, 2050, 3), (20, 1500, 2)])
def test_tiles_are_read_alike_by_others(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    samples = samples_of(shape[2], "uint8", shape[:2])
    place = tmp_path / "a.j2k"
    with place.open("wb") as file:
        jpeg2000_tiles.write_tiles(file, shape, 8, lambda rect: samples[rect.slices], Metadata(), ImageFormat.J2K)
    np.testing.assert_array_equal(imagecodecs.jpeg2k_decode(place.read_bytes()).reshape(shape), samples)


@pytest.mark.parametrize(("length", "side"), [(1024, 1024), (500, 1024), (2049, 3072), (1040, 1024), (3077, 2048)])
def test_no_tile_is_a_sliver(length: int, side: int) -> None:
    assert jpeg2000_tiles.tile_side(length) == side
    assert not 0 < length % side < 16


def test_without_the_package_a_line_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_image(tmp_path / "a.jp2", StoredImage(samples_of(1, "uint8"), ImageFormat.JP2))
    monkeypatch.setattr(jpeg2000_rows, "is_available", lambda: False)
    with pytest.raises(ImageError, match=r"540x530 pixels.*to have it read in windows, pip install 'pconv-cli\[jp2\]'"):
        read_header(tmp_path / "a.jp2", max_pixels=1000)


@needs_glymur
def test_an_image_beyond_the_limit_is_taken_where_it_is_read_in_windows(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jp2", StoredImage(samples_of(1, "uint8"), ImageFormat.JP2))
    assert read_header(tmp_path / "a.jp2", max_pixels=1000).size == (530, 540)
    (tmp_path / "b.psd").write_bytes(psd(samples_of(3, "uint8"), packed=True))
    assert read_header(tmp_path / "b.psd", max_pixels=1000).size == (530, 540)
