"""What `pconv train` draws on a terminal."""

import io

import pytest
from rich.console import Console

from pconv_cli.cli.train import display


def test_a_run_that_is_refused_leaves_no_empty_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True)
    monkeypatch.setattr(display, "err", lambda: console)
    with display.TrainDisplay():
        pass
    assert screen.getvalue() == ""
