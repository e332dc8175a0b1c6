"""What a TIFF says of its strips and tiles is held against the file."""

import struct
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import ImageError
from pconv_cli.files.masks.codec import read_mask, read_packed_mask
from pconv_cli.files.tiff.rewriting.writer import write_scan
from pconv_cli.files.tiff.scans import Scan

from .raw_tiffs import READERS, Rgb, Value, in_windows, plain_tags, raw_tiff, whole


@READERS
@pytest.mark.parametrize("strips", [1, 4])
@pytest.mark.parametrize(
    "counts",
    [
        pytest.param(lambda lengths: None, id="none"),
        pytest.param(lambda lengths: [0 for _ in lengths], id="zeros"),
        pytest.param(lambda lengths: [99_999_999 for _ in lengths], id="too long"),
        pytest.param(lambda lengths: [7 for _ in lengths], id="too short"),
        pytest.param(lambda lengths: lengths[:1], id="only the first"),
    ],
)
def test_lengths_of_plain_strips_follow_from_the_size(
    tmp_path: Path, rgb: Rgb, read: Callable[[Path], Rgb], strips: int, counts: Callable[[list[int]], list[int] | None]
) -> None:
    tags = plain_tags(rgb, strips)
    said = counts(list(tags.pop(279)[1]))
    if said is not None:
        tags[279] = (4, said)
    (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), tags))
    np.testing.assert_array_equal(read(tmp_path / "a.tif"), rgb)
    with Scan(tmp_path / "a.tif") as scan:  # and written again in windows, strips as bytes
        write_scan(scan, tmp_path / "b.tif", np.zeros(len(scan.segments), bool), lambda _: np.zeros(0))
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), rgb)


@READERS
def test_lengths_of_plain_tiles_follow_from_the_size(tmp_path: Path, rgb: Rgb, read: Callable[[Path], Rgb]) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, rgb, photometric="rgb", tile=(16, 16), metadata=None)
    with tifffile.TiffFile(path) as file:
        table = file.pages.first.tags[325]
    data = bytearray(path.read_bytes())
    data[table.valueoffset : table.valueoffset + table.valuebytecount] = bytes(table.valuebytecount)
    path.write_bytes(data)
    np.testing.assert_array_equal(read(path), rgb)


@READERS
def test_a_strip_without_place_and_length_is_left_out_on_purpose(
    tmp_path: Path, rgb: Rgb, read: Callable[[Path], Rgb]
) -> None:
    tags = plain_tags(rgb, 4)
    offsets, counts = list(tags[273][1]), list(tags[279][1])
    offsets[1] = counts[1] = 0
    tags |= {273: (4, offsets), 279: (4, counts)}
    (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), tags))
    expected = rgb.copy()
    expected[8:16] = 0
    np.testing.assert_array_equal(read(tmp_path / "a.tif"), expected)


@READERS
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({279: (4, [480, 0, 480, 480]), 259: (3, [5])}, "the length of a compressed tile or strip is missing"),
        ({273: (4, [8, 0, 968, 1448])}, "a tile or strip has a length and no place"),
        ({273: (4, [8, 488, 968])}, "does not have the length that its size requires"),
        ({273: (4, [8, 100, 968, 1448]), 279: (4, [92, 480, 480, 480])}, "holds less than its size requires"),
        ({273: (4, [8, 488, 968, 2100]), 279: (4, [0, 0, 0, 0])}, "holds less than its size requires"),
        ({278: (4, [0])}, "its strips have no rows"),
        ({273: (4, [2, 488, 968, 1448])}, "a tile or strip lies in the header"),
        ({323: (4, [16])}, "its tiles have no width or no height"),
        ({324: (4, [8, 488, 968, 1448, 1928])}, "does not have the length that its size requires"),
    ],
)
def test_a_strip_that_is_not_there_fails_the_file(
    tmp_path: Path, rgb: Rgb, read: Callable[[Path], Rgb], change: dict[int, Value], words: str
) -> None:
    (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), plain_tags(rgb, 4) | change))
    with pytest.raises(ImageError, match=words):
        read(tmp_path / "a.tif")


@READERS
def test_a_packed_strip_beyond_the_end_of_the_file_fails_it(
    tmp_path: Path, rgb: Rgb, read: Callable[[Path], Rgb]
) -> None:
    packed = imagecodecs.packbits_encode(rgb)
    tags = plain_tags(rgb) | {259: (3, [32773]), 279: (4, [len(packed)])}
    (tmp_path / "a.tif").write_bytes(raw_tiff(packed, tags))
    np.testing.assert_array_equal(read(tmp_path / "a.tif"), rgb)
    (tmp_path / "a.tif").write_bytes(raw_tiff(packed, tags | {279: (4, [len(packed) + 5000])}))
    with pytest.raises(ImageError, match="the file ends before its last tile or strip"):
        read(tmp_path / "a.tif")


@READERS
@pytest.mark.parametrize("compression", [1, 32773])
def test_a_predictor_without_its_compression_fails_the_file(
    tmp_path: Path, rgb: Rgb, read: Callable[[Path], Rgb], compression: int
) -> None:
    """libtiff passes its tag over there, and tifffile obeys it."""
    data = rgb.tobytes() if compression == 1 else imagecodecs.packbits_encode(rgb)
    tags = plain_tags(rgb) | {259: (3, [compression]), 279: (4, [len(data)])}
    (tmp_path / "a.tif").write_bytes(raw_tiff(data, tags))
    np.testing.assert_array_equal(read(tmp_path / "a.tif"), rgb)
    (tmp_path / "a.tif").write_bytes(raw_tiff(data, tags | {317: (3, [2])}))
    with pytest.raises(ImageError, match="which programs read in two ways"):
        read(tmp_path / "a.tif")


@READERS
def test_a_compressed_strip_without_length_fails_the_file(
    tmp_path: Path, rgb: Rgb, read: Callable[[Path], Rgb]
) -> None:
    tags = plain_tags(rgb) | {259: (3, [32773])}
    del tags[279]  # tifffile would take the length of what is unpacked
    (tmp_path / "a.tif").write_bytes(raw_tiff(imagecodecs.packbits_encode(rgb) + bytes(3000), tags))
    with pytest.raises(ImageError, match="the length of a compressed tile or strip is missing"):
        read(tmp_path / "a.tif")


def test_a_fax_ends_by_itself(tmp_path: Path) -> None:
    black = np.random.default_rng(0).random((32, 40)) < 0.2
    with Image.fromarray(black) as image:
        image.save(tmp_path / "a.tif", compression="group4")
    expected = read_mask(tmp_path / "a.tif")
    np.testing.assert_array_equal(expected, ~black)
    data = bytearray((tmp_path / "a.tif").read_bytes())
    place = data.index(struct.pack("<HHI", 279, 4, 1))
    struct.pack_into("<I", data, place + 8, 0)
    (tmp_path / "a.tif").write_bytes(data)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.tif"), expected)


@READERS
def test_samples_of_which_nobody_says_what_they_mean_fail_the_file(
    tmp_path: Path, rgb: Rgb, read: Callable[[Path], Rgb]
) -> None:
    tags = plain_tags(rgb[:, :, :1])
    del tags[262]
    (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), tags))
    with pytest.raises(ImageError, match="it does not say whether 0 is black or white"):
        read(tmp_path / "a.tif")


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_the_counts_of_plain_strips_the_samples_are_right_or_the_file_fails(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    rgb = np.random.default_rng(0).integers(1, 256, (16, 5, 3), np.uint8)
    lengths = st.sampled_from([0, 1, 59, 60, 61, 5000])
    tags = plain_tags(rgb, 4) | {279: (4, data.draw(st.lists(lengths, min_size=1, max_size=5)))}
    path = tmp_path_factory.mktemp("counts") / "a.tif"
    path.write_bytes(raw_tiff(rgb.tobytes(), tags))
    for read in (whole, in_windows):
        np.testing.assert_array_equal(read(path), rgb)


@pytest.mark.parametrize("read", [read_mask, lambda path: read_packed_mask(path).whole()])
def test_a_mask_without_lengths_has_its_hole(tmp_path: Path, read: Callable[[Path], NDArray[np.bool_]]) -> None:
    grey = np.zeros((32, 20, 1), np.uint8)
    grey[9:25, 3:17] = 255
    for strips in (1, 4):
        tags = plain_tags(grey, strips) | {279: (4, [0] * strips)}
        (tmp_path / "m.tif").write_bytes(raw_tiff(grey.tobytes(), tags))
        np.testing.assert_array_equal(read(tmp_path / "m.tif"), grey[:, :, 0] == 0)
