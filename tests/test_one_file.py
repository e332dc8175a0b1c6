"""Whatever fails at one file, at whatever stage and by whatever exception: the file is named, the others are done."""

import importlib
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, UnidentifiedImageError

from pconv_cli.errors import FileError, ModelError, UsageError, one_file
from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.evaluation.votes.folders import make_votes
from pconv_cli.evaluation.votes.options import VoteOptions
from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.images import read_image, write_image
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.preview import preview_folder
from pconv_cli.masks.convert import ConvertOptions, convert_masks
from pconv_cli.masks.detect.detection import Search
from pconv_cli.masks.detect.folder import DetectOptions, detect_masks
from pconv_cli.masks.stats import count_masks
from pconv_cli.methods.names import Method
from pconv_cli.training.data.batches import ImageStore
from pconv_cli.training.data.masks import MaskSource

ERRORS: list[Exception] = [
    ValueError("of\ntwo lines"),
    RuntimeError(),
    MemoryError(),
    RecursionError("maximum recursion depth exceeded"),
    OSError("no number"),
    OSError(5, "Input/output error"),
    TypeError("unhashable type"),
    KeyError(320),
    IndexError("list index out of range"),
    AssertionError(),
    StopIteration(),
    NotImplementedError("chroma"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    struct.error("unpack requires a buffer"),
    zlib.error("Error -3"),
    cv2.error("(-215:Assertion failed)"),
    tifffile.TiffFileError("corrupted"),
    imagecodecs.PngError("png_read", "failed"),
    UnidentifiedImageError("cannot identify"),
    Image.DecompressionBombError("bomb"),
]


#: Width of the first bad file in pixels; that of the next is one more.
FIRST = 21


def number_of(value: Any) -> int | None:
    """Which bad file an argument belongs to, by its name, or by its width where it is no more than samples."""
    size = value.shape if isinstance(value, np.ndarray) else getattr(value, "size", None)
    if isinstance(size, tuple) and len(size) > 1 and FIRST <= size[1] < FIRST + len(ERRORS):
        return int(size[1]) - FIRST
    names = [value, *(getattr(value, what, "") for what in ("name", "image", "result"))]
    names += [getattr(getattr(value, "pair", None), "name", "")]
    found = (re.search(r"bad_(\d+)", str(name)) for name in names if isinstance(name, (str, Path)))
    return next((int(match[1]) for match in found if match), None)


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """breaking("module.function"): it raises an error of `ERRORS` for each bad file, and works for others."""

    def replace(place: str) -> None:
        module, name = place.rsplit(".", 1)
        original = getattr(importlib.import_module(f"pconv_cli.{module}"), name)

        def broken(*arguments: Any, **options: Any) -> Any:
            for argument in arguments:
                number = number_of(argument)
                if number is not None:
                    raise ERRORS[number]
            return original(*arguments, **options)

        monkeypatch.setattr(f"pconv_cli.{place}", broken)

    return replace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """in/, gt/ and m/ with images of 24 rows and their masks: one for each of `ERRORS`, and two good ones."""
    bad = [(f"bad_{number:02d}", FIRST + number) for number in range(len(ERRORS))]
    for name, width in (("a", 20), *bad, ("c", 60)):
        rgb = np.random.default_rng(width).integers(0, 200, (24, width, 3), np.uint8)
        hole = np.zeros((24, width, 1), np.uint8)
        hole[8:14, 5:12] = 255
        for place in ("in", "gt"):
            write_image(tmp_path / place / f"{name}.png", StoredImage(rgb))
        write_image(tmp_path / "m" / f"{name}.png", StoredImage(hole))
    return tmp_path


def inpainted(root: Path, **options: Any) -> tuple[int, list[str]]:
    """The exit code of a run, and why what failed."""
    report = inpaint_folder(InpaintOptions(root / "in", root / "m", root / "out", method=Method.TELEA, **options))
    done = {one.name for one in report.done}
    assert done >= {"a.png", "c.png"}
    assert {path.name for path in (root / "out").iterdir() if path.suffix == ".png"} == done
    return report.exit_code, [f"{name}: {reason}" for name, reason in report.failed]


def previewed(root: Path) -> tuple[int, list[str]]:
    preview = preview_folder(InpaintOptions(root / "in", root / "m", root / "out", method=Method.TELEA))
    assert {row.name for row in preview.rows} == {"a.png", "c.png"}
    return preview.exit_code, [f"{name}: {reason}" for name, reason in preview.failed]


def counted(root: Path) -> tuple[int, list[str]]:
    report = count_masks(root / "m")
    assert report.folders[0].total.total == 2
    return report.exit_code, [f"{name}: {reason}" for name, reason in report.failed]


def converted(root: Path) -> tuple[int, list[str]]:
    report = convert_masks(ConvertOptions(root / "m", root / "out", dilate=1))
    assert sorted(path.name for path in (root / "out").iterdir()) == ["a.png", "c.png"]
    return report.exit_code, [f"{name}: {reason}" for name, reason in report.failed]


def detected(root: Path) -> tuple[int, list[str]]:
    search = Search(colours=[(0, 255, 0)])
    report = detect_masks(DetectOptions(root / "in", root / "out", search, overlay=root / "over", workers=1))
    assert [one.name for one in report.found] == ["a.png", "c.png"]
    return report.exit_code, [f"{name}: {reason}" for name, reason in report.failed]


def scored(root: Path) -> tuple[int, list[str]]:
    evaluation = evaluate(EvalOptions(root / "in", root / "gt", root / "m", (Metric.PSNR,)))
    assert [row.name for row in evaluation.rows] == ["a.png", "c.png"]
    return evaluation.exit_code, [f"{name}: {error}" for name, error in evaluation.problems]


def voted(root: Path) -> tuple[int, list[str]]:
    for name in ("a.png", "c.png"):
        image = read_image(root / "in" / name)
        write_image(root / "gt" / name, replace(image, samples=200 - image.samples))
    votes = make_votes(VoteOptions((root / "in", root / "gt"), root / "sheets"))
    assert [pair.name for pair in votes.key.pairs] == ["a.png", "c.png"]
    assert sorted(path.name for path in (root / "sheets").glob("*.png")) == ["001.png", "002.png"]
    return votes.exit_code, [f"{name}: {error}" for name, error in votes.problems]


def trained_on(root: Path) -> tuple[int, list[str]]:
    store = ImageStore(sorted((root / "in").iterdir()), 16, 0, lambda _: None)
    images = [store[number] for number in range(len(store))]
    for instead_of_bad in images[1:-1]:
        np.testing.assert_array_equal(instead_of_bad, images[-1])
    return 3, list(store.unreadable.values())


def masks_drawn(root: Path) -> tuple[int, list[str]]:
    masks = MaskSource(16, folder=root / "m")
    for seed in range(40):
        assert masks.draw(np.random.default_rng(seed)).shape == (16, 16)
    return 3, list(masks.unreadable.values())


STAGES = [
    (inpainted, "files.codecs.png.read_header"),
    (inpainted, "files.finding.pairing.check_pair"),
    (inpainted, "files.codecs.png.decode"),
    (inpainted, "jobs.images.opening.open_and_read"),
    (inpainted, "files.masks.codec._brightest"),
    (inpainted, "jobs.images.opening.Sources"),
    (inpainted, "methods.tiled.leaving.sweep"),
    (inpainted, "files.codecs.png.encode"),
    (inpainted, "jobs.images.whole.write_image"),
    (previewed, "files.codecs.png.read_header"),
    (previewed, "files.masks.codec._brightest"),
    (previewed, "jobs.planning.preview.open_image"),
    (counted, "files.codecs.png.decode"),
    (counted, "files.masks.codec._brightest"),
    (converted, "files.codecs.png.decode"),
    (converted, "files.masks.codec._brightest"),
    (converted, "masks.convert._changed"),
    (converted, "files.codecs.png.encode"),
    (detected, "masks.detect.folder.is_scan"),
    (detected, "files.codecs.png.decode"),
    (detected, "masks.detect.image.search_scene"),
    (detected, "masks.detect.image.write_mask_by_name"),
    (detected, "masks.detect.image.drawn_over"),
    (scored, "files.codecs.png.read_header"),
    (scored, "files.codecs.png.decode"),
    (scored, "evaluation.scoring.load_images"),
    (scored, "evaluation.scoring.hole_ratio"),
    (voted, "evaluation.votes.folders.sha256_of"),
    (voted, "evaluation.votes.pairs.read_image"),
    (voted, "evaluation.votes.pairs.shown"),
    (trained_on, "files.codecs.png.decode"),
    (trained_on, "training.data.batches.resized"),
    (masks_drawn, "files.masks.codec._brightest"),
]


@pytest.mark.parametrize(("run", "stage"), STAGES, ids=[f"{run.__name__}-{stage}" for run, stage in STAGES])
def test_no_exception_of_any_kind_leaves_one_files_work(
    folder: Path, breaking: Callable[[str], None], run: Callable[[Path], tuple[int, list[str]]], stage: str
) -> None:
    breaking(stage)
    exit_code, failed = run(folder)
    assert exit_code == 3
    assert len(failed) == len(ERRORS)
    for number, reason in enumerate(sorted(failed)):
        assert f"bad_{number:02d}.png" in reason
        assert "\n" not in reason
        assert len(reason) < 500


def test_a_name_that_is_too_long_says_so(tmp_path: Path) -> None:
    place = tmp_path / (300 * "a")
    with pytest.raises(FileError, match=r"\(file name too long\); shorten the name"), one_file("a.png"):
        place.touch()
    with (
        pytest.raises(FileError, match=r"cannot be written \(file name too long\); shorten"),
        atomic_path(place) as part,
    ):
        part.touch()


def test_a_view_for_the_page_is_never_the_reason_why_an_image_fails(
    folder: Path, breaking: Callable[[str], None]
) -> None:
    breaking("jobs.report.page.before")
    assert inpainted(folder, report=folder / "page.html") == (0, [])
    assert (folder / "page.html").read_text().count("Cannot be shown: ") == len(ERRORS)


def test_what_is_said_of_an_exception() -> None:
    def said(error: BaseException, **options: str) -> str:
        with pytest.raises(FileError) as caught, one_file("a.png", **options):
            raise error
        return str(caught.value)

    assert said(ValueError("one\ntwo")) == "a.png: failed unexpectedly (ValueError: one); please report it"
    assert said(MemoryError()) == "a.png: does not fit into memory; cut it into parts, or use a larger machine"
    assert said(RuntimeError("CUDA out of memory"), room="less") == "a.png: does not fit into memory; less"
    assert said(FileNotFoundError(2, "No such file", "b.png")).startswith("b.png: cannot be used (no such file); check")
    assert said(FileError("b.png: is broken")) == "b.png: is broken"


@pytest.mark.parametrize("error", [UsageError("--x"), ModelError("weights"), KeyboardInterrupt(), SystemExit(3)])
def test_what_is_not_of_one_file_passes(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, one_file("a.png"):
        raise error
    assert caught.value is error
