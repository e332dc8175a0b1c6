"""The recipe of one network and one optimiser, by the loss of its output; any network without another has this one."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from pconv_cli.core.device import autocast
from pconv_cli.core.losses import InpaintingLoss, Loss, LossWeights
from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.core.networks.registry import Architecture
from pconv_cli.core.networks.spec import Spec
from pconv_cli.core.vgg import load_vgg
from pconv_cli.core.weights import load_weights
from pconv_cli.errors import UsageError, option
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.distributed import Team, lost_peers_reported
from pconv_cli.training.devices.joining import JoinedModule
from pconv_cli.training.devices.layout import channels_last
from pconv_cli.training.network_options import chosen_spec
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.phases import PhasePlan
from pconv_cli.training.recipes.optimized_module import OptimizedModule, trained
from pconv_cli.training.recipes.recipe import GENERATOR, Figures, Recipe, StepInfo


class Reconstruction(Recipe):
    """Adam on the loss of the network's output.

    Args:
        options: The run.
        network: The network, in training mode and on its device.
        loss: The loss, on the same device.
        dtype: Type that convolutions compute in.
        team: The processes that learn together.

    Attributes:
        coarse_weight: Weight of the loss of the first stage's output, where there are two; without terms on features.
        ratios: What the course's learning rate is multiplied by, by the names of what learns; 1 where none is given.
        takes_discriminator: Whether options may add an adversarial term to the loss of its output.
    """

    coarse_weight: float = 1.0
    ratios: Mapping[str, float] = {}
    takes_discriminator: bool = True

    def __init__(
        self, options: TrainOptions, network: Network, loss: InpaintingLoss, dtype: torch.dtype, team: Team
    ) -> None:
        self.options, self.network, self.loss, self.dtype, self.team = options, network, loss, dtype, team

    @classmethod
    def make(
        cls, options: TrainOptions, known: Architecture, spec: Spec | None, dtype: torch.dtype, team: Team
    ) -> Self:
        """Make the recipe of a run; see `Recipe.make`."""
        weights = LossWeights(**options.weights)
        vgg = load_vgg(options.vgg) if weights.needs_vgg else None
        torch.manual_seed(options.seed)
        network = cls.initial(options, known) if spec is None else known.network(spec)
        cls.check(options, network)
        network = channels_last(network.to(team.device)).train()
        loss = InpaintingLoss(weights, vgg, gives_composite=network.spec.keeps_known)
        loss = channels_last(loss.to(team.device))
        if vgg is not None:
            vgg.keep_cast(dtype)
        return cls(options, network, loss, dtype, team)

    @classmethod
    def initial(cls, options: TrainOptions, known: Architecture) -> Network:
        """Make the network of a new run: that of ``init``, or a fresh one."""
        if options.widen is not None:
            raise UsageError(f"{option('widen')}: {known.name} networks have no such option; leave it out")
        return known.network(chosen_spec(options, known)) if options.init is None else load_weights(options.init)

    @classmethod
    def check(cls, options: TrainOptions, network: Network) -> None:
        """Refuse options that do not fit a network.

        Raises:
            UsageError: So it is.
        """
        fixed = network.spec.fixed_size
        if fixed is not None and options.crop > fixed:
            raise UsageError(f"{option('crop')} {options.crop}: this network takes {fixed} px and no more")

    def begin(self, plan: PhasePlan) -> None:
        """Make a fresh optimiser; what is frozen has no part in it."""
        self.side = self.make_side(GENERATOR, self.network, plan.learning_rate)

    def make_side(self, name: str, module: nn.Module, learning_rate: float) -> OptimizedModule:
        """Make a module's optimiser and scaler; what of it is frozen has no part in it."""
        ratio = self.ratios.get(name, 1.0)
        module.zero_grad()  # a parameter frozen from now on would keep its last gradient, and count when clipping
        optimizer = self.make_optimizer(name, trained(module), ratio * learning_rate)
        return OptimizedModule(module, optimizer, self.dtype, self.team.device, ratio)

    def make_optimizer(self, name: str, parameters: list[nn.Parameter], learning_rate: float) -> Optimizer:
        """Make the optimiser of a module; each step sets its learning rate by the course."""
        return Adam(parameters, lr=learning_rate, fused=self.team.device.type in ("cpu", "cuda"))

    def step(self, batches: Sequence[Batch], joined: Mapping[str, JoinedModule], at: StepInfo) -> Figures:
        """Take one step on the mean gradient of the batches; see `Recipe.step`."""
        self.side.forget()
        network, features = joined[GENERATOR], at.step % self.options.perceptual_every == 0
        sums: dict[str, Tensor] = {}
        for number, batch in enumerate(batches, start=1):
            with network.gradients_kept_here(number < len(batches)):
                for name, value in self._backward(network, batch, len(batches), features).items():
                    sums[name] = sums[name] + value if name in sums else value
        # One look at the device a step, after all of its work was handed over.
        total, *terms = self.team.mean(torch.stack(list(sums.values())) / len(batches)).tolist()
        if math.isfinite(total):
            self.side.update(at.learning_rate, self.options.clip)
        return Figures(total, dict(zip(list(sums)[1:], terms, strict=True)))

    def _backward(self, network: JoinedModule, batch: Batch, count: int, features: bool) -> dict[str, Tensor]:
        """Add the gradient of one batch of ``count``; give the loss as ``total``, and its terms."""
        truth, mask, known = batch.to(self.team.device)
        truth = truth.contiguous(memory_format=torch.channels_last)
        with lost_peers_reported(), autocast(self.team.device, self.dtype):
            prediction: Prediction = network(truth * mask, mask)
            loss = self.output_loss(prediction, truth, mask, known, features=features)
        with lost_peers_reported(), network.compile_errors_reported():
            self.side.backward(loss.total / count if count > 1 else loss.total)
        return {"total": loss.total.detach(), **loss.terms}

    def output_loss(
        self, prediction: Prediction, truth: Tensor, mask: Tensor, known: Tensor | None, *, features: bool
    ) -> Loss:
        """Compute the loss of the output, and with it that of the coarse one; see `InpaintingLoss`."""
        total, terms = self.loss(prediction.output, truth, mask, known=known, features=features)
        if prediction.coarse is None or not self.coarse_weight:
            return Loss(total, terms)
        coarse = self.loss(prediction.coarse, truth, mask, known=known, features=False).total
        return Loss(total + self.coarse_weight * coarse, {**terms, "coarse": coarse.detach()})

    def state_dict(self) -> dict[str, Any]:
        """Give the state of optimiser and scaler."""
        return self.side.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to a saved state, exactly."""
        self.side.load_state_dict(state)
