"""What a TIFF says of itself is held against the file: tables of strips and tiles, numbers, palettes, memory."""

import struct
import sys
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import FileError, ImageError, MaskError
from pconv_cli.files.images import read_header, read_image, write_image
from pconv_cli.files.masks.codec import read_mask, read_packed_mask
from pconv_cli.files.tiff import page as tiff_page
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.files.tiff.writer import write_scan
from pconv_cli.tiling.rect import Rect

Rgb = NDArray[np.uint8]
_FORMS = {1: "B", 2: "s", 3: "H", 4: "I", 5: "2I", 7: "s", 16: "Q"}

Value = tuple[int, Sequence[int] | bytes]
"""The type of a tag, and its values."""


def raw_tiff(data: bytes, tags: Mapping[int, Value], *, behind: bytes = b"") -> bytes:
    """A little-endian TIFF file of one page: header, ``data`` from byte 8 on, values, ``behind``, directory."""
    file = bytearray(b"II*\0\0\0\0\0" + data)
    entries = b""
    for tag in sorted(tags):
        kind, values = tags[tag]
        packed = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{_FORMS[kind][-1]}", *values)
        count = len(values) // 2 if kind == 5 else len(values)
        if len(packed) > 4:
            file += bytes(len(file) % 2)
            packed, place = struct.pack("<I", len(file)), packed
            file += place
        entries += struct.pack("<HHI", tag, kind, count) + packed.ljust(4, b"\0")
    file += behind + bytes((len(file) + len(behind)) % 2)
    struct.pack_into("<I", file, 4, len(file))
    return bytes(file) + struct.pack("<H", len(tags)) + entries + bytes(4)


def plain_tags(samples: NDArray[Any], strips: int = 1) -> dict[int, Value]:
    """The tags of samples ``(H, W, C)`` of 8 bits that stand uncompressed from byte 8 on, cut into equal strips."""
    height, width, channels = samples.shape
    rows = height // strips
    length = rows * width * channels
    return {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [8] * channels),
        259: (3, [1]),
        262: (3, [2 if channels >= 3 else 1]),
        273: (4, [8 + index * length for index in range(strips)]),
        277: (3, [channels]),
        278: (4, [rows]),
        279: (4, [length] * strips),
    }


@pytest.fixture
def rgb() -> Rgb:
    return np.random.default_rng(0).integers(1, 256, (32, 20, 3), np.uint8)


def whole(path: Path) -> Rgb:
    return np.asarray(read_image(path).samples)


def in_windows(path: Path) -> Rgb:
    with Scan(path) as scan:
        return np.asarray(scan.read(Rect.whole(scan.size)))


READERS = pytest.mark.parametrize("read", [whole, in_windows])


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


def peak(read: Callable[[Path], object], path: Path) -> int:
    """Bytes that reading takes at most, whether it fails or not."""
    tracemalloc.start()
    try:
        read(path)
    except FileError:
        pass
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most


@pytest.mark.parametrize("pieces", [{278: (4, [1])}, {322: (4, [16]), 323: (4, [16])}], ids=["strips", "tiles"])
def test_a_height_that_the_table_does_not_bear_out_takes_no_memory(
    tmp_path: Path, rgb: Rgb, pieces: dict[int, Value]
) -> None:
    tall = plain_tags(rgb) | {257: (4, [1 << 27])} | pieces
    (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), tall))
    for read in (read_image, read_header, Scan, read_mask, read_packed_mask):
        assert peak(read, tmp_path / "a.tif") < 1 << 20


@pytest.mark.parametrize("value", [(3, [17]), (7, b"\x02"), (3, [1, 1, 1]), (3, [2])])
def test_what_a_further_channel_is_stays_readable_in_a_huge_scan(tmp_path: Path, value: Value) -> None:
    grey = np.random.default_rng(0).integers(1, 256, (8, 20, 2), np.uint8)
    (tmp_path / "a.tif").write_bytes(raw_tiff(grey.tobytes(), plain_tags(grey) | {338: value}))
    with Scan(tmp_path / "a.tif") as scan:
        write_scan(scan, tmp_path / "b.tif", np.ones(1, bool), lambda number: scan.decode(scan.segments[number]))
    np.testing.assert_array_equal(imagecodecs.tiff_decode((tmp_path / "b.tif").read_bytes()), grey)


@pytest.mark.parametrize("read", [read_image, read_header, Scan, read_mask, read_packed_mask])
def test_tags_over_the_same_bytes_claim_no_memory(tmp_path: Path, rgb: Rgb, read: Callable[[Path], object]) -> None:
    path = tmp_path / "a.tif"
    tags = plain_tags(rgb) | {65000 + number: (7, b"????") for number in range(100)} | {270: (2, b"????")}
    data = bytearray(raw_tiff(rgb.tobytes() + bytes(1_000_000), tags))
    directory = struct.unpack_from("<I", data, 4)[0]
    for place in range(directory + 2, len(data) - 4, 12):
        if struct.unpack_from("<H", data, place)[0] in (270, *range(65000, 65100)):
            struct.pack_into("<II", data, place + 4, 1_000_000, 1000)
    path.write_bytes(data)
    assert peak(read, path) < 10_000_000
    with pytest.raises(FileError, match="its tags claim more bytes than the file has"):
        read(path)


def test_tags_that_share_a_few_bytes_are_read(tmp_path: Path, rgb: Rgb) -> None:
    tags = plain_tags(rgb) | {282: (5, [300, 1]), 283: (5, [300, 1])}
    data = bytearray(raw_tiff(rgb.tobytes(), tags))
    first, second = (data.index(struct.pack("<HHI", tag, 5, 1)) + 8 for tag in (282, 283))
    data[second : second + 4] = data[first : first + 4]
    (tmp_path / "a.tif").write_bytes(data)
    assert read_image(tmp_path / "a.tif").metadata.dpi == (300, 300)


def test_tags_are_limited_whatever_the_file_holds(tmp_path: Path, rgb: Rgb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiff_page, "MAX_TAG_BYTES", 5000)
    path = tmp_path / "a.tif"
    path.write_bytes(raw_tiff(rgb.tobytes(), plain_tags(rgb) | {65000: (7, bytes(6000))}))
    with pytest.raises(ImageError, match="than the tags of an image can need"):
        read_image(path)
    path.write_bytes(raw_tiff(rgb.tobytes(), plain_tags(rgb) | {37724: (7, bytes(6000))}))  # layers are not read
    assert read_image(path).notes == ("Photoshop's layers are left out",)


@READERS
def test_a_tile_far_larger_than_its_image_claims_no_memory(
    tmp_path: Path, rgb: Rgb, read: Callable[[Path], Rgb], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, rgb, photometric="rgb", tile=(4096, 4096), compression="deflate", metadata=None)
    np.testing.assert_array_equal(read(path), rgb)  # 48 MiB: common for small images
    monkeypatch.setattr(tiff_page, "MAX_TILE_BYTES", 1 << 20)
    with pytest.raises(ImageError, match="its tiles are far larger than the image"):
        read(path)
    assert peak(read, path) < 10_000_000


@READERS
@pytest.mark.parametrize("codec", ["jpeg", "jpeg2000", "webp", "png"])
def test_a_tile_that_says_another_size_claims_no_memory(
    tmp_path: Path, rgb: Rgb, read: Callable[[Path], Rgb], codec: str
) -> None:
    path = tmp_path / "a.tif"
    for height, width in ((16, 16), (16, 9000), (2000, 16), (2000, 2000)):
        black, options = np.zeros((height, width, 3), np.uint8), {"compression": codec, "rowsperstrip": height}
        tifffile.imwrite(path, black, photometric="rgb", metadata=None, **options)
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            tile = path.read_bytes()[page.dataoffsets[0] :][: page.databytecounts[0]]
        tags = plain_tags(np.zeros((16, 16, 3), np.uint8)) | {
            259: (3, [int(page.compression)]),
            262: (3, [int(page.photometric)]),
            279: (4, [len(tile)]),
        }
        path.write_bytes(raw_tiff(tile, tags))
        if (height, width) == (16, 16):
            assert not read(path).any()
            continue
        with pytest.raises(ImageError, match=f"a tile or strip says it has {width}x{height} pixels, and not 16x16"):
            read(path)
    assert peak(read, path) < 4_000_000  # of 12 million that its tile has


def test_codings_that_are_not_read_are_named(tmp_path: Path, rgb: Rgb) -> None:
    for method, name in ((50002, "JPEGXL"), (34892 + 1, "method 34893")):
        (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), plain_tags(rgb) | {259: (3, [method])}))
        with pytest.raises(ImageError, match=f"is compressed by {name} inside TIFF, which is not supported"):
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
