"""Decode, infer and encode beside one another: order, bounds, errors, ends."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pconv_cli.jobs.pipeline import Road, run_overlapped


class Work:
    """Stages that count how many items are in memory, and at which stage."""

    def __init__(self, **changes: Callable[..., Any]) -> None:
        self.inside = 0
        self.most = 0
        self.largest_sum = 0
        self.sizes: dict[int, int] = {}
        self.finished: list[tuple[int, Any]] = []
        self.inferred: list[int] = []
        self.lock = threading.Lock()
        self.dropped: list[int] = []
        stages = {"decode": self.decode, "infer": self.infer, "encode": self.encode, "finish": self.finish}
        self.stages: dict[str, Callable[..., Any]] = {**stages, **changes}

    def run(self, items: Iterable[int], **limits: int) -> None:
        run_overlapped(items, self.road, self.stages["finish"], size=self.size, **limits)

    def road(self, item: int) -> Road[int]:
        try:
            decoded = self.stages["decode"](item)
            yield
            filled = self.stages["infer"](item, decoded)
            yield
            return int(self.stages["encode"](item, filled))
        except GeneratorExit:
            self.dropped.append(item)
            raise

    def size(self, item: int) -> int:
        return self.sizes.get(item, 1)

    def decode(self, item: int) -> int:
        with self.lock:
            self.inside += self.size(item)
            self.most = max(self.most, self.inside)
        time.sleep(0.002)
        return item * 10

    def infer(self, item: int, decoded: int) -> int:
        self.inferred.append(item)
        return decoded + 1

    def encode(self, item: int, filled: int) -> int:
        time.sleep(0.002)
        with self.lock:
            self.inside -= self.size(item)
        return filled + 1

    def finish(self, item: int, outcome: Any) -> bool:
        self.finished.append((item, outcome))
        return True


@pytest.mark.parametrize("helpers", [1, 3])
def test_every_item_goes_through_in_order_and_few_are_in_memory(helpers: int) -> None:
    work = Work()
    work.run(range(30), helpers=helpers)
    assert work.inferred == list(range(30))
    assert sorted(work.finished) == [(item, 10 * item + 2) for item in range(30)]
    assert work.most <= 2 * helpers + 1


def test_stages_run_beside_one_another() -> None:
    """Each stage waits for the others to be under way with the next items: in turn they would wait for ever."""
    barrier = threading.Barrier(3)

    def meet(item: int, *_: int) -> int:
        if item == meeting[threading.current_thread().name.split("_")[0]]:
            barrier.wait(timeout=10)
        return item

    meeting = {"decode": 3, "MainThread": 2, "encode": 1}
    work = Work(decode=meet, infer=meet, encode=meet)
    work.run(range(6), helpers=1)
    assert [outcome for _, outcome in work.finished] == list(range(6))


def test_large_items_count_by_their_size_and_the_largest_goes_alone() -> None:
    work = Work()
    work.sizes = {3: 60, 4: 60, 7: 500}
    work.run(range(10), room=100, helpers=3)
    assert work.inferred == list(range(10))
    assert work.most == 500  # nothing beside the largest


@pytest.mark.parametrize("stage", ["decode", "infer", "encode"])
def test_an_error_is_one_items_result(stage: str) -> None:
    def fail(item: int, *_: int) -> int:
        if item in (0, 4):
            raise ValueError(str(item))
        return item

    work = Work(**{stage: fail})
    work.run(range(6), helpers=1)
    outcomes = dict(work.finished)
    assert sorted(outcomes) == list(range(6))
    assert [item for item, outcome in outcomes.items() if isinstance(outcome, ValueError)] == [0, 4]


def test_finish_can_end_the_run_and_what_is_being_written_is_still_reported() -> None:
    work = Work()
    stop = work.finish

    def finish(item: int, outcome: Any) -> bool:
        return stop(item, outcome) and item < 3

    work = Work(finish=finish)
    work.run(range(100), helpers=1)
    assert len(work.inferred) < 8


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interruption_passes_through_and_what_is_being_written_is_reported(error: type[BaseException]) -> None:
    writing = threading.Event()

    def encode(item: int, filled: int) -> int:
        writing.set()
        time.sleep(0.1)
        return filled

    def infer(item: int, decoded: int) -> int:
        if item == 1:
            assert writing.wait(5)
            assert ahead.wait(5)
            raise error
        return decoded

    def decode(item: int) -> int:
        if item == 2:
            ahead.set()
        return item

    ahead = threading.Event()
    work = Work(decode=decode, infer=infer, encode=encode)
    before = threading.active_count()
    with pytest.raises(error):
        work.run(range(9), helpers=1)
    assert work.finished == [(0, 0)]
    assert work.dropped == [2]  # read ahead, and closed
    assert threading.active_count() == before


def test_a_signal_at_the_handover_to_the_writer_loses_no_item(monkeypatch: pytest.MonkeyPatch) -> None:
    submit = ThreadPoolExecutor.submit

    def interrupted(pool: ThreadPoolExecutor, *arguments: Any) -> Any:
        begun = submit(pool, *arguments)
        if pool._thread_name_prefix == "encode":
            begun.result()
            raise KeyboardInterrupt
        return begun

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted)
    work = Work()
    with pytest.raises(KeyboardInterrupt):
        work.run(range(5), helpers=1)
    assert work.finished == [(0, 2)]


def test_nothing_to_do_is_done_at_once() -> None:
    work = Work()
    work.run([])
    assert work.finished == []
