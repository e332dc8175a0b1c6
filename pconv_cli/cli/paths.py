"""Paths as they are typed."""

from pathlib import Path

from pconv_cli.errors import UsageError


def output_path(text: str | Path) -> Path:
    """Read the value of ``--out``; an empty one (a variable that is not set) must not become the current folder.

    Raises:
        UsageError: It is empty.
    """
    if not str(text).strip():
        raise UsageError("--out: is empty; name a folder, or . for the one you are in")
    return Path(text)
