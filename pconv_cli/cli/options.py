"""Options that commands of several groups share, and the panels of help that they stand in."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer

from pconv_cli.cli.console import out
from pconv_cli.errors import PconvError
from pconv_cli.files.masks.polarity import Polarity

# `parser=Path`, here and elsewhere, since Typer's own type refuses what cannot be read in a box of its own.

Arguments = ParamSpec("Arguments")

READ, WRITTEN, RUN = "Masks that are read", "Output", "Run"


def panel_option(
    panel: str, text: str, *names: str, metavar: str | None = None, default: object = None, **more: Any
) -> Any:
    """Make an option of a panel of help; ``default`` is what help says of one that is None unless it is given."""
    shown = "" if default is None else f"  [dim]\\[default: {default}][/]"
    return typer.Option(*names, metavar=metavar, help=text + shown, rich_help_panel=panel, **more)


DamagedImages = Annotated[
    Path,
    typer.Argument(metavar="IN", parser=Path, help="Folder of damaged images, or one image.", show_default=False),
]
HoleColour = Annotated[
    Polarity,
    typer.Option("--mask-polarity", help="Colour of the hole in mask files.", rich_help_panel=READ),
]


def error_as_json(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Let a command print an error that ends it to stdout, too, where its report is to be JSON there."""

    @wraps(command)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except PconvError as error:
            if kwargs["json"] in (True, Path("-")):
                out().print_json(data={"error": str(error), "exit_code": error.exit_code})
            raise

    return call


Json = Annotated[bool, typer.Option("--json", help="Print the report as JSON to stdout.", rich_help_panel=RUN)]
