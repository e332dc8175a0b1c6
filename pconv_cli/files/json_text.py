"""JSON from files of any origin: everything that can be wrong with it is one kind of error."""

import json
import math
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pconv_cli.files.opening import open_regular

#: Lists and objects inside one another. What this program writes has five; beyond some hundreds, Python's own functions
#: run out of stack.
DEEPEST = 50


class TooDeep(ValueError):
    """JSON with more than `DEEPEST` lists and objects inside one another, whether it is whole or not."""

    def __init__(self) -> None:
        super().__init__("nested too deeply")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is a folder, device or pipe, no JSON in UTF-8, or nested too deeply. One clause that says so.
    """
    if path.exists() and not path.is_file():
        raise ValueError("no file")
    with open_regular(path) as file:
        data = file.read()
    try:
        return parse_json(data.decode())
    except UnicodeDecodeError:
        raise ValueError("no UTF-8") from None


def parse_json(text: str | bytes, *, finite: bool = False) -> Any:
    """Read JSON.

    Args:
        text: JSON; as bytes in UTF-8, UTF-16 or UTF-32, with a byte order mark or without.
        finite: Refuse NaN, Infinity and numbers beyond floats, which JSON's standard does not have.

    Raises:
        TooDeep: It is nested too deeply to be worked on.
        ValueError: It is not JSON. One clause that says so.
    """
    number = _finite if finite else None
    try:
        value = json.loads(text, parse_constant=number, parse_float=number)
    except RecursionError:
        raise TooDeep from None
    opened = text.count(b"[") + text.count(b"{") if isinstance(text, bytes) else text.count("[") + text.count("{")
    if opened < DEEPEST:  # as in nearly all, which need no look inside
        return value
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _inside(outer)]
        if not level:
            return value
    raise TooDeep


def has_type(value: object, hint: Any) -> bool:
    """Check a value against an annotation: a class, a union, a `Literal`; whole numbers are floats too."""
    if get_origin(hint) in (Union, UnionType):
        return any(has_type(value, one) for one in get_args(hint))
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    return isinstance(value, (int, float) if hint is float else hint)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number; write null, or leave it out")
    return number


def _inside(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value
