"""Jobs in other processes: what comes of them, and of a process that is killed or interrupted."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from pconv_cli.errors import PconvError
from pconv_cli.evaluation import scoring
from pconv_cli.masks.workers import each, signals_held
from pconv_cli.progress import Silent


def test_outcomes_come_with_their_jobs() -> None:
    for workers in (1, 2):
        taken: dict[str, str] = {}
        each(os.path.basename, ["a/b", "c/d", "e/f"], workers, taken.__setitem__)
        assert taken == {"a/b": "b", "c/d": "d", "e/f": "f"}


def test_a_process_that_is_killed_is_one_line() -> None:
    with pytest.raises(PconvError, match=r"^one of the processes was ended from outside.*fewer `workers`$") as raised:
        each(os._exit, [9, 9], 2, print)
    assert raised.value.exit_code == 1


def test_so_it_is_in_an_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(Executor):
        def submit(self, *_: Any, **__: Any) -> "Future[Any]":
            future: Future[Any] = Future()
            future.set_exception(BrokenProcessPool())
            return future

    monkeypatch.setattr(scoring, "_pool", lambda workers, jobs: Killed())
    job = scoring.ScoringJob("a", "", Path("a"), Path("b"), Path("c"))
    with pytest.raises(PconvError, match="fewer `workers`"):
        scoring.score_jobs([job], (), 8, 2, Silent())


SLOW = """
import pathlib, time
from pconv_cli.files.atomic import atomic_path

def write(name):
    with atomic_path(pathlib.Path(name)) as temporary:
        temporary.write_text("half")
        time.sleep(60)
"""

RUN = """
import slow
from pconv_cli.cli.signals import end_on_signals
from pconv_cli.masks.workers import each

end_on_signals()
each(slow.write, ["a", "b", "c"], 2, print)
"""


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the workers in /proc")
@pytest.mark.parametrize("sent", [[signal.SIGINT, signal.SIGINT], [signal.SIGTERM, signal.SIGTERM], [signal.SIGKILL]])
def test_workers_and_half_files_are_gone_with_the_parent(tmp_path: Path, sent: list[signal.Signals]) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", RUN], cwd=tmp_path, env=environment, stderr=subprocess.PIPE
    ) as process:
        wait_until(lambda: len(list(tmp_path.glob(".pconv-*"))) == 2, 60)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(sent[0])
        if len(sent) == 2:
            time.sleep(0.4)
            assert process.poll() is None  # waits for the jobs under way
            deadline = time.monotonic() + 20
            while process.poll() is None and time.monotonic() < deadline:  # a late first one has its echo later
                process.send_signal(sent[1])
                time.sleep(0.4)
        _, words = process.communicate(timeout=20)
    if len(sent) == 2:
        assert (process.returncode, words) == (130, b"")
    assert len(children) >= 2
    wait_until(lambda: not any(is_running(int(child)) for child in children), 20)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["slow.py"]


def test_held_signals_come_at_the_end_of_the_block_though_another_thread_takes_them() -> None:
    steps, ended = [], threading.Event()
    other = threading.Thread(target=ended.wait)
    other.start()

    def act() -> None:
        with signals_held():
            for _ in range(3):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.05)
            steps.append("whole")

    try:
        with pytest.raises(KeyboardInterrupt):
            act()
    finally:
        ended.set()
        other.join()
    assert steps == ["whole"]
