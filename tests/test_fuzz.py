"""benchmarks/fuzz_judge.py finds what is wrong, and benchmarks/fuzz_inputs.py makes the same files of a seed."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"pconv_benchmark_{name}", BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def judge() -> Iterator[ModuleType]:
    yield script("fuzz_judge")
    del sys.modules["pconv_benchmark_fuzz_judge"]


def png(samples: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".png", samples)[1])


@pytest.mark.parametrize("kind", ["png", "tiff", "jpeg"])
def test_a_known_sample_that_changed_is_wrong_and_a_fill_is_not(judge: ModuleType, kind: str) -> None:
    before = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    known = np.ones((40, 40), bool)
    known[3:9, 3:9] = False
    encode = {"png": png, "tiff": imagecodecs.tiff_encode, "jpeg": lambda x: imagecodecs.jpeg8_encode(x, level=100)}[
        kind
    ]
    filled = np.where(known[:, :, np.newaxis], before, np.uint8(7))
    assert judge.judge_image(encode(before), encode(filled), known, 128).kind == "same"
    filled[20:, 20:] ^= 1 if kind != "jpeg" else 255  # a JPEG may lose a step
    assert judge.judge_image(encode(before), encode(filled), known, 128).kind == "wrong"
    assert judge.judge_image(encode(before), encode(filled)[:60], known, 128).kind == "wrong"
    assert judge.judge_image(b"no image", encode(filled), known, 128).kind == "not comparable"


def test_holes_that_are_not_the_masks_are_wrong(judge: ModuleType) -> None:
    before = np.random.default_rng(0).integers(0, 65536, (9, 9, 3)).astype(np.uint16)
    hole = np.zeros((9, 9), np.uint8)
    hole[2:4, 5] = 255
    after = np.where(hole[:, :, np.newaxis] > 0, np.uint16(3), before)
    assert judge.judge_mask(png(hole), png(before), png(after), 128, True).kind == "same"
    assert judge.judge_mask(png(255 - hole), png(before), png(after), 128, False).kind == "same"
    assert judge.judge_mask(png(hole), png(before), png(after), 128, False).kind == "wrong"
    assert judge.judge_mask(png(hole), png(before), png(before), 128, True).kind == "wrong"


def test_a_palette_that_libtiff_refuses_is_left_undecided(judge: ModuleType, tmp_path: Path) -> None:
    path, colours = tmp_path / "a.tif", np.zeros((3, 256), np.uint16)
    colours[:, 1] = 65535
    tifffile.imwrite(path, np.ones((8, 8), np.uint8), photometric="palette", colormap=colours, rowsperstrip=4)
    before = png(np.zeros((8, 8, 3), np.uint8))
    assert judge.judge_mask(path.read_bytes(), before, before, 128, True).kind == "wrong"
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages.first.tags["StripByteCounts"].overwrite([32, 1])  # of which OpenCV makes half an image
    assert judge.judge_mask(path.read_bytes(), before, before, 128, True).kind == "not comparable"


@pytest.mark.parametrize("kind", [3, 8])  # the usual type of the tag, and a signed one
def test_colours_divided_by_their_alpha_are_right_where_it_is_associated(
    judge: ModuleType, tmp_path: Path, kind: int
) -> None:
    path, stored = tmp_path / "a.tif", np.full((8, 8, 4), 64, np.uint8)
    stored[..., 3] = 128
    tifffile.imwrite(path, stored, photometric="rgb", extrasamples=["assocalpha"])
    with tifffile.TiffFile(path) as file:
        place = file.pages.first.tags["ExtraSamples"].offset + 2
    data = bytearray(path.read_bytes())
    data[place : place + 2] = kind.to_bytes(2, "little")
    stored[..., :3] = 128
    known = np.ones((8, 8), bool)
    assert judge.judge_image(bytes(data), png(stored), known, 128).kind == "same"
    stored[3, 3, 0] = 140
    assert judge.judge_image(bytes(data), png(stored), known, 128).kind == "wrong"


def test_a_further_channel_may_be_dropped_where_white_is_zero(judge: ModuleType, tmp_path: Path) -> None:
    path, stored = tmp_path / "a.tif", np.random.default_rng(0).integers(0, 256, (8, 8, 2), np.uint8)
    tifffile.imwrite(path, stored, photometric="miniswhite", planarconfig="contig", extrasamples=["unspecified"])
    known = np.ones((8, 8), bool)
    assert judge.judge_image(path.read_bytes(), png(255 - stored[:, :, 0]), known, 128).kind == "same"
    assert judge.judge_image(path.read_bytes(), png(stored[:, :, 0] // 2), known, 128).kind == "wrong"


def test_a_seed_gives_the_same_files_and_most_are_damaged() -> None:
    inputs = script("fuzz_inputs")
    files = [inputs.make_input(1, number, mask=bool(number % 2)) for number in range(60)]
    assert files == [inputs.make_input(1, number, mask=bool(number % 2)) for number in range(60)]
    assert {one.suffix for one in files} == {".png", ".tif", ".jpg", ".webp", ".bmp"}
    assert 30 < sum(bool(one.changes) for one in files) < 60
