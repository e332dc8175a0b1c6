"""Options that several commands of ``pconv masks`` have, and the line that they end with."""

from pathlib import Path
from typing import Annotated

import typer

from pconv_cli.cli.console import counted, err
from pconv_cli.cli.paths import input_path, output_path
from pconv_cli.files.masks.polarity import THRESHOLD, Polarity

READ, WRITTEN, RUN = "Masks that are read", "Output", "Run"

DamagedImages = Annotated[
    Path,
    typer.Argument(metavar="IN", parser=input_path, help="Folder of damaged images, or one image.", show_default=False),
]
MaskTarget = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="OUT",
        parser=output_path,
        help="Folder to write masks to; for one image also a .png file.",
        show_default=False,
        rich_help_panel=WRITTEN,
    ),
]

HoleColour = Annotated[
    Polarity,
    typer.Option("--mask-polarity", help="Colour of the hole in mask files.", rich_help_panel=READ),
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
    typer.Option("--overwrite", help="Replace existing files instead of keeping them.", rich_help_panel=WRITTEN),
]
Json = Annotated[bool, typer.Option("--json", help="Print the report as JSON to stdout.", rich_help_panel=RUN)]


def finish(said: str, kept: int, failures: list[tuple[str, str]], exit_code: int) -> None:
    """Sum up in one line, and end with the exit code."""
    if kept:
        said += f"; {counted(kept, 'mask')} there already and kept (--overwrite replaces them)"
    if failures:
        said += f"; {len(failures)} failed"
    err().print(said, soft_wrap=True, markup=False)
    if exit_code:
        raise typer.Exit(exit_code)
