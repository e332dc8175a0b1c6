"""Where the time goes, and that memory does not grow."""

import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pconv_cli.jobs.report.outcome import InpaintReport
from pconv_cli.methods.names import Method
from pconv_cli.methods.tiled import waves
from pconv_cli.profiling import Stopwatch, measured, peak_memory, profile_of
from pconv_cli.tiling.rect import Rect


def test_a_stage_within_a_stage_counts_as_itself_alone() -> None:
    stopwatch = Stopwatch()
    with stopwatch.measure("plan"):
        with measured("infer"):
            time.sleep(0.05)
            with measured("blend"):
                time.sleep(0.05)
        with measured("blend"):
            time.sleep(0.05)
    with measured("infer"):  # nobody is measuring
        time.sleep(0.01)
    seconds = stopwatch.seconds
    assert seconds["plan"] < 0.05 <= seconds["infer"] < 0.1 <= seconds["blend"] < 0.2
    profile = profile_of(stopwatch, wall=0.2)
    assert profile["model_share"] == pytest.approx(seconds["infer"] / 0.2, abs=1e-3)


def test_windows_at_once_count_in_the_method_once_and_who_waits_for_them_in_no_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waves, "usable_cores", lambda: 2)

    def fill() -> None:
        with measured("infer"):
            time.sleep(0.2)

    stopwatch = Stopwatch()
    began = time.perf_counter()
    with stopwatch.measure("plan"):
        assert len(list(waves.in_order([Rect(0, 0, 1, 1)] * 2, lambda _: fill, 2))) == 2
        time.sleep(0.2)
    wall = time.perf_counter() - began
    assert stopwatch.seconds["infer"] >= 0.4  # of two threads
    assert 0.2 <= stopwatch.seconds["plan"] <= wall - 0.15
    assert 0.2 <= stopwatch.in_method <= wall - 0.15
    assert profile_of(stopwatch, wall)["model_share"] == pytest.approx(stopwatch.in_method / wall, abs=1e-3)


@pytest.mark.skipif(sys.platform == "win32", reason="is not reported there")
def test_the_peak_is_that_of_the_process() -> None:
    peak = peak_memory()
    assert peak is not None
    large = bytearray(peak)  # touched by being zeroed
    large[::4096] = b"x" * len(large[::4096])
    assert (peak_memory() or 0) > 1.5 * peak


def test_the_network_reports_every_stage(
    tmp_path: Path, put: Callable[..., Any], run: Callable[..., InpaintReport], tiny_weights: Path
) -> None:
    put("a.png")
    profile = run(tmp_path, method=Method.PCONV, weights=tiny_weights, device="cpu", profile=True).profile
    assert profile is not None
    assert all(seconds >= 0 for seconds in profile["seconds"].values())
    assert profile["seconds"]["infer"] > 0
    assert 0 < profile["model_share"] <= 1


def test_memory_does_not_grow_with_the_number_of_images(
    tmp_path: Path, put: Callable[..., Any], run: Callable[..., InpaintReport], holes: Callable[..., Any]
) -> None:
    """Sixty images hold no more at once than six; benchmarks/growth.py does it with 500 and whole processes."""
    peaks, size = {}, (120, 160)  # 57,600 bytes of samples each
    for count in (1, 6, 60):  # the first run pays for what is imported and cached
        for index in range(count):
            put(f"{index:02}.png", mask=holes(size), size=size)
        tracemalloc.start()
        report = run(tmp_path, out=tmp_path / f"out{count}", overwrite=True)
        peaks[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(report.done) == count
    assert peaks[60] < peaks[6] + 1_000_000
