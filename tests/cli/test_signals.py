"""The first and the second Ctrl-C or SIGTERM, and what is none."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from pconv_cli.cli import signals
from pconv_cli.training.stopping import stop_requested


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


class Ends:
    """A clock, and the statuses with which the process would have ended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statuses: list[int] = []
        self.now = 100.0
        monkeypatch.setattr(os, "_exit", self.statuses.append)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def send(self, number: signal.Signals, after: float) -> list[int]:
        self.now += after
        os.kill(os.getpid(), number)
        return self.statuses


def test_the_second_signal_ends_the_process_and_an_echo_of_the_first_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Ends(monkeypatch)
    signals.end_on_signals()
    with pytest.raises(KeyboardInterrupt):
        ends.send(signal.SIGTERM, 0)
    assert ends.send(signal.SIGTERM, 0.1) == []  # `timeout` sends two
    assert ends.send(signal.SIGINT, 0.15) == [130]


def test_torchrun_sends_its_own_beside_the_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Ends(monkeypatch)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "run")
    signals.end_on_signals()
    with pytest.raises(KeyboardInterrupt):
        ends.send(signal.SIGINT, 0)
    assert ends.send(signal.SIGTERM, 4) == []
    assert ends.send(signal.SIGTERM, 2) == [130]


def test_what_was_ignored_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Ends(monkeypatch)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for a command in the background
    signals.end_on_signals()
    assert ends.send(signal.SIGINT, 0) == []


def test_a_run_that_asks_between_steps_takes_no_echo_for_a_second_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Ends(monkeypatch)
    with stop_requested() as stopped:
        ends.send(signal.SIGTERM, 0)
        assert stopped()
        ends.send(signal.SIGTERM, 0.1)
        with pytest.raises(KeyboardInterrupt):
            ends.send(signal.SIGTERM, 0.15)


def test_the_last_words_under_torchrun_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Ends(monkeypatch)
    before = signal.getsignal(signal.SIGTERM)
    with signals.sigterm_ignored_after():
        pass
    assert signal.getsignal(signal.SIGTERM) == before
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "run")
    with pytest.raises(ValueError, match="reason"), signals.sigterm_ignored_after():
        raise ValueError("reason")
    assert ends.send(signal.SIGTERM, 0) == []


def test_training_leaves_an_ignored_signal_ignored() -> None:
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_requested() as stopped:
            signal.raise_signal(signal.SIGINT)
            assert not stopped()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, former)


@pytest.mark.parametrize("status", [0, 3, 130])
def test_a_signal_while_python_ends_changes_no_status(status: int) -> None:
    late = f"""
import os, signal, sys
from pconv_cli.cli.signals import end_on_signals

class Late:
    def __del__(self, kill=os.kill, process=os.getpid(), number=signal.SIGTERM):
        kill(process, number)

late = Late()
end_on_signals()
sys.exit({status})
"""
    assert subprocess.run([sys.executable, "-c", late], timeout=60, check=False).returncode == status
