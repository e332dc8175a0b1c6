"""What all commands share: where messages go, how progress is drawn, how errors end.

Standard output is for data (tables and JSON that were asked for); people's words go to standard error.
"""

import re
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import typer
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
from typer.core import TyperCommand, TyperGroup

from pconv_cli.cli.flags import flag
from pconv_cli.errors import Interrupted, PconvError, UsageError, is_out_of_memory, options_named

# What names of files may hold and a terminal would obey: control characters, and those that turn the direction.
_COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")

_FOLDER, _EITHER = "name a folder, or . for the one that you are in", "name a file or folder"
# What to do about an empty value, by the word that help has for it; a file's stands without its suffix.
_REMEDIES = {
    **dict.fromkeys(("DATA", "FOLDER"), _FOLDER),
    **dict.fromkeys(("ANNOTATIONS", "IMAGES", "IN", "M", "M|alpha", "OTHER", "RESULTS"), _EITHER),
    "FILE": "name a file",
    "OUT": "say where to write",
}


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


def show_failures(reasons: Iterable[str]) -> None:
    """Print why files failed, a line each; a reason names its file."""
    console = err()
    for reason in reasons:
        console.print(f"[bold red]failed:[/] {one_line(reason)}", soft_wrap=True)


def _show_error(error: PconvError) -> None:
    word = "stopped" if isinstance(error, Interrupted) else "error"
    err().print(f"[bold red]{word}:[/] {one_line(str(error))}", soft_wrap=True)


def _as_reported(error: Exception) -> PconvError | None:
    """An error of the machine in our words; None for any other."""
    if is_out_of_memory(error):
        return PconvError("out of memory; close other programs, or use a larger machine")
    if isinstance(error, OSError) and error.filename is not None and error.strerror:  # of a path that somebody typed
        return PconvError(f"{error.filename}: cannot be used ({error.strerror.lower()}); check the path")
    return None


def _without_types_of_flags(params: list[Any]) -> list[Any]:
    """Parameters whose help names no type where nothing is to be typed: ``--json``, and not ``--json <bool>``."""
    for param in params:
        if getattr(param, "is_flag", False) and param.metavar is None:
            param.metavar = ""
    return params


def _refuse_empty(params: Iterable[Any], given: Mapping[str, Any], left: Sequence[str]) -> None:
    """End where a value is empty, as a variable that is not set leaves it: as a path, it would be the current folder.

    Args:
        params: Those of the command.
        given: What was typed for them, by their names.
        left: What was typed beyond them.

    Raises:
        UsageError: One is.
    """
    for param in params:
        typed = given.get(param.name)
        if any(
            isinstance(one, str) and not one.strip() for one in (typed if isinstance(typed, list | tuple) else (typed,))
        ):
            word = param.metavar or param.name.upper()
            name = word if param.param_type_name == "argument" else param.opts[0]
            raise UsageError(f"{name} is empty; {_REMEDIES.get(word.partition('.')[0], 'give it a value')}")
    if any(not word.strip() for word in left):
        raise UsageError("an empty argument is one too many; leave it out")


class PlainCommand(TyperCommand):
    """A command that takes no empty value, and whose help names no type for flags."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; see the base class."""
        if not ctx.resilient_parsing:  # as for completion in a shell
            given, left, _ = self.make_parser(ctx).parse_args(args=list(args))  # not yet made numbers and paths
            _refuse_empty(self.get_params(ctx), given, left)
        return super().parse_args(ctx, args)

    def get_params(self, ctx: Any) -> list[Any]:
        """Give the parameters; see the base class."""
        return _without_types_of_flags(super().get_params(ctx))


class ErrorMappingGroup(TyperGroup):
    """A group of commands that ends each `PconvError` as one line on standard error and its exit code."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Give the parameters; see the base class."""
        return _without_types_of_flags(super().get_params(ctx))

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program; errors outside a command (help that cannot be written) end the same way."""
        try:
            with options_named(flag):
                return super().main(*args, **kwargs)
        except PconvError as error:
            _show_error(error)
            sys.exit(error.exit_code)

    def invoke(self, ctx: Any) -> Any:  # the context is typer's own or click's, by its release
        """Run the chosen command; see the base class."""
        try:
            return super().invoke(ctx)
        except PconvError as error:
            _show_error(error)
            raise typer.Exit(error.exit_code) from error
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")  # pydantic's word, which typer passes on
            raise
        except Exception as error:
            reported = _as_reported(error)
            if reported is None:
                raise
            _show_error(reported)
            raise typer.Exit(reported.exit_code) from error
        except KeyboardInterrupt as error:
            err().print("[bold red]stopped[/]")
            raise typer.Exit(Interrupted.exit_code) from error


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
            self._bar.console.print(f"{one_line(name)}: {one_line(note)}", soft_wrap=True)

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
        self._bar.console.print(f"[yellow]warning:[/] {one_line(message)}", soft_wrap=True)
