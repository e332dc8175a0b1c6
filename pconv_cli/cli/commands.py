"""Commands as Typer runs them: what is typed is looked at first, and every error ends as one line and an exit code."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from errno import ENAMETOOLONG
from typing import Any

import typer
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup

from pconv_cli.cli.console import err, one_line, say
from pconv_cli.cli.flags import flag
from pconv_cli.errors import Interrupted, PconvError, UsageError, is_out_of_memory, options_named

_FOLDER, _EITHER = "name a folder, or . for the one that you are in", "name a file or folder"
# What to do about an empty value, by the word that help has for it; a file's stands without its suffix.
_REMEDIES = {
    **dict.fromkeys(("DATA", "FOLDER"), _FOLDER),
    **dict.fromkeys(("ANNOTATIONS", "IMAGES", "IN", "M", "M|alpha", "OTHER", "RESULTS"), _EITHER),
    "FILE": "name a file",
    "OUT": "say where to write",
}
# Words for values that are paths, or may be.
_PATHS = {*_REMEDIES, "NAME|PATH"}


def _show_error(error: PconvError) -> None:
    word = "stopped" if isinstance(error, Interrupted) else "error"
    say(err(), f"[bold red]{word}:[/] {one_line(str(error))}")


def _as_reported(error: Exception) -> PconvError | None:
    """An error of the machine in our words; None for any other."""
    if is_out_of_memory(error):
        return PconvError("out of memory; close other programs, or use a larger machine")
    if isinstance(error, OSError) and error.filename is not None and error.strerror:  # of a path that somebody typed
        if error.errno == ENAMETOOLONG:
            return UsageError(f"{error.filename}: is too long a path for this system; shorten it")
        return PconvError(f"{error.filename}: cannot be used ({error.strerror.lower()}); check the path")
    return None


def _without_types_of_flags(params: list[Any]) -> list[Any]:
    """Parameters whose help names no type where nothing is to be typed: ``--json``, and not ``--json <bool>``.

    Words for a default that depends stand in brackets as a value does, and not in parentheses within them.
    """
    for param in params:
        words = getattr(param, "show_default", None)
        if isinstance(words, str):
            param.help = f"{param.help or ''}  [dim]\\[default: {escape(words)}][/]"
            param.show_default = False
        if getattr(param, "is_flag", False) and param.metavar is None:
            param.metavar = ""
    return params


def _check_typed(params: Iterable[Any], given: Mapping[str, Any], left: Sequence[str]) -> None:
    """End where a value is empty, as a variable that is not set leaves it, or a path longer than any can be.

    As a path, an empty value would be the current folder.

    Args:
        params: Those of the command.
        given: What was typed for them, by their names.
        left: What was typed beyond them.

    Raises:
        UsageError: One is.
    """
    for param in params:
        typed = given.get(param.name)
        word = param.metavar or param.name.upper()
        name = word if param.param_type_name == "argument" else param.opts[0]
        kind = word.partition(".")[0]
        for one in typed if isinstance(typed, list | tuple) else (typed,):
            if not isinstance(one, str):
                continue
            if not one.strip():
                raise UsageError(f"{name} is empty; {_REMEDIES.get(kind, 'give it a value')}")
            if kind in _PATHS and _is_too_long(one):
                raise UsageError(f"{name} {one}: is too long a path for this system; shorten it")
    if any(not word.strip() for word in left):
        raise UsageError("an empty argument is one too many; leave it out")


def _is_too_long(path: str) -> bool:
    try:
        os.lstat(path)
    except OSError as error:
        return error.errno == ENAMETOOLONG
    except ValueError:  # a null character
        return False
    return False


class PlainCommand(TyperCommand):
    """A command that takes no empty value and no path that is too long, and whose help names no type for flags."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Give the words of the usage line, ``IN`` as help calls it and not ``{IN}``; see the base class."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; see the base class."""
        if not ctx.resilient_parsing:  # as for completion in a shell
            given, left, _ = self.make_parser(ctx).parse_args(args=list(args))  # not yet made numbers and paths
            _check_typed(self.get_params(ctx), given, left)
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
