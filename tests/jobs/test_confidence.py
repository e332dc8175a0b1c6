"""Maps of how sure fills are: whole or absent, the same in windows, and calibrated as said."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from pconv_cli.files.images import read_image
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.tiff import windowed
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.manifest import read_manifest
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.methods.confidence.calibration import KNOWN, SUREST, WEIGHTS, levels, probability
from pconv_cli.methods.confidence.terms import TERMS, terms_of
from pconv_cli.methods.confidence.witnesses import kind_of, witnesses_of
from pconv_cli.methods.names import Method
from pconv_cli.methods.options import FillOptions

SIZE = (150, 170)
HOLE = np.zeros(SIZE, bool)
HOLE[20:60, 30:80] = HOLE[100:104, 20:150] = True


def image(kind: str, channels: int) -> NDArray[Any]:
    rng = np.random.default_rng(0)
    rows, columns = np.indices(SIZE)
    values = 0.4 + 0.2 * np.sin(rows / 9)[:, :, None] * np.cos(columns / 7)[:, :, None] * np.ones(channels)
    values[:, 85:] += rng.normal(0, 0.08, (SIZE[0], SIZE[1] - 85, channels))
    samples = np.clip(values, 0, 1) * (1 if kind == "float32" else np.iinfo(kind).max)
    return np.where(HOLE[:, :, None], 0, samples).astype(kind)


def run(root: Path, samples: NDArray[Any], **options: Any) -> InpaintReport:
    (root / "in").mkdir(exist_ok=True)
    colours = "rgb" if samples.shape[2] > 2 else "minisblack"
    plain = samples if samples.shape[2] > 1 else samples[:, :, 0]
    tifffile.imwrite(root / "in" / "a.tif", plain, photometric=colours, tile=(64, 64), metadata=None)
    write_mask(root / "m" / "a.png", ~HOLE)
    wanted = {"method": "telea", "confidence": True, "overwrite": True, **options}
    return inpaint_folder(root / "in", root / "m", root / "out", **wanted)


def map_of(root: Path, suffix: str = "png") -> NDArray[np.uint8]:
    return read_image(root / "out" / f"a.tif.confidence.{suffix}").samples[:, :, 0]


@pytest.mark.parametrize(
    ("kind", "channels", "method"),
    [("uint8", 3, "telea"), ("uint16", 1, "ns"), ("float32", 3, "pyramid"), ("uint16", 3, "patchmatch")],
)
def test_a_map_says_how_sure_each_pixel_is(tmp_path: Path, kind: str, channels: int, method: str) -> None:
    assert not run(tmp_path, image(kind, channels), method=method).failed
    judged = map_of(tmp_path)
    assert judged.shape == SIZE
    assert (judged[~HOLE] == KNOWN).all()
    assert (judged[HOLE] <= SUREST).all()
    assert (judged[HOLE] > 0).all()
    rim, middle = judged[21, 35:75].mean(), judged[40, 45:65].mean()
    assert rim > middle + 20  # near what is known, a fill is surer
    smooth, noisy = judged[100:104, 25:70].mean(), judged[100:104, 100:145].mean()
    assert smooth > noisy + 20
    assert read_manifest(tmp_path / "out")["a.tif"]["extras"] == ["a.tif.confidence.png"]


def test_the_depth_of_samples_does_not_matter(tmp_path: Path) -> None:
    maps = []
    for kind in ("uint8", "uint16", "float32"):
        top = {"uint8": 255, "uint16": 65535, "float32": 1}[kind]
        run(tmp_path, (image("uint8", 3) / 255 * top).round(6).astype(kind))
        maps.append(map_of(tmp_path).astype(int))
    assert np.abs(maps[0] - maps[1]).max() <= 12  # 8 bits round the fill, whose difference counts
    assert np.abs(maps[1] - maps[2]).mean() < 1


def test_a_scan_in_windows_has_the_map_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = image("uint16", 3)
    run(tmp_path, samples, leave_wider=30)
    whole = map_of(tmp_path)
    wide = np.zeros(SIZE, bool)
    wide[20:60, 30:80] = True
    assert (whole[wide] == 0).all()  # nobody is sure of what is left neutral
    assert (whole[HOLE & ~wide] > 0).all()
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 0)
    assert not run(tmp_path, samples, leave_wider=30).failed
    assert np.array_equal(map_of(tmp_path, "tif"), whole)
    assert not (tmp_path / "out" / "a.tif.confidence.png").exists()


def test_each_page_with_holes_has_a_map(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with tifffile.TiffWriter(tmp_path / "in" / "a.tif") as writer:
        for kind in ("uint8", "uint16"):
            writer.write(image(kind, 3), photometric="rgb", metadata=None)
    write_mask(tmp_path / "m" / "a_page2.png", ~HOLE)
    report = inpaint_folder(tmp_path / "in", tmp_path / "m", tmp_path / "out", method="telea", confidence=True)
    assert not report.failed
    paged = map_of(tmp_path, "tif")
    (tmp_path / "one").mkdir()
    run(tmp_path / "one", image("uint16", 3))
    assert np.array_equal(paged, map_of(tmp_path / "one"))


def test_many_bands_are_refused(tmp_path: Path) -> None:
    failed = run(tmp_path, image("uint8", 6)).failed
    assert failed[0][1].endswith("has 6 bands, whose fills cannot be judged; leave out `confidence`")


def test_a_run_that_resumes_makes_maps_that_are_missing(tmp_path: Path) -> None:
    run(tmp_path, image("uint8", 3), confidence=False)
    assert len(run(tmp_path, image("uint8", 3), overwrite=False, resume=True).done) == 1
    assert run(tmp_path, image("uint8", 3), overwrite=False, resume=True).skipped == ["a.tif"]
    (tmp_path / "out" / "a.tif.confidence.png").unlink()
    assert len(run(tmp_path, image("uint8", 3), overwrite=False, resume=True).done) == 1
    assert map_of(tmp_path).min() < KNOWN


def test_the_profile_has_a_stage_for_maps(tmp_path: Path) -> None:
    with_map, without = (run(tmp_path, image("uint8", 3), profile=True, confidence=asked) for asked in (True, False))
    assert with_map.profile is not None
    assert without.profile is not None
    assert with_map.profile["seconds"]["judge"] > 0 == without.profile["seconds"]["judge"]


def test_the_page_shows_the_map_over_the_image(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    run(tmp_path, image("uint8", 3), report=page)
    assert page.read_text().count('class="overlay"') == 1
    assert 'id="confidence"' in page.read_text()
    run(tmp_path, image("uint8", 3), report=page, overwrite=False)  # from the file
    assert page.read_text().count('class="overlay"') == 1
    run(tmp_path, image("uint8", 3), report=page, confidence=False)
    assert 'class="overlay"' not in page.read_text()
    assert not (tmp_path / "out" / "a.tif.confidence.png").exists()
    run(tmp_path, image("uint8", 3))
    (tmp_path / "out" / "a.tif.confidence.png").write_bytes(b"damaged")
    report = run(tmp_path, image("uint8", 3), report=page, overwrite=False, resume=True)
    assert report.skipped == ["a.tif"]
    assert report.warnings[0].startswith("a.tif: its map of confidence cannot be shown on the page (")
    assert report.warnings[0].endswith("a.tif.confidence.png, and run again with `resume` to make it again")
    html = page.read_text()
    assert (html.count('class="overlay"'), html.count('type="range"')) == (0, 1)  # before and after stay
    assert "Cannot be shown" not in html


@pytest.mark.parametrize("method", Method)
def test_every_method_has_two_other_witnesses(method: Method) -> None:
    options = FillOptions(method=method)
    first, second = witnesses_of(options)
    assert len({options, first, second}) == 3
    assert len(WEIGHTS[kind_of(options)]) == 1 + len(TERMS)


def test_texture_is_compared_with_another_seed_and_with_patches() -> None:
    options = FillOptions(seed=2**32 - 1, texture=0.5)
    first, second = witnesses_of(options)
    assert (first.method, first.texture, first.seed) == (Method.PCONV, 0.5, 0)
    assert (second.method, second.seed) == (Method.PATCHMATCH, 2**32 - 1)
    assert kind_of(options) == "textured"
    assert kind_of(FillOptions(texture=0)) == "pconv"


def test_terms_are_what_they_say() -> None:
    rgb = np.full((40, 40, 3), 0.5, np.float32)
    hole = np.zeros((40, 40), bool)
    hole[10:21, 10:21] = True
    others = [rgb + np.float32(0.2), rgb - np.array([0, 0.1, 0.3], np.float32)]
    terms = terms_of(rgb, hole, ~hole, others)
    grid = np.full((40, 40, 5), np.nan)
    grid[hole] = terms
    assert np.exp(grid[15, 15, 0]) == pytest.approx(6)
    assert np.exp(grid[10, 10, 0]) == pytest.approx(1)
    assert np.exp(grid[12, 12, 1:]) == pytest.approx([0.21, 0.31, 0.01, 0.01], abs=1e-4)
    checked = rgb + 0.2 * np.where(np.indices((40, 40)).sum(axis=0) % 2, 1, -1)[:, :, None].astype(np.float32)
    assert np.exp(terms_of(checked, hole, ~hole, others)[0, 3:]) == pytest.approx([0.21, 0.21], abs=0.01)


@pytest.mark.parametrize("kind", sorted(WEIGHTS))
def test_no_confidence_rises_with_a_term(kind: str) -> None:
    base = np.array([[1.0, -3, -3, -3, -3]], np.float32)
    for term in range(len(TERMS)):
        more = base.copy()
        more[0, term] += 1
        assert probability(kind, more)[0] < probability(kind, base)[0]
    sure, unsure = np.array([[0, -4.6, -4.6, -4.6, -4.6], [5.5, 0, 0, 0, 0]], np.float32)
    assert levels(kind, sure[None])[0] == SUREST
    assert levels(kind, unsure[None])[0] < 30


def test_methods_fill_one_image_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pconv_cli.methods.classical import OpenCVBackend

    busy, crowded = threading.Lock(), []
    fill = OpenCVBackend.fill

    def alone(self: OpenCVBackend, *given: Any) -> Any:
        if not busy.acquire(blocking=False):
            crowded.append(threading.current_thread().name)
            return fill(self, *given)
        try:
            return fill(self, *given)
        finally:
            busy.release()

    monkeypatch.setattr(OpenCVBackend, "fill", alone)
    for name in "bcde":
        (tmp_path / "in").mkdir(exist_ok=True)
        tifffile.imwrite(tmp_path / "in" / f"{name}.tif", image("uint8", 3), photometric="rgb", metadata=None)
        write_mask(tmp_path / "m" / f"{name}.png", ~HOLE)
    report = run(tmp_path, image("uint8", 3))
    assert len(report.done) == 5
    assert not crowded
