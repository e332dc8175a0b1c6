"""benchmarks/seams.py and benchmarks/scan.py at sizes for a test: no seam where tiles meet, and a scan as measured."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from pconv_cli.files.samples import sample_images
from pconv_cli.files.tiff import windowed
from pconv_cli.jobs.folder import inpaint_folder
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.names import Method
from pconv_cli.methods.tiled import sweep


def script(name: str) -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"pconv_benchmark_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("method", [Method.PCONV, Method.PYRAMID])
def test_errors_on_tile_borders_are_no_larger_than_elsewhere(method: Method, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within what chance makes of a few borders: 20 % of the mean error, or a hundredth of the 8-bit range."""
    monkeypatch.setattr(sweep, "SIDE", 256)
    monkeypatch.setattr(sweep, "CONTEXT", 64)
    seams = script("seams")
    backend = make_backend(method, tile=96)
    mask = seams.holes(300, 110)
    for name, rgb in seams.images(300, sample_images()["astronaut"]).items():
        figures, filled = seams.measure(rgb, mask, backend, 96, 24)
        assert figures.share > 0.02
        assert figures.on_borders < 1.2 * figures.elsewhere + 0.5, name
        assert figures.steps_on_borders < 1.2 * figures.steps_elsewhere + 0.1, name
        np.testing.assert_allclose(filled[mask], rgb[mask], atol=1e-5)


def test_a_seam_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles of a method that cannot agree with itself stand out by their steps."""
    monkeypatch.setattr(sweep, "SIDE", 384)
    monkeypatch.setattr(sweep, "CONTEXT", 96)
    monkeypatch.setattr("pconv_cli.tiling.blend.smoothstep", lambda t: (t > 0.5).astype(np.float32))

    class Restless:
        name = "restless"
        calls = 0

        def fill(self, rgb: np.ndarray, mask: np.ndarray, wanted: np.ndarray | None = None) -> np.ndarray:
            self.calls += 1
            return np.where(mask[:, :, None], rgb, np.float32(self.calls % 2))

    seams = script("seams")
    mask = seams.holes(700, 100)
    flat = np.full((700, 700, 3), 0.5, np.float32)
    flat[:, :100] = np.linspace(0, 1, 100)[:, np.newaxis]  # a fill is in the image's own range, and this has all of it
    border = np.zeros((700, 700), bool)
    border[:, 190:194] = border[190:194] = border[:, 382:386] = border[382:386] = True  # borders of the grid's steps
    monkeypatch.setattr(seams, "_borders", lambda *_: border)
    figures, _ = seams.measure(flat, mask, Restless(), 96, 24)
    assert figures.steps_on_borders > 3 * figures.steps_elsewhere


def test_the_scan_of_the_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windowed, "SCAN_PIXELS", 0)
    benchmark = script("scan")
    benchmark.make_scan(tmp_path, 1024, 1536, 16, 3000, 1)
    options = InpaintOptions(tmp_path / "in", tmp_path / "m", tmp_path / "out", method=Method.TELEA, provenance=False)
    assert inpaint_folder(options).exit_code == 0
    checked = benchmark.check(tmp_path)
    assert checked["tiles untouched"] == checked["of these the same bytes"] > 0
    assert (checked["tags that differ"], checked["is BigTIFF"]) == ([], True)
    assert checked["hole pixels changed"] > 1000
