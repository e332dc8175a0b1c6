"""Huge TIFF files, small enough for a test: restored in windows they are what they are when restored whole."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pconv_cli.errors import ImageError
from pconv_cli.files.finding.pair import Pair
from pconv_cli.files.images import read_image
from pconv_cli.files.tiff import windowed
from pconv_cli.files.tiff.scans import Scan
from pconv_cli.jobs.images import opening
from pconv_cli.jobs.options import InpaintOptions
from pconv_cli.jobs.planning.targets import RestoreJob
from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import Method
from pconv_cli.methods.patches import completion
from pconv_cli.methods.patches import detail as patches
from pconv_cli.methods.patches.backend import PatchMatchBackend
from pconv_cli.methods.tiled import detail as tiles
from pconv_cli.methods.tiled.windows import Rgb

from .large_tiffs import put, run


def both(root: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> tuple[InpaintReport, InpaintReport]:
    """Restore in windows into out/ and whole into whole/."""
    with monkeypatch.context() as patch:
        patch.setattr(windowed, "SCAN_PIXELS", 0)
        # What is held whole is not even asked for.
        patch.setattr("pconv_cli.jobs.images.whole.read_image", lambda *_, **__: pytest.fail("read as a whole"))
        in_windows = run(root, **changes)
    return in_windows, run(root, **{**changes, "out": root / "whole"})


@settings(
    max_examples=12,
    phases=(Phase.reuse, Phase.generate),  # a failing case is shown as it is found; making it smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    size=st.tuples(st.integers(20, 420), st.integers(20, 420)),
    layout=st.sampled_from([{"tile": (64, 64)}, {"tile": (16, 128)}, {"rowsperstrip": 1}, {"rowsperstrip": 10**4}]),
    coding=st.sampled_from([{"compression": "deflate", "predictor": True}, {"compression": "lzw"}, {}]),
    kind=st.sampled_from(
        [("uint8", True, 255), ("uint16", True, 65535), ("uint16", False, 4095), ("float32", True, 0.01)]
    ),
    count=st.integers(1, 12),
    largest=st.sampled_from([4, 40, 300]),
    seed=st.integers(0, 10**6),
    grow=st.sampled_from([0, 3]),
)
@pytest.mark.usefixtures("small_windows")
def test_in_windows_as_in_memory(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    smooth: Callable[[tuple[int, int]], Rgb],
    holes: Callable[..., Mask],
    size: tuple[int, int],
    layout: dict[str, Any],
    coding: dict[str, Any],
    kind: tuple[str, bool, float],
    count: int,
    largest: int,
    seed: int,
    grow: int,
) -> None:
    mask = holes(size, count=count, largest=largest, seed=seed)
    mask[-1] = True
    scaled = smooth(size) * np.float32(kind[2])
    samples = (scaled if kind[0] == "float32" else np.rint(scaled)).astype(kind[0])
    put(tmp_path, samples if kind[1] else samples[:, :, 0], ~mask, **layout, **coding)
    if grow:
        mask = np.ones_like(mask)
    reports = both(tmp_path, monkeypatch, dilate=grow)
    if grow and any(report.failed for report in reports):
        assert all("all hole" in report.failed[0][1] for report in reports)
        return
    assert [report.failed for report in reports] == [[], []]
    assert reports[0].done[0].hole_ratio == reports[1].done[0].hole_ratio
    after, whole = (read_image(tmp_path / out / "scan.tif").samples for out in ("out", "whole"))
    np.testing.assert_array_equal(after, whole)
    if not grow:
        original = samples if kind[1] else samples[:, :, :1]
        np.testing.assert_array_equal(after[mask], original[mask])


@pytest.mark.usefixtures("small_windows")
def test_every_method_and_tiles_without_a_hole_keep_their_bytes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    smooth: Callable[[tuple[int, int]], Rgb],
    tiny_weights: Path,
) -> None:
    hole = np.zeros((400, 500), bool)
    hole[90:96, 50:300] = hole[200:350, 130:160] = True
    samples = np.rint(smooth((400, 500)) * 255).astype(np.uint8)
    put(tmp_path, samples, hole, tile=(64, 64), compression="lzw", predictor=True, bigtiff=True, description="Cave 45")
    for method in Method:
        changes = {"weights": tiny_weights, "tile": 128} if method is Method.PCONV else {}
        reports = both(tmp_path, monkeypatch, method=method, provenance=False, **changes)
        assert [report.failed for report in reports] == [[], []]
        after, whole = (read_image(tmp_path / out / "scan.tif") for out in ("out", "whole"))
        np.testing.assert_array_equal(after.samples, whole.samples)
        assert after.metadata == read_image(tmp_path / "in" / "scan.tif").metadata
    with (
        tifffile.TiffFile(tmp_path / "in" / "scan.tif") as old,
        tifffile.TiffFile(tmp_path / "out" / "scan.tif") as new,
    ):
        assert new.is_bigtiff
        pairs = zip(old.pages.first.segments(maxworkers=1), new.pages.first.segments(maxworkers=1), strict=True)
        for (before, place, _), (later, _, _) in pairs:
            top, left = place[2], place[3]
            if not hole[top : top + 64, left : left + 64].any():
                np.testing.assert_array_equal(before, later)
        counts = [file.pages.first.databytecounts for file in (old, new)]
        assert sum(a == b for a, b in zip(*counts, strict=True)) > 30


@pytest.mark.usefixtures("small_windows")
def test_detail_in_a_deep_hole_is_the_same_in_every_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in windows, or whole on three cores, when it is resumed, with tiles that are made again for every window."""
    monkeypatch.setattr(tiles, "_TILE", 128)
    detailed: list[int] = []
    detail = PatchMatchBackend.detail
    monkeypatch.setattr(PatchMatchBackend, "detail", lambda *given: detailed.append(1) or detail(*given))
    hole = np.zeros((360, 440), bool)
    hole[40:320, 60:360] = True  # at half the scale, it fits into a window of 256
    samples = np.random.default_rng(4).integers(0, 256, (90, 110, 3), np.uint8).repeat(4, 0).repeat(4, 1)
    put(tmp_path, samples, hole, tile=(64, 64), compression="lzw")
    with monkeypatch.context() as patch:
        patch.setattr(windowed, "SCAN_PIXELS", 0)
        assert run(tmp_path, method=Method.PATCHMATCH).done
    assert detailed
    in_windows = read_image(tmp_path / "out" / "scan.tif").samples
    (tmp_path / "out" / "scan.tif").unlink()
    monkeypatch.setattr(tiles, "_KEPT", 1)
    for module in (completion, patches):
        monkeypatch.setattr(module, "usable_cores", lambda: 3)
    assert run(tmp_path, method=Method.PATCHMATCH, overwrite=False, resume=True).done
    np.testing.assert_array_equal(read_image(tmp_path / "out" / "scan.tif").samples, in_windows)


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("channels", [1, 3])
def test_a_further_channel_that_is_no_alpha_is_neither_seen_nor_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smooth: Callable[[tuple[int, int]], Rgb], channels: int
) -> None:
    hole = np.zeros((300, 320), bool)
    hole[40:60, 30:290] = True
    colours = np.rint(smooth((300, 320))[..., :channels] * 65535).astype(np.uint16)
    infrared = np.zeros((300, 320, 1), np.uint16)  # as an alpha, all would be transparent
    infrared[::3] = 777
    samples = np.concatenate([colours, infrared], axis=2)
    kind = "rgb" if channels == 3 else "minisblack"
    options = {"tile": (64, 64), "extrasamples": ["unspecified"], "planarconfig": "contig", "photometric": kind}
    put(tmp_path, samples, hole, **options)
    for report in both(tmp_path, monkeypatch, report=tmp_path / "page.html"):
        assert report.failed == []
    after, whole = (tifffile.imread(tmp_path / out / "scan.tif") for out in ("out", "whole"))
    np.testing.assert_array_equal(after, whole)
    np.testing.assert_array_equal(after[..., channels:], infrared)
    put(tmp_path, colours if channels == 3 else colours[..., 0], hole, tile=(64, 64))
    run(tmp_path)
    np.testing.assert_array_equal(
        after[..., :channels], tifffile.imread(tmp_path / "out" / "scan.tif").reshape(colours.shape)
    )


@pytest.mark.usefixtures("small_windows")
def test_transparency_as_mask_float_samples_and_jpeg_tiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smooth: Callable[[tuple[int, int]], Rgb]
) -> None:
    hole = np.zeros((300, 320), bool)
    hole[40:60, 30:290] = hole[250:, 300:] = True
    rgb = smooth((300, 320))
    alpha = np.where(hole, 0, 65535)[:, :, None]
    samples = np.concatenate([np.rint(rgb * 65535), alpha], axis=2).astype(np.uint16)
    put(tmp_path, samples, hole, tile=(64, 64), extrasamples=["unassalpha"], compression="deflate")
    both(tmp_path, monkeypatch, masks="alpha")
    after, whole = (read_image(tmp_path / out / "scan.tif").samples for out in ("out", "whole"))
    np.testing.assert_array_equal(after, whole)
    assert (after[..., 3] == 65535).all()
    bright = np.where(hole[:, :, None], np.float32(np.nan), rgb * 900)
    put(tmp_path, bright, hole, tile=(64, 64), compression="deflate", predictor=3)
    both(tmp_path, monkeypatch)
    after, whole = (read_image(tmp_path / out / "scan.tif").samples for out in ("out", "whole"))
    np.testing.assert_array_equal(after, whole)
    elsewhere = np.zeros_like(hole)
    elsewhere[100:140, 100:130] = True
    put(tmp_path, bright, elsewhere, tile=(64, 64))
    both(tmp_path, monkeypatch)
    after, whole = (read_image(tmp_path / out / "scan.tif").samples for out in ("out", "whole"))
    np.testing.assert_array_equal(after, whole)
    np.testing.assert_array_equal(after[~elsewhere], bright[~elsewhere])  # NaN stays NaN where nobody asked
    assert np.isfinite(after[elsewhere]).all()
    put(tmp_path, np.rint(rgb * 255).astype(np.uint8), hole, tile=(64, 64), compression="jpeg")
    report, _ = both(tmp_path, monkeypatch)
    assert report.warnings == ["scan.tif: compressed by JPEG: written with lossless compression"]
    after, whole = (read_image(tmp_path / out / "scan.tif").samples for out in ("out", "whole"))
    np.testing.assert_array_equal(after, whole)


def test_a_file_is_closed_where_it_turns_out_that_it_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, np.zeros((64, 64, 3), np.uint8), np.full((64, 64), 255, np.uint8), tile=(64, 64))
    close, closed = Scan.close, []

    def noted(self: Scan) -> None:
        closed.append(self.path)
        close(self)

    monkeypatch.setattr(Scan, "close", noted)

    def broken(*given: object) -> bool:
        raise ImageError("its levels are damaged")

    monkeypatch.setattr(opening, "is_paged", broken)
    pair = Pair("scan.tif", tmp_path / "in" / "scan.tif", tmp_path / "m" / "scan.tif")
    options = InpaintOptions(tmp_path / "in", tmp_path / "m", tmp_path / "out")
    with pytest.raises(ImageError):
        opening.open_image(RestoreJob(pair, tmp_path / "out" / "scan.tif", None), options)
    assert closed == [pair.image]
