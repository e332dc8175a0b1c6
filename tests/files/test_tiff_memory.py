"""No TIFF claims memory for what it says and does not hold."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from pconv_cli.errors import FileError, ImageError
from pconv_cli.files.images import read_header, read_image
from pconv_cli.files.masks.codec import read_mask, read_packed_mask
from pconv_cli.files.tiff import page as tiff_page
from pconv_cli.files.tiff.scans import Scan

from .peaks import peak
from .raw_tiffs import READERS, Rgb, Value, plain_tags, raw_tiff


@pytest.mark.parametrize("pieces", [{278: (4, [1])}, {322: (4, [16]), 323: (4, [16])}], ids=["strips", "tiles"])
def test_a_height_that_the_table_does_not_bear_out_takes_no_memory(
    tmp_path: Path, rgb: Rgb, pieces: dict[int, Value]
) -> None:
    tall = plain_tags(rgb) | {257: (4, [1 << 27])} | pieces
    (tmp_path / "a.tif").write_bytes(raw_tiff(rgb.tobytes(), tall))
    for read in (read_image, read_header, Scan, read_mask, read_packed_mask):
        assert peak(read, tmp_path / "a.tif") < 1 << 20


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
