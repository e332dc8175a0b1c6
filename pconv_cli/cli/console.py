"""What all commands share: where messages go, and how progress is drawn.

Standard output is for data (tables and JSON that were asked for); people's words go to standard error.
"""

import re
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.segment import Segment
from rich.text import Text

# What names of files may hold and a terminal would obey: control characters, and those that turn the direction.
_COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class _Console(Console):
    """A console that escapes what would control a terminal; JSON stays valid JSON."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render what is printed; see the base class."""
        for segment in super().render(renderable, options):
            if segment.control or not _COMMANDS.search(segment.text):
                yield segment
            else:
                yield Segment(_COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", segment.text), segment.style)


def out() -> Console:
    """Return the console of standard output, looked up at each call so that a redirected stream is honoured."""
    return _Console()


def err() -> Console:
    """Return the console of standard error."""
    return _Console(stderr=True, highlight=False)


def one_line(text: str) -> str:
    """Text without markup on one line, with any characters in the names of files."""
    return escape(text.replace("\n", "\\n").replace("\r", "\\r"))


def say(console: Console, words: str) -> None:
    """Print a line, which a terminal shows wrapped at words and everything else has as one line.

    Args:
        console: Where to.
        words: The line, with markup.
    """
    console.print(words, soft_wrap=not console.is_terminal)


def show_failures(reasons: Iterable[str]) -> None:
    """Print why files failed, a line each; a reason names its file."""
    console = err()
    for reason in reasons:
        say(console, f"[bold red]failed:[/] {one_line(reason)}")


# Stages that go on beside the one that the others wait for.
_BESIDE = ("reading", "writing")


class _CountColumn(MofNCompleteColumn):
    """How many are done of how many; nothing where they are not counted."""

    def render(self, task: Task) -> Text:
        return Text() if task.total is None else super().render(task)


def _shortened(name: str, width: int) -> str:
    """A name cut to a width in columns, by its end, where most names differ."""
    if cell_len(name) <= width:
        return name
    while name and cell_len(name) >= width:  # COLUMNS may say 0
        name = name[1:]
    return f"…{name}"


class TerminalProgress:
    """A `pconv_cli.progress.Progress` drawn by rich; off a terminal it prints warnings alone."""

    def __init__(self) -> None:
        self._console = err()
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            _CountColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
        )
        self._task: TaskID | None = None
        self._lower: TaskID | None = None
        self._shown = ("", "", 0)  # item, stage and total of the lower bar
        self._under_way: dict[str, tuple[str, float, int]] = {}  # stage, windows done and their total, by item
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._bar.disable:  # releases of rich before 15 print an empty line for one that was never shown
            self._bar.stop()

    def start(self, total: int, what: str) -> None:
        """Draw a bar of ``total`` items."""
        with self._lock:
            self._under_way.clear()
            self._draw_lower()
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(what, total=total)

    def advance(self, name: str, note: str = "") -> None:
        """Move the bar on by one, and print the note where there is one."""
        if self._task is not None:
            self._bar.advance(self._task)
        with self._lock:
            self._under_way.pop(name, None)
            self._draw_lower()
        if note:
            say(self._bar.console, f"{one_line(name)}: {one_line(note)}")

    def stage(self, name: str, stage: str, done: float = 0, total: int = 0) -> None:
        """Draw a second bar: the item that the others wait for, its stage, and how far that is."""
        with self._lock:
            self._under_way[name] = stage, done, total
            self._draw_lower()

    def _draw_lower(self) -> None:
        """Draw what is under way: what is neither read ahead nor written behind, or else what came first."""
        items = self._under_way.items()
        chosen = next((item for item in items if item[1][0] not in _BESIDE), next(iter(items), None))
        name, (stage, done, total) = chosen or ("", ("", 0, 0))
        if self._lower is not None and self._shown != (name, stage, total):
            self._bar.remove_task(self._lower)
            self._lower = None
        self._shown = name, stage, total
        if chosen is None:
            return
        if self._lower is None:
            words = f"{one_line(_shortened(name, self._console.width // 3))}: {stage}"
            self._lower = self._bar.add_task(words, total=total or None)
        self._bar.update(self._lower, completed=done)

    def warn(self, message: str) -> None:
        """Print a warning above the bar."""
        say(self._bar.console, f"[yellow]warning:[/] {one_line(message)}")
