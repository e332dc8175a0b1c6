"""Jobs in other processes: what comes of them, and of a process that is killed."""

import os
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from pconv_cli.errors import PconvError
from pconv_cli.evaluation import scoring
from pconv_cli.masks.workers import each
from pconv_cli.progress import Silent


def test_outcomes_come_with_their_jobs() -> None:
    for workers in (1, 2):
        assert dict(each(os.path.basename, ["a/b", "c/d", "e/f"], workers)) == {"a/b": "b", "c/d": "d", "e/f": "f"}


def test_a_process_that_is_killed_is_one_line() -> None:
    with pytest.raises(PconvError, match=r"^one of the processes was ended from outside.*fewer --workers$") as told:
        list(each(os._exit, [9, 9], 2))
    assert told.value.exit_code == 1


def test_so_it_is_in_an_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(Executor):
        def submit(self, *_: Any, **__: Any) -> "Future[Any]":
            future: Future[Any] = Future()
            future.set_exception(BrokenProcessPool())
            return future

    monkeypatch.setattr(scoring, "_pool", lambda workers, jobs: Killed())
    job = scoring.Job("a", "", Path("a"), Path("b"), Path("c"))
    with pytest.raises(PconvError, match="fewer --workers"):
        scoring.score_jobs([job], (), 8, 2, Silent())
