"""Windows beside one another: the order that matters is kept, and the fill is that of one thread."""

import threading
import time
from contextvars import copy_context

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pconv_cli import cores
from pconv_cli.core.light.convolution import Convolution
from pconv_cli.methods import texture
from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.memory import HalvingSize
from pconv_cli.methods.patches.completion import complete
from pconv_cli.methods.texture import TexturedBackend
from pconv_cli.methods.tiled import waves as beside_one_another
from pconv_cli.methods.tiled.waves import in_order, in_waves, waves
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


@pytest.mark.parametrize("room", [None, 1, 200, 10**6])
def test_what_comes_of_windows_comes_in_their_order(room: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside_one_another, "usable_cores", lambda: 3)
    windows = [Rect(0, 0, 10, 10)] * 9
    lock, under_way, most, begun_by = threading.Lock(), set(), [0], set()

    def begin(number: int):
        begun_by.add(threading.get_ident())

        def work() -> int:
            with lock:
                under_way.add(number)
                most[0] = max(most[0], len(under_way))
            time.sleep(0.02 * (number % 3 == 0))  # so that later ones are ready sooner
            with lock:
                under_way.remove(number)
            return number

        return work

    assert list(in_order(windows, begin, room)) == list(range(9))
    assert begun_by == {threading.get_ident()}
    assert most[0] <= {None: 1, 1: 1, 200: 2, 10**6: 3}[room]
    assert (most[0] > 1) == (room is not None and room > 1)


def test_an_error_comes_in_the_turn_of_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside_one_another, "usable_cores", lambda: 2)
    begun = []

    def begin(number: int):
        begun.append(number)
        return lambda: 1 // (number - 2)

    found = in_order([Rect(0, 0, 1, 1)] * 40, begin, 100)
    assert [next(found), next(found)] == [-1, -1]
    with pytest.raises(ZeroDivisionError):
        next(found)
    assert len(begun) <= 5


@pytest.mark.parametrize("threaded", [True, False, None])
def test_a_method_that_fills_one_image_at_a_time_is_asked_in_turn(threaded: bool | None) -> None:
    beside, inside = threading.Barrier(2), []

    class Once:
        name = "once"

        def fill(self, rgb, mask, wanted=None):
            inside.append(1)
            if threaded:
                beside.wait(20)  # passes with two at once alone
            else:
                time.sleep(0.05)
                assert len(inside) == 1
            inside.pop()
            return rgb

    method = Once()
    if threaded is not None:
        method.threaded = threaded
    mask = np.ones((64, 64), bool)
    mask[20:50, 20:50] = False
    backend = TexturedBackend(method, 0.5)
    cores.side_by_side(lambda _: backend.fill(np.zeros((64, 64, 3), np.float32), mask), range(2), 2)


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


def test_windows_that_nobody_waits_for_stop_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside_one_another, "usable_cores", lambda: 2)
    ended, searches = [], threading.Semaphore(0)

    def work(number: int) -> None:
        try:
            for _ in range(400):
                cores.side_by_side(lambda _: time.sleep(0.02), [0])
                searches.release()
        finally:
            ended.append(number)

    def begin(number: int):
        return lambda: None if number == 0 else work(number)

    found = in_order([Rect(0, 0, 1, 1)] * 3, begin, 100)
    next(found)
    searches.acquire(timeout=20)
    began = time.perf_counter()
    found.close()
    assert time.perf_counter() - began < 3
    assert ended
    cores.stop_if_dropped()  # nothing of it is left in the caller's thread


def test_patches_that_nobody_waits_for_stop_between_their_searches() -> None:
    rgb, mask = np.random.default_rng(0).random((300, 300, 3), np.float32), np.ones((300, 300), bool)
    mask[50:200, 50:200] = False
    left = threading.Event()
    left.set()
    with pytest.raises(cores.Dropped):
        copy_context().run(cores.until_dropped, left, lambda: complete(rgb, mask))
    assert not np.array_equal(complete(rgb, mask), rgb)


def test_batches_that_nobody_waits_for_are_not_computed() -> None:
    left, computed = threading.Event(), []

    def compute(part):
        computed.append(part[0])
        left.set()
        return part

    with pytest.raises(cores.Dropped):
        copy_context().run(
            cores.until_dropped, left, lambda: list(HalvingSize(128, 32, 1).in_batches([1, 2, 3], compute))
        )
    assert computed == [1]


def test_a_layer_whose_windows_nobody_waits_for_is_not_computed() -> None:
    left, image = threading.Event(), np.zeros((32, 32, 3), np.float32)
    kernels = np.zeros((4, 3, 3, 3), np.float32)
    layer = Convolution(kernels, 1, 1)
    left.set()
    with pytest.raises(cores.Dropped):
        copy_context().run(cores.until_dropped, left, lambda: layer([image]))
    layer([image])
