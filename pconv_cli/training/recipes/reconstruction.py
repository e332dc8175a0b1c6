"""The recipe of one network and one optimiser, by the loss of its output; any network without another has this one."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor

from pconv_cli.core.device import autocast
from pconv_cli.core.losses import InpaintingLoss, LossWeights
from pconv_cli.core.networks.network import Network, Spec
from pconv_cli.core.networks.registry import Architecture
from pconv_cli.core.vgg import load_vgg
from pconv_cli.core.weights import load_weights
from pconv_cli.errors import UsageError, option
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.distributed import Team, lost_peers_told
from pconv_cli.training.joining import Joined
from pconv_cli.training.layout import channels_last
from pconv_cli.training.network_options import chosen_spec
from pconv_cli.training.options import PhasePlan, TrainOptions
from pconv_cli.training.recipes.recipe import Figures, Moment, Recipe
from pconv_cli.training.recipes.side import Side, trained


class Reconstruction(Recipe):
    """Adam on the loss of the network's output.

    Args:
        options: The run.
        network: The network, in training mode and on its device.
        loss: The loss, on the same device.
        dtype: Of the convolutions.
        team: The processes that learn together.
    """

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
        self.network.zero_grad()  # a parameter frozen from now on would keep its last gradient, and count when clipping
        fused = self.team.device.type in ("cpu", "cuda")
        optimizer = torch.optim.Adam(trained(self.network), lr=plan.learning_rate, fused=fused)
        self.side = Side(self.network, optimizer, self.dtype, self.team.device)

    def step(self, batches: Sequence[Batch], joined: Mapping[str, Joined], moment: Moment) -> Figures:
        """Take one step on the mean gradient of the batches; see `Recipe.step`."""
        self.side.forget()
        network, features = joined["model"], moment.step % self.options.perceptual_every == 0
        sums: dict[str, Tensor] = {}
        for number, batch in enumerate(batches, start=1):
            with network.gradients_kept_here(number < len(batches)):
                for name, value in self._backward(network, batch, len(batches), features).items():
                    sums[name] = sums[name] + value if name in sums else value
        # One look at the device a step, after all of its work was handed over.
        total, *terms = self.team.mean(torch.stack(list(sums.values())) / len(batches)).tolist()
        if math.isfinite(total):
            self.side.update(moment.learning_rate, self.options.clip)
        return Figures(total, dict(zip(list(sums)[1:], terms, strict=True)))

    def _backward(self, network: Joined, batch: Batch, count: int, features: bool) -> dict[str, Tensor]:
        """Add the gradient of one batch of ``count``; give the loss as ``total``, and its terms."""
        truth, mask, known = batch.to(self.team.device)
        truth = truth.contiguous(memory_format=torch.channels_last)
        with lost_peers_told(), autocast(self.team.device, self.dtype):
            output = network(truth * mask, mask).output
            loss = self.loss(output, truth, mask, known=known, features=features)
        with lost_peers_told(), network.compiling_told():
            self.side.backward(loss.total / count if count > 1 else loss.total)
        return {"total": loss.total.detach(), **loss.terms}

    def state_dict(self) -> dict[str, Any]:
        """Give the state of optimiser and scaler."""
        return self.side.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to a saved state, exactly."""
        self.side.load_state_dict(state)
