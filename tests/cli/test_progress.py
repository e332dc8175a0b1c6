"""The progress that is drawn on a terminal, and that nothing of it is printed off one."""

import io

import pytest
from rich.console import Console

from pconv_cli.cli import console
from pconv_cli.cli.console import TerminalProgress


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Console:
    """Standard error as a terminal of 80 columns."""
    drawn = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    monkeypatch.setattr(console, "err", lambda: drawn)
    return drawn


def bars(progress: TerminalProgress, screen: Console) -> list[list[str]]:
    """The words of each bar that stands there: its name and its count."""
    lines = [line.split() for line in "".join(part.text for part in screen.render(progress._bar)).splitlines()]
    return [[word for word in line if "━" not in word][:2] for line in lines if line]


def test_a_large_item_has_a_bar_of_its_own_while_it_lasts(screen: Console) -> None:
    with TerminalProgress() as progress:
        progress.start(3, "pictures")
        assert bars(progress, screen) == [["pictures", "0/3"]]
        progress.within(0, 12, "windows")
        progress.within(5, 12, "windows")
        assert bars(progress, screen) == [["pictures", "0/3"], ["windows", "5/12"]]
        progress.advance("a.tif")
        progress.within(0, 7, "windows")
        assert bars(progress, screen) == [["pictures", "1/3"], ["windows", "0/7"]]
        progress.advance("b.tif")
        progress.advance("small.png")
        assert bars(progress, screen) == [["pictures", "3/3"]]
        progress.within(1, 2, "windows")
        progress.start(5, "masks")
        assert bars(progress, screen) == [["masks", "0/5"]]


def test_off_a_terminal_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalProgress() as progress:
        progress.start(1, "pictures")
        for done in range(4):
            progress.within(done, 3, "windows")
        progress.advance("a.tif")
    assert capsys.readouterr() == ("", "")
