"""``pconv masks``: the group of its commands, each in a file of its own."""

import typer

from pconv_cli.cli.commands import ErrorMappingGroup
from pconv_cli.cli.masks.algebra import filter_, intersect, invert, subtract, union
from pconv_cli.cli.masks.check import check
from pconv_cli.cli.masks.convert import convert
from pconv_cli.cli.masks.detect import detect
from pconv_cli.cli.masks.edit import edit
from pconv_cli.cli.masks.gen import gen
from pconv_cli.cli.masks.importing import import_masks
from pconv_cli.cli.masks.stats import stats

app = typer.Typer(cls=ErrorMappingGroup, help="Make, find, import, count and convert masks.", no_args_is_help=True)
app.command("import")(import_masks)
app.command("edit")(edit)
app.command("check")(check)
app.command("union")(union)
app.command("subtract")(subtract)
app.command("intersect")(intersect)
app.command("invert")(invert)
app.command("filter")(filter_)
app.command("gen")(gen)
app.command("detect")(detect)
app.command("stats")(stats)
app.command("convert")(convert)
