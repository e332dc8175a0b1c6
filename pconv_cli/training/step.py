"""One step of the training: the network, its moving average, its optimiser, and the phases they go through."""

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel

from pconv_cli.core.compiling import compiling_told, keep_compiled
from pconv_cli.core.device import autocast
from pconv_cli.core.losses import InpaintingLoss
from pconv_cli.core.networks.network import Prediction
from pconv_cli.core.networks.pconv.unet import ModelSpec, PConvUNet
from pconv_cli.core.networks.pconv.widening import widened
from pconv_cli.core.weights import load_weights
from pconv_cli.errors import UsageError
from pconv_cli.training.batches import Batch
from pconv_cli.training.course import Course
from pconv_cli.training.distributed import Team, lost_peers_told
from pconv_cli.training.options import TrainOptions

Module = TypeVar("Module", bound=nn.Module)


class StepResult(NamedTuple):
    """What a step came to, the mean over its batches and over all processes; a loss not finite changed no weight."""

    loss: float
    terms: dict[str, float]
    learning_rate: float


class Learner:
    """A network that learns, one step at a time.

    Args:
        options: The run.
        model: The network, in training mode and on its device.
        loss: The loss, on the same device.
        dtype: Of the convolutions.
        team: The processes that learn together.

    Raises:
        UsageError: ``sync_batch_norm`` where there is nothing to synchronise, or no GPU to do it.
    """

    def __init__(
        self, options: TrainOptions, model: PConvUNet, loss: InpaintingLoss, dtype: torch.dtype, team: Team
    ) -> None:
        self.options, self.loss, self.dtype, self.team = options, loss, dtype, team
        self.step = 0
        self.terms: dict[str, float] = {}
        self.course = Course(options)
        self.average = AveragedModel(model, use_buffers=True)
        self.average.requires_grad_(False).eval()
        if options.sync_batch_norm:
            _check_sync_batch_norm(team)
            nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]  # in place: the network itself is no BatchNorm
        self.model = model
        self.scaler = torch.amp.GradScaler(team.device.type, enabled=dtype == torch.float16)
        self._begin_phase()

    def _begin_phase(self) -> None:
        """A fresh optimiser for a phase; a frozen BatchNorm has no part in it."""
        plan = self.course.plan
        self.model.freeze_encoder_norm(plan.freeze_encoder_norm)
        self.model.zero_grad()  # a parameter frozen from now on would keep its last gradient, and count when clipping
        trained = [p for p in self.model.parameters() if p.requires_grad]
        fused = self.team.device.type in ("cpu", "cuda")
        self.optimizer = torch.optim.Adam(trained, lr=plan.learning_rate, fused=fused)
        self._forward: Callable[[Tensor, Tensor], Prediction] | None = None

    def _join(self) -> None:
        """Connect the network with those of the other processes, each of which does so at the phase's first step.

        Not before: what fails in one process alone at the start of a run must not leave the others waiting here.
        """
        self._network: nn.Module = self.model
        if self.team.size > 1:
            with lost_peers_told():
                self._network = DistributedDataParallel(self.model)
        # The compiled one shares the network's tensors; what is saved is the network.
        self._forward = self._network
        if self.options.compile:
            keep_compiled()
            self._forward = torch.compile(self._network)

    def learn(self, batches: Sequence[Batch], spent: float = 0.0) -> StepResult:
        """One step on the mean gradient of some batches of this process, and of the other processes' as well.

        Args:
            batches: Those of this process.
            spent: Seconds that the run has taken until now, the same in all processes.

        Raises:
            PconvError: Another process is gone.
        """
        if self.course.enter(self.step, spent):
            self._begin_phase()
        if self._forward is None:
            self._join()
        rate = self.course.learning_rate(self.step, spent)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        sums: dict[str, Tensor] = {}
        for number, batch in enumerate(batches, start=1):
            with self._gradients_kept_here(number < len(batches)):
                for name, value in self._backward(batch, len(batches)).items():
                    sums[name] = sums[name] + value if name in sums else value
        # One look at the device a step, after all of its work was handed over.
        figures = self.team.mean(torch.stack(list(sums.values())) / len(batches)).tolist()
        total, *terms = figures
        result = StepResult(total, dict(zip(list(sums)[1:], terms, strict=True)), rate)
        if math.isfinite(total):
            self._update()
            self.step += 1
            self.terms |= result.terms
        return result

    def _gradients_kept_here(self, more_to_come: bool) -> AbstractContextManager[None]:
        """Whether processes exchange gradients, which they do once a step, with its last batch."""
        if more_to_come and isinstance(self._network, DistributedDataParallel):
            kept: AbstractContextManager[None] = self._network.no_sync()
            return kept
        return nullcontext()

    def _backward(self, batch: Batch, count: int) -> dict[str, Tensor]:
        """Add the gradient of one batch of ``count``; give the loss as ``total``, and its terms."""
        device = self.team.device
        assert self._forward is not None  # joined
        truth, mask, known = batch.to(device)
        truth = truth.contiguous(memory_format=torch.channels_last)
        with lost_peers_told(), autocast(device, self.dtype):
            with self._compiling_told():
                output = self._forward(truth * mask, mask).output
            features = (self.step + 1) % self.options.perceptual_every == 0
            loss = self.loss(output, truth, mask, known=known, features=features)
        with lost_peers_told(), self._compiling_told():
            self.scaler.scale(loss.total / count if count > 1 else loss.total).backward()
        return {"total": loss.total.detach(), **loss.terms}

    def _compiling_told(self) -> AbstractContextManager[None]:
        return compiling_told(self.options.compile, "go on with --resume --no-compile")

    def _update(self) -> None:
        self.scaler.unscale_(self.optimizer)
        if self.options.clip:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.team.leads:  # who validates and saves it
            update_average(self.average, self.model, self.options.ema)

    def forward_average(self, x: Tensor, mask: Tensor) -> Tensor:
        """What the moving average of the network makes of damaged pictures."""
        with autocast(self.team.device, self.dtype):
            output: Tensor = self.average(x, mask).output
        return output

    @property
    def averaged(self) -> PConvUNet:
        """The moving average as a network."""
        averaged = self.average.module
        assert isinstance(averaged, PConvUNet)
        return averaged

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on."""
        return {
            "spec": asdict(self.model.spec),
            "step": self.step,
            "course": self.course.state_dict(),
            "terms": self.terms,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go back to a saved state, exactly.

        Raises:
            KeyError, ValueError, RuntimeError: It is not of this network and these options.
        """
        self.step = int(state["step"])
        if self.step < 0:
            raise ValueError(f"step {self.step}")
        self.terms = {name: float(value) for name, value in state["terms"].items()}
        # The optimiser saved is that of the last step done, whose phase may have ended with it.
        self.course.load_state_dict(state["course"])
        self._begin_phase()
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])


def initial_model(options: TrainOptions, state: dict[str, Any] | None, device: torch.device) -> PConvUNet:
    """The network of a resumed run, whose weights `Learner.load_state_dict` fills in; of ``init``; or a fresh one.

    Raises:
        ModelError: ``init`` is not to be had, or no network has the width of ``widen``.
        UsageError: ``widen`` is not above the width of ``init``, or one picture a step leaves BatchNorm a single value
            a channel.
    """
    torch.manual_seed(options.seed)
    if state is not None:
        model = PConvUNet(ModelSpec(**state["spec"]))
    elif options.init is not None:
        loaded = load_weights(options.init)
        assert isinstance(loaded, PConvUNet)
        model = loaded
        if options.widen is not None:
            model = widened(model, options.widen)
    else:
        model = PConvUNet(ModelSpec(options.width, options.depth, options.base))
    if model.spec.batch_norm and options.batch == 1 and options.crop <= model.spec.size_multiple:
        raise UsageError(
            f"--batch 1 with --crop {options.crop}: the deepest level is one value a channel, which BatchNorm "
            f"cannot normalise; take 2 pictures or more, or crops above {model.spec.size_multiple}"
        )
    return channels_last(model.to(device)).train()


def _check_sync_batch_norm(team: Team) -> None:
    if team.size == 1:
        raise UsageError("--sync-batch-norm does nothing in one process; leave it out, or start several by torchrun")
    if team.device.type != "cuda":
        raise UsageError("--sync-batch-norm works on GPUs alone; leave it out: each process then normalises by its own")


def channels_last(module: Module) -> Module:
    """Lay a module's kernels out with the channels last, which is the faster way for convolutions."""
    return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


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
    pairs = list(zip(averages, currents, strict=True))
    values = [pair for pair in pairs if pair[0].is_floating_point()]
    torch._foreach_lerp_([a for a, _ in values], [b for _, b in values], 1 - kept)
    counts = [pair for pair in pairs if not pair[0].is_floating_point()]  # BatchNorm's, of batches
    if counts:
        torch._foreach_copy_([a for a, _ in counts], [b for _, b in counts])
    average.n_averaged += 1
