"""Loops compiled by numba at their first import, and taken from numba's cache later on.

numba's own way to a cached function loads all that it needs to compile one, SciPy among it: four times as long as the
rest. So a function that lies in the cache is taken from there as it is, and what compiles is loaded where none does.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": True}


def compiled(signature: str) -> Callable[[Function], Function]:
    """Compile a function for a signature at once; where the cache cannot be used, in memory alone."""

    def compile(function: Function) -> Function:
        try:  # no folder for the cache, a damaged file in it, or a numba that is built in another way
            made = _cached(function, signature) or njit(signature, cache=True, **_OPTIONS)(function)
        except Exception:  # whatever unpickling a damaged file raises
            made = njit(signature, **_OPTIONS)(function)
        return cast("Function", made)

    return compile


def inlined(function: Function) -> Function:
    """Have functions of `compiled` call this one; nothing is compiled before one of them is."""
    return cast("Function", njit(**_OPTIONS)(function))


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
