"""The cores that work is spread over are those that this process may use."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from pconv_cli.cores import side_by_side, threads_for_windows, usable_cores


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to cores")
def test_a_process_bound_to_one_core_counts_one() -> None:
    first = min(os.sched_getaffinity(0))
    bound = f"import os; os.sched_setaffinity(0, [{first}]); "
    code = bound + "from pconv_cli.cores import usable_cores; print(usable_cores())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


@pytest.mark.parametrize(("count", "cores"), [(6, 6), (None, 1)])
def test_without_affinities_the_machine_is_asked(
    monkeypatch: pytest.MonkeyPatch, count: int | None, cores: int
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert usable_cores() == cores


def test_work_is_done_side_by_side_and_comes_back_in_order() -> None:
    beside = threading.Barrier(2, timeout=20)

    def work(item: int) -> int:
        beside.wait()  # passes with two threads alone
        return 10 * item

    assert side_by_side(work, range(4), workers=2) == [0, 10, 20, 30]
    assert side_by_side(lambda item: threading.get_ident(), range(2), workers=1) == [threading.get_ident()] * 2
    assert side_by_side(work, [], workers=2) == []


def test_an_error_ends_the_work() -> None:
    begun = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 0:
            raise ValueError("the first")
        time.sleep(0.01)

    with pytest.raises(ValueError, match="the first"):
        side_by_side(work, range(500), workers=2)
    assert len(begun) < 250


def test_threads_have_the_context_of_the_caller() -> None:
    with np.errstate(over="raise"):
        assert side_by_side(lambda _: np.geterr()["over"], range(4), workers=2) == ["raise"] * 4


@pytest.mark.parametrize(("largest", "threads"), [(0, 8), (2**17, 8), (2**18, 4), (2**20 - 1, 1), (2**22, 1)])
def test_large_windows_have_fewer_threads(monkeypatch: pytest.MonkeyPatch, largest: int, threads: int) -> None:
    monkeypatch.setattr("pconv_cli.cores.usable_cores", lambda: 8)
    assert threads_for_windows(largest) == threads
