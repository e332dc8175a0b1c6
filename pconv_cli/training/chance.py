"""The random numbers of a process, as a run's state keeps them, for what a network draws itself, as dropout does.

What is drawn for batches has generators of its own; see `pconv_cli.training.data.batches`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

Chance = dict[str, Tensor]


def chance_of(device: torch.device) -> Chance:
    """Give the state of the processor's generator and, where that is what computes, of the GPU's."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda" and torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def restore_chance(saved: Sequence[Chance] | Tensor, device: torch.device, rank: int) -> None:
    """Go back to what was saved.

    Args:
        saved: `chance_of` each process in the order of their ranks; or, in states of before, that of the processor in
            the first one alone.
        device: Where this process computes.
        rank: Its number. Where there are more processes than there were, their numbers are counted from 0 again.

    Raises:
        KeyError, RuntimeError, TypeError: It is nothing of the kind.
    """
    own = {"cpu": saved} if isinstance(saved, Tensor) else saved[rank % len(saved)]
    torch.set_rng_state(own["cpu"])
    if device.type == "cuda" and torch.cuda.is_available() and "cuda" in own:
        torch.cuda.set_rng_state(own["cuda"], device)
