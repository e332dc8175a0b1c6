"""``pconv masks``: make, count and convert masks."""

import typer

from pconv_cli.cli.console import ErrorMappingGroup

app = typer.Typer(cls=ErrorMappingGroup, help="Make, count and convert masks.", no_args_is_help=True)
