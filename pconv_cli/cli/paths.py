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
