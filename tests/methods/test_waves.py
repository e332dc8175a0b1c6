"""Windows beside one another: the order that matters is kept, and the fill is that of one thread."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli import cores
from pconv_cli.methods import texture
from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.texture import TexturedBackend
from pconv_cli.methods.tiled.waves import in_waves, waves
from pconv_cli.tiling.rect import Rect


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(Rect, st.integers(0, 30), st.integers(0, 30), st.integers(1, 12), st.integers(1, 12)), max_size=25
    )
)
def test_of_two_that_overlap_the_earlier_one_comes_first(windows: list[Rect]) -> None:
    found = waves(windows)
    assert sorted(number for wave in found for number in wave) == list(range(len(windows)))
    wave_of = {number: place for place, wave in enumerate(found) for number in wave}
    for number, window in enumerate(windows):
        before = [wave_of[earlier] for earlier in range(number) if windows[earlier].overlap(window)]
        assert wave_of[number] == max((wave + 1 for wave in before), default=0)


def test_large_windows_are_worked_off_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "usable_cores", lambda: 3)
    monkeypatch.setattr(cores, "_AT_ONCE", 250)
    small, large = [Rect(0, 20 * n, 8, 8) for n in range(3)], [Rect(0, 20 * n, 16, 16) for n in range(3)]
    beside = threading.Barrier(3, timeout=20)
    in_waves(small, lambda _: beside.wait() and None)  # passes with three at once alone
    threads = set()
    in_waves(large, lambda _: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


def test_a_fill_by_several_threads_is_that_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    rgb, mask = rng.random((800, 800, 3), np.float32), np.ones((800, 800), bool)
    mask[300:312, 100:420] = False  # a scratch in a chain of windows
    mask[60:90, 630:660] = mask[640:670, 40:70] = False
    windows, one_after_the_other = [], texture.in_waves

    def watched(places, work):
        windows.append(len(places))
        one_after_the_other(places, work)

    monkeypatch.setattr(texture, "in_waves", watched)
    fills = []
    for count in (1, 3):
        for place in ("cores", "methods.patches.completion"):
            monkeypatch.setattr(f"pconv_cli.{place}.usable_cores", lambda count=count: count)
        fills.append(TexturedBackend(make_backend("telea"), 0.5).fill(rgb, mask))
    assert min(windows) > 4
    np.testing.assert_array_equal(*fills)
