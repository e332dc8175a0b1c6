"""How the public API takes its arguments: plain strings for paths and for names from a list, options one by one.

An options class keeps paths as `Path` and names as members of their enum. Its fields are descriptors that convert what
they are given, so that type checkers see both what a caller may pass and what the code inside reads.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from inspect import signature
from os import PathLike
from pathlib import Path
from typing import Any, Generic, Literal, ParamSpec, Protocol, Self, TypeVar, cast, overload

from pconv_cli.errors import UsageError

#: A path as a caller may pass it.
StrPath = str | PathLike[str]

Given = TypeVar("Given", contravariant=True)
Kept = TypeVar("Kept", covariant=True)
Member = TypeVar("Member", bound=StrEnum)
Arguments = ParamSpec("Arguments")
Options = TypeVar("Options")
Observer = TypeVar("Observer")
Report = TypeVar("Report")
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
        except TypeError as error:  # None for a path, a number for names
            kind = type(instance).__name__
            raise UsageError(f"{self._name}: cannot be {value!r}; help({kind}) says what it takes") from error


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
            if "options" in kwargs or (args and isinstance(args[0], cast(type, kind))):
                return run(*args, **kwargs)
            if len(args) == 1 < len(required) and not kwargs:
                name = cast(type, kind).__name__
                raise UsageError(f"{args[0]!r} is no {name}; give one, or its values: {', '.join(required)}")
            return run(kind(*args, **kwargs))  # type: ignore[call-arg]

        return cast(Call[Arguments, Options, Observer, Report], call)

    return decorate
