"""A module that learns by one loss, with its optimiser and the scaler of its loss; held still while others learn."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


class OptimizedModule:
    """What learns by one loss.

    Args:
        module: What learns; what of it is frozen has no part in it.
        optimizer: Over its parameters.
        dtype: Type that convolutions compute in; in float16 the loss is scaled.
        device: Where all this is.
        ratio: By what the course's learning rate is multiplied.
    """

    def __init__(
        self, module: nn.Module, optimizer: Optimizer, dtype: torch.dtype, device: torch.device, ratio: float = 1.0
    ) -> None:
        self.module, self.optimizer, self.ratio = module, optimizer, ratio
        self.scaler = torch.amp.GradScaler(device.type, enabled=dtype == torch.float16)

    def forget(self) -> None:
        """Drop the gradients of the step before."""
        self.module.zero_grad()

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of a loss."""
        scaled: Tensor = self.scaler.scale(loss)
        scaled.backward()  # type: ignore[no-untyped-call]

    def update(self, learning_rate: float, clip: float = 0.0) -> None:
        """Move the parameters by the gradients.

        Args:
            learning_rate: Learning rate of the course.
            clip: Largest norm of the gradient; 0: any.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = self.ratio * learning_rate
        self.scaler.unscale_(self.optimizer)
        if clip:
            torch.nn.utils.clip_grad_norm_(self.module.parameters(), clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def state_dict(self) -> dict[str, Any]:
        """Give the state of optimiser and scaler."""
        return {"optimizer": self.optimizer.state_dict(), "scaler": self.scaler.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to a saved state, exactly."""
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])


def trained(module: nn.Module) -> list[nn.Parameter]:
    """List the parameters of a module that are not frozen."""
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


@contextmanager
def held_still(*modules: nn.Module) -> Iterator[None]:
    """Let gradients through modules and not into their parameters."""
    parameters = [parameter for module in modules for parameter in trained(module)]
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)
