"""Help on a terminal of 80 columns: every option whole, and every choice."""

import re
from enum import Enum
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from pconv_cli.cli.app import app
from pconv_cli.core.weight_files import DEFAULT_WEIGHTS
from pconv_cli.methods.tiled.network_windows import _MOST_TILES


def commands(command, *names):
    if not hasattr(command, "commands"):
        return {" ".join(names): command}
    return {name: found for key, sub in command.commands.items() for name, found in commands(sub, *names, key).items()}


def choices(kind):
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {member.value for member in kind}
    if get_origin(kind) is Literal:
        return set(get_args(kind))
    return set().union(*map(choices, get_args(kind)))


COMMANDS = commands(get_command(app))


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_and_no_choice_is_cut_off(name):
    shown = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "80", "TERM": "dumb"})
    assert shown.exit_code == 0
    assert "…" not in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert not re.search(r"<[^<>]*\n[^<>]*>", shown.stdout)  # choices in one column, on one line
    words = set(re.split(r"[^\w-]+", shown.stdout))
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts if option.startswith("--")}
    assert options <= words
    assert choices(tuple[tuple(get_type_hints(COMMANDS[name].callback).values())]) <= words


@pytest.mark.parametrize("name", COMMANDS)
def test_flags_have_no_type(name):
    shown = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "80", "TERM": "dumb"}).stdout
    assert "--help" in shown
    assert "bool" not in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_names_and_defaults_stand_in_one_kind_of_bracket(name):
    shown = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "80", "TERM": "dumb"}).stdout
    assert "{" not in shown.partition("Usage")[2].partition("\n\n")[0].splitlines()[0]
    assert "[default: (" not in " ".join(shown.replace("│", " ").split())
    assert "<path>" not in shown


def test_the_help_of_weights_names_the_default():
    (weights,) = [parameter for parameter in COMMANDS["inpaint"].params if "--weights" in parameter.opts]
    assert f"[default: {DEFAULT_WEIGHTS}]" in weights.help


def test_the_help_of_tile_says_up_to_where_an_image_may_be_one_window():
    (tile,) = [parameter for parameter in COMMANDS["inpaint"].params if "--tile" in parameter.opts]
    assert "up to six such windows" in tile.help
    assert _MOST_TILES == 6
