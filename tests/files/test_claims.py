"""What small files claim of memory beside their samples, and kinds of JPEG and resolutions that are rare."""

import io
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.codecs import png
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_header, read_image, write_image
from pconv_cli.files.metadata.carried import add_exif_prefix
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff.rewriting.writer import write_scan
from pconv_cli.files.tiff.scans import Scan

from .peaks import peak

Rgb = NDArray[np.uint8]


@pytest.fixture
def rgb() -> Rgb:
    return np.random.default_rng(0).integers(0, 256, (24, 20, 3), np.uint8)


def greedy_exif(room: int, entries: int) -> bytes:
    """An EXIF block of ``entries`` that all claim the same ``room`` bytes at its end, with an orientation before."""
    directory = struct.pack("<H", entries + 1) + struct.pack("<HHIHH", 0x112, 3, 1, 6, 0)
    place = 8 + 2 + 12 * (entries + 1) + 4
    directory += b"".join(struct.pack("<HHII", 0x9000 + number, 7, room, place) for number in range(entries))
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(4) + bytes(room)


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content


def with_exif(path: Path, rgb: Rgb, exif: bytes) -> Path:
    """A JPEG, PNG or WebP file with an EXIF block of any size, which no encoder would write."""
    data = io.BytesIO()
    if path.suffix == ".jpg":
        Image.fromarray(rgb).save(data, "JPEG")
        parts = [exif[start : start + 60_000] for start in range(0, len(exif), 60_000)]
        segments = b"".join(segment(0xE1, add_exif_prefix(part)) for part in parts)
        path.write_bytes(b"\xff\xd8" + segments + data.getvalue()[20:])  # without JFIF: a resolution is looked for
    elif path.suffix == ".png":
        Image.fromarray(rgb).save(data, "PNG")
        chunk = b"eXIf" + exif
        framed = struct.pack(">I", len(exif)) + chunk + struct.pack(">I", zlib.crc32(chunk))
        path.write_bytes(data.getvalue()[:33] + framed + data.getvalue()[33:])
    else:
        Image.fromarray(rgb).save(data, "WEBP", lossless=True, exif=exif)
        path.write_bytes(data.getvalue())
    return path


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_entries_of_exif_over_the_same_bytes_claim_no_memory(tmp_path: Path, rgb: Rgb, name: str) -> None:
    path = with_exif(tmp_path / name, rgb, greedy_exif(200_000, 250))
    for work in (read_image, read_header):
        assert peak(work, path) < 8_000_000  # of 50 million claimed
    stored = read_image(path)
    assert stored.size == (24, 20)
    assert stored.notes == ("its EXIF is damaged: left out",)
    assert stored.metadata.exif is None
    write_image(tmp_path / f"out{path.suffix}", stored)
    with Image.open(tmp_path / f"out{path.suffix}") as image:
        assert dict(image.getexif()) == {}


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_exif_that_claims_what_it_has_is_kept(tmp_path: Path, rgb: Rgb, name: str) -> None:
    image = read_image(with_exif(tmp_path / name, rgb, greedy_exif(70_000, 1)))
    assert (image.notes, image.metadata.orientation) == ((), 6)


def test_a_profile_that_inflates_is_left_out(tmp_path: Path, rgb: Rgb, monkeypatch: pytest.MonkeyPatch) -> None:
    chunk = b"iCCP" + b"p\0\0" + zlib.compress(bytes(20_000_000))
    data = io.BytesIO()
    Image.fromarray(rgb).save(data, "PNG")
    framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (tmp_path / "a.png").write_bytes(data.getvalue()[:33] + framed + data.getvalue()[33:])
    monkeypatch.setattr(png, "MAX_PROFILE_BYTES", 1_000_000)
    assert peak(read_image, tmp_path / "a.png") < 8_000_000
    image = read_image(tmp_path / "a.png")
    assert (image.metadata.icc, image.notes) == (None, ("its colour profile is damaged: left out",))
    np.testing.assert_array_equal(image.samples, rgb)


@pytest.mark.parametrize("kind", [ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.TIFF])
def test_a_c2pa_manifest_is_left_out_and_reported(tmp_path: Path, rgb: Rgb, kind: ImageFormat) -> None:
    manifest = b"\0\0\0\x20jumb\0\0\0\x18jumdc2pa a signature"
    path = tmp_path / "a"
    write_image(path, StoredImage(rgb, kind))
    assert read_image(path).notes == ()
    data = path.read_bytes()
    if kind is ImageFormat.PNG:
        chunk = b"caBX" + manifest
        data = data[:33] + struct.pack(">I", len(manifest)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]
    elif kind is ImageFormat.JPEG:
        data = data[:20] + segment(0xEB, b"JP\0\x01\0\0\0\x01" + manifest) + data[20:]
    elif kind is ImageFormat.WEBP:
        padded = manifest + bytes(len(manifest) % 2)
        data += b"C2PA" + struct.pack("<I", len(manifest)) + padded
        data = data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    else:
        tifffile.imwrite(path, rgb, photometric="rgb", metadata=None, extratags=[(52545, 7, len(manifest), manifest)])
        data = path.read_bytes()
    path.write_bytes(data)
    image = read_image(path)
    np.testing.assert_array_equal(image.samples, rgb if kind is not ImageFormat.JPEG else image.samples)
    assert [note.split(":")[0] for note in image.notes] == ["its C2PA manifest is left out"]
    write_image(tmp_path / "b", image)
    assert b"a signature" not in (tmp_path / "b").read_bytes()
    if kind is ImageFormat.TIFF:  # and in windows
        with Scan(path) as scan:
            assert scan.notes == image.notes
            write_scan(scan, tmp_path / "c", np.zeros(len(scan.segments), bool), lambda _: rgb)
        assert b"a signature" not in (tmp_path / "c").read_bytes()


def test_a_lossless_jpeg_is_read_as_it_is_and_written(tmp_path: Path, rgb: Rgb) -> None:
    (tmp_path / "a.jpg").write_bytes(imagecodecs.jpeg8_encode(rgb, lossless=True))
    stored = read_image(tmp_path / "a.jpg")
    np.testing.assert_array_equal(stored.samples, rgb)
    assert stored.notes == ("lossless JPEG: as JPEG it is written with some loss; `format` png keeps every sample",)
    write_image(tmp_path / "b.jpg", stored)
    with Image.open(tmp_path / "b.jpg") as image:
        assert np.abs(np.asarray(image).astype(int) - rgb).mean() < 8
    write_image(tmp_path / "b.png", stored.to_format(ImageFormat.PNG))
    with Image.open(tmp_path / "b.png") as image:
        np.testing.assert_array_equal(np.asarray(image), rgb)


def test_jpegs_of_other_depths_and_channels_are_named(tmp_path: Path, rgb: Rgb) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(imagecodecs.jpeg8_encode(rgb.astype(np.uint16) * 16, bitspersample=12))
    for work in (read_image, read_header):
        with pytest.raises(ImageError, match="is a JPEG of 12 bits per sample, which is not supported; save it as a"):
            work(path)
    data = io.BytesIO()
    Image.fromarray(rgb).save(data, "JPEG")
    frame = data.getvalue().index(b"\xff\xc0")
    path.write_bytes(data.getvalue()[: frame + 9] + b"\x02" + data.getvalue()[frame + 10 :])
    with pytest.raises(ImageError, match="is a JPEG of 2 channels; only grey, RGB and CMYK work"):
        read_image(path)


@pytest.mark.parametrize("a_metre", [0xFFFFFFFF, 0x7FFFFFFF, 3_000_000])
@pytest.mark.parametrize("kind", [ImageFormat.BMP, ImageFormat.PNG, ImageFormat.TIFF, ImageFormat.JPEG])
def test_a_resolution_out_of_range_is_left_out(tmp_path: Path, rgb: Rgb, a_metre: int, kind: ImageFormat) -> None:
    write_image(tmp_path / "a.bmp", StoredImage(rgb, ImageFormat.BMP))
    data = bytearray((tmp_path / "a.bmp").read_bytes())
    struct.pack_into("<II", data, 38, a_metre, a_metre)
    (tmp_path / "a.bmp").write_bytes(data)
    image = read_image(tmp_path / "a.bmp")
    assert (image.metadata.dpi, image.notes) == (None, ("its resolution is out of range: left out",))
    write_image(tmp_path / "b", image.to_format(kind))
    assert read_image(tmp_path / "b").size == (24, 20)


@pytest.mark.parametrize("kind", [ImageFormat.BMP, ImageFormat.PNG, ImageFormat.TIFF, ImageFormat.JPEG])
@pytest.mark.parametrize("a_metre", [1, 12, 2_500_000])
def test_a_resolution_that_is_rare_is_written(tmp_path: Path, rgb: Rgb, kind: ImageFormat, a_metre: int) -> None:
    write_image(tmp_path / "a.bmp", StoredImage(rgb, ImageFormat.BMP))
    data = bytearray((tmp_path / "a.bmp").read_bytes())
    struct.pack_into("<II", data, 38, a_metre, a_metre)
    (tmp_path / "a.bmp").write_bytes(data)
    write_image(tmp_path / "b", read_image(tmp_path / "a.bmp").to_format(kind))
    dpi = read_image(tmp_path / "b").metadata.dpi
    if kind is not ImageFormat.JPEG or a_metre > 20:  # which has whole numbers an inch
        assert dpi is not None
        assert dpi[0] == pytest.approx(a_metre * 0.0254, rel=1e-3)
