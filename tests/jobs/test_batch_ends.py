"""Batches that end well: bad files, interruptions."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pconv_cli.errors import Interrupted
from pconv_cli.files.formats import ImageFormat
from pconv_cli.jobs import pipeline
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.report.outcome import InpaintReport, RunInterrupted
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.backends import Backends
from pconv_cli.methods.tiled.windows import Rgb

Run = Callable[..., InpaintReport]


def test_one_bad_file_never_stops_the_batch(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run, files_below: Callable[[Path], list[str]]
) -> None:
    for name in ("a.png", "b.png", "c.png", "d.png", "e.png", "f.png"):
        put(name)
    image = tmp_path / "in" / "b.png"
    image.write_bytes(image.read_bytes()[:-200])  # sound header: found only by decoding
    mask = tmp_path / "m" / "c.png"
    mask.write_bytes(mask.read_bytes()[:60])
    (tmp_path / "in" / "d.png").write_text("text")
    (tmp_path / "m" / "e.png").unlink()
    report = run(tmp_path)
    assert [one.name for one in report.done] == ["a.png", "f.png"]
    assert sorted(name for name, _ in report.failed) == ["b.png", "c.png", "d.png", "e.png"]
    reasons = dict(report.failed)
    assert "damaged or incomplete" in reasons["b.png"]
    assert "m/c.png: is damaged" in reasons["c.png"]
    assert "is not an image" in reasons["d.png"]
    assert "no mask" in reasons["e.png"]
    assert report.exit_code == 3
    assert files_below(tmp_path / "out") == ["a.png", "f.png"]


def test_fail_fast_stops_at_the_first(tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run) -> None:
    for name in ("a.png", "b.png", "c.png"):
        put(name)
    image = tmp_path / "in" / "b.png"
    image.write_bytes(image.read_bytes()[:-200])
    report = run(tmp_path, fail_fast=True)
    assert ([one.name for one in report.done], len(report.failed), report.exit_code) == (["a.png"], 1, 3)
    (tmp_path / "m" / "c.png").unlink()  # known before anything runs
    report = run(tmp_path, fail_fast=True, overwrite=True)
    assert (report.done, len(report.failed), report.exit_code) == ([], 1, 3)


def test_a_method_that_breaks_on_a_image_is_reported(
    tmp_path: Path,
    put: Callable[..., NDArray[Any]],
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
    files_below: Callable[[Path], list[str]],
) -> None:
    put("a.png")
    put("b.png")

    class Broken:
        name = "broken"
        calls = 0

        def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
            self.calls += 1
            if self.calls == 1:
                raise MemoryError
            return rgb * np.float32(np.nan)

    broken = Broken()
    monkeypatch.setattr(Backends, "of", lambda *_: broken)
    report = run(tmp_path)
    assert [name for name, _ in report.failed] == ["a.png", "b.png"]
    assert "memory" in report.failed[0][1]
    assert "not finite" in report.failed[1][1]
    assert files_below(tmp_path / "out") == []


def test_ctrl_c_leaves_whole_files_and_says_what_is_done(
    tmp_path: Path,
    put: Callable[..., NDArray[Any]],
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
    files_below: Callable[[Path], list[str]],
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        put(name)

    class Interrupting:
        name = "interrupting"
        calls = 0

        def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
            self.calls += 1
            if self.calls == 2:
                raise KeyboardInterrupt
            return rgb

    backend = Interrupting()
    monkeypatch.setattr(Backends, "of", lambda *_: backend)
    threads = threading.active_count()
    with pytest.raises(Interrupted, match="1 of 3 images done") as caught:
        run(tmp_path)
    assert caught.value.exit_code == 130
    assert files_below(tmp_path / "out") == ["a.png"]
    assert threading.active_count() == threads
    report = run(tmp_path)  # goes on
    assert (report.skipped, [one.name for one in report.done]) == (["a.png"], ["b.png", "c.png"])


def test_a_file_that_vanishes_after_planning_fails_alone(
    tmp_path: Path, put: Callable[..., NDArray[Any]], monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    for name in ("a.png", "b.png", "c.png", "d.png"):
        put(name)
    make = Backends.of

    def vanish(backends: Backends, options: InpaintOptions) -> Any:
        (tmp_path / "in" / "b.png").unlink(missing_ok=True)
        (tmp_path / "m" / "c.png").unlink(missing_ok=True)
        return make(backends, options)

    monkeypatch.setattr(Backends, "of", vanish)
    report = run(tmp_path)
    assert [one.name for one in report.done] == ["a.png", "d.png"]
    reasons = dict(report.failed)
    assert "in/b.png: " in reasons["b.png"]
    assert "m/c.png: " in reasons["c.png"]
    assert not any("unexpectedly" in reason for reason in reasons.values())


def test_a_full_disk_fails_the_images_and_not_the_run(
    tmp_path: Path,
    put: Callable[..., NDArray[Any]],
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
    files_below: Callable[[Path], list[str]],
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        put(name)
    write = Path.write_bytes
    calls = []

    def full(self: Path, data: Any) -> int:
        calls.append(self)
        if len(calls) == 2:
            write(self, data[:10])
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    report = run(tmp_path)
    assert [one.name for one in report.done] == ["a.png", "c.png"]
    assert "b.png: cannot be written (no space left on device); free some space there" in report.failed[0][1]
    assert files_below(tmp_path / "out") == ["a.png", "c.png"]


def test_ctrl_c_before_the_first_image_ends_the_same_way(
    tmp_path: Path, put: Callable[..., NDArray[Any]], monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    put("a.png")

    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Backends, "of", interrupt)
    with pytest.raises(RunInterrupted, match="with `resume` instead of `overwrite` goes on"):
        run(tmp_path, overwrite=True)
    with pytest.raises(RunInterrupted, match=r"0 of 1 images done .* the same command again goes on") as caught:
        run(tmp_path)
    assert caught.value.report.exit_code == 130
    assert caught.value.report.to_json()["error"] == str(caught.value)


def test_the_number_of_threads_changes_no_byte(
    tmp_path: Path, put: Callable[..., NDArray[Any]], monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    names = [f"{index}.png" for index in range(7)]
    for index, name in enumerate(names):
        put(name, channels=1 + 2 * (index % 2))
    for threads in (1, 3):
        monkeypatch.setattr(pipeline, "helper_threads", lambda threads=threads: threads)
        report = run(tmp_path, out=tmp_path / str(threads))
        assert [one.name for one in report.done] == names
    for name in names:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "3" / name).read_bytes()


@pytest.mark.parametrize("kind", ["png", "tiff", "jpeg", "webp", "bmp"])
def test_an_encoder_that_errs_fails_its_image_and_nothing_is_written(
    tmp_path: Path,
    put: Callable[..., NDArray[Any]],
    run: Run,
    files_below: Callable[[Path], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    from pconv_cli.files.codecs import photo, png
    from pconv_cli.files.tiff import samples as tiff

    put("a.png")
    put("b.png")
    module: Any = {"png": png, "tiff": tiff}.get(kind, photo)
    encode, count = module.encode, []

    def cut_the_first(*given: Any) -> bytes:
        count.append(1)
        data = encode(*given)
        return data[: len(data) - 9] if len(count) == 1 else data

    monkeypatch.setattr(module, "encode", cut_the_first)
    report = run(tmp_path, format=ImageFormat(kind))
    assert report.exit_code == 3
    assert [name for name, _ in report.failed] == ["a.png"]
    assert "not written, since what the encoder made does not read back as the image" in report.failed[0][1]
    assert [Path(name).stem for name in files_below(tmp_path / "out")] == ["b"]
