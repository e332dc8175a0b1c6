"""Options that several commands of ``pconv masks`` have, and the line that they end with."""

from typing import Annotated

import typer

from pconv_cli.cli.console import counted, err
from pconv_cli.files.masks.polarity import THRESHOLD, Polarity

READ, WRITTEN = "Masks that are read", "Output"

HoleColour = Annotated[
    Polarity,
    typer.Option("--mask-polarity", help="The colour of the hole in the files read.", rich_help_panel=READ),
]
Threshold = Annotated[
    int | None,
    typer.Option(
        metavar="1-255",
        help=f"Value from which a pixel counts as white  [dim]\\[default: {THRESHOLD}][/]",
        rich_help_panel=READ,
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace files that exist; without it they are kept.", rich_help_panel=WRITTEN),
]


def finish(said: str, kept: int, failures: list[tuple[str, str]], exit_code: int) -> None:
    """Sum up in one line, and end with the exit code."""
    if kept:
        said += f"; {counted(kept, 'mask')} there already and kept (--overwrite replaces them)"
    if failures:
        said += f"; {len(failures)} failed"
    err().print(said, soft_wrap=True, markup=False)
    if exit_code:
        raise typer.Exit(exit_code)
