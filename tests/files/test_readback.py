"""What is written, by decoders that did not write it."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pconv_cli.errors import OutputError
from pconv_cli.files import readback
from pconv_cli.files.codecs import png
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.metadata.carried import Metadata, Samples
from pconv_cli.files.stored import StoredImage

from .written import LOSSLESS, noise

LAYOUTS: list[dict[str, Any]] = [
    {},
    {"compression": tifffile.COMPRESSION.NONE, "predictor": None},
    {"compression": tifffile.COMPRESSION.LZW, "predictor": True, "order": ">"},
    {"compression": tifffile.COMPRESSION.PACKBITS, "predictor": None, "apart": True},
    {"compression": tifffile.COMPRESSION.ZSTD, "predictor": True, "tile": (16, 32), "big": True},
    {"compression": tifffile.COMPRESSION.LZMA, "predictor": None, "tile": (32, 16), "apart": True, "order": ">"},
]


def by_others(path: Path, kind: ImageFormat, shape: tuple[int, ...]) -> Samples | None:
    """Decode a file by Pillow or OpenCV, whichever is not the encoder; None where neither can."""
    channels = shape[2]
    if kind is ImageFormat.TIFF:
        return tiff_by_others(path, shape)
    if kind is ImageFormat.BMP or (kind is ImageFormat.PNG and png_bits(path) == 8):
        return np.asarray(Image.open(path)).reshape(shape)
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert found is not None
    if channels < 3:
        return found.reshape(*shape[:2], -1)[:, :, [0] if channels == 1 else [0, 3]]
    if found.shape[2] < channels:  # alpha that is opaque everywhere
        found = np.dstack([found, np.full(shape[:2], np.iinfo(found.dtype).max, found.dtype)])
    return found[:, :, [2, 1, 0, 3][:channels]]


def tiff_by_others(path: Path, shape: tuple[int, ...]) -> Samples | None:
    """A TIFF by libtiff, in Pillow where that knows the kind, else in OpenCV; tifffile wrote it."""
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        packed, bits, apart = page.compression, page.bitspersample, page.planarconfig == 2 and shape[2] > 1
    if bits == 8 and not (apart and shape[2] == 2):
        return np.asarray(Image.open(path)).reshape(shape)
    known = (tifffile.COMPRESSION.NONE, tifffile.COMPRESSION.LZW, tifffile.COMPRESSION.ADOBE_DEFLATE)
    if apart or packed not in known or shape[2] == 2:
        return None
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert found is not None
    found = found.reshape(*shape[:2], -1)
    return found if shape[2] == 1 else found[:, :, [2, 1, 0, 3][: shape[2]]]


def png_bits(path: Path) -> int:
    return path.read_bytes()[24]


@pytest.mark.parametrize(("kind", "depth", "channels"), LOSSLESS)
@settings(max_examples=30)
@given(height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 99), layout=st.sampled_from(LAYOUTS))
def test_other_decoders_find_the_samples_of_tiny_images(
    kind: ImageFormat, depth: str, channels: int, height: int, width: int, seed: int, layout: dict[str, Any]
) -> None:
    samples = noise(depth, (height, width), channels, seed)
    metadata = Metadata(own=layout) if kind is ImageFormat.TIFF else Metadata()
    with TemporaryDirectory() as folder:
        path = Path(folder, f"a.{kind}")
        write_image(path, StoredImage(samples, kind, metadata))
        np.testing.assert_array_equal(read_image(path).samples, samples)
        found = by_others(path, kind, samples.shape)
        if found is not None:
            np.testing.assert_array_equal(found, samples)


@given(height=st.integers(1, 9), width=st.integers(1, 9), channels=st.sampled_from([1, 3]), seed=st.integers(0, 99))
def test_other_decoders_find_tiny_jpegs(height: int, width: int, channels: int, seed: int) -> None:
    samples = noise("uint8", (height, width), channels, seed)
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.jpg")
        write_image(path, StoredImage(samples, ImageFormat.JPEG))
        found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert found is not None
    found = found.reshape(height, width, channels)[:, :, ::-1]
    assert np.abs(found.astype(int) - samples).mean() < 8  # noise is the worst there is


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_narrow_noise_is_written_whole(tmp_path: Path, depth: str, channels: int, width: int) -> None:
    samples = noise(depth, (3000, width), channels)
    write_image(tmp_path / "a.png", StoredImage(samples))
    np.testing.assert_array_equal(by_others(tmp_path / "a.png", ImageFormat.PNG, samples.shape), samples)


@pytest.mark.parametrize(
    ("depth", "height", "width"), [("uint8", 1360, 1360), ("uint16", 960, 960), ("uint8", 3, 615_000)]
)
def test_large_noise_is_written_whole(tmp_path: Path, depth: str, height: int, width: int) -> None:
    """Noise does not pack: each 8192 bytes get 12 of their own, which no fixed room beside them holds."""
    samples = np.random.default_rng(0).integers(0, np.iinfo(depth).max, (height, width, 3), depth, endpoint=True)
    write_image(tmp_path / "a.png", StoredImage(samples))
    np.testing.assert_array_equal(by_others(tmp_path / "a.png", ImageFormat.PNG, samples.shape), samples)


@given(
    height=st.integers(1, 40), width=st.integers(1, 40), channels=st.sampled_from([1, 3]), seed=st.integers(0, 99),
    quality=st.integers(1, 100), subsampling=st.integers(0, 2), progressive=st.booleans(),
)  # fmt: skip
def test_no_true_jpeg_is_refused(
    height: int, width: int, channels: int, seed: int, quality: int, subsampling: int, progressive: bool
) -> None:
    file = io.BytesIO()
    samples = noise("uint8", (height, width), channels, seed)
    samples = np.where(samples > 127, 255, 0).astype(np.uint8) if seed % 2 else samples  # the worst to clip
    image = Image.fromarray(samples[:, :, 0] if channels == 1 else samples)
    image.save(file, "JPEG", quality=quality, subsampling=subsampling, progressive=progressive)
    readback._check_jpeg(file.getvalue(), samples)


def test_images_too_large_for_opencv_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readback, "_OPENCV_PIXELS", 10)
    monkeypatch.setattr(cv2, "imdecode", None)
    samples = noise("uint16", (300, 7), 3)
    write_image(tmp_path / "a.png", StoredImage(samples))
    encode = png.encode
    monkeypatch.setattr(png, "encode", lambda samples, metadata: encode(samples[1:], metadata))
    with pytest.raises(OutputError, match="too few samples"):
        write_image(tmp_path / "a.png", StoredImage(samples))


def test_a_png_without_its_checksums_is_reported(tmp_path: Path) -> None:
    data = png.encode(noise("uint8", (5, 5), 1), Metadata())
    png.check_chunks(data)
    for place in range(8, len(data)):
        broken = data[:place] + bytes([data[place] ^ 64]) + data[place + 1 :]
        with pytest.raises(ValueError, match=r"damaged|missing"):
            png.check_chunks(broken)


def test_a_profile_that_libpng_dislikes_is_not_remarked_upon(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    samples = noise("uint8", (5, 6), 3)
    write_image(tmp_path / "a.png", StoredImage(samples, metadata=Metadata(icc=bytes(range(200)), exif=b"II*")))
    assert capfd.readouterr().err == ""
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), samples)
