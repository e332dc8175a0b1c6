"""What a recipe is to the loop that runs it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import torch
from torch import nn

from pconv_cli.core.losses import InpaintingLoss
from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.registry import Architecture
from pconv_cli.core.networks.spec import Spec
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.devices.joining import JoinedModule
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.phases import PhasePlan

#: What the network that is trained is called among the modules of a recipe.
GENERATOR = "model"


class StepInfo(NamedTuple):
    """Where in its run a step is.

    Attributes:
        step: Its number, from 1.
        learning_rate: That of the course; a recipe of several optimisers may take shares of it.
        share: How much of the run was done before it, 0 to 1; stages of a recipe may hang on it.
    """

    step: int
    learning_rate: float
    share: float = 0.0


class Figures(NamedTuple):
    """What a step came to: means over its batches and over all processes.

    Attributes:
        loss: What is minimised; one that is not finite stops the run, and has changed no weight.
        terms: What else is recorded and drawn, by name.
    """

    loss: float
    terms: dict[str, float]


class Recipe(ABC):
    """How a network is trained: any number of modules, optimisers and scalers, and what a step of them is.

    Attributes:
        network: What is averaged, validated and saved as weights.
        loss: By what held-out images are measured.
    """

    network: Network
    loss: InpaintingLoss

    @classmethod
    @abstractmethod
    def make(
        cls, options: TrainOptions, known: Architecture, spec: Spec | None, dtype: torch.dtype, team: Team
    ) -> Self:
        """Make the recipe of a run.

        Args:
            options: The run.
            known: What network it trains.
            spec: That of a resumed run, whose values are filled in later; None: a new run.
            dtype: Type that convolutions compute in.
            team: The processes that learn together, of which this is one.

        Raises:
            ModelError, UsageError: Weights cannot be loaded, or options do not fit the network.
        """

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        """All modules that learn, by the names under which they are saved; they are joined between processes.

        What a run's state calls something else by is not a name for a module: `pconv_cli.training.state.RUN_NAMES`.
        """
        return {GENERATOR: self.network}

    @abstractmethod
    def begin(self, plan: PhasePlan) -> None:
        """Begin a phase: freeze what it freezes, and make fresh optimisers."""

    @abstractmethod
    def step(self, batches: Sequence[Batch], joined: Mapping[str, JoinedModule], at: StepInfo) -> Figures:
        """Learn from some batches of this process, and of the other processes as well.

        Args:
            batches: Those of this process.
            joined: `modules`, whose gradients are means over the processes; what computes a loss calls these.
            at: Where in the run this is.
        """

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Give all that the next step depends on beside `modules`: optimisers, scalers and the like."""

    @abstractmethod
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to a saved state, exactly; `begin` was called, and the modules are filled in."""
