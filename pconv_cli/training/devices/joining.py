"""Modules that learn together with their copies in other processes."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from pconv_cli.core.compiling import compile_errors_reported, keep_compiled
from pconv_cli.errors import option
from pconv_cli.training.devices.distributed import Team, lost_peers_reported


class JoinedModule:
    """A module whose gradient is the mean over all processes, compiled where that is wanted.

    What is made here shares the module's tensors; what is saved is the module.

    Args:
        module: The module.
        team: The processes.
        compile: Whether torch.compile compiles it.

    Raises:
        PconvError: Another process is gone.
    """

    def __init__(self, module: nn.Module, team: Team, compile: bool) -> None:
        self._module, self._compile = module, compile
        if team.size > 1:
            with lost_peers_reported():
                self._module = DistributedDataParallel(module)
        self._forward: Callable[..., Any] = self._module
        if compile:
            keep_compiled()
            self._forward = torch.compile(self._module)

    def __call__(self, *inputs: Any) -> Any:
        """Call the module."""
        with self.compile_errors_reported():
            return self._forward(*inputs)

    def compile_errors_reported(self) -> AbstractContextManager[None]:
        """Turn what torch.compile raises, in the backward pass too, into one line."""
        return compile_errors_reported(self._compile, f"go on with {option('resume')} {option('compile=False')}")

    def gradients_kept_here(self, more_to_come: bool) -> AbstractContextManager[None]:
        """Say whether processes exchange gradients, which they do once a step, with its last batch."""
        if more_to_come and isinstance(self._module, DistributedDataParallel):
            kept: AbstractContextManager[None] = self._module.no_sync()
            return kept
        return nullcontext()
