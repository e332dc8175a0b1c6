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
        ("float32", "nan", None),  # which is no evidence in any image
        ("float64", "-inf", None),
        ("float16", "1e30", None),
        ("int16", "-32768", -32768.0),
        ("uint8", "255", 255.0),
        ("uint8", "256", None),
        ("uint16", "-1", None),
        ("uint16", "0.5", None),
        ("uint16", "none", None),
        ("uint16", "", None),
    ],
)
def test_the_number_in_the_scale_of_the_samples(tmp_path: Path, kind: str, text: str, expected: float | None) -> None:
    path = write(tmp_path / "a.tif", kind, text)
    assert read_image(path).no_data == expected
    with Scan(path) as scan:
        assert scan.no_data == expected


def test_where_0_is_white_the_number_is_turned_as_the_samples_are(tmp_path: Path) -> None:
    image = read_image(write(tmp_path / "a.tif", "uint8", "0", photometric="miniswhite"))
    assert image.no_data == 255
    assert blank_pixels(image.samples, image.no_data)[:8].all()  # type: ignore[index]


def test_a_file_whose_numbers_become_others_has_none_and_loses_its_tag(tmp_path: Path) -> None:
    palette = np.zeros((3, 256), np.uint16)
    path = write(tmp_path / "a.tif", "uint8", "0", photometric="palette", colormap=palette)
    for source in (path, write(tmp_path / "b.tif", "bool", "0")):
        image = read_image(source)
        assert image.no_data is None
        write_image(tmp_path / "out.tif", image)
        with tifffile.TiffFile(tmp_path / "out.tif") as file:
            assert TAG not in file.pages.first.tags


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
