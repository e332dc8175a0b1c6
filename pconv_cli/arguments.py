"""How the public API takes its arguments: plain strings for paths and for names from a list, options one by one.

An options class keeps paths as `Path` and names as members of their enum. Its fields are descriptors that convert what
they are given, so that type checkers see both what a caller may pass and what the code inside reads.
"""

from collections.abc import Callable
from dataclasses import fields
from enum import StrEnum
from functools import wraps
from inspect import signature
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, Protocol, Self, TypeVar, Union, cast, overload
from typing import get_args as members_of
from typing import get_origin as origin_of

from pconv_cli.errors import UsageError, option

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: A path as a caller may pass it.
StrPath = str | PathLike[str]

Given = TypeVar("Given", contravariant=True)
Kept = TypeVar("Kept", covariant=True)
Member = TypeVar("Member", bound=StrEnum)
Arguments = ParamSpec("Arguments")
Options = TypeVar("Options")
Observer = TypeVar("Observer")
Report = TypeVar("Report")
Result = TypeVar("Result")
TakenOptions = TypeVar("TakenOptions", contravariant=True)
TakenObserver = TypeVar("TakenObserver", contravariant=True)
GivenReport = TypeVar("GivenReport", covariant=True)


class Choice(StrEnum):
    """A name from a list; an unknown one is an error that lists the names."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        raise UsageError(f"{value!r} is not a {cls.__name__}: choose one of {', '.join(cls)}")


class Field(Generic[Given, Kept]):
    """A field of an options class that converts what it is given; a `dataclasses` descriptor field.

    Args:
        convert: From what a caller passes to what is kept; what is kept already has to pass unchanged.
        default: The value where none is given; without one, the field is required.
    """

    def __init__(self, convert: Callable[[Given], Kept], *default: Kept) -> None:
        self._convert, self._default = convert, default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> Kept:
        if instance is not None:
            return cast(Kept, vars(instance)[self._name])
        if not self._default:
            raise AttributeError(self._name)  # by which a dataclass knows that there is no default
        return self._default[0]

    def __set__(self, instance: object, value: Given) -> None:
        try:
            vars(instance)[self._name] = self._convert(value)
        except UsageError:
            raise
        except (TypeError, ValueError) as error:  # None for a path, a number for names, text for pairs
            raise _unfit(self._name, value, type(instance).__name__) from error


class PathField(Field[StrPath, Path]):
    """A path."""

    def __init__(self, *default: Path) -> None:
        super().__init__(self._path, *default)

    def _path(self, value: StrPath) -> Path:
        return path_of(value, self._name)


class OptionalPathField(Field[StrPath | None, Path | None]):
    """A path, or None, which is the default."""

    def __init__(self) -> None:
        super().__init__(self._path, None)

    def _path(self, value: StrPath | None) -> Path | None:
        return None if value is None else path_of(value, self._name)


class MasksField(Field[StrPath, Path | Literal["alpha"]]):
    """A path of masks, or the word ``alpha``: each image's own transparency."""

    def __init__(self) -> None:
        super().__init__(self._masks)

    def _masks(self, value: StrPath) -> Path | Literal["alpha"]:
        return "alpha" if value == "alpha" else path_of(value, self._name)


class ChoiceField(Field[Member | str, Member], Generic[Member]):
    """A member of an enum, by itself or by its value."""

    def __init__(self, kind: type[Member], *default: Member) -> None:
        super().__init__(kind, *default)


class OptionalChoiceField(Field[Member | str | None, Member | None], Generic[Member]):
    """A member of an enum, or None, which is the default."""

    def __init__(self, kind: type[Member]) -> None:
        super().__init__(lambda value: None if value is None else kind(value), None)


def path_of(value: StrPath, name: str) -> Path:
    """Make a path of what a caller passes.

    Raises:
        UsageError: It is empty, as a variable that was never set; that must not become the current folder.
    """
    if not str(value).strip():
        raise UsageError(f"{name}: is empty; name a path, or . for the current folder")
    return Path(value)


def check_kinds(options: "DataclassInstance") -> None:
    """Check that the plain fields of an options object (numbers, text, flags ...) hold what their annotations name.

    `Field` checks the others. A flag may be 0 or 1, an integer stands for a fraction, NumPy's numbers for Python's, and
    a list for a tuple; of the last two Python's numbers and tuples are kept, since options are compared and written.

    Raises:
        UsageError: One holds something else.
    """
    for field in fields(options):
        value = getattr(options, field.name)
        if not _fits(value, field.type):
            raise _unfit(field.name, value, type(options).__name__, field.type)
        if not _is_field(field.type):
            vars(options)[field.name] = _plain(value)


def checks_kinds(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a function check its arguments as `check_kinds` checks fields."""
    shape = signature(function)

    @wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        for name, value in shape.bind(*args, **kwargs).arguments.items():
            kind = shape.parameters[name].annotation
            if not _fits(value, kind):
                raise _unfit(name, value, function.__name__, kind)
        return function(*args, **kwargs)

    return call


def _unfit(name: str, value: object, holder: str, kind: Any = None) -> UsageError:
    if origin_of(kind) is Literal:
        return UsageError(f"{option(name)} {value}: take one of {', '.join(members_of(kind))}")
    return UsageError(f"{name}: cannot be {value!r}; help({holder}) says what it takes")


def _plain(value: Any) -> Any:
    """Give a NumPy number as Python's, and a list as a tuple."""
    if isinstance(value, tuple | list):
        return tuple(map(_plain, value))
    return value.item() if type(value).__module__ == "numpy" else value


def _fits(value: object, kind: Any) -> bool:
    """Say whether a value is of an annotation's kind."""
    origin, members = origin_of(kind) or kind, members_of(kind)
    if origin in (Union, UnionType):
        return any(_fits(value, member) for member in members)
    if origin is Literal:
        return isinstance(value, str) and value in members
    if kind is bool:
        return type(value).__name__ == "bool" or (isinstance(value, Integral) and value in (0, 1))  # NumPy's, too
    if kind in (int, float):
        return isinstance(value, Integral if kind is int else Real) and not isinstance(value, bool)
    if kind in (None, NoneType):
        return value is None
    if origin is Path:
        return isinstance(value, PathLike)
    if origin is tuple:
        pair = isinstance(value, tuple | list) and len(value) == len(members)
        return pair and all(map(_fits, cast(tuple[object, ...], value), members))
    if isinstance(origin, type) and not _is_field(kind):
        return isinstance(value, origin)
    return True


def _is_field(kind: Any) -> bool:
    origin = origin_of(kind) or kind
    return isinstance(origin, type) and issubclass(origin, Field)


class Call(Protocol[Arguments, TakenOptions, TakenObserver, GivenReport]):
    """A function that takes an options object, or the values of one."""

    @overload
    def __call__(self, options: TakenOptions, observer: TakenObserver = ..., /) -> GivenReport: ...

    @overload
    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> GivenReport: ...


def takes_options(
    kind: Callable[Arguments, Options],
) -> Callable[[Callable[[Options, Observer], Report]], Call[Arguments, Options, Observer, Report]]:
    """Let a function of an options object be called with that object's values as well.

    ``run(Options("in", "out", overwrite=True), observer)`` stays what it is; ``run("in", "out", overwrite=True)`` does
    the same without an observer. One value alone, where several are required, is refused as no options object.

    Args:
        kind: The options class.
    """
    required = [name for name, one in signature(kind).parameters.items() if one.default is one.empty]

    def decorate(run: Callable[[Options, Observer], Report]) -> Call[Arguments, Options, Observer, Report]:
        @wraps(run)
        def call(*args: Any, **kwargs: Any) -> Report:
            given = kwargs.get("options", args[0] if args else None)
            if isinstance(given, cast(type, kind)):
                return run(*args, **kwargs)
            if "options" in kwargs or (len(args) == 1 < len(required) and not kwargs):
                name = cast(type, kind).__name__
                raise UsageError(f"{given!r} is no {name}; give one, or its values: {', '.join(required)}")
            return run(kind(*args, **kwargs))  # type: ignore[call-arg]

        return cast(Call[Arguments, Options, Observer, Report], call)

    return decorate
