"""Runs on huge TIFF files: what they open and hold, what they report, and what fails."""

import itertools
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from pconv_cli.errors import UsageError
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.tiff import windowed
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.jobs.images import scan
from pconv_cli.jobs.images.blocks import part_of_block
from pconv_cli.jobs.images.scan import ScanImage
from pconv_cli.jobs.manifest import MANIFEST
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.backends import Backends
from pconv_cli.methods.names import Method
from pconv_cli.methods.tiled import waves
from pconv_cli.methods.tiled.sweep import FilledBlock
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.rect import Rect

from .large_tiffs import put, run


def test_the_range_of_a_scan_is_found_in_a_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smooth: Callable[[tuple[int, int]], Rgb]
) -> None:
    samples = np.rint(smooth((640, 640)) * 900 + 100).astype(np.uint16)
    samples[3, 3] = 65535
    hole = np.zeros((640, 640), bool)
    hole[300:310, 200:400] = True
    samples[hole] = 40000
    samples[312:318, 330:340] = 1300  # near the hole: has to be seen
    put(tmp_path, samples, hole, tile=(64, 64))
    monkeypatch.setattr(scan, "_SAMPLE", 100_000)
    decoded = []
    monkeypatch.setattr(Scan, "decode", lambda *args, real=Scan.decode: decoded.append(1) or real(*args))
    options = InpaintOptions(tmp_path / "in", tmp_path / "m", tmp_path / "out")
    pair = Pair("scan.tif", tmp_path / "in" / "scan.tif", tmp_path / "m" / "scan.tif")
    with ScanImage(pair, options, Scan(pair.image)) as image:
        low, high = image.scale
    assert len(decoded) < 30  # of 100
    assert 190 <= low < 200
    assert high == 1300
    with ScanImage(pair, options, Scan(pair.image)) as image:
        assert image.scale == (low, high)


@pytest.mark.parametrize(
    ("least", "limits", "opened"),
    [
        (0, {}, 2),  # by its header when images and masks are paired, and once for all the rest
        (0, {"report": "r.html"}, 2),
        (0, {"max_megapixels": 1}, 3),  # more than can be held: may it be read in windows?
        (10**9, {}, 4),  # held whole: its header and its samples are read beside the file that is kept open
    ],
)
def test_how_often_a_tiff_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int, limits: dict[str, Any], opened: int
) -> None:
    monkeypatch.setattr(windowed, "SCAN_PIXELS", least)
    hole = np.zeros((1100, 1000), bool)
    hole[300:310, 200:400] = True
    put(tmp_path, np.zeros((1100, 1000, 3), np.uint8), hole, tile=(64, 64))
    names: list[str] = []
    init = tifffile.TiffFile.__init__

    def counting(self: tifffile.TiffFile, file: Any, *given: Any, **more: Any) -> None:
        names.append(str(file))
        init(self, file, *given, **more)

    monkeypatch.setattr(tifffile.TiffFile, "__init__", counting)
    limits = {name: tmp_path / value if name == "report" else value for name, value in limits.items()}
    assert run(tmp_path, **limits).failed == []
    assert names.count(str(tmp_path / "in" / "scan.tif")) == opened


@pytest.mark.usefixtures("small_windows")
def test_problems_of_scans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smooth: Callable[[tuple[int, int]], Rgb]
) -> None:
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 0)
    samples = np.rint(smooth((300, 320)) * 255).astype(np.uint8)
    put(tmp_path, samples, np.ones((300, 320), bool), tile=(64, 64))
    assert "is all hole" in run(tmp_path).failed[0][1]
    put(tmp_path, samples, np.zeros((300, 319), bool), tile=(64, 64))
    assert "a mask must have the size of its image" in run(tmp_path).failed[0][1]
    hole = np.zeros((300, 320), bool)
    put(tmp_path, samples, hole, tile=(64, 64))
    report = run(tmp_path)
    assert report.done[0].note == "no hole, copied as it is"
    source = tmp_path / "in" / "scan.tif"
    assert (tmp_path / "out" / "scan.tif").read_bytes() == source.read_bytes()
    hole[100:200, 100:200] = True
    put(tmp_path, samples, hole, tile=(64, 64), compression="lzw")
    source.write_bytes(source.read_bytes()[:-4000])
    assert "damaged or incomplete" in run(tmp_path, out=tmp_path / "other").failed[0][1]
    assert [path.name for path in (tmp_path / "other").iterdir()] == [MANIFEST]


@pytest.mark.usefixtures("small_windows")
def test_a_window_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smooth: Callable[[tuple[int, int]], Rgb]
) -> None:
    class Broken:
        name = "broken"
        calls = 0

        def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
            self.calls += 1
            if self.calls == 2:
                raise MemoryError
            return rgb

    monkeypatch.setattr(windowed, "SCAN_PIXELS", 0)
    broken = Broken()
    monkeypatch.setattr(Backends, "of", lambda *_: broken)
    hole = np.zeros((600, 320), bool)
    hole[50:60, 50:60] = hole[400:410, 50:60] = True
    put(tmp_path, np.rint(smooth((600, 320)) * 255).astype(np.uint8), hole, tile=(64, 64))
    report = run(tmp_path)
    assert "memory" in report.failed[0][1]
    assert broken.calls == 2
    assert [path.name for path in (tmp_path / "out").iterdir()] == [MANIFEST]


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("cores", [1, 2])
def test_the_windows_of_the_network_are_counted_where_the_image_is_one_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_weights: Path, recorder: Callable[[], Any], cores: int
) -> None:
    monkeypatch.setattr(waves, "usable_cores", lambda: cores)
    small = {"method": Method.PCONV, "weights": tiny_weights, "tile": 64}
    samples, hole = np.zeros((130, 250, 3), np.uint8), np.zeros((130, 250), bool)
    for down, right in np.ndindex(20, 20):  # no thin holes, which no network fills
        hole[down::60, right::60] = True
    put(tmp_path, samples, hole, tile=(64, 64))
    progress = recorder()
    run(tmp_path, progress, **small)
    counted = [stage for stage in progress.stages if stage[3]]
    total = counted[0][3]
    assert total >= 4
    assert counted == [("scan.tif", "filling", done, total) for done in range(1, total + 1)]
    samples, hole = np.zeros((900, 250, 3), np.uint8), np.zeros((900, 250), bool)
    for down, right in np.ndindex(20, 20):
        hole[down::200, right::60] = True
    put(tmp_path, samples, hole, tile=(64, 64))
    progress = recorder()
    run(tmp_path, progress, **small)
    counted = [stage for stage in progress.stages if stage[3]]
    total = counted[0][3]
    assert [done for *_, done, _ in counted] == sorted(done for *_, done, _ in counted)
    assert {one for *_, one in counted} == {total}
    heard = {done for *_, done, _ in counted}
    if cores == 1:
        assert heard >= {*range(total + 1), 0.2, 0.4}  # the image's windows, and parts of them
    else:
        assert heard >= {0, total}
        assert any(0 < done < 1 for done in heard)  # windows under way at once move the image on together


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize(
    ("places", "total"), [([*itertools.product(range(0, 250, 60), repeat=2)], 0), ([(0, 0), (220, 220)], 2)]
)
def test_a_network_on_the_pyramid_takes_the_image_at_once_where_that_is_cheaper(
    tmp_path: Path, tiny_pyramid: Path, recorder: Callable[[], Any], places: list[tuple[int, int]], total: int
) -> None:
    """One window is not counted."""
    samples, hole = np.zeros((250, 250, 3), np.uint8), np.zeros((250, 250), bool)
    for top, left in places:
        hole[top : top + 20, left : left + 20] = True
    put(tmp_path, samples, hole, tile=(64, 64))
    progress = recorder()
    run(tmp_path, progress, method=Method.PCONV, weights=tiny_pyramid, tile=128)
    counted = [stage for stage in progress.stages if stage[3]]
    assert counted == [("scan.tif", "filling", done, total) for done in range(1, total + 1)]


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("streamed", [True, False])
def test_a_image_of_several_windows_reports_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recorder: Callable[[], Any], streamed: bool
) -> None:
    if streamed:
        monkeypatch.setattr(windowed, "SCAN_PIXELS", 0)
    samples, hole = np.zeros((600, 320, 3), np.uint8), np.zeros((600, 320), bool)
    hole[50:60, 50:60] = True
    put(tmp_path, samples, hole, tile=(64, 64))
    progress = recorder()
    run(tmp_path, progress)
    stages = [("scan.tif", "reading", 0, 0), ("scan.tif", "filling", 0, 0), ("scan.tif", "writing", 0, 0)]
    assert progress.stages == stages
    hole[300:310, 50:60] = hole[500:510, 50:60] = True
    put(tmp_path, samples, hole, tile=(64, 64))
    run(tmp_path, progress)
    assert progress.stages[3:] == [*stages[:2], *(("scan.tif", "filling", done, 3) for done in range(4)), stages[2]]


def test_the_limit_on_megapixels(tmp_path: Path) -> None:
    put(tmp_path, np.zeros((1100, 1000, 3), np.uint8), np.eye(1100, 1000, dtype=bool), tile=(64, 64))
    assert run(tmp_path, max_megapixels=2).failed == []
    # A TIFF in TIFF needs no more than its windows; as PNG it is decoded as a whole.
    reason = run(tmp_path, max_megapixels=1, format=ImageFormat.PNG).failed[0][1]
    assert "declares 1000x1100 pixels, more than the limit of 1 million" in reason
    with pytest.raises(UsageError, match="`max_megapixels` 0: must be 1 or more"):
        run(tmp_path, max_megapixels=0)


def test_a_strip_of_one_row_takes_no_more_of_a_block_than_that_row() -> None:
    rng = np.random.default_rng(0)
    hole = rng.random((256, 256)) < 0.01
    block = FilledBlock(Rect(512, 256, 256, 256), hole, rng.random((int(hole.sum()), 3), np.float32))
    spread = np.zeros((256, 256, 3), np.float32)
    spread[hole] = block.fill
    for part in (Rect(77, 0, 1, 256), Rect(0, 40, 100, 60), Rect(200, 0, 56, 3), Rect(0, 0, 256, 256)):
        holes, fill = part_of_block(block, part)
        np.testing.assert_array_equal(holes, hole[part.slices])
        np.testing.assert_array_equal(fill, spread[part.slices][holes])
    tracemalloc.start()
    try:
        part_of_block(block, Rect(77, 0, 1, 256))
        assert tracemalloc.get_traced_memory()[1] < spread.nbytes / 20
    finally:
        tracemalloc.stop()
