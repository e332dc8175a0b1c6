"""Loops compiled by numba at their first import, and taken from numba's cache later on.

numba's own way to a cached function loads all that it needs to compile one, SciPy among it: four times as long as the
rest. So a function that lies in the cache is taken from there as it is, and what compiles is loaded where none does.

numba keeps machine code until the file of its loop changes: by its content, or in older releases by its time and size.
What that code holds from elsewhere is therefore part of the key by which the cache finds it; see `_frozen`.
"""

from collections.abc import Callable
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any, Literal, TypeVar, cast

from numba import njit

from pconv_cli import __version__

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": True}

# Functions of `inlined` become part of a loop before anything is compiled. Otherwise each loop would have a copy of its
# own, optimized in its own way, and all of them would run the copy that was loaded first: sums would depend on what the
# cache held and on which images came before.
_INLINE: Literal["always"] = "always"

# What these do in a loop is numba's own, and its release is part of its key.
_MODULES = ("math", "numpy")


def compiled(signature: str) -> Callable[[Function], Function]:
    """Compile a function for a signature at once; where the cache cannot be used, in memory alone.

    A call checks types, layouts and that arrays may be written to, and refuses others; it checks no lengths.

    Args:
        signature: numba's signature.

    Raises:
        TypeError: The function takes something from its module that is not a number, a text, a tuple of these, a
            function of `inlined`, NumPy or `math`; or another function stands in it.
    """

    def compile(function: Function) -> Function:
        keyed = _keyed(function)
        try:  # no folder for the cache, a damaged file in it, or a numba that is built in another way
            made = _cached(keyed, signature) or njit(signature, cache=True, **_OPTIONS)(keyed)
        except Exception:  # whatever unpickling a damaged file raises
            made = njit(signature, **_OPTIONS)(keyed)
        return cast("Function", made)

    return compile


def inlined(function: Function) -> Function:
    """Have functions of `compiled` hold this one; nothing is compiled before one of them is."""
    return cast("Function", njit(inline=_INLINE, **_OPTIONS)(function))


def _keyed(function: Callable[..., Any]) -> FunctionType:
    """Give a function with all that its machine code holds in a closure's cell; numba's key covers those."""
    own = cast("FunctionType", function)
    code = own.__code__.replace(co_freevars=(*own.__code__.co_freevars, "held"))
    held = CellType(repr((__version__, _OPTIONS, _INLINE, _frozen(own))))
    cells = (*(own.__closure__ or ()), held)
    return FunctionType(code, own.__globals__, own.__name__, own.__defaults__, cells)


def _frozen(function: FunctionType) -> list[Any]:
    """List what machine code of a function holds: its steps and constants, and likewise all that it calls or reads."""
    code = function.__code__
    if any(isinstance(constant, CodeType) for constant in code.co_consts):  # whose text differs from run to run
        raise TypeError(f"{function.__name__}: compiled code cannot hold a function of its own")
    found: list[Any] = [code.co_code, code.co_consts]
    for name in code.co_names:
        value = function.__globals__.get(name)
        if value is None or (isinstance(value, ModuleType) and value.__name__ in _MODULES):  # None: none of its module
            continue
        if hasattr(value, "py_func"):
            found.append((name, _frozen(value.py_func)))
        elif isinstance(value, int | float | str | tuple):
            found.append((name, value))
        else:
            raise TypeError(f"{function.__name__}: compiled code cannot hold {name}, a {type(value).__name__}")
    return found


def _cached(function: Callable[..., Any], signature: str) -> Callable[..., Any] | None:
    """Take a function from the cache, where `njit` with the same signature keeps it; None: it is not there."""
    try:
        from numba.core.caching import FunctionCache
        from numba.core.compiler_lock import global_compiler_lock
        from numba.core.registry import cpu_target
        from numba.core.runtime.nrt import rtsys

        context, cache = cpu_target.target_context, cast("Any", FunctionCache)
        with global_compiler_lock:
            rtsys.initialize(context)  # what arrays made in a loop are kept by
            found = cache(function)._load_overload(signature, context)
        if found is None:
            return None
        made: Any = njit(**_OPTIONS)(function)
        made.add_overload(found)
        made.disable_compile()  # other values are refused
        return cast("Callable[..., Any]", made)
    except Exception:  # private names, which not every release has to have; `njit` finds out what else is wrong
        return None
