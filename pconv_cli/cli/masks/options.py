"""Options that commands of ``pconv masks`` share, and the line that they end with."""

from pathlib import Path
from typing import Annotated

import typer

from pconv_cli.cli.console import err
from pconv_cli.cli.options import READ, WRITTEN, panel_option
from pconv_cli.files.masks.polarity import THRESHOLD
from pconv_cli.wording import counted

MaskTarget = Annotated[
    Path,
    panel_option(
        WRITTEN,
        "Folder to write masks to; for one image also a .png file.",
        "--out",
        metavar="OUT",
        parser=Path,
        show_default=False,
    ),
]

Threshold = Annotated[
    int | None,
    panel_option(READ, "Value from which a pixel counts as white.", metavar="1-255", default=THRESHOLD),
]
ExactThreshold = Annotated[int, panel_option(READ, "Value from which a pixel counts as white.", metavar="1-255")]
Overwrite = Annotated[
    bool,
    panel_option(WRITTEN, "Replace existing files instead of keeping them.", "--overwrite"),
]


def finish(said: str, kept: int, failures: list[tuple[str, str]], exit_code: int) -> None:
    """Sum up in one line, and end with the exit code."""
    if kept:
        said += f"; {counted(kept, 'mask')} there already and kept (--overwrite replaces them)"
    if failures:
        said += f"; {counted(len(failures), 'file')} failed"
    err().print(said, soft_wrap=True, markup=False)
    if exit_code:
        raise typer.Exit(exit_code)
