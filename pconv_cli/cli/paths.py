"""Paths as they are typed."""

from pathlib import Path

from pconv_cli.errors import PconvError, UsageError


class Mistyped(PconvError):
    """A `UsageError` that is not a `ValueError`, which Typer would report in a box of its own."""

    exit_code = UsageError.exit_code


def output_path(text: str | Path) -> Path:
    """Read the value of ``--out``; an empty one (a variable that is not set) must not become the current folder.

    Raises:
        Mistyped: It is empty.
    """
    if not str(text).strip():
        raise Mistyped("--out: is empty; name a folder, or . for the one you are in")
    return Path(text)


def input_path(text: str | Path) -> Path:
    """Read the name of a file or folder that is read; an empty one must not become the current folder either.

    Raises:
        Mistyped: It is empty.
    """
    return Path(named_input(str(text)))


def named_input(text: str) -> str:
    """Read the same where a word may stand for it, such as ``alpha``."""
    if not text.strip():
        raise Mistyped("the name of an input is empty; name a file or a folder, or . for the one you are in")
    return text
