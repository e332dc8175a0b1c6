"""A run's steps: the recipe that takes them, the phases they go through, and the network's moving average."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from pconv_cli.core.device import autocast
from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.registry import architecture_of
from pconv_cli.errors import UsageError, option
from pconv_cli.training.course import Course
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.devices.joining import JoinedModule
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.recipes.recipe import Recipe, StepInfo
from pconv_cli.training.state import RUN_NAMES


class StepResult(NamedTuple):
    """What a step came to, the mean over its batches and over all processes; a loss not finite changed no weight."""

    loss: float
    terms: dict[str, float]
    learning_rate: float


class Learner:
    """A recipe followed one step at a time; it knows nothing of what a step does.

    Args:
        options: The run.
        recipe: What is learnt, and how.
        dtype: Type that convolutions compute in.
        team: The processes that learn together.

    Raises:
        UsageError: ``sync_batch_norm`` where there is nothing to synchronise, or no GPU to do it.
        ValueError: A module of the recipe has a name that the run's state needs.
    """

    def __init__(self, options: TrainOptions, recipe: Recipe, dtype: torch.dtype, team: Team) -> None:
        self.options, self.recipe, self.dtype, self.team = options, recipe, dtype, team
        self.step = 0
        self.terms: dict[str, float] = {}
        self.course = Course(options)
        self.average = AveragedModel(recipe.network, use_buffers=True)
        self.average.requires_grad_(False).eval()
        if options.sync_batch_norm:
            _check_sync_batch_norm(team)
            for module in recipe.modules.values():
                nn.SyncBatchNorm.convert_sync_batchnorm(module)  # type: ignore[no-untyped-call]  # in place: the module itself is not a BatchNorm
        self._begin_phase()
        taken = recipe.modules.keys() & (RUN_NAMES | recipe.state_dict().keys())
        if taken:
            raise ValueError(
                f"{', '.join(sorted(taken))}: a run's state uses this name for something else; rename the module"
            )

    def _begin_phase(self) -> None:
        self.recipe.begin(self.course.plan)
        self._joined: dict[str, JoinedModule] | None = None

    def learn(self, batches: Sequence[Batch], spent: float = 0.0) -> StepResult:
        """Take one step.

        Args:
            batches: Those of this process.
            spent: Seconds that the run has taken until now, the same in all processes.

        Raises:
            PconvError: Another process is gone.
        """
        if self.course.enter(self.step, spent):
            self._begin_phase()
        if self._joined is None:
            # Not before a phase's first step: what fails in one process alone at the start of a run must not leave the
            # others waiting here.
            # What is not a part of the network stays as it is: penalties differentiate discriminators twice.
            own = set(self.recipe.network.modules()) if self.options.compile else set()
            modules = self.recipe.modules
            self._joined = {name: JoinedModule(module, self.team, module in own) for name, module in modules.items()}
        rate = self.course.learning_rate(self.step, spent)
        share = min(1.0, self.course.place(self.step, spent) / self.course.length)
        figures = self.recipe.step(batches, self._joined, StepInfo(self.step + 1, rate, share))
        if math.isfinite(figures.loss):
            if self.team.leads:  # who validates and saves it
                update_average(self.average, self.recipe.network, self.options.ema)
            self.step += 1
            self.terms |= figures.terms
        return StepResult(figures.loss, figures.terms, rate)

    def forward_average(self, x: Tensor, mask: Tensor) -> Tensor:
        """Give what the moving average of the network makes of damaged images."""
        with autocast(self.team.device, self.dtype):
            output: Tensor = self.average(x, mask).output
        return output

    @property
    def averaged(self) -> Network:
        """The moving average as a network."""
        averaged = self.average.module
        assert isinstance(averaged, Network)
        return averaged

    def state_dict(self) -> dict[str, Any]:
        """Give all that the next step depends on."""
        network = self.recipe.network
        return {
            "network": architecture_of(network).name,
            "spec": asdict(network.spec),  # type: ignore[call-overload]  # a dataclass
            "step": self.step,
            "course": self.course.state_dict(),
            "terms": self.terms,
            **{name: module.state_dict() for name, module in self.recipe.modules.items()},
            "average": self.average.state_dict(),
            **self.recipe.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go back to a saved state, exactly.

        Raises:
            KeyError, ValueError, RuntimeError: It is not of this recipe and these options.
        """
        self.step = int(state["step"])
        if self.step < 0:
            raise ValueError(f"step {self.step}")
        self.terms = {name: float(value) for name, value in state["terms"].items()}
        # The optimisers saved are those of the last step done, whose phase may have ended with it.
        self.course.load_state_dict(state["course"])
        self._begin_phase()
        for name, module in self.recipe.modules.items():
            module.load_state_dict(state[name])
        self.average.load_state_dict(state["average"])
        self.recipe.load_state_dict(state)


def _check_sync_batch_norm(team: Team) -> None:
    if team.size == 1:
        raise UsageError(
            f"{option('sync_batch_norm')} does nothing in one process; leave it out, or start several by torchrun"
        )
    if team.device.type != "cuda":
        raise UsageError(
            f"{option('sync_batch_norm')} works on GPUs alone; leave it out: each process then normalises by its own"
        )


@torch.no_grad()
def update_average(average: AveragedModel, model: nn.Module, decay: float) -> None:
    """Move an exponential average on, whose first steps weigh more, so that it soon forgets the initial weights.

    Args:
        average: The average, and how many steps it has seen: a number that stays on the processor. (Its own update
            takes that to the GPU and back at each step, which then has to be waited for.)
        model: The network after a step.
        decay: The share of the old average in a new one, after some ten times as many steps as 1 / (1 - decay).
    """
    count = int(average.n_averaged)
    kept = min(decay, (1 + count) / (10 + count)) if count else 0.0
    averages, currents = ([*module.parameters(), *module.buffers()] for module in (average.module, model))
    # BatchNorm's counts of batches have no mean, and that of spectral norm's unit vectors is not a unit vector.
    whole = [*(False for _ in model.parameters()), *("parametrizations." in name for name, _ in model.named_buffers())]
    values: list[tuple[Tensor, Tensor]] = []
    copied: list[tuple[Tensor, Tensor]] = []
    for old, new, as_it_is in zip(averages, currents, whole, strict=True):
        (copied if as_it_is or not old.is_floating_point() else values).append((old, new))
    torch._foreach_lerp_([a for a, _ in values], [b for _, b in values], 1 - kept)
    if copied:
        torch._foreach_copy_([a for a, _ in copied], [b for _, b in copied])
    average.n_averaged += 1
