"""Every command's options against the options class (or function) that takes them: names, defaults and types."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest
import typer

from pconv_cli.arguments import Field, MasksField, OptionalPathField, PathField
from pconv_cli.cli.app import app
from pconv_cli.cli.flags import flag
from pconv_cli.core.importing import import_weights
from pconv_cli.core.weights import export_weights
from pconv_cli.core.weights_info import describe_weights
from pconv_cli.evaluation.evaluator import EvalOptions
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.evaluation.samples import SampleOptions
from pconv_cli.evaluation.votes.options import VoteOptions
from pconv_cli.jobs.condition.options import ConditionOptions
from pconv_cli.jobs.demo import run_demo
from pconv_cli.jobs.variants.run import VariantOptions
from pconv_cli.masks.annotations.report import ImportOptions
from pconv_cli.masks.check import CheckOptions
from pconv_cli.masks.combine import CombineOptions
from pconv_cli.masks.convert import ConvertOptions
from pconv_cli.masks.detect.detection import Search
from pconv_cli.masks.detect.folder import DetectOptions
from pconv_cli.masks.generate.batch import GenerateOptions
from pconv_cli.masks.kinds import HoleFilter
from pconv_cli.masks.stats import count_masks
from pconv_cli.training.options import TrainOptions
from pconv_cli.web.workspace import EditOptions


@dataclass(frozen=True)
class Takes:
    """What takes a command's options.

    Attributes:
        takers: Options classes, or functions.
        own: Parameters that the command itself deals with.
        within: Fields that the command puts together from others, or sets itself.
        read: Parameters that are typed as text, and read by the command.
        others: Parameters whose fields have another name, and not by `flag`.
        optional: Parameters that the command requires itself, where it needs them.
        worded: Parameters whose default is said in the help by other words.
    """

    takers: tuple[Callable[..., Any], ...]
    own: frozenset[str] = frozenset()
    within: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    others: tuple[tuple[str, str], ...] = ()
    optional: frozenset[str] = frozenset()
    worded: frozenset[str] = frozenset()


def takes(*takers: Callable[..., Any], **more: Any) -> Takes:
    words = {name: value if name == "others" else frozenset(value.split()) for name, value in more.items()}
    return Takes(takers, **words)


ALGEBRA = {"within": "operation other holes"}
COMMANDS = {
    "inpaint": takes(
        VariantOptions, own="adapt dry_run json", within="annotations labels unread", read="shard", worded="variants"
    ),
    "train": takes(TrainOptions, own="preset resume no_perceptual", read="loss_weight network_option", worded="steps"),
    "eval": takes(
        EvalOptions,
        SampleOptions,
        VoteOptions,
        own="methods weights trust foreign by_border csv json markdown latex html count check votes "
        f"{' '.join(Metric)}",
        within="metrics networks",
        read="names",
        others=(("results", "folders"),),
        optional="results gt masks out",
    ),
    "report": takes(ConditionOptions, own="json"),
    "demo": takes(run_demo, within="progress"),
    "masks gen": takes(GenerateOptions, read="size ratio"),
    "masks detect": takes(
        DetectOptions, Search, own="json", within="search", read="color", others=(("method", "methods"),)
    ),
    "masks stats": takes(count_masks, own="json", within="progress", others=(("folder", "root"),)),
    "masks convert": takes(ConvertOptions),
    "masks import": takes(ImportOptions, own="list_labels json", read="labels", optional="like out_folder"),
    "masks edit": takes(EditOptions, own="port browser"),
    "masks check": takes(CheckOptions, own="json"),
    "masks union": takes(CombineOptions, within="operation holes"),
    "masks subtract": takes(CombineOptions, within="operation holes"),
    "masks intersect": takes(CombineOptions, within="operation holes"),
    "masks invert": takes(CombineOptions, **ALGEBRA),
    "masks filter": takes(CombineOptions, HoleFilter, **ALGEBRA, read="region"),
    "weights import": takes(import_weights, read="family", others=(("file", "source"),)),
    "weights export": takes(export_weights, own="card onnx overwrite", within="notes", others=(("name", "source"),)),
    "weights show": takes(describe_weights, own="json foreign", within="foreign", others=(("name", "name_or_path"),)),
    "weights list": takes(own="json"),
    "weights fetch-vgg": takes(),
}


def commands(group: Any, *above: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *above, name)
        else:
            yield " ".join((*above, name)), command


EVERY = dict(commands(typer.main.get_command(app)))


def kinds(hint: Any) -> set[Any]:
    """The types of a value: without None, of a list those of its items, of a field what it keeps."""
    if isinstance(hint, type) and issubclass(hint, PathField | OptionalPathField):
        return {Path}
    if isinstance(hint, type) and issubclass(hint, MasksField):
        return {str}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return kinds(arguments[0])
    if origin in (Union, UnionType):
        return set().union(*map(kinds, arguments)) - {NoneType}
    if origin in (list, tuple, Sequence):
        return kinds(arguments[0])
    if origin is PathLike:
        return {Path}
    if isinstance(origin, type) and issubclass(origin, Field):
        return kinds(arguments[-1])
    return {hint}


def test_every_command_is_here() -> None:
    assert EVERY.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_options_are_those_of_the_class(name: str) -> None:
    command, wanted = EVERY[name], COMMANDS[name]
    function = command.callback
    hints, defaults = get_type_hints(function), inspect.signature(function).parameters
    options = {option.name: option for option in command.params if option.name != "help"}
    taken: set[str] = set()
    for taker in wanted.takers:
        of_taker = get_type_hints(taker)
        for field, parameter in inspect.signature(taker).parameters.items():
            if field in wanted.within:
                continue
            found = [
                one.name
                for one in options.values()
                if (one.name, field) in wanted.others or one.name == field or flag(field) in one.opts
            ]
            assert found, f"{field} has no option"
            option = options[found[0]]
            taken.add(found[0])
            default = defaults[found[0]].default
            if parameter.default is parameter.empty:
                assert default is not None or option.name in wanted.optional, f"{option.name} is required"
            elif default is not None:
                assert option.required or default == parameter.default, f"{option.name} defaults to {default}"
            elif parameter.default not in (None, False, ()) and option.name not in wanted.worded:
                shown = getattr(option, "show_default", "")
                said = f"{option.help} {shown if isinstance(shown, str) else ''}"
                number = parameter.default
                text = f"{number:g}" if isinstance(number, int | float) else str(number)
                assert text in said, f"the help of {option.name} does not say {text}"
            if found[0] not in wanted.read:
                assert kinds(hints[found[0]]) <= kinds(of_taker.get(field, parameter.annotation)), option.name
    assert options.keys() - taken == wanted.own
    assert wanted.read | wanted.optional | wanted.worded <= options.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_long_lists_of_options_are_grouped(name: str) -> None:
    options = [one for one in EVERY[name].params if one.param_type_name == "option" and one.name != "help"]
    if len(options) > 8:
        assert [one.name for one in options if not one.rich_help_panel] == []
