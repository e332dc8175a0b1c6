"""JPEG written again: blocks without a hole keep their coefficients, those with one are transformed as others do it."""

import errno
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage import data

from pconv_cli.errors import OutputError
from pconv_cli.files.codecs import jpeg_blocks
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.methods.names import Method
from tests.optional import needed

jpeglib = needed("jpeglib")
PHOTO = data.astronaut()[:203, 100:291]
#: Pixels round a unit with a hole that its colours may reach, where they have fewer samples than pixels.
NEAR = 2


def put(root: Path, hole: tuple[slice, slice], mode: str = "RGB", **options: Any) -> np.ndarray:
    (root / "in").mkdir()
    Image.fromarray(PHOTO).convert(mode).save(root / "in" / "a.jpg", quality=80, **options)
    known = np.ones(PHOTO.shape[:2], np.bool_)
    known[hole] = False
    write_mask(root / "m" / "a.png", known)
    return known


def run(root: Path) -> InpaintReport:
    return inpaint_folder(InpaintOptions(root / "in", root / "m", root / "out", method=Method.TELEA, provenance=False))


def coefficients(path: Path) -> list[np.ndarray]:
    image = jpeglib.read_dct(str(path))
    image.load()
    return [plane for plane in (image.Y, image.Cb, image.Cr) if plane is not None]


@pytest.mark.parametrize(
    ("mode", "options", "unit"),
    [
        ("RGB", {"subsampling": 2}, (16, 16)),
        ("RGB", {"subsampling": 1, "restart_marker_blocks": 5}, (8, 16)),
        ("RGB", {"subsampling": 0, "progressive": True}, (8, 8)),
        ("L", {}, (8, 8)),
    ],
)
def test_blocks_without_a_hole_keep_their_coefficients(
    tmp_path: Path, mode: str, options: dict[str, Any], unit: tuple[int, int]
) -> None:
    hole = (slice(195, 203), slice(180, 191))  # at the corner, where units reach beyond the image
    known = put(tmp_path, hole, mode, comment=b"a word", dpi=(300, 300), **options)
    report = run(tmp_path)
    assert (report.failed, len(report.done)) == ([], 1)
    assert "those without a hole stay as they are" in " ".join(report.warnings)
    old, new = tmp_path / "in" / "a.jpg", tmp_path / "out" / "a.jpg"
    touched = np.zeros(known.shape, np.bool_)
    touched[195 // unit[0] * unit[0] :, 180 // unit[1] * unit[1] :] = True
    top, left = (int(np.flatnonzero(touched.any(axis=1 - axis))[0]) for axis in (0, 1))
    for before, after in zip(coefficients(old), coefficients(new), strict=True):
        tall, wide = (
            8 * round(known.shape[axis] / (8 * before.shape[axis])) for axis in (0, 1)
        )  # of a block in pixels
        same = (before == after).all(axis=(2, 3))
        assert same[: top // tall].all()
        assert same[:, : left // wide].all()
    assert any((one != other).any() for one, other in zip(coefficients(old), coefficients(new), strict=True))
    with Image.open(old) as first_file, Image.open(new) as second:
        assert first_file.quantization == second.quantization
        assert (second.info["comment"], second.info["dpi"]) == (b"a word", (300, 300))
        assert second.info.get("progressive") == first_file.info.get("progressive")
    reach = touched.copy()
    reach[195 // unit[0] * unit[0] - NEAR :, 180 // unit[1] * unit[1] - NEAR :] = True
    np.testing.assert_array_equal(read_image(old).samples[~reach], read_image(new).samples[~reach])
    assert (read_image(old).samples[~known] != read_image(new).samples[~known]).any()


def test_units_are_transformed_as_pillow_transforms_them(tmp_path: Path) -> None:
    """Where all is hole, the file is what Pillow makes of the samples: within a rounding of each coefficient."""
    put(tmp_path, (slice(0, 1), slice(0, 1)))
    image = read_image(tmp_path / "in" / "a.jpg")
    other = np.ascontiguousarray(image.samples[::-1, ::-1])
    holes = PackedMask.of(np.zeros(image.size, np.bool_))
    jpeg_blocks.rewrite(tmp_path / "in" / "a.jpg", tmp_path / "b.jpg", other, holes, image.metadata, lambda: None)
    wanted = io.BytesIO()
    with Image.open(tmp_path / "in" / "a.jpg") as source:
        Image.fromarray(other).save(wanted, "JPEG", qtables=source.quantization, subsampling=2)
    (tmp_path / "c.jpg").write_bytes(wanted.getvalue())
    for ours, theirs in zip(coefficients(tmp_path / "b.jpg"), coefficients(tmp_path / "c.jpg"), strict=True):
        assert np.abs(ours.astype(int) - theirs).max() <= 1
        assert (ours != theirs).mean() < 0.02


@pytest.mark.parametrize("options", [{"keep_rgb": True}, {"mode": "CMYK"}])
def test_other_colours_are_left_to_the_encoder(tmp_path: Path, options: dict[str, Any]) -> None:
    put(tmp_path, (slice(10, 20), slice(10, 20)), **options)
    assert not jpeg_blocks.can_rewrite(tmp_path / "in" / "a.jpg")


def test_coefficients_that_are_written_wrong_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, (slice(10, 20), slice(10, 20)))
    write = jpeglib.DCTJPEG.write_dct

    def wrong(self: Any, path: str, **options: Any) -> None:
        luma, self.Y = self.Y, self.Y + np.int16(1)
        write(self, path, **options)
        self.Y = luma

    monkeypatch.setattr(jpeglib.DCTJPEG, "write_dct", wrong)
    ((_, reason),) = run(tmp_path).failed
    assert "does not read back as the image (its coefficients differ)" in reason
    assert not (tmp_path / "out" / "a.jpg").exists()
    image = read_image(tmp_path / "in" / "a.jpg")
    holes = PackedMask.of(np.ones(image.size, np.bool_))
    with pytest.raises(OutputError, match="coefficients differ"):
        jpeg_blocks.rewrite(
            tmp_path / "in" / "a.jpg", tmp_path / "b.jpg", image.samples, holes, image.metadata, lambda: None
        )


def test_without_the_package_it_is_saved_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, (slice(10, 20), slice(10, 20)))
    monkeypatch.setattr(jpeg_blocks, "find_spec", lambda _: None)
    report = run(tmp_path)
    assert (report.failed, len(report.done)) == ([], 1)
    (said,) = report.warnings
    assert "JPEG loses a little at every saving" in said
    assert said.endswith("pip install 'pconv-cli[jpeg]' keeps those of blocks without a hole")


def with_large_numbers(data: bytes) -> bytes:
    """The code of coefficients of one bit (the first one of the table AC 0) becomes that of such of eleven."""
    place = data.index(b"\xff\xc4\x00\xb5\x10") + 5 + 16
    assert data[place] == 0x01
    return data[:place] + b"\x0b" + data[place + 1 :]


def test_numbers_that_no_encoder_writes_are_saved_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decoders accept coefficients of eleven bits, which 8-bit samples never have; no encoder writes them."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    put(tmp_path, (slice(100, 110), slice(100, 110)), "L")
    path = tmp_path / "in" / "a.jpg"
    path.write_bytes(with_large_numbers(path.read_bytes()))
    report = run(tmp_path)
    assert (report.failed, len(report.done)) == ([], 1)
    assert "a.jpg: its data is damaged or odd, so its blocks could not be kept" in report.warnings[-1]
    assert read_image(tmp_path / "out" / "a.jpg").size == PHOTO.shape[:2]
    assert [one.name for one in (tmp_path / "out").iterdir() if one.name.startswith(".pconv")] == []
    assert list((tmp_path / "temporary").iterdir()) == []
    assert capfd.readouterr().err == ""


def test_a_full_disk_is_not_blamed_on_the_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, (slice(100, 110), slice(100, 110)))

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(jpeglib.DCTJPEG, "load", full)
    ((_, reason),) = run(tmp_path).failed
    assert f"{tmp_path / 'out'}" in reason
    assert "cannot be written (no space left on device)" in reason
    assert not list((tmp_path / "out").glob(".pconv-*"))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_progressive_file_without_its_last_scans_is_saved_again(tmp_path: Path, mode: str) -> None:
    """Decoders smooth such a file, and not one with the same coefficients and all its scans."""
    put(tmp_path, (slice(100, 110), slice(100, 110)), mode, progressive=True)
    path = tmp_path / "in" / "a.jpg"
    whole = path.read_bytes()
    scans = [place for place in range(len(whole)) if whole.startswith(b"\xff\xda", place)]
    path.write_bytes(whole[: scans[1]] + b"\xff\xd9")
    report = run(tmp_path)
    assert report.failed == []
    assert "its blocks could not be kept" in report.warnings[-1]


def test_other_tables_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, (slice(100, 110), slice(100, 110)))
    load = jpeglib.DCTJPEG.load

    def other(self: Any) -> None:
        load(self)
        if Path(self.path).parent == tmp_path / "out":
            self.qt = self.qt + 1

    monkeypatch.setattr(jpeglib.DCTJPEG, "load", other)
    monkeypatch.setattr(jpeg_blocks, "_same_beyond", lambda *_: True)
    assert "its blocks could not be kept" in run(tmp_path).warnings[-1]


def test_the_worse_warning_is_shown_beside_the_other(tmp_path: Path, recorder: Callable[[], Any]) -> None:
    hole = (slice(100, 110), slice(100, 110))
    known = put(tmp_path, hole)
    Image.fromarray(PHOTO).save(tmp_path / "in" / "b.jpg", keep_rgb=True)
    write_mask(tmp_path / "m" / "b.png", known)
    progress = recorder()
    options = InpaintOptions(tmp_path / "in", tmp_path / "m", tmp_path / "out", method=Method.TELEA)
    assert inpaint_folder(options, progress).exit_code == 0
    kept, lossy = progress.warnings
    assert kept.startswith("a.jpg: JPEG stores blocks")
    assert lossy.startswith("b.jpg: JPEG loses a little at every saving")
    assert "pip" not in lossy
