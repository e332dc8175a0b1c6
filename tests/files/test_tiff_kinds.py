"""TIFF of every kind of samples: packed bits, signed and long numbers, half and double floats, and Lab."""

from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms

from pconv_cli.errors import ImageError
from pconv_cli.files.colour.lab import as_srgb, lab_of_rgb, lab_range, rgb_of_lab
from pconv_cli.files.colour.ranges import own_range
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.masks.codec import read_mask
from pconv_cli.files.metadata.carried import Metadata, Samples
from pconv_cli.files.previews import Rendering, shown
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.folder import inpaint_folder

TIFF = ImageFormat.TIFF
KINDS = ("int8", "int16", "int32", "uint32", "float16", "float64")
CODINGS: list[dict[str, Any]] = [
    {},
    {"compression": "lzw", "predictor": True, "byteorder": ">"},
    {"compression": "zstd", "predictor": True, "tile": (16, 16)},
    {"compression": "deflate", "bigtiff": True},
]


def noise(kind: str, channels: int, size: tuple[int, int] = (21, 37)) -> Samples:
    """Values over a part of what the type holds, with bits in all of them."""
    rng = np.random.default_rng(channels)
    if kind.startswith("float"):
        return (rng.random((*size, channels)) * 300 - 100).astype(kind)
    limits = np.iinfo(kind)
    return rng.integers(limits.min // 3, limits.max // 2, (*size, channels)).astype(kind)


def stored(path: Path, samples: Samples, **coding: Any) -> None:
    plain = samples[:, :, 0] if samples.shape[2] == 1 else samples
    grey = "minisblack" if samples.shape[2] < 3 else "rgb"
    tifffile.imwrite(path, plain, **{"photometric": grey, "planarconfig": None, "metadata": None, **coding})


def restored(folder: Path, samples: Samples, **coding: Any) -> tuple[Path, NDArray[np.bool_]]:
    """A file with a hole, restored by the command's own way, and its mask, True = known."""
    (folder / "in").mkdir()
    stored(folder / "in/a.tif", samples, **coding)
    known = np.ones(samples.shape[:2], bool)
    known[5:11, 9:20] = False
    Image.fromarray(~known).save(folder / "m.png")
    report = inpaint_folder(folder / "in", folder / "m.png", folder / "out", method="telea")
    assert report.failed == [], report.failed
    return folder / "out/a.tif", known


@pytest.mark.parametrize(("kind", "channels", "coding"), list(product(KINDS, (1, 3), range(len(CODINGS)))))
def test_known_samples_stay_in_every_kind_and_coding(tmp_path: Path, kind: str, channels: int, coding: int) -> None:
    samples = noise(kind, channels)
    path, known = restored(tmp_path, samples, **CODINGS[coding])
    with tifffile.TiffFile(path) as file, tifffile.TiffFile(tmp_path / "in/a.tif") as before:
        page, old = file.pages.first, before.pages.first
        found = page.asarray().reshape(samples.shape)
        assert (page.dtype, page.compression, page.predictor) == (old.dtype, old.compression, old.predictor)
        assert (file.byteorder, file.is_bigtiff) == (before.byteorder, before.is_bigtiff)
    assert found.dtype == samples.dtype
    np.testing.assert_array_equal(found[known], samples[known])
    hole = found[~known].astype(float)  # within what is known, and not at one end of it
    assert samples.min() <= hole.min() <= hole.max() <= samples.max()
    assert samples.min() < hole.mean() < samples.max()


@pytest.mark.parametrize("kind", ["int16", "float64"])
def test_libtiff_finds_the_same_samples(tmp_path: Path, kind: str) -> None:
    samples = noise(kind, 1)
    write_image(tmp_path / "a.tif", StoredImage(samples, TIFF))
    found = cv2.imread(str(tmp_path / "a.tif"), cv2.IMREAD_UNCHANGED)
    assert found is not None
    np.testing.assert_array_equal(found, samples[:, :, 0])


@pytest.mark.parametrize(("bits", "channels"), list(product((9, 10, 12, 14), (1, 3, 4))))
def test_packed_samples_stay_packed(tmp_path: Path, bits: int, channels: int) -> None:
    samples = np.random.default_rng(bits).integers(0, 2**bits, (21, 37, channels)).astype(np.uint16)
    path, known = restored(tmp_path, samples, bitspersample=bits)
    with tifffile.TiffFile(path) as file:
        assert file.pages.first.bitspersample == bits
        found = file.asarray().reshape(samples.shape)
    np.testing.assert_array_equal(found[known], samples[known])
    assert found.max() < 2**bits
    assert read_image(path).bits == bits


def test_twelve_bits_are_those_that_pillow_finds(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 4096, (21, 36, 1)).astype(np.uint16)
    write_image(tmp_path / "a.tif", StoredImage(samples, TIFF, bits=12))
    with Image.open(tmp_path / "a.tif") as image:  # grey of 12 bits is all that it knows of packed ones
        np.testing.assert_array_equal(np.asarray(image), samples[:, :, 0])


def test_packed_samples_of_jpeg_2000_stay_twelve_bits_as_tiff(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 4096, (21, 37, 3)).astype(np.uint16)
    write_image(tmp_path / "a.tif", StoredImage(samples, ImageFormat.JP2, bits=12).to_format(TIFF))
    image = read_image(tmp_path / "a.tif")
    assert image.bits == 12
    np.testing.assert_array_equal(image.samples, samples)


@given(bits=st.integers(9, 15), width=st.integers(1, 9), channels=st.sampled_from([1, 3]), apart=st.booleans())
def test_packed_rows_end_at_whole_bytes(
    tmp_path_factory: pytest.TempPathFactory, bits: int, width: int, channels: int, apart: bool
) -> None:
    path = tmp_path_factory.mktemp("packed") / "a.tif"
    samples = np.random.default_rng(width).integers(0, 2**bits, (3, width, channels)).astype(np.uint16)
    write_image(path, StoredImage(samples, TIFF, Metadata(own={"apart": apart}), bits=bits))
    np.testing.assert_array_equal(read_image(path).samples, samples)


@pytest.mark.parametrize(("kind", "value"), [("int16", 1), ("uint32", 1), ("float64", 1.0), ("float16", 1.0)])
def test_masks_of_odd_kinds_are_read(tmp_path: Path, kind: str, value: float) -> None:
    hole = np.zeros((21, 37, 1), kind)
    hole[4:9] = value if kind.startswith("float") else np.iinfo(kind).max
    stored(tmp_path / "m.tif", hole)
    np.testing.assert_array_equal(read_mask(tmp_path / "m.tif"), hole[:, :, 0] == 0)


BAD: dict[str, tuple[Samples, dict[str, Any], str]] = {
    "associated": (noise("uint32", 4), {"extrasamples": ["assocalpha"]}, "uint32 samples multiplied by their alpha"),
    "white": (noise("int16", 1), {"photometric": "miniswhite"}, "16-bit int16 samples whose 0 is white"),
    "lab": (noise("uint32", 3), {"photometric": "cielab"}, "Lab samples of 32 bits"),
    "complex": (noise("float32", 1).astype(np.complex64), {}, "has 64-bit complex64 samples"),
}


@pytest.mark.parametrize("name", BAD)
def test_kinds_that_are_not_read_are_refused(tmp_path: Path, name: str) -> None:
    samples, coding, words = BAD[name]
    stored(tmp_path / "a.tif", samples, **coding)
    with pytest.raises(ImageError, match=words):
        read_image(tmp_path / "a.tif")


LAB = [(number, depth) for number in (8, 9) for depth in ("uint8", "uint16")]


@pytest.mark.parametrize(("number", "depth"), LAB)
def test_known_lab_samples_stay_and_fills_are_lab(tmp_path: Path, number: int, depth: str) -> None:
    rng = np.random.default_rng(0)
    colour = np.array([[[0.7, 0.3, 0.2]]])
    near = np.broadcast_to(lab_of_rgb(colour), (21, 37, 3)) + rng.normal(0, 0.4, (21, 37, 3))
    samples = lab_range(number)._stored(near, np.dtype(depth))
    path, known = restored(tmp_path, samples, photometric={8: "cielab", 9: "icclab"}[number])
    image = read_image(path)
    assert (image.lab, image.samples.dtype) == (number, depth)
    np.testing.assert_array_equal(image.samples[known], samples[known])
    assert np.abs(image.rgb()[~known] - colour[0]).max() < 0.05
    with tifffile.TiffFile(path) as file:
        assert file.pages.first.photometric == number


@pytest.mark.parametrize(("number", "depth"), LAB)
@given(rgb=st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_lab_there_and_back_is_within_a_step(number: int, depth: str, rgb: list[float]) -> None:
    scale, values = lab_range(number), np.array([rgb], np.float32)
    back = scale.values(scale.samples(values, np.dtype(depth)))
    assert np.abs(back - values).max() < {"uint8": 0.12, "uint16": 1e-3}[depth]


def test_lab_is_that_of_littlecms(tmp_path: Path) -> None:
    """Pillow's `LAB` is 8 bits with a* and b* signed, as TIFF's number 8 has it; its profile is under D50."""
    lightness, hue = np.meshgrid([20, 128, 205], [246, 0, 10], indexing="ij")
    lab = Image.fromarray(np.stack([lightness, hue, hue[::-1]], axis=-1).astype(np.uint8), "LAB")
    turn = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
    meant = np.asarray(ImageCms.applyTransform(lab, turn))
    assert np.abs(as_srgb(np.asarray(lab), 8).astype(int) - meant).max() <= 2
    np.testing.assert_allclose(rgb_of_lab(np.array([53.58, 0.0, 0.0])), 0.5, atol=2e-3)
    lab.save(tmp_path / "a.tif")
    image = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.samples, np.asarray(lab))
    rgb = image.to_format(ImageFormat.PNG)
    assert (rgb.lab, rgb.notes) == (0, ("its Lab colours become sRGB",))
    np.testing.assert_array_equal(shown(image.samples, Rendering(1.0, lab=8), 9), rgb.samples)


def test_own_range_of_signed_numbers_begins_below_zero() -> None:
    assert own_range(np.dtype(np.int16)) == (-32768, 32767)
    assert own_range(np.dtype(np.uint16), 12) == (0, 4095)
