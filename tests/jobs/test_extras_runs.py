"""Layers and display copies in runs: whole or absent, resumed, and never in the way of other files."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pconv_cli.errors import OutputError
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.manifest import read_manifest
from pconv_cli.jobs.report.outcome import InpaintReport

from .beside import HOLE, SIZE, beside, place, run, smooth


def test_an_image_without_a_hole_and_a_run_without_extras_have_none(tmp_path: Path) -> None:
    image = StoredImage(smooth("uint8", 3, 255))
    whole, target = place(tmp_path, "whole.png", image, np.zeros(SIZE, bool)), place(tmp_path, "a.png", image)
    run(tmp_path, show="outline")
    assert beside(whole) == []
    assert beside(target) == ["a.png.retouch.png", "a.png.show.png"]
    known = read_manifest(tmp_path / "out")
    assert "extras" not in known["whole.png"]
    assert known["a.png"]["extras"] == ["a.png.retouch.png", "a.png.show.png"]
    run(tmp_path, retouch=None, overwrite=True)
    assert beside(target) == []  # they would be of another fill
    known = read_manifest(tmp_path / "out")
    assert "extras" not in known["a.png"]
    assert not {"retouch", "show"} & set(known["a.png"]["recipe"])


def test_resume_makes_what_is_missing_and_leaves_the_rest(tmp_path: Path) -> None:
    target = place(tmp_path, "a.png", StoredImage(smooth("uint8", 3, 255)))
    run(tmp_path, retouch=None)
    assert [one.name for one in run(tmp_path, resume=True).done] == ["a.png"]  # a layer is asked for now
    assert run(tmp_path, resume=True).skipped == ["a.png"]
    target.with_name("a.png.retouch.png").unlink()
    assert run(tmp_path).skipped == ["a.png"]  # outputs that exist are skipped
    assert [one.name for one in run(tmp_path, resume=True).done] == ["a.png"]
    assert beside(target) == ["a.png.retouch.png"]


def test_files_that_no_run_made_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = place(tmp_path, "a.png", StoredImage(smooth("uint8", 3, 255)))
    (tmp_path / "out").mkdir()
    for name in ("a.png.show.png", "a.png.retouch.png"):
        target.with_name(name).write_bytes(b"mine")
    run(tmp_path, retouch=None)  # neither is asked for

    def full(*_: Any, **__: Any) -> Path:
        raise OutputError("no room")

    def again(**options: Any) -> InpaintReport:
        given = {"method": "telea", "texture": 0, **options}
        return inpaint_folder(tmp_path / "in", tmp_path / "m", tmp_path / "out", **given)

    with monkeypatch.context() as patch:
        patch.setattr("pconv_cli.jobs.images.extras._write_copy", full)
        assert again(show="outline", overwrite=True).failed
    target.unlink()
    before = read_manifest(tmp_path / "out")
    failed = again(retouch="layer").failed
    assert [name for name, _ in failed] == ["a.png"]
    assert "a.png.retouch.png: is there already, and in no manifest; move it away" in failed[0][1]
    assert not target.exists()
    assert read_manifest(tmp_path / "out") == before
    for name in ("a.png.show.png", "a.png.retouch.png"):
        assert target.with_name(name).read_bytes() == b"mine"
    run(tmp_path, overwrite=True)
    assert target.with_name("a.png.retouch.png").read_bytes() != b"mine"
    assert target.with_name("a.png.show.png").read_bytes() == b"mine"


def test_files_of_an_earlier_fill_that_no_manifest_names_are_pointed_at(tmp_path: Path) -> None:
    place(tmp_path, "a.png", StoredImage(smooth("uint8", 3, 255)))

    def again(**options: Any) -> InpaintReport:
        return inpaint_folder(
            tmp_path / "in/a.png", tmp_path / "m", tmp_path / "b.png", **{"method": "telea", **options}
        )

    assert again(retouch="layer", show="outline").warnings == []  # one file by name has no manifest
    assert again().warnings == []  # nothing is made again
    (warning,) = again(show="outline", method="ns", overwrite=True).warnings
    assert "b.png.retouch.png: is in no manifest, so it stays; remove it if it shows the earlier fill" in warning


def test_what_a_killed_run_wrote_beside_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = place(tmp_path, "a.png", StoredImage(smooth("uint8", 3, 255)))
    with monkeypatch.context() as patch:
        patch.setattr("pconv_cli.jobs.road._record", lambda *_: None)  # killed just before it
        run(tmp_path)
    assert beside(target) == ["a.png.retouch.png"]
    assert [one.name for one in run(tmp_path, retouch=None, resume=True).done] == ["a.png"]
    assert beside(target) == []


@pytest.mark.parametrize("failing", ["_write_layer", "_write_copy"])
def test_an_image_that_fails_has_no_extras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    target = place(tmp_path, "a.png", StoredImage(smooth("uint8", 3, 255)))
    run(tmp_path, show="outline")

    def full(*_: Any, **__: Any) -> Path:
        raise OutputError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(f"pconv_cli.jobs.images.extras.{failing}", full)
        report = inpaint_folder(
            tmp_path / "in",
            tmp_path / "m",
            tmp_path / "out",
            method="telea",
            retouch="layer",
            show="outline",
            overwrite=True,
        )
    assert [name for name, _ in report.failed] == ["a.png"]
    assert beside(target) == []
    assert [one.name for one in run(tmp_path, show="outline", resume=True).done] == ["a.png"]


@pytest.mark.parametrize("name", ["out", "out.png"])
def test_a_new_output_goes_with_what_cannot_be_written_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    place(tmp_path, "a.png", StoredImage(smooth("uint8", 3, 255)))

    def again() -> InpaintReport:
        return inpaint_folder(tmp_path / "in/a.png", tmp_path / "m", tmp_path / name, method="telea", show="outline")

    def full(*_: Any, **__: Any) -> Path:
        raise OutputError("no room")

    with monkeypatch.context() as patch:
        patch.setattr("pconv_cli.jobs.images.extras._write_copy", full)
        assert again().failed
    target = tmp_path / "out.png" if name == "out.png" else tmp_path / "out" / "a.png"
    assert not target.exists()
    assert [one.name for one in again().done] == ["a.png"]  # and not skipped
    assert beside(target) == [f"{target.name}.show.png"]


def test_what_a_run_killed_between_an_output_and_its_extras_left_counts_as_outdated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place(tmp_path, "a.png", StoredImage(smooth("uint8", 3, 255)))
    with monkeypatch.context() as patch:
        patch.setattr("pconv_cli.jobs.road._record", lambda *_: None)
        run(tmp_path)
    target.with_name("a.png.retouch.png").unlink()
    report = run(tmp_path)
    assert (report.skipped, report.outdated) == (["a.png"], 1)
    assert [one.name for one in run(tmp_path, resume=True).done] == ["a.png"]
    assert run(tmp_path).outdated == 0


def test_extras_are_no_images_of_a_later_run(tmp_path: Path) -> None:
    place(tmp_path, "a.png", StoredImage(smooth("uint8", 3, 255)))
    run(tmp_path, show="neutral")
    shutil.move(tmp_path / "out", tmp_path / "in2")
    report = inpaint_folder(tmp_path / "in2", tmp_path / "m", tmp_path / "out", method="telea", texture=0)
    assert [one.name for one in report.done] == ["a.png"]


def test_an_output_named_as_a_file_beside_another_fails(tmp_path: Path, put: Callable[..., Any]) -> None:
    put("a.bmp", ImageFormat.BMP)
    put("a.png.retouch.png", mask=None)
    write_mask(tmp_path / "m" / "a.png.retouch_mask.png", ~HOLE[:, :50])
    report = inpaint_folder(
        tmp_path / "in", tmp_path / "m", tmp_path / "out", method="telea", texture=0, format="png", retouch="layer"
    )
    assert [name for name, _ in report.failed] == ["a.png.retouch.png"]
    assert "is named as a file beside the output of a.bmp; rename it" in report.failed[0][1]
    assert read_image(tmp_path / "out" / "a.png.retouch.png").samples.shape[2] == 4
