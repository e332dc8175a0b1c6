"""What a TIFF says of its number for "no data", and which pixels then say nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from pconv_cli.files.colour.ranges import blank_pixels, without_no_data
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff.scans import Scan

TAG = 42113


def write(path: Path, kind: str, text: str, **options: Any) -> Path:
    samples = np.zeros((16, 16), kind)
    samples[8:] = 40 if kind != "bool" else 1
    given = {"photometric": "minisblack", "metadata": None, **options}
    tifffile.imwrite(path, samples, extratags=[(TAG, "s", 0, text, True)], **given)
    return path


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("float32", "-9999", -9999.0),
        ("float32", " 0.1 ", float(np.float32(0.1))),
        ("float32", "nan", np.nan),
        ("float64", "-inf", -np.inf),
        ("uint8", "nan", None),
        ("float16", "1e30", None),
        ("int16", "-32768", -32768.0),
        ("uint8", "255", 255.0),
        ("uint8", "256", None),
        ("uint16", "-1", None),
        ("uint16", "0.5", None),
        ("uint16", "none", None),
        ("uint16", "", None),
        ("uint8", "255 \n", 255.0),
        ("uint8", "255\0left over", 255.0),
        ("int16", "-5 -5 -5", -5.0),
        ("uint8", "255x", None),
    ],
)
def test_the_number_in_the_scale_of_the_samples(tmp_path: Path, kind: str, text: str, expected: float | None) -> None:
    path = write(tmp_path / "a.tif", kind, text)
    with Scan(path) as scan:
        np.testing.assert_equal([read_image(path).no_data, scan.no_data], [expected, expected])


def test_where_0_is_white_the_number_is_turned_as_the_samples_are(tmp_path: Path) -> None:
    image = read_image(write(tmp_path / "a.tif", "uint8", "0", photometric="miniswhite"))
    assert image.no_data == 255
    assert blank_pixels(image.samples, image.no_data)[:8].all()  # type: ignore[index]


def packed(path: Path, text: str, *, bits: int = 4, photometric: str = "minisblack") -> Path:
    """Write 16 x 16 pixels of fewer than 8 bits: 0 above, the largest number below."""
    top = np.uint8(2**bits - 1)
    samples = np.repeat(np.repeat([np.uint8(0), top], 8)[:, np.newaxis], 16, axis=1)
    codes = np.packbits(np.unpackbits(samples[..., np.newaxis], axis=2)[:, :, -bits:].reshape(16, -1), axis=1)
    tifffile.imwrite(path, samples, photometric="minisblack", metadata=None, extratags=[(TAG, "s", 0, text, True)])
    with tifffile.TiffFile(path, mode="r+") as file:
        page = file.pages.first
        file.filehandle.seek(page.dataoffsets[0])
        file.filehandle.write(codes.tobytes())
        for name, value in (("BitsPerSample", bits), ("StripByteCounts", codes.size)):
            page.tags[name].overwrite(value)
        page.tags["PhotometricInterpretation"].overwrite({"minisblack": 1, "miniswhite": 0}[photometric])
    return path


@pytest.mark.parametrize(
    ("bits", "text", "photometric", "expected"),
    [
        (4, "15", "minisblack", 255.0),
        (4, "3", "minisblack", 51.0),
        (2, "0", "minisblack", 0.0),
        (1, "1", "minisblack", 255.0),
        (1, "1", "miniswhite", 0.0),
        (4, "16", "minisblack", None),
    ],
)
def test_of_fewer_than_8_bits_it_is_scaled_as_the_samples_are(
    tmp_path: Path, bits: int, text: str, photometric: str, expected: float | None
) -> None:
    image = read_image(packed(tmp_path / "a.tif", text, bits=bits, photometric=photometric))
    assert set(np.unique(image.samples)) == {0, 255}
    assert image.no_data == expected
    check_written(tmp_path, image)


@pytest.mark.parametrize(
    ("colour", "expected"), [((0, 0, 0), 0.0), ((90, 90, 90), 90.0), ((90, 0, 0), None)], ids=["black", "grey", "red"]
)
def test_of_a_palette_it_is_the_colour_where_that_is_grey(
    tmp_path: Path, colour: tuple[int, int, int], expected: float | None
) -> None:
    palette = np.zeros((3, 256), np.uint16)
    palette[:, 0], palette[:, 40] = np.array(colour) * 257, (65535, 0, 257)
    image = read_image(write(tmp_path / "a.tif", "uint8", "0", photometric="palette", colormap=palette))
    assert image.no_data == expected
    if expected is not None:
        blank = blank_pixels(image.samples, image.no_data)
        assert blank is not None
        assert blank[:8].all()
        assert not blank[8:].any()
    check_written(tmp_path, image)


def check_written(folder: Path, image: StoredImage) -> None:
    """Check that a file says of its own numbers what was said of those it is made from."""
    write_image(folder / "out.tif", image)
    again = read_image(folder / "out.tif")
    np.testing.assert_array_equal(again.samples, image.samples)
    assert again.no_data == image.no_data
    with tifffile.TiffFile(folder / "out.tif") as file:
        assert (TAG in file.pages.first.tags) == (image.no_data is not None)


def test_neither_the_range_nor_white_follow_from_it(tmp_path: Path) -> None:
    samples = np.full((16, 16), 900, np.float32)
    samples[:8] = 1e6
    samples[8] = 1000
    tifffile.imwrite(tmp_path / "a.tif", samples, metadata=None, extratags=[(TAG, "s", 0, "1000000", True)])
    image = read_image(tmp_path / "a.tif")
    assert (tuple(image.range()), image.white()) == ((900, 1000), 1000)


def test_twelve_bits_that_become_sixteen_take_it_along(tmp_path: Path) -> None:
    samples = np.full((16, 16), 100, np.uint16)
    tifffile.imwrite(
        tmp_path / "a.tif", samples, metadata=None, bitspersample=12, extratags=[(TAG, "s", 0, "100", True)]
    )
    image = read_image(tmp_path / "a.tif").whole_bytes()
    assert (image.samples == image.no_data).all()


def test_colours_that_become_srgb_have_none(tmp_path: Path) -> None:
    image = read_image(write(tmp_path / "a.tif", "uint8", "40"))
    lab = StoredImage(np.repeat(image.samples, 3, axis=2), ImageFormat.TIFF, lab=8, no_data=image.no_data)
    assert (lab.no_data, lab.as_srgb().no_data) == (40, None)


def test_a_fill_of_twelve_bits_stays_within_them(tmp_path: Path) -> None:
    samples = np.full((16, 16), 4094, np.uint16)
    samples[:8] = 0  # so that the range is that of all 12 bits
    image = StoredImage(samples[..., None], ImageFormat.TIFF, bits=12, no_data=4095)
    mask = np.ones((16, 16), bool)
    mask[4:8] = False
    filled = image.with_holes_filled(np.ones((16, 16, 3), np.float32), mask)
    write_image(tmp_path / "a.tif", filled)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").samples, filled.samples)
    assert filled.samples.max() == 4094


@pytest.mark.parametrize(
    ("kind", "number", "beside"),
    [
        ("uint8", 255, 254),
        ("uint8", 0, 1),
        ("int16", -32768, -32767),
        ("int16", 0, -1),
        ("uint16", 4095, 4094),  # the last of 12 bits
        ("float32", 0, np.nextafter(np.float32(0), 1)),
    ],
)
def test_a_fill_that_would_say_it_gets_the_sample_beside(kind: str, number: int, beside: float) -> None:
    values = np.full((3, 1), number, kind)
    values[1] = 9
    np.testing.assert_array_equal(without_no_data(values, number), np.array([[beside], [9], [beside]], kind))
