"""The number for "no data" of a TIFF (GDAL_NODATA): it stays, no fill is taken from it, and none has it."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

import pconv_cli
from pconv_cli.errors import UsageError
from pconv_cli.files.tiff import windowed
from pconv_cli.jobs.folder import inpaint_folder

SIZE = (96, 112)
TAG = 42113
RAMP = (100 + np.add.outer(0.5 * np.arange(SIZE[0]), 0.2 * np.arange(SIZE[1]))).astype(np.float64)
HOLE, NOTHING = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
HOLE[41:56, 40:60] = True
NOTHING[30:70, 55:100] = NOTHING[:8] = True  # reaches into the hole, and lies far from it


def put(root: Path, samples: NDArray[Any], number: str, hole: NDArray[np.bool_] = HOLE, **options: Any) -> None:
    for folder in ("in", "m"):
        (root / folder).mkdir(exist_ok=True)
    given = {"tile": (32, 32), "metadata": None, "photometric": "minisblack", **options}
    tifffile.imwrite(root / "in/a.tif", samples, extratags=[(TAG, "s", 0, number, True)], **given)
    Image.fromarray(hole).save(root / "m/a.png")


def run(root: Path, **options: Any) -> NDArray[Any]:
    report = inpaint_folder(root / "in", root / "m", root / "out", **{"method": "telea", **options})
    assert (report.failed, len(report.done)) == ([], 1)
    with tifffile.TiffFile(root / "out/a.tif") as file:
        assert TAG in file.pages.first.tags
        samples: NDArray[Any] = file.pages.first.asarray()
    return samples


@pytest.mark.parametrize("method", ["telea", "patchmatch", "pconv", "biharmonic"])
@pytest.mark.parametrize(
    ("kind", "number", "text"),
    [("float32", -9999, "-9999"), ("int16", -32768, "-32768"), ("uint16", 0, "0"), ("uint8", 255, "255.0\n")],
)
def test_no_fill_is_taken_from_it(tmp_path: Path, method: str, kind: str, number: int, text: str) -> None:
    samples = RAMP.astype(kind)
    samples[NOTHING] = number
    put(tmp_path, samples, text)
    filled = run(tmp_path, method=method)
    np.testing.assert_array_equal(filled[~HOLE], samples[~HOLE])
    assert np.abs(filled - RAMP)[HOLE].max() < 12


def test_a_huge_file_is_filled_as_a_small_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = RAMP.astype(np.float32)
    samples[NOTHING] = -9999
    put(tmp_path, samples, "-9999")
    whole = run(tmp_path)
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 1)
    np.testing.assert_array_equal(run(tmp_path, overwrite=True), whole)


def test_of_whole_numbers_all_colours_have_to_hold_it(tmp_path: Path) -> None:
    samples = np.zeros((*SIZE, 3), np.uint8)
    samples[..., 0] = RAMP  # pure reds
    samples[NOTHING] = 0
    put(tmp_path, samples, "0", photometric="rgb")
    filled = run(tmp_path)
    assert np.abs(filled[..., 0] - RAMP)[HOLE].max() < 12
    assert not filled[HOLE, 1:].any()


def test_of_floats_one_colour_is_enough(tmp_path: Path) -> None:
    samples = np.stack([RAMP, RAMP, RAMP], axis=2).astype(np.float32)
    samples[NOTHING, 1] = -9999
    put(tmp_path, samples, "-9999", photometric="rgb")
    assert np.abs(run(tmp_path) - RAMP[..., None])[HOLE].max() < 12


@pytest.mark.parametrize("huge", [False, True])
def test_no_fill_has_the_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, huge: bool) -> None:
    if huge:
        monkeypatch.setattr(windowed, "SCAN_PIXELS", 1)
    samples = np.broadcast_to(np.arange(-50, 62, dtype=np.int16), SIZE).copy()
    samples[samples == 0] = 1
    put(tmp_path, samples, "0")
    filled = run(tmp_path)
    assert filled[HOLE].min() < 0 < filled[HOLE].max()  # it crosses 0
    assert filled.all()


@pytest.mark.parametrize("rgb", [None, "3,2,1"])
@pytest.mark.parametrize("band", [1, 4])
def test_many_bands(tmp_path: Path, rgb: str | None, band: int) -> None:
    samples = np.stack([RAMP + 10 * number for number in range(6)], axis=2).astype(np.int16)
    samples[NOTHING, band] = -1
    put(tmp_path, samples, "-1", planarconfig="contig")
    filled = run(tmp_path, rgb=rgb)
    np.testing.assert_array_equal(filled[~HOLE], samples[~HOLE])
    assert np.abs(filled - RAMP[..., None] - 10 * np.arange(6))[HOLE].max() < 20


def test_no_band_that_is_named_gets_the_number(tmp_path: Path) -> None:
    plane = np.broadcast_to(np.arange(-47, 65, dtype=np.int16), SIZE)
    samples = np.repeat(np.where(plane == 0, 1, plane)[..., None], 5, axis=2)
    put(tmp_path, samples, "0", planarconfig="contig")
    filled = run(tmp_path, rgb="1,2,3")
    assert filled[HOLE].min() < 0 < filled[HOLE].max()  # it crosses 0
    assert filled.all()


def test_where_all_else_is_no_data_there_is_nothing_to_fill_from(tmp_path: Path) -> None:
    samples = RAMP.astype(np.float32)
    samples[~HOLE] = -9999
    put(tmp_path, samples, "-9999")
    report = inpaint_folder(tmp_path / "in", tmp_path / "m", tmp_path / "out", method="telea")
    assert [message.partition(": ")[2] for _, message in report.failed] == [
        "has no pixel outside its holes to fill them from (all transparent, or no data); leave it out"
    ]


@pytest.mark.parametrize("number", [-9999, np.nan])
def test_levels_of_a_pyramid_are_means_of_what_has_data(tmp_path: Path, number: float) -> None:
    samples = RAMP.astype(np.float32)
    samples[NOTHING] = number
    known = np.ones_like(samples)
    known[NOTHING] = 0
    shares = cv2.resize(known, (56, 48), interpolation=cv2.INTER_AREA)
    sums = cv2.resize(np.where(known, samples, 0), (56, 48), interpolation=cv2.INTER_AREA)
    level = np.where(shares > 0, sums / np.maximum(shares, 1e-6), number).astype(np.float32)
    put(tmp_path, samples, str(number))
    common: dict[str, Any] = {"tile": (32, 32), "metadata": None, "photometric": "minisblack"}
    with tifffile.TiffWriter(tmp_path / "in/a.tif") as file:
        file.write(samples, subifds=1, extratags=[(TAG, "s", 0, str(number), True)], **common)
        file.write(level, subfiletype=1, extratags=[(TAG, "s", 0, str(number), True)], **common)
    run(tmp_path)
    with tifffile.TiffFile(tmp_path / "out/a.tif") as file:
        pages = file.pages.first.pages
        assert pages is not None
        small = pages[0].asarray()
    hole = cv2.resize(HOLE.astype(np.float32), (56, 48), interpolation=cv2.INTER_AREA) > 0
    np.testing.assert_array_equal(small[~hole], level[~hole])
    assert np.abs(small - cv2.resize(RAMP, (56, 48), interpolation=cv2.INTER_AREA))[hole].max() < 12


def test_a_view_that_is_no_copy_stays_whatever_the_number(tmp_path: Path) -> None:
    samples = RAMP.astype(np.float32)
    samples[NOTHING] = -9999
    put(tmp_path, samples, "-9999")
    other = np.random.default_rng(0).uniform(100, 170, (48, 56)).astype(np.float32)
    other[NOTHING[::2, ::2]] = -9999  # which alone would look like a copy
    common: dict[str, Any] = {"tile": (32, 32), "metadata": None, "photometric": "minisblack"}
    with tifffile.TiffWriter(tmp_path / "in/a.tif") as file:
        file.write(samples, subifds=1, extratags=[(TAG, "s", 0, "-9999", True)], **common)
        file.write(other, subfiletype=1, **common)
    run(tmp_path)
    with tifffile.TiffFile(tmp_path / "out/a.tif") as file:
        pages = file.pages.first.pages
        assert pages is not None
        np.testing.assert_array_equal(pages[0].asarray(), other)


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_no_mean_of_a_level_has_the_number_by_chance(tmp_path: Path, channels: int) -> None:
    ramp = np.broadcast_to(np.arange(-47, 65, dtype=np.int16), SIZE)
    plane = np.where((ramp == 0) & ~NOTHING, 1, np.where(NOTHING, 0, ramp)).astype(np.int16)
    level = np.rint(cv2.resize(plane.astype(float), (56, 48), interpolation=cv2.INTER_AREA)).astype(np.int16)
    if channels > 1:
        plane, level = (np.repeat(one[..., None], channels, axis=2) for one in (plane, level))
    kind = {1: {}, 3: {"photometric": "rgb"}, 6: {"planarconfig": "contig"}}[channels]
    put(tmp_path, plane, "0", **kind)
    common: dict[str, Any] = {"tile": (32, 32), "metadata": None, "photometric": "minisblack", **kind}
    with tifffile.TiffWriter(tmp_path / "in/a.tif") as file:
        file.write(plane, subifds=1, extratags=[(TAG, "s", 0, "0", True)], **common)
        file.write(level, subfiletype=1, **common)
    run(tmp_path)
    with tifffile.TiffFile(tmp_path / "out/a.tif") as file:
        pages = file.pages.first.pages
        assert pages is not None
        small = pages[0].asarray().reshape(48, 56, channels)
    hole = cv2.resize(HOLE.astype(np.float32), (56, 48), interpolation=cv2.INTER_AREA) > 0
    assert small[hole].min() < 0 < small[hole].max()  # they cross it
    assert small[hole].all()


@pytest.mark.parametrize(("text", "declared"), [("nan", True), ("-9999", False)])
def test_samples_that_are_no_numbers_are_no_surprise_where_they_are_declared(
    tmp_path: Path, text: str, declared: bool
) -> None:
    samples = RAMP.astype(np.float32)
    samples[NOTHING] = np.nan
    put(tmp_path, samples, text)
    report = inpaint_folder(tmp_path / "in", tmp_path / "m", tmp_path / "out", method="telea")
    assert any("not numbers" in note for note in report.warnings) is not declared
    filled = tifffile.imread(tmp_path / "out/a.tif")
    np.testing.assert_array_equal(filled[~HOLE], samples[~HOLE])
    assert np.abs(filled - RAMP)[HOLE].max() < 12


def test_another_format_has_no_place_for_it(tmp_path: Path) -> None:
    samples = RAMP.astype(np.uint16)
    samples[NOTHING] = 0
    put(tmp_path, samples, "0")
    report = inpaint_folder(tmp_path / "in", tmp_path / "m", tmp_path / "out", method="telea", format="png")
    assert any("no place for its no-data number" in note for note in report.warnings)
    with Image.open(tmp_path / "out/a.png") as image:
        filled = np.asarray(image)
    np.testing.assert_array_equal(filled[~HOLE], samples[~HOLE])
    assert np.abs(filled - RAMP)[HOLE].max() < 12


@pytest.mark.parametrize("paged", [False, True])
def test_a_map_of_confidence_takes_no_evidence_from_it(tmp_path: Path, paged: bool) -> None:
    maps = []
    for number in (-9999, 99999):  # beyond either end of the range
        root = tmp_path / str(number)
        root.mkdir()
        samples = RAMP.astype(np.float32)
        samples[NOTHING] = number
        put(root, samples, str(number))
        if paged:
            with tifffile.TiffWriter(root / "in/a.tif", append=True) as file:
                file.write(RAMP.astype(np.float32), photometric="minisblack", metadata=None)
        run(root, confidence=True)
        (place,) = (root / "out").glob("a.tif.confidence.*")
        maps.append(tifffile.imread(place, key=0) if paged else np.asarray(Image.open(place)))
    far = cv2.dilate(NOTHING.astype(np.uint8), np.ones((9, 9))) == 0  # the fill's own contrast is that of what is there
    np.testing.assert_array_equal(*(judged[HOLE & far] for judged in maps))


def test_neutral_tones_take_nothing_from_it(tmp_path: Path) -> None:
    copies = []
    for number in (-9999, 99999):
        root = tmp_path / str(number)
        root.mkdir()
        samples = RAMP.astype(np.float32)
        samples[NOTHING] = number
        put(root, samples, str(number))
        run(root, show="neutral")
        copies.append(np.asarray(Image.open(root / "out/a.tif.show.png"))[HOLE])
    np.testing.assert_array_equal(*copies)


def test_the_function_of_python_takes_nothing_from_it_either(tmp_path: Path) -> None:
    samples = RAMP.astype(np.int16)
    samples[NOTHING] = -1
    put(tmp_path, samples, "-1")
    filled = pconv_cli.inpaint(tmp_path / "in/a.tif", HOLE, method="telea")
    assert np.abs(filled - RAMP)[HOLE].max() < 12
    samples[~HOLE] = -1
    put(tmp_path, samples, "-1")
    with pytest.raises(
        UsageError, match="no pixel outside the holes to fill them from; all are transparent, or no data"
    ):
        pconv_cli.inpaint(tmp_path / "in/a.tif", HOLE, method="telea")
