"""The progress that is drawn on a terminal, and that nothing of it is printed off one."""

import io
import re

import pytest
from rich.console import Console, ConsoleDimensions

from pconv_cli.cli import console
from pconv_cli.cli.console import TerminalProgress, say


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Console:
    """Standard error as a terminal of 80 columns."""
    drawn = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    monkeypatch.setattr(console, "err", lambda: drawn)
    return drawn


def bars(progress: TerminalProgress, screen: Console) -> list[str]:
    """What stands before each bar, and the count behind it."""
    lines = "".join(part.text for part in screen.render(progress._bar)).splitlines()
    assert all(len(line) <= 80 for line in lines)
    return [re.sub(r"[━╸╺\s]+", " ", line).split(" 0:00")[0].rstrip() for line in lines if line.strip()]


def test_the_lower_bar_names_the_image_its_stage_and_its_windows(screen: Console) -> None:
    with TerminalProgress() as progress:
        progress.start(3, "images")
        assert bars(progress, screen) == ["images 0/3"]
        progress.stage("a.tif", "reading")
        assert bars(progress, screen) == ["images 0/3", "a.tif: reading"]
        progress.stage("a.tif", "filling")
        progress.stage("b.tif", "reading")  # ahead, beside the other
        assert bars(progress, screen)[1] == "a.tif: filling"
        progress.stage("a.tif", "filling", 5, 12)
        assert bars(progress, screen)[1] == "a.tif: filling 5/12"
        progress.stage("a.tif", "writing")
        assert bars(progress, screen)[1] == "a.tif: writing"  # what came first
        progress.stage("b.tif", "filling")
        assert bars(progress, screen)[1] == "b.tif: filling"
        progress.advance("a.tif")
        progress.stage("b.tif", "writing")
        assert bars(progress, screen) == ["images 1/3", "b.tif: writing"]
        progress.advance("b.tif")
        assert bars(progress, screen) == ["images 2/3"]
        progress.stage("c.tif", "filling", 1, 2)
        progress.start(5, "masks")
        assert bars(progress, screen) == ["masks 0/5"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("short.png", "short.png: filling"),
        ("a/very/long/way/to/the/north/wall_0003.tif", "…o/the/north/wall_0003.tif: filling"),
        ("莫高窟/第二百八十五窟/北壁/北壁_0003.tif", "…十五窟/北壁/北壁_0003.tif: filling"),
        ("[red]\n.png", "[red]\\n.png: filling"),
    ],
)
def test_a_long_name_is_cut_at_its_beginning(screen: Console, name: str, shown: str) -> None:
    with TerminalProgress() as progress:
        progress.start(3, "images")
        progress.stage(name, "filling")
        assert bars(progress, screen)[1] == shown


@pytest.mark.parametrize("width", [0, 1, 2])
def test_a_terminal_without_columns_ends_no_run(screen: Console, width: int) -> None:
    screen.size = ConsoleDimensions(width, 25)
    with TerminalProgress() as progress:
        progress.start(1, "images")
        progress.stage("a.tif", "filling")
        progress.advance("a.tif")


def test_off_a_terminal_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalProgress() as progress:
        progress.start(1, "images")
        for done in range(4):
            progress.stage("a.tif", "filling", done, 3)
        progress.advance("a.tif")
    assert capsys.readouterr() == ("", "")


def test_both_sides_of_an_adversarial_run_have_a_row_each_that_fits() -> None:
    from rich.console import Console

    from pconv_cli.cli.train.display import TrainDisplay
    from pconv_cli.training.records.report import TrainStatus

    own = {"valid": 0.01, "hole": 0.02, "tv": 0.01, "perceptual": 0.5, "style": 0.001}
    sides = {"adversarial": -0.3, "discriminator": 0.9, "discriminator_accuracy": 0.714}
    for terms in (own, own | sides):
        console = Console(width=80, record=True, file=io.StringIO())
        console.print(TrainDisplay()._drawn(TrainStatus(10, 100, 0.1, 60, "fit", 0.5, terms, 2e-4, 12.0)))
        _, *rows = (line.split() for line in console.export_text().splitlines())
        assert rows[0] == ["loss", *own, "images/s"]
        assert rows[2:] == (
            [["adversarial", "discriminator", "discriminator", "right"], ["-0.3000", "0.9000", "71", "%"]]
            if "adversarial" in terms
            else []
        )


def test_a_long_line_breaks_at_words_on_a_terminal_and_nowhere_else() -> None:
    words = " ".join(f"word{number}" for number in range(40))
    for terminal in (True, False):
        screen = io.StringIO()
        say(Console(file=screen, width=30, force_terminal=terminal), words)
        lines = screen.getvalue().splitlines()
        assert (len(lines) > 1) == terminal
        assert " ".join(line.strip() for line in lines) == words
