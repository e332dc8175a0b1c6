"""torch.compile: what it made is kept between runs, and what it raises is reported in one line."""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import torch

from pconv_cli.core.cache import cache_folder
from pconv_cli.errors import UsageError, option

Function = TypeVar("Function", bound=Callable[..., Any])

# Where torch keeps what it compiles; without it, in the temporary folder, which does not outlive a restart.
_KEPT_AT = "TORCHINDUCTOR_CACHE_DIR"


def keep_compiled() -> None:
    """Have torch keep what it compiles from now on in the user's cache, unless ``TORCHINDUCTOR_CACHE_DIR`` is set."""
    os.environ.setdefault(_KEPT_AT, str(cache_folder() / "compiled"))


@functools.cache
def compiled(function: Function) -> Function:
    """Compile a function when it is first called, for all sizes that tensors of as many dimensions may have."""
    return cast(Function, torch.compile(function, dynamic=True))


@contextmanager
def compile_errors_reported(compile: bool, remedy: str) -> Iterator[None]:
    """Turn what torch.compile raises into one line.

    Args:
        compile: Whether anything is compiled; without, nothing of torch.compile is imported.
        remedy: What to do instead.

    Raises:
        UsageError: It cannot be compiled here.
    """
    if not compile:
        yield
        return
    from torch._dynamo.exc import TorchDynamoException

    try:
        yield
    except TorchDynamoException as error:
        cause = getattr(error, "inner_exception", error)  # the backend's own words; the first line round them has none
        reason = str(cause).strip().partition("\n")[0]
        raise UsageError(f"{option('compile')}: torch.compile fails here ({reason}); {remedy}") from error
