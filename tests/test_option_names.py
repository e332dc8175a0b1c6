"""Options in messages: flags are spoken of in cli/ alone, and the fields that the other rooms name are flags there."""

import ast
import re
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import pconv_cli
from pconv_cli.cli.app import app
from pconv_cli.cli.flags import flag
from pconv_cli.errors import UsageError, current_naming, name_options_by, option, options_named
from pconv_cli.evaluation.evaluator import evaluate

PACKAGE = Path(pconv_cli.__file__).parent

# The modules below cli/, but for the one that writes whole command lines.
BELOW = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] != "cli" and path != PACKAGE / "training" / "records" / "commands.py"
]

# A property in a style sheet (`...; --ratio: 2`) is not a flag.
FLAG = re.compile(r"(?<![\w-])(?!(?<=; )--[a-z-]+:)--[a-z][a-z-]*")


def strings(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def every_flag() -> set[str]:
    """All flags and arguments of all commands."""
    found: set[str] = set()
    waiting = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        for parameter in command.params:
            found |= {*parameter.opts, *parameter.secondary_opts, parameter.metavar or ""}
    return found


def test_rooms_below_cli_hold_no_flags() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {', '.join(FLAG.findall(text))}"
        for path in BELOW
        for line, text in strings(path)
        if FLAG.search(text)
    ]
    assert found == []


def test_the_pattern_knows_flags() -> None:
    assert FLAG.findall("--gt a: give --allow-missing or `pconv eval --json`") == ["--gt", "--allow-missing", "--json"]
    assert FLAG.findall("cannot be written; --resume may not know it") == ["--resume"]
    assert not FLAG.search("aspect-ratio: 2; --ratio: 2 -- a dash--word")


def test_fields_that_messages_name_are_options_of_a_command() -> None:
    named = {
        node.args[0].value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "option"
        if isinstance(node.args[0], ast.Constant)
    }
    assert {"truth", "allow_missing"} <= named
    assert {field for field in named if flag(str(field)) not in every_flag()} == set()


def test_an_option_has_the_name_that_its_reader_knows() -> None:
    assert option("allow_missing") == "`allow_missing`"
    with options_named(flag):
        assert (option("allow_missing"), option("truth")) == ("--allow-missing", "--gt")
        with get_context("spawn").Pool(1, name_options_by, [current_naming()]) as pool:
            assert pool.apply(option, ["truth"]) == "--gt"
    assert option("truth") == "`truth`"


def test_the_command_and_the_function_say_it_in_their_words(tmp_path: Path) -> None:
    arguments = (tmp_path, tmp_path / "nowhere", tmp_path)
    with pytest.raises(UsageError, match=r"nowhere: there is no such file or folder of true images; check `truth`$"):
        evaluate(*arguments)
    typed = ["eval", arguments[0], "--gt", arguments[1], "--masks", arguments[2]]
    result = CliRunner().invoke(app, [str(word) for word in typed])
    assert result.exit_code == 2
    assert result.stderr.endswith("nowhere: there is no such file or folder of true images; check --gt\n")
    assert option("truth") == "`truth`"
