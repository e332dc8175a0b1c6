"""TIFF files written again with some segments changed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from pconv_cli.files.images import read_image
from pconv_cli.files.tiff import segments
from pconv_cli.files.tiff.rewriting.writer import write_scan
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.tiling.rect import Rect

from .scan_files import KINDS, make, read


@pytest.mark.parametrize("kind", KINDS)
def test_written_again_only_what_changed_is_new(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "_PIECE", 2000)
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
    from pconv_cli.files.images import write_image
    from pconv_cli.files.metadata import ifd
    from pconv_cli.files.metadata.carried import Metadata
    from pconv_cli.files.stored import StoredImage

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
    from pconv_cli.files.tiff.rewriting import writer as scan_writer

    monkeypatch.setattr(scan_writer, "_CLASSIC_LIMIT", 10_000)
    whole = make(tmp_path / "a.tif", "deflate")
    with Scan(tmp_path / "a.tif") as scan:
        write_scan(scan, tmp_path / "b.tif", np.zeros(len(scan.segments), bool), lambda _: np.zeros(0))
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert file.is_bigtiff
    np.testing.assert_array_equal(read_image(tmp_path / "b.tif").samples, whole)
