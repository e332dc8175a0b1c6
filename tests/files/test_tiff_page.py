"""What a TIFF says of its samples is held against the file: palettes, numbers, depths, codings."""

import sys
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from pconv_cli.errors import FileError, ImageError, MaskError
from pconv_cli.files.images import read_header, read_image, write_image
from pconv_cli.files.masks.codec import read_mask, read_packed_mask
from pconv_cli.files.tiff.rewriting.writer import write_scan
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.tiling.rect import Rect

from .raw_tiffs import READERS, Rgb, Value, plain_tags, raw_tiff, whole


@READERS
@pytest.mark.parametrize("photometric", [0, 1])
def test_a_palette_beside_grey_samples_counts_for_nothing(
    tmp_path: Path, rgb: Rgb, read: Callable[[Path], Rgb], photometric: int
) -> None:
    grey = rgb[:, :, :1]
    tags = plain_tags(grey) | {262: (3, [photometric]), 320: (3, list(range(768)))}
    path = tmp_path / "a.tif"
    path.write_bytes(raw_tiff(grey.tobytes(), tags))
    np.testing.assert_array_equal(read(path), 255 - grey if photometric == 0 else grey)
    write_image(tmp_path / "b.tif", read_image(path))
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        page = file.pages.first
        assert page.photometric == photometric
        np.testing.assert_array_equal(page.asarray(), grey[:, :, 0])
        assert page.tags[320].count == 768


@pytest.mark.parametrize("palette", [None, (3, []), (3, [1, 2, 3])])
def test_a_palette_image_without_its_palette_fails(tmp_path: Path, rgb: Rgb, palette: Value | None) -> None:
    grey = rgb[:, :, :1]
    tags = plain_tags(grey) | {262: (3, [3])} | ({} if palette is None else {320: palette})
    (tmp_path / "a.tif").write_bytes(raw_tiff(grey.tobytes(), tags))
    for read in (read_image, read_header):
        with pytest.raises(ImageError, match="its palette is missing or has too few entries"):
            read(tmp_path / "a.tif")
    with pytest.raises(MaskError, match="its palette"):
        read_packed_mask(tmp_path / "a.tif")


@pytest.mark.parametrize(
    "value", [(4, [20, 20]), (1, [20]), (16, [20]), (2, b"20\0\0"), (4, []), (2, b"a long text"), (5, [20, 1])]
)
@pytest.mark.parametrize(
    ("tag", "word"),
    [
        (256, "width"),
        (257, "height"),
        (277, "number of channels"),
        (259, "compression"),
        (278, "number of rows of a strip"),
    ],
)
def test_what_is_not_one_number_is_named(tmp_path: Path, rgb: Rgb, tag: int, word: str, value: Value) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(raw_tiff(rgb.tobytes(), plain_tags(rgb) | {tag: value}))
    for read in (read_image, read_header, Scan, read_mask, read_packed_mask):
        with pytest.raises(FileError, match=f"a.tif: is damaged or incomplete \\(its {word} is not one whole number"):
            read(path)


def test_depths_of_some_channels_fail_the_file(tmp_path: Path, rgb: Rgb) -> None:
    (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), plain_tags(rgb) | {258: (3, [8, 8])}))
    with pytest.raises(ImageError, match="it does not say the depth of each channel"):
        read_image(tmp_path / "a.tif")
    (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), plain_tags(rgb) | {258: (3, [8])}))
    np.testing.assert_array_equal(whole(tmp_path / "a.tif"), rgb)  # one for all, as some programs write


def test_a_depth_beyond_all_measure_fails_at_once(tmp_path: Path) -> None:
    indices = np.zeros((4, 5, 1), np.uint8)
    tags = plain_tags(indices) | {258: (4, [1 << 31]), 262: (3, [3]), 320: (3, [0] * 768)}
    (tmp_path / "a.tif").write_bytes(raw_tiff(indices.tobytes(), tags))
    for read in (read_image, read_header, Scan, read_mask, read_packed_mask):
        with pytest.raises(FileError, match="its samples have no depth"):
            read(tmp_path / "a.tif")


@pytest.mark.parametrize("value", [(3, [17]), (7, b"\x02"), (3, [1, 1, 1]), (3, [2])])
def test_what_a_further_channel_is_stays_readable_in_a_huge_scan(tmp_path: Path, value: Value) -> None:
    grey = np.random.default_rng(0).integers(1, 256, (8, 20, 2), np.uint8)
    (tmp_path / "a.tif").write_bytes(raw_tiff(grey.tobytes(), plain_tags(grey) | {338: value}))
    with Scan(tmp_path / "a.tif") as scan:
        write_scan(scan, tmp_path / "b.tif", np.ones(1, bool), lambda number: scan.decode(scan.segments[number]))
    np.testing.assert_array_equal(imagecodecs.tiff_decode((tmp_path / "b.tif").read_bytes()), grey)


def test_codings_that_are_not_read_are_named(tmp_path: Path, rgb: Rgb) -> None:
    for method, name in ((50002, "JPEGXL"), (34892 + 1, "method 34893")):
        (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), plain_tags(rgb) | {259: (3, [method])}))
        with pytest.raises(ImageError, match=f"is compressed by {name} inside TIFF, which is not supported"):
            read_image(tmp_path / "a.tif")


def test_colours_that_are_not_read_are_named(tmp_path: Path, rgb: Rgb) -> None:
    for kind, name in ((10, "ITULAB"), (32845, "LOGLUV")):
        (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), plain_tags(rgb) | {262: (3, [kind])}))
        with pytest.raises(ImageError, match=f"has colours of kind {name}, which is not supported; convert it to RGB"):
            read_image(tmp_path / "a.tif")


def test_more_strips_than_pixels_are_refused(tmp_path: Path, rgb: Rgb) -> None:
    tags = plain_tags(rgb) | {279: (4, [1] * 2000)}
    (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), tags))
    with pytest.raises(ImageError, match="more tiles or strips than pixels"):
        read_image(tmp_path / "a.tif")


def test_old_style_jpeg_and_channels_of_different_depths_are_named(tmp_path: Path, rgb: Rgb) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(raw_tiff(rgb.tobytes(), plain_tags(rgb) | {259: (3, [6])}))
    with pytest.raises(ImageError, match="old-style JPEG inside TIFF, which is not supported; open it in"):
        read_image(path)
    path.write_bytes(raw_tiff(rgb.tobytes(), plain_tags(rgb) | {258: (3, [5, 6, 5])}))
    with pytest.raises(ImageError, match="channels of different depths"):
        read_image(path)


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed")
def test_a_scan_is_opened_once_and_not_again_for_each_tile(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", samples, photometric="rgb", tile=(32, 32))
    with Scan(tmp_path / "a.tif") as scan:
        (tmp_path / "a.tif").unlink()
        np.testing.assert_array_equal(scan.read(Rect(0, 0, 64, 64)), samples)
