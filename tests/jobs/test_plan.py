"""What a run is going to do: outputs that are there, places, options, what fails before the model is loaded."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.errors import ModelError, NothingToDo, OutputError, UsageError
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import Method

Run = Callable[..., InpaintReport]
SIZE = (40, 50)


def test_outputs_that_exist_are_skipped_unless_asked(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run
) -> None:
    put("a.png")
    put("b.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").write_bytes(b"precious")
    report = run(tmp_path)
    assert ([one.name for one in report.done], report.skipped, report.exit_code) == (["b.png"], ["a.png"], 0)
    assert (tmp_path / "out" / "a.png").read_bytes() == b"precious"
    assert run(tmp_path).skipped == ["a.png", "b.png"]
    report = run(tmp_path, overwrite=True)
    assert len(report.done) == 2
    assert read_image(tmp_path / "out" / "a.png").size == SIZE


def test_extra_masks_are_listed_and_no_failure(
    tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask, run: Run
) -> None:
    put("a.png")
    for index in range(7):
        write_mask(tmp_path / "m" / f"extra{index}.png", a_mask)
    report = run(tmp_path)
    assert report.exit_code == 0
    assert "extra0.png" in report.warnings[0]
    assert "and 2 more" in report.warnings[0]


@pytest.mark.parametrize("place", ["in", "in/below", "link", "link/below", "m", "m/below"])
def test_the_output_may_not_lie_in_what_is_read(
    tmp_path: Path, put: Callable[..., NDArray[Any]], place: str, run: Run, files_below: Callable[[Path], list[str]]
) -> None:
    put("a.png")
    (tmp_path / "link").symlink_to(tmp_path / "in")
    before = files_below(tmp_path)
    with pytest.raises(UsageError, match="choose"):
        run(tmp_path, out=tmp_path / place, overwrite=True)
    assert files_below(tmp_path) == before


def test_no_image_is_ever_replaced_by_the_output_of_another(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run
) -> None:
    put("in/a.png")
    put("a.png")
    (tmp_path / "m/a.png").unlink()  # an image that is not read, but is one nevertheless
    before = (tmp_path / "in/a.png").read_bytes()
    with pytest.raises(UsageError, match="would replace a file that is read"):
        run(tmp_path, out=tmp_path, overwrite=True)
    assert (tmp_path / "in/a.png").read_bytes() == before


def test_a_folder_instead_of_an_output_is_no_output(tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run) -> None:
    put("a.png")
    put("b.png")
    (tmp_path / "out/a.png").mkdir(parents=True)
    for options in ({}, {"resume": True}, {"overwrite": True}):
        report = run(tmp_path, **options)
        assert (report.exit_code, [name for name, _ in report.failed]) == (3, ["a.png"])
        assert "out/a.png: a folder stands in its place" in report.failed[0][1]
    assert read_image(tmp_path / "out/b.png").size == read_image(tmp_path / "in/b.png").size


def test_a_place_that_cannot_be_written_is_found_before_the_model(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run
) -> None:
    put("a.png")
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="out: cannot be written"):
        run(tmp_path, method=Method.PCONV, weights="there are no such weights")


def test_a_run_that_cannot_begin_leaves_no_folder(tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run) -> None:
    put("a.png")
    with pytest.raises(ModelError):
        run(tmp_path, method=Method.PCONV, weights="there are no such weights", out=tmp_path / "deep" / "out")
    with pytest.raises(UsageError, match="`overlap`"):
        run(tmp_path, method=Method.PCONV, tile=64, overlap=64)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "m"]


def test_folders_that_cannot_be_opened_are_named(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.png", "closed/b.png"):
        put(name)
    scandir = os.scandir

    def refuses(path: str) -> Iterator[os.DirEntry[str]]:
        if Path(path) == tmp_path / "in" / "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuses)
    report = run(tmp_path)
    assert [one.name for one in report.done] == ["a.png"]
    warning = f"left out, since they cannot be opened (check permissions): {tmp_path / 'in' / 'closed'}"
    assert warning in report.warnings


def test_images_of_other_kinds_are_named(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run, recorder: Callable[[], Any]
) -> None:
    put("a.png")
    Image.new("RGB", (4, 4)).save(tmp_path / "in" / "b.tga")
    (tmp_path / "in" / "deep").mkdir()
    (tmp_path / "in" / "deep" / "c.XCF").touch()
    (tmp_path / "in" / "notes.txt").touch()
    progress = recorder()
    report = run(tmp_path, progress)
    assert (len(report.done), report.exit_code) == (1, 0)
    assert progress.warnings == report.warnings
    assert "2 files of other kinds left out" in report.warnings[0]
    assert report.warnings[0].endswith(f": {tmp_path / 'in' / 'b.tga'}, {tmp_path / 'in' / 'deep' / 'c.XCF'}")
    (tmp_path / "in" / "a.png").unlink()
    progress = recorder()
    with pytest.raises(NothingToDo):
        run(tmp_path, progress)
    assert "b.tga" in progress.warnings[0]


def test_pairing_is_done_before_the_model_is_loaded(tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run) -> None:
    put("a.png", mask=None)
    (tmp_path / "m").mkdir()
    with pytest.raises(NothingToDo, match="m: holds no mask"):
        run(tmp_path)
    (tmp_path / "m" / "other.png").touch()
    report = run(tmp_path, method=Method.PCONV, weights="there are no such weights")
    assert (len(report.failed), report.exit_code) == (1, 3)
    put("a.png")
    with pytest.raises(ModelError):
        run(tmp_path, method=Method.PCONV, weights="there are no such weights")


def test_an_empty_folder_is_nothing_to_do(tmp_path: Path, run: Run) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "m").mkdir()
    with pytest.raises(NothingToDo, match="holds no image"):
        run(tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        run(tmp_path, images=tmp_path / "missing")


def test_one_image_to_a_file_or_a_folder(
    tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask, run: Run
) -> None:
    samples = put("photo.png", depth="uint16")
    one = {"images": tmp_path / "in" / "photo.png", "masks": tmp_path / "m" / "photo.png"}
    for out, target in (("restored.tif", "restored.tif"), ("there", "there/photo.png"), ("new/x.PNG", "new/x.PNG")):
        report = run(tmp_path, **one, out=tmp_path / out)
        assert report.done[0].output == str(tmp_path / target)
        np.testing.assert_array_equal(read_image(tmp_path / target).samples[a_mask], samples[a_mask])
    assert read_image(tmp_path / "restored.tif").format is ImageFormat.TIFF
    with pytest.raises(UsageError, match="`format` tiff"):
        run(tmp_path, **one, out=tmp_path / "other.png", format=ImageFormat.TIFF)
    for out in ("o.gif", "new/o.xyz"):
        with pytest.raises(UsageError, match=r"cannot write \.(gif|xyz); use \.png, \.jpg"):
            run(tmp_path, **one, out=tmp_path / out)
        assert not (tmp_path / out).exists()
    assert run(tmp_path, **one, out=tmp_path / "run.v1.2").done[0].output == str(tmp_path / "run.v1.2" / "photo.png")
    for out in ("in/photo.png", "in", "m"):
        with pytest.raises(UsageError, match="would replace a file that is read"):
            run(tmp_path, **one, out=tmp_path / out, overwrite=True)


def test_options_out_of_range_or_in_vain_are_refused(tmp_path: Path, run: Run) -> None:
    for changes, word in (
        ({"threshold": 0}, "`threshold` 0"),
        ({"threshold": 256}, "`threshold` 256"),
        ({"dilate": -1}, "`dilate` -1"),
        ({"tile": 256}, "`tile`: belongs to `method` pconv"),
        ({"precision": "float32"}, "`precision`: belongs to `method` pconv"),
        ({"compile": True}, "`compile`: belongs to `method` pconv"),
        ({"weights": "photo"}, "`weights`: belongs"),
        ({"device": "cuda"}, "`device`: telea runs on the processor"),
        ({"masks": "alpha", "polarity": Polarity.BLACK}, "`polarity`"),
    ):
        with pytest.raises(UsageError, match=word):
            run(tmp_path, **changes)


def test_masks_behind_a_link_to_a_folder_are_found_beside_an_image_without(
    tmp_path: Path, put: Callable[..., NDArray[Any]], a_mask: Mask, run: Run
) -> None:
    put("a.png", mask=None)
    put("sub/b.png", mask=None)
    write_mask(tmp_path / "elsewhere" / "b.png", a_mask)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "sub").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    report = run(tmp_path)
    assert [one.name for one in report.done] == ["sub/b.png"]
    assert [name for name, _ in report.failed] == ["a.png"]


def test_a_folder_of_masks_that_cannot_be_opened_is_said_to_be_so(
    tmp_path: Path, put: Callable[..., NDArray[Any]], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a.png", mask=None)
    (tmp_path / "m").mkdir()
    listed = os.scandir

    def closed(path: Any) -> Any:
        if str(path) == str(tmp_path / "m"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(NothingToDo, match=r"m: holds no mask that can be opened; check the permissions of .*m$"):
        run(tmp_path)
