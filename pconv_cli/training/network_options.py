"""A network's own options: the fields of its `Spec`, given as text."""

from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pconv_cli.core.networks.registry import Architecture
from pconv_cli.core.networks.spec import Spec
from pconv_cli.errors import UsageError, option
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.resolving import NETWORK_OPTIONS

_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def chosen_spec(options: TrainOptions, known: Architecture) -> Spec:
    """Make the spec of a new network: its defaults, except for what is given.

    Raises:
        UsageError: The network has no option of a name, a value is not of the option's kind, or one is given twice.
        ModelError: The network takes no such values.
    """
    common = {name: getattr(options, name) for name in sorted(NETWORK_OPTIONS) if getattr(options, name) is not None}
    kinds = {field.name: _hints(known)[field.name] for field in fields(known.spec) if field.init}  # type: ignore[arg-type]
    for name in common:
        if name not in kinds:
            raise UsageError(f"{option(name)}: {known.name} networks have no such option; leave it out{_theirs(kinds)}")
    chosen: dict[str, Any] = dict(common)
    for name, text in options.network_options:
        said = f"{option('network_options')} {name}={text}"
        if name not in kinds:
            raise UsageError(f"{said}: {known.name} networks have no such option; leave it out{_theirs(kinds)}")
        if name in common:
            raise UsageError(f"{said} and {option(name)}: both give one value; leave one out")
        try:
            chosen[name] = _read(text, kinds[name])
        except ValueError as error:
            raise UsageError(f"{said}: must be {error}") from error
    return known.spec(**chosen)


def _hints(known: Architecture) -> dict[str, Any]:
    return get_type_hints(known.spec)


def _theirs(kinds: dict[str, Any]) -> str:
    return f"; theirs are {', '.join(kinds)}" if kinds else ""


def _read(text: str, kind: Any) -> Any:
    """Read a value of a kind.

    Raises:
        ValueError: It is none; says what it would have to be.
    """
    if kind is bool:
        if text.lower() not in _TRUTHS:
            raise ValueError("true or false")
        return _TRUTHS[text.lower()]
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError as error:
            raise ValueError("a whole number" if kind is int else "a number") from error
    if get_origin(kind) is Literal:
        names = {str(value): value for value in get_args(kind)}
        if text not in names:
            raise ValueError(f"one of {', '.join(names)}")
        return names[text]
    if get_origin(kind) in (UnionType, Union):
        if text.lower() == "none" and NoneType in get_args(kind):
            return None
        (one,) = (other for other in get_args(kind) if other is not NoneType)
        return _read(text, one)
    if get_origin(kind) is tuple:
        return tuple(_read(part.strip(), get_args(kind)[0]) for part in text.split(","))
    if kind is str:
        return text
    raise ValueError("left out: it cannot be given as text")
