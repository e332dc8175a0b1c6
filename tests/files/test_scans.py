"""Windows of TIFF files are parts of the whole."""

import itertools
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pconv_cli.errors import ImageError, MaskError, OutputError
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import read_mask, read_packed_mask, write_mask
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.files.tiff import scans, segments
from pconv_cli.files.tiff.rewriting.writer import write_scan
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.files.tiff.windowed import open_windowed
from pconv_cli.tiling.rect import Rect

from .scan_files import KINDS, SIZE, make


def is_windowed(path: Path, *, is_mask: bool = False) -> bool:
    scan = open_windowed(path, is_mask=is_mask)
    if scan is not None:
        scan.close()
    return scan is not None


def rewrite(path: Path, tag: str, index: int, value: int) -> None:
    """Put another number into one of a file's tags, in place."""
    with tifffile.TiffFile(path) as file:
        found = file.pages.first.tags[tag]
        form = {3: "H", 4: "I", 16: "Q"}[int(found.dtype)]
    data = bytearray(path.read_bytes())
    struct.pack_into(f"<{form}", data, found.valueoffset + index * struct.calcsize(form), value)
    path.write_bytes(data)


@pytest.mark.parametrize("kind", KINDS)
def test_windows_are_parts_of_the_whole(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "_PIECE", 2000)  # strips without compression in several pieces
    monkeypatch.setattr(scans, "_TILE_CACHE", 20_000)
    whole = make(tmp_path / "a.tif", kind)
    with Scan(tmp_path / "a.tif") as scan:
        assert (scan.size, scan.channels, scan.dtype) == (SIZE, whole.shape[2], whole.dtype)
        rows = [(0, 101), (0, 1), (31, 33), (40, 41), (63, 97), (100, 101)]
        columns = [(0, 130), (47, 49), (129, 130), (0, 48)]
        for (top, bottom), (left, right) in itertools.product(rows, columns):
            rect = Rect.between(top, left, bottom, right)
            np.testing.assert_array_equal(scan.read(rect), whole[rect.slices])
        covered = np.zeros(SIZE, int)
        for segment in scan.segments:
            covered[segment.rect.slices] += 1
        assert (covered == 1).all()


def test_strips_left_out_among_strips_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A strip without bytes stands for zeros, and is one piece; those beside it may be several."""
    monkeypatch.setattr(segments, "_PIECE", 4 * 64)
    whole = np.repeat(np.arange(1, 41, dtype=np.uint8)[:, np.newaxis], 64, axis=1)
    tifffile.imwrite(tmp_path / "a.tif", whole, rowsperstrip=10, bigtiff=True)
    rewrite(tmp_path / "a.tif", "StripByteCounts", 1, 0)
    rewrite(tmp_path / "a.tif", "StripOffsets", 1, 0)
    whole[10:20] = 0
    with Scan(tmp_path / "a.tif") as scan:
        for top, bottom in [(0, 40), *((row, row + 1) for row in range(40)), (5, 17), (19, 33)]:
            rect = Rect.between(top, 0, bottom, 64)
            np.testing.assert_array_equal(scan.read(rect)[:, :, 0], whole[rect.slices])


def test_a_fax_of_more_than_one_bit_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((20, 33), np.uint16), tile=(16, 32))
    rewrite(tmp_path / "a.tif", "Compression", 0, 3)
    for read in (Scan, read_image):
        with pytest.raises(ImageError, match=r"a\.tif: .*coded as a fax, and says that .* more than one bit"):
            read(tmp_path / "a.tif")


def test_a_fax_is_read_in_windows_as_a_whole(tmp_path: Path) -> None:
    black = np.random.default_rng(0).random((32, 40)) < 0.2
    with Image.fromarray(black) as image:
        image.save(tmp_path / "a.tif", compression="group4")
    with Scan(tmp_path / "a.tif", is_mask=True) as scan:
        np.testing.assert_array_equal(scan.read(Rect(3, 5, 20, 30))[:, :, 0], 255 * black[3:23, 5:35])
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").samples[:, :, 0], 255 * black)


@pytest.mark.parametrize(
    ("held", "said", "fault"),
    [("uint8", 16, "of type uint8, not uint16"), ("uint16", 8, "of type uint16, not uint8"), ("uint8", 4, "4 bits")],
)
def test_tiles_of_another_depth_than_the_file_says_are_refused(
    tmp_path: Path, held: str, said: int, fault: str
) -> None:
    file = tmp_path / "a.tif"
    tifffile.imwrite(file, np.full((20, 33), 200, held), tile=(16, 32), compression="jpeg2000")
    rewrite(file, "BitsPerSample", 0, said)
    with Scan(file, is_mask=True) as scan, pytest.raises(ImageError, match=rf"a\.tif: .*{fault}"):
        scan.decode(scan.segments[1])
    with pytest.raises(ImageError, match=rf"a\.tif: .*{fault}"):
        read_image(file)


def test_a_compression_that_nobody_knows_is_no_window(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((64, 64), np.uint8), tile=(16, 16))
    rewrite(tmp_path / "a.tif", "Compression", 0, 12345)
    assert not is_windowed(tmp_path / "a.tif")
    with pytest.raises(ImageError, match=r"a\.tif: is compressed by method 12345 inside TIFF"):
        Scan(tmp_path / "a.tif")


def test_damaged_files_and_places_that_cannot_be_written(tmp_path: Path) -> None:
    make(tmp_path / "a.tif", "deflate")
    data = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "short.tif").write_bytes(data[:-900])
    (tmp_path / "file").write_text("no folder")
    for name, folder, error in (("short.tif", "out", ImageError), ("a.tif", "file", OutputError)):
        with pytest.raises(error), Scan(tmp_path / name) as scan:
            write_scan(scan, tmp_path / folder / "b.tif", np.zeros(len(scan.segments), bool), lambda _: np.zeros(0))
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_what_has_no_windows(tmp_path: Path) -> None:
    samples = np.zeros((64, 64, 3), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", samples, photometric="rgb", planarconfig="separate")
    (tmp_path / "b.tif").write_text("no tiff")
    tifffile.imwrite(tmp_path / "c.tif", samples[:, :, 0] > 0)
    assert not any(is_windowed(tmp_path / name) for name in ("a.tif", "b.tif", "c.tif"))
    assert is_windowed(tmp_path / "c.tif", is_mask=True)


@settings(max_examples=40)
@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 10**6))
def test_a_packed_mask_is_the_mask(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.random((height, width)) > 0.3
    packed = PackedMask.of(mask)
    top, left = rng.integers(0, height), rng.integers(0, width)
    bottom, right = int(rng.integers(top, height)) + 1, int(rng.integers(left, width)) + 1
    rect = Rect.between(int(top), int(left), bottom, right)
    np.testing.assert_array_equal(packed.window(rect), mask[rect.slices])
    assert packed.has_hole(rect) == (not mask[rect.slices].all())
    again = PackedMask((height, width))
    again.put(rect, mask[rect.slices])
    expected = np.ones_like(mask)
    expected[rect.slices] = mask[rect.slices]
    np.testing.assert_array_equal(again.whole(), expected)
    assert packed.hole_ratio == pytest.approx(1 - mask.mean())
    some, every = packed.cells(16)
    for row, column in np.ndindex(some.shape):
        cell = ~mask[16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
        assert (some[row, column], every[row, column]) == (cell.any(), cell.all())


@pytest.mark.parametrize("polarity", Polarity)
@pytest.mark.parametrize("kind", ["1-bit", "8-bit", "16-bit", "soft", "colour", "white is zero", "png"])
def test_a_mask_read_in_windows_is_the_mask_read_whole(tmp_path: Path, kind: str, polarity: Polarity) -> None:
    mask = np.random.default_rng(0).random((70, 90)) > 0.4
    mask[:40] = True
    path = tmp_path / "m.tif"
    grey = np.where(mask, 0, 255).astype(np.uint8)
    if kind == "png":
        write_mask(path, mask)
    else:
        stored = {
            "1-bit": ~mask,
            "8-bit": grey,
            "16-bit": grey.astype(np.uint16) * 257,
            "soft": np.random.default_rng(1).integers(0, 256, (70, 90), np.uint8),
            "colour": np.stack([grey, grey * 0, grey // 3], axis=2),
            "white is zero": grey,
        }[kind]
        photometric = {"colour": "rgb", "white is zero": "miniswhite"}.get(kind, "minisblack")
        tifffile.imwrite(path, stored, photometric=photometric, compression="deflate", tile=(16, 32))
        assert is_windowed(path, is_mask=True)
    whole = read_mask(path, polarity=polarity)
    packed = read_packed_mask(path, polarity=polarity)
    np.testing.assert_array_equal(packed.whole(), whole)


@pytest.mark.parametrize(("depth", "top"), [("uint8", 255), ("uint16", 65535)])
def test_a_mask_of_zeros_and_ones_is_reported(tmp_path: Path, depth: str, top: int) -> None:
    tifffile.imwrite(tmp_path / "m.tif", np.eye(40, dtype=depth), tile=(16, 16))
    with pytest.raises(MaskError, match=f"no value above 1 of {top},"):
        read_packed_mask(tmp_path / "m.tif")
    assert read_packed_mask(tmp_path / "m.tif", threshold=1).hole_ratio == 1 / 40
