"""Windows of TIFF files, and files written again with some segments changed."""

import itertools
import struct
from pathlib import Path
from typing import Any

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
from pconv_cli.files.tiff import scans
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.files.tiff.windowed import open_windowed
from pconv_cli.files.tiff.writer import write_scan
from pconv_cli.tiling.rect import Rect

TILED = {"tile": (32, 48)}
KINDS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "deflate": ("uint16", 3, {"compression": "deflate", "predictor": True, **TILED}),
    "lzw": ("uint8", 3, {"compression": "lzw", "predictor": True, "bigtiff": True, **TILED}),
    "big-endian": ("uint16", 3, {"compression": "lzw", "predictor": True, "byteorder": ">", **TILED}),
    "zstd": ("uint16", 1, {"compression": "zstd", **TILED}),
    "packbits": ("uint8", 1, {"compression": "packbits", "rowsperstrip": 7}),
    "lzma": ("uint16", 4, {"compression": "lzma", "extrasamples": ["unassalpha"], **TILED}),
    "plain tiles": ("uint16", 3, {"byteorder": ">", **TILED}),
    "plain strips": ("uint16", 3, {"rowsperstrip": 40}),
    "one plain strip": ("uint8", 3, {"byteorder": ">", "bigtiff": True}),
    "white is zero": ("uint8", 1, {"compression": "deflate", "photometric": "miniswhite", "rowsperstrip": 16}),
    "float": ("float32", 3, {"compression": "deflate", "predictor": 3, **TILED}),
    "float, big-endian": ("float32", 3, {"compression": "deflate", "predictor": 3, "byteorder": ">", **TILED}),
}
SIZE = (101, 130)


def is_windowed(path: Path, *, is_mask: bool = False) -> bool:
    scan = open_windowed(path, is_mask=is_mask)
    if scan is not None:
        scan.close()
    return scan is not None


def make(path: Path, kind: str, size: tuple[int, int] = SIZE) -> np.ndarray:
    depth, channels, options = KINDS[kind]
    top = {"uint8": 255, "uint16": 65535, "float32": 1}[depth]
    samples = (np.random.default_rng(0).random((*size, channels)) * top).astype(depth)
    samples[:64] = samples[:1]  # some of it compresses
    options = {"photometric": "rgb" if channels > 2 else "minisblack", "metadata": None, **options}
    stored = samples if channels > 1 else samples[:, :, 0]
    tifffile.imwrite(path, stored, resolution=(600, 600), description="a scan", iccprofile=b"profile!", **options)
    return read_image(path).samples


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
    monkeypatch.setattr(scans, "_PIECE", 2000)  # strips without compression in several pieces
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
    monkeypatch.setattr(scans, "_PIECE", 4 * 64)
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


@pytest.mark.parametrize("kind", KINDS)
def test_written_again_only_what_changed_is_new(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "_PIECE", 2000)
    expected = make(tmp_path / "a.tif", kind).copy()
    with Scan(tmp_path / "a.tif") as scan:
        changed = np.arange(len(scan.segments)) % 3 == 1
        for number in np.flatnonzero(changed):
            expected[scan.segments[number].rect.slices] = 77
        write_scan(scan, tmp_path / "b.tif", changed, lambda number: expected[scan.segments[number].rect.slices])
    np.testing.assert_array_equal(read_image(tmp_path / "b.tif").samples, expected)
    with tifffile.TiffFile(tmp_path / "a.tif") as old, tifffile.TiffFile(tmp_path / "b.tif") as new:
        assert (old.byteorder, old.is_bigtiff) == (new.byteorder, new.is_bigtiff)
        before, after = ({tag.code: tag.value for tag in file.pages.first.tags} for file in (old, new))
        for table in (273, 279, 324, 325):
            assert len(before.pop(table, ())) == len(after.pop(table, ()))
        assert before == after
        pages = old.pages.first, new.pages.first
        raw = [[read(page, entry) for entry in range(len(page.dataoffsets))] for page in pages]
    with Scan(tmp_path / "a.tif") as scan:
        touched = {scan.segments[number].entry for number in np.flatnonzero(changed)}
    assert [a == b for a, b in zip(*raw, strict=True)].count(False) <= len(touched)
    assert all(a == b for entry, (a, b) in enumerate(zip(*raw, strict=True)) if entry not in touched)


def read(page: tifffile.TiffPage, entry: int) -> bytes:
    page.parent.filehandle.seek(page.dataoffsets[entry])
    return page.parent.filehandle.read(page.databytecounts[entry])


def test_jpeg_tiles_are_written_without_loss(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(0, 255, (100, 130, 3), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", samples, tile=(48, 64), compression="jpeg", photometric="rgb")
    whole = read_image(tmp_path / "a.tif").samples
    with Scan(tmp_path / "a.tif") as scan:
        assert "JPEG: written with lossless compression" in scan.notes[0]
        write_scan(scan, tmp_path / "b.tif", np.zeros(len(scan.segments), bool), lambda _: samples)
    np.testing.assert_array_equal(read_image(tmp_path / "b.tif").samples, whole)


def test_exif_gps_and_other_tags_are_kept_and_previews_dropped(tmp_path: Path) -> None:
    from pconv_cli.files.formats import ImageFormat
    from pconv_cli.files.images import StoredImage, write_image
    from pconv_cli.files.metadata import ifd
    from pconv_cli.files.metadata.carried import Metadata

    exif = ifd.build_exif("<", {}, {ifd.EXIF_POINTER: {37386: (5, 1, bytes(8))}, ifd.GPS_POINTER: {1: (2, 2, b"N\0")}})
    image = StoredImage(np.zeros((40, 50, 3), np.uint8), ImageFormat.TIFF, Metadata(exif=exif, dpi=(300, 300)))
    write_image(tmp_path / "a.tif", image)
    with Scan(tmp_path / "a.tif") as scan:
        write_scan(scan, tmp_path / "b.tif", np.zeros(len(scan.segments), bool), lambda _: np.zeros(0))
    assert read_image(tmp_path / "b.tif").metadata.own["below"] == read_image(tmp_path / "a.tif").metadata.own["below"]
    with tifffile.TiffWriter(tmp_path / "c.tif") as writer:
        writer.write(image.samples, tile=(16, 16), subifds=1, photometric="rgb", metadata=None)
        writer.write(image.samples[::2, ::2], subfiletype=1, photometric="rgb")
        writer.write(image.samples[::4, ::4], subfiletype=1, photometric="rgb")
    with Scan(tmp_path / "c.tif") as scan:
        write_scan(scan, tmp_path / "d.tif", np.zeros(len(scan.segments), bool), lambda _: np.zeros(0))
    with tifffile.TiffFile(tmp_path / "d.tif") as file:
        assert (len(file.pages), 330 in file.pages.first.tags) == (1, False)


def test_tiles_left_out_are_zeros_and_stay_left_out(tmp_path: Path) -> None:
    def tiles() -> Any:
        yield np.full((16, 16), 5, np.uint8)
        yield None
        yield np.full((16, 16), 7, np.uint8)
        yield None

    tifffile.imwrite(tmp_path / "a.tif", tiles(), shape=(32, 32), dtype="uint8", tile=(16, 16), compression="deflate")
    with Scan(tmp_path / "a.tif") as scan:
        assert scan.read(Rect(0, 0, 32, 32))[::16, ::16, 0].tolist() == [[5, 0], [7, 0]]
        write_scan(scan, tmp_path / "b.tif", np.zeros(4, bool), lambda _: np.zeros(0))
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert [count > 0 for count in file.pages.first.databytecounts] == [True, False, True, False]
        assert file.pages.first.asarray()[::16, ::16].tolist() == [[5, 0], [7, 0]]


def test_a_file_that_would_pass_4_gib_becomes_bigtiff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pconv_cli.files.tiff import writer as scan_writer

    monkeypatch.setattr(scan_writer, "_CLASSIC_LIMIT", 10_000)
    whole = make(tmp_path / "a.tif", "deflate")
    with Scan(tmp_path / "a.tif") as scan:
        write_scan(scan, tmp_path / "b.tif", np.zeros(len(scan.segments), bool), lambda _: np.zeros(0))
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert file.is_bigtiff
    np.testing.assert_array_equal(read_image(tmp_path / "b.tif").samples, whole)


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
