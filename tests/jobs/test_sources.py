"""Files that change while they are read, and clocks that are set back: the manifest says what was made of what."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from pconv_cli.errors import FileError
from pconv_cli.files.digest import sha256_of
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.stored import StoredImage
from pconv_cli.files.tiff import windowed
from pconv_cli.jobs import manifest
from pconv_cli.jobs.images import opening, sources
from pconv_cli.jobs.images.scan import ScanImage
from pconv_cli.jobs.images.sources import Sources
from pconv_cli.jobs.images.whole import WholeImage
from pconv_cli.jobs.manifest import read_manifest
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.jobs.shards import Shard

Put = Callable[..., NDArray[Any]]
Run = Callable[..., InpaintReport]


def renamed(path: Path, data: bytes) -> None:
    """Put another file in a file's place, as most programs save."""
    other = path.with_name("other")
    other.write_bytes(data)
    other.replace(path)


def written(path: Path, data: bytes) -> None:
    """Write into the very file."""
    path.write_bytes(data)


def written_as_if_not(path: Path, data: bytes) -> None:
    """Write into the very file, and set its time back."""
    before = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


WAYS = pytest.mark.parametrize("change", [renamed, written, written_as_if_not])


@WAYS
@pytest.mark.parametrize("is_fresh", [True, False])
def test_a_change_is_seen_however_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path, bytes], None], is_fresh: bool
) -> None:
    if not is_fresh:  # then the hash is not asked again
        monkeypatch.setattr(sources, "_TICK", -(10**18))
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"12345")
    for name in ("a", "b"):
        watched = Sources(tmp_path / "a", [tmp_path / "b"])
        watched.check()
        (tmp_path / "wait").write_bytes(b"")
        while (tmp_path / "wait").stat().st_ctime_ns <= (tmp_path / name).stat().st_ctime_ns:
            (tmp_path / "wait").write_bytes(b"")  # until the clock of the file system has gone on
        change(tmp_path / name, b"54321")
        with pytest.raises(FileError, match=rf"{name}: was changed while it was read"):
            watched.check()


def test_a_change_within_one_tick_of_the_clock_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    watched = Sources(tmp_path / "a", [])
    stamp = sources._Stamp.of(tmp_path / "a")
    monkeypatch.setattr(sources._Stamp, "of", lambda path: stamp)  # all that the system says of it is the same
    (tmp_path / "a").write_bytes(b"54321")
    with pytest.raises(FileError, match="was changed while it was read"):
        watched.check()


def test_what_changes_no_byte_is_no_change(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    watched = Sources(tmp_path / "a", [])
    (tmp_path / "a").chmod(0o600)
    renamed(tmp_path / "a", b"12345")
    watched.check()
    (tmp_path / "a").unlink()
    with pytest.raises(FileError, match="cannot be read again"):
        watched.check()


@WAYS
@pytest.mark.parametrize("which", ["in", "m"])
def test_a_file_replaced_while_it_is_read_is_read_again(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch, change: Callable[..., None], which: str
) -> None:
    put("a.png")
    path = tmp_path / which / "a.png"
    samples = read_image(path).samples
    write_image(tmp_path / "new.png", StoredImage(np.ascontiguousarray(samples[:, ::-1])))
    new = (tmp_path / "new.png").read_bytes()
    read = opening.open_and_read
    monkeypatch.setattr(opening, "open_and_read", lambda *given: (read(*given), change(path, new))[0])
    report = run(tmp_path)
    assert [one.name for one in report.done] == ["a.png"]
    record = read_manifest(tmp_path / "out")["a.png"]
    assert record["input_sha256"] == sha256_of(tmp_path / "in" / "a.png")
    assert record["mask_sha256"] == sha256_of(tmp_path / "m" / "a.png")
    hole = read_image(tmp_path / "m" / "a.png").samples[:, :, 0] > 127
    out, true = (read_image(tmp_path / name / "a.png").samples for name in ("out", "in"))
    np.testing.assert_array_equal(out[~hole], true[~hole])
    assert run(tmp_path, resume=True).skipped == ["a.png"]


def test_a_file_that_goes_on_changing_fails_alone(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png")
    put("b.png")
    path, versions = tmp_path / "in" / "a.png", []
    read = opening.open_and_read

    def read_and_change(job: Any, options: Any) -> Any:
        image = read(job, options)
        if job.pair.name == "a.png":
            versions.append(1)
            write_image(path, StoredImage(np.full((40, 50, 3), len(versions), np.uint8)))
        return image

    monkeypatch.setattr(opening, "open_and_read", read_and_change)
    report = run(tmp_path)
    assert [one.name for one in report.done] == ["b.png"]
    assert report.exit_code == 3
    assert "a.png: was changed while it was read; run the same command again" in report.failed[0][1]
    assert not (tmp_path / "out" / "a.png").exists()


def tiled_tiff(root: Path) -> tuple[Path, NDArray[np.uint8], NDArray[np.uint8]]:
    """Write in/a.tif in tiles, and its mask m/a.tif; give the image's path and the samples of both."""
    samples = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[20:30, 20:30] = 255
    for name in ("in", "m"):
        (root / name).mkdir()
    tifffile.imwrite(root / "in/a.tif", samples, photometric="rgb", tile=(16, 16))
    tifffile.imwrite(root / "m/a.tif", mask)
    return root / "in/a.tif", samples, mask


@pytest.mark.parametrize("change", [renamed, written])
def test_a_scan_replaced_while_it_is_restored_is_not_written(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, change: Callable[..., None]
) -> None:
    path, samples, _ = tiled_tiff(tmp_path)
    tifffile.imwrite(tmp_path / "new.tif", 255 - samples, photometric="rgb", tile=(16, 16))
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 0)
    fill = ScanImage.fill
    new = (tmp_path / "new.tif").read_bytes()
    monkeypatch.setattr(ScanImage, "fill", lambda *given: (change(path, new), fill(*given))[1])
    report = run(tmp_path)
    assert [name for name, _ in report.failed] == ["a.tif"]
    assert "was changed while it was read" in report.failed[0][1]
    assert not (tmp_path / "out" / "a.tif").exists()
    monkeypatch.setattr(ScanImage, "fill", fill)
    assert run(tmp_path, resume=True).exit_code == 0


def test_a_file_replaced_before_it_is_copied_is_not(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png", mask=np.ones((40, 50), bool))
    write = WholeImage.write

    def change_and_write(*given: Any) -> None:
        write_image(tmp_path / "in" / "a.png", StoredImage(np.zeros((40, 50, 3), np.uint8)))
        write(*given)

    monkeypatch.setattr(WholeImage, "write", change_and_write)
    assert "was changed while it was read" in run(tmp_path).failed[0][1]
    assert not (tmp_path / "out" / "a.png").exists()


@pytest.mark.parametrize("change", [renamed, written])
@pytest.mark.parametrize("by", ["another image", "no image", "another size"])
def test_a_tiff_replaced_after_it_was_decoded_is_written_as_it_was(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, change: Callable[..., None], by: str
) -> None:
    path, samples, mask = tiled_tiff(tmp_path)
    other = {"another image": 255 - samples, "another size": samples[:32]}.get(by)
    new = b"II*\0"
    if other is not None:
        tifffile.imwrite(tmp_path / "new.tif", other, photometric="rgb", tile=(16, 16))
        new = (tmp_path / "new.tif").read_bytes()
    write = WholeImage.write
    monkeypatch.setattr(WholeImage, "write", lambda *given: (change(path, new), write(*given))[1])
    assert run(tmp_path).failed == []
    after = read_image(tmp_path / "out" / "a.tif").samples
    np.testing.assert_array_equal(after[mask == 0], samples[mask == 0])


class Clock(datetime):
    """A clock that can be set."""

    by = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime.now(UTC) + cls.by


def test_a_clock_set_back_makes_no_output_an_edited_one(
    tmp_path: Path, put: Put, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "datetime", Clock)
    put("a.png")
    run(tmp_path)
    for hours, channels, shard in ((-5, 1, None), (-9, 4, Shard(1, 1)), (3, 3, None), (-20, 2, None), (0, 1, None)):
        monkeypatch.setattr(Clock, "by", timedelta(hours=hours))
        put("a.png", channels=channels)
        report = run(tmp_path, resume=True, shard=shard)
        assert ([one.name for one in report.done], report.warnings) == (["a.png"], [])
    assert run(tmp_path, resume=True).skipped == ["a.png"]


def test_in_a_manifest_of_an_older_version_the_order_of_lines_counts(tmp_path: Path, put: Put, run: Run) -> None:
    put("a.png")
    run(tmp_path)
    put("a.png", channels=1)
    run(tmp_path, resume=True)
    path = tmp_path / "out" / "manifest.jsonl"
    year = str(datetime.now(UTC).year)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:2] + [line.replace(f'"time": "{year}', '"time": "1999') for line in lines[2:]]))
    put("a.png", channels=4)
    report = run(tmp_path, resume=True)
    assert ([one.name for one in report.done], report.warnings) == (["a.png"], [])
