"""The program's tree of commands, and the one place where an error becomes a line and an exit code."""

from typing import Annotated

import typer

from pconv_cli import __version__
from pconv_cli.cli import demo, report, weights
from pconv_cli.cli.commands import ErrorMappingGroup, PlainCommand
from pconv_cli.cli.eval.command import evaluate
from pconv_cli.cli.inpaint.command import inpaint
from pconv_cli.cli.masks import group as masks
from pconv_cli.cli.runtimes import prepare_runtimes
from pconv_cli.cli.signals import end_on_signals
from pconv_cli.cli.streams import guard_standard_streams
from pconv_cli.cli.train.command import train

app = typer.Typer(
    name="pconv",
    cls=ErrorMappingGroup,
    help="Restore folders of damaged images by partial convolutions (Liu et al., ECCV 2018).",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.add_typer(masks.app, name="masks")
app.add_typer(weights.app, name="weights")
app.command("demo")(demo.demo)
app.command("eval")(evaluate)
app.command("inpaint")(inpaint)
app.command("report")(report.report)
app.command("train")(train)
for _tree in (app, masks.app, weights.app):
    for _command in _tree.registered_commands:
        _command.cls = PlainCommand


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"pconv {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def main() -> None:
    """Run the program."""
    guard_standard_streams()
    end_on_signals()
    prepare_runtimes()
    app()
