"""The base of recipes in which a network learns against discriminators, each with an optimiser of its own.

A step computes the gradients of all sides from the same images before any of them moves, so that a loss that is not
finite on one side changes no weight of either. A subclass says which discriminators there are and, where it differs
from what stands here, which losses, optimisers and rates they have, and in which steps one of the sides rests:

    class Mine(Adversarial):
        adversary = BCE

        def discriminators(self) -> dict[str, nn.Module]:
            return {"discriminator": SNPatch(width=32)}

        def adversarial_weight(self, at: StepInfo) -> float:
            return 0.001
"""

import math
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from pconv_cli.core.adversarial import Discriminator, Judgement
from pconv_cli.core.adversarial.losses import HINGE, Adversary, accuracy
from pconv_cli.core.device import autocast
from pconv_cli.core.losses import InpaintingLoss, Loss, composite, without_damage
from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.distributed import Team, lost_peers_reported
from pconv_cli.training.devices.joining import JoinedModule
from pconv_cli.training.devices.layout import channels_last
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.phases import PhasePlan
from pconv_cli.training.recipes.optimized_module import held_still
from pconv_cli.training.recipes.recipe import GENERATOR, Figures, StepInfo
from pconv_cli.training.recipes.reconstruction import Reconstruction
from pconv_cli.training.records.report import ACCURACY


class JudgedBatch(NamedTuple):
    """A batch, and what the network made of it; all in [0, 1] as far as the network keeps to it.

    Attributes:
        truth: I_gt ``(N, 3, H, W)``; where it is damaged itself, the partial averages of what is known.
        mask: ``(N, 1, H, W)``, 1 = valid.
        known: ``(N, 1, H, W)``, 1 = known, 0 = damaged; None: all is known.
        prediction: What the network gave.
        composite: I_comp ``(N, 3, H, W)``, in float32: what discriminators judge beside the truth. What is damaged is
            the same in both.
        hole: ``(N, 1, H, W)``, 1 where the two may differ.
        random: For what is drawn by chance; it follows from run, step, batch and process, and lies on the processor.
    """

    truth: Tensor
    mask: Tensor
    known: Tensor | None
    prediction: Prediction
    composite: Tensor
    hole: Tensor
    random: torch.Generator

    @property
    def valid(self) -> Tensor:
        """The mask that a discriminator sees: 1 where both images are the same."""
        return 1 - self.hole

    @property
    def fake(self) -> Tensor:
        """The composite without the way back to the network: what a discriminator learns from."""
        return self.composite.detach()


class Adversarial(Reconstruction):
    """The loss of the network's output and an adversarial term, against any number of discriminators.

    Args:
        options: The run.
        network: The network, in training mode and on its device.
        loss: The loss of its output, on the same device.
        dtype: Type that convolutions compute in.
        team: The processes that learn together.

    Attributes:
        adversary: The pair of losses.
        betas: Adam's.
        critic_steps: The network learns once in this many steps, the discriminators at each of them.
        judged: The discriminators by name.
    """

    adversary: Adversary = HINGE
    betas: tuple[float, float] = (0.5, 0.999)
    critic_steps: int = 1

    def __init__(
        self, options: TrainOptions, network: Network, loss: InpaintingLoss, dtype: torch.dtype, team: Team
    ) -> None:
        super().__init__(options, network, loss, dtype, team)
        self.judged = {
            name: channels_last(module.to(team.device)).train() for name, module in self.discriminators().items()
        }

    # What a subclass says.

    @abstractmethod
    def discriminators(self) -> dict[str, nn.Module]:
        """Make the discriminators, by names under which they are saved and their figures recorded.

        Each takes an image and a mask and gives a `Judgement`, except for those whose losses a subclass writes itself.
        ``discriminator`` is the custom name of a single one.
        """

    @abstractmethod
    def adversarial_weight(self, at: StepInfo) -> float:
        """Give the weight of the adversarial term beside the loss of the output; 0 leaves it out of a step."""

    @property
    def parts(self) -> Mapping[str, nn.Module]:
        """What of the network is called by itself, by names under which it is saved; all learns as one side.

        A network of several parts that rest in turns names them here, and calls them in `predict`: processes exchange
        the gradients of all parameters of what was called.
        """
        return {GENERATOR: self.network}

    def predict(self, joined: Mapping[str, JoinedModule], batch: Batch, at: StepInfo) -> Prediction:
        """Let the network fill a batch, which lies on the device."""
        prediction: Prediction = joined[GENERATOR](batch.truth * batch.mask, batch.mask)
        return prediction

    def resting(self, at: StepInfo) -> Collection[str]:
        """Name the sides that do not learn in a step: ``model``, or discriminators.

        Discriminators that rest are not asked in it at all, and the adversarial term is without them.
        """
        return {GENERATOR} if at.step % self.critic_steps else ()

    def make_optimizer(self, name: str, parameters: list[nn.Parameter], learning_rate: float) -> Optimizer:
        """Make the optimiser of a module; each step sets its learning rate by the course and `ratios`."""
        return Adam(parameters, lr=learning_rate, betas=self.betas, fused=self.team.device.type in ("cpu", "cuda"))

    def discriminator_loss(self, name: str, judge: Discriminator, made: JudgedBatch) -> Loss:
        """Compute what a discriminator minimises, and what of it is recorded.

        Args:
            name: Which one it is.
            judge: It; the first call of several goes by way of the other processes, so each of these losses has to
                ask it at least once.
            made: A batch; its composite is not to be led back to the network, `JudgedBatch.fake` is not.
        """
        fake, real = (judge(image, made.valid).logits for image in (made.fake, made.truth))
        total = self.adversary.discriminator(real, fake)
        return Loss(total, {name: total.detach(), f"{name}{ACCURACY}": accuracy(real, fake)})

    def generator_loss(
        self, judges: Mapping[str, Discriminator], made: JudgedBatch, at: StepInfo, *, features: bool
    ) -> Loss:
        """Compute what the network minimises, and what of it is recorded.

        Args:
            judges: The discriminators that do not rest, by name; their parameters are held still.
            made: A batch.
            at: Where in the run this is.
            features: Whether the terms on VGG16's features are computed in this step.
        """
        total, terms = self.output_loss(made.prediction, made.truth, made.mask, made.known, features=features)
        weight = self.adversarial_weight(at)
        if judges and weight:
            judged = [self.adversary.generator(judge(made.composite, made.valid).logits) for judge in judges.values()]
            adversarial = torch.stack(judged).sum()
            total = total + weight * adversarial
            terms = {**terms, "adversarial": adversarial.detach()}
        return Loss(total, terms)

    # How it goes.

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        """The parts of the network, and the discriminators."""
        return {**self.parts, **self.judged}

    def begin(self, plan: PhasePlan) -> None:
        """Make fresh optimisers of all sides."""
        super().begin(plan)
        self.sides = {GENERATOR: self.side}
        for name, module in self.judged.items():
            self.sides[name] = self.make_side(name, module, plan.learning_rate)

    def step(self, batches: Sequence[Batch], joined: Mapping[str, JoinedModule], at: StepInfo) -> Figures:
        """Take one step of all sides that do not rest, on the mean gradients of the batches; see `Recipe.step`."""
        resting = self.resting(at)
        for side in self.sides.values():
            side.forget()
        sums: dict[str, Tensor] = {}
        for number, batch in enumerate(batches, start=1):
            with ExitStack() as kept:
                for module in joined.values():
                    kept.enter_context(module.gradients_kept_here(number < len(batches)))
                chance = self._chance(at.step, number)
                for name, value in self._learn(batch, joined, at, resting, len(batches), chance).items():
                    sums[name] = sums[name] + value if name in sums else value
        # One look at the device a step, after all of its work was handed over.
        values = self.team.mean(torch.stack([value.float() for value in sums.values()]) / len(batches)).tolist()
        figures = dict(zip(sums, values, strict=True))
        totals = {name: figures.pop(f"total {name}") for name in self.sides if f"total {name}" in figures}
        unsound = [total for total in totals.values() if not math.isfinite(total)]
        if unsound:
            return Figures(unsound[0], figures)
        for name, side in self.sides.items():
            if name not in resting:
                side.update(at.learning_rate, self.options.clip)
        return Figures(totals[GENERATOR], figures)

    def _learn(
        self,
        batch: Batch,
        joined: Mapping[str, JoinedModule],
        at: StepInfo,
        resting: Collection[str],
        count: int,
        chance: torch.Generator,
    ) -> dict[str, Tensor]:
        """Add the gradients of one batch of ``count``; give the figures, and the losses of all sides."""
        still = GENERATOR in resting
        with torch.set_grad_enabled(not still), lost_peers_reported(), autocast(self.team.device, self.dtype):
            made = self._made(batch.to(self.team.device), joined, at, chance)
        figures: dict[str, Tensor] = {}
        asked = [name for name in self.judged if name not in resting]
        for name in asked:
            module = joined[name]
            with lost_peers_reported(), autocast(self.team.device, self.dtype):
                loss = self.discriminator_loss(name, _RepeatedDiscriminator(module, self.judged[name]), made)
            self._back(name, loss.total, count, module)
            figures |= {f"total {name}": loss.total.detach(), **loss.terms}
        # The discriminators themselves and not what is joined: no gradient of theirs is exchanged here.
        judges = {name: self.judged[name] for name in asked}
        with held_still(*judges.values()):
            # Where the network rests, its loss is only recorded, and is the same sum as in other steps.
            features = at.step % self.options.perceptual_every == 0
            with torch.set_grad_enabled(not still), autocast(self.team.device, self.dtype):
                loss = self.generator_loss(judges, made, at, features=features)
            if not still:
                self._back(GENERATOR, loss.total, count, next(iter(joined.values())))
        return {**figures, f"total {GENERATOR}": loss.total.detach(), **loss.terms}

    def _back(self, name: str, total: Tensor, count: int, module: JoinedModule) -> None:
        with lost_peers_reported(), module.compile_errors_reported():
            self.sides[name].backward(total / count if count > 1 else total)

    def _made(
        self, batch: Batch, joined: Mapping[str, JoinedModule], at: StepInfo, chance: torch.Generator
    ) -> JudgedBatch:
        batch = batch._replace(truth=batch.truth.contiguous(memory_format=torch.channels_last))
        truth, mask, known = batch
        prediction = self.predict(joined, batch, at)
        output = prediction.output.float()
        hole = 1 - mask
        if known is not None:
            output, truth = without_damage(output, truth, known)
            hole = known - mask
        return JudgedBatch(truth, mask, known, prediction, composite(output, truth, 1 - hole), hole, chance)

    def _chance(self, step: int, number: int) -> torch.Generator:
        """Give what random numbers of a batch come from: the same when a step is taken again."""
        place = step * self.options.accumulate + number - 1
        return torch.Generator().manual_seed(
            (self.options.seed * 1_000_003 + place * self.team.size + self.team.rank) % 2**63
        )

    def state_dict(self) -> dict[str, Any]:
        """Give the state of all sides' optimisers and scalers."""
        return {"sides": {name: side.state_dict() for name, side in self.sides.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to a saved state, exactly."""
        for name, side in self.sides.items():
            side.load_state_dict(state["sides"][name])


class _RepeatedDiscriminator:
    """A discriminator in one loss, which may ask it several times.

    The first call is that of the joined module, which prepares the exchange of its gradients. That hangs on parameters
    and not on calls, so later ones go to the module itself: by the joined one, each of them would send the first
    process's buffers to all others again.
    """

    def __init__(self, joined: JoinedModule, module: nn.Module) -> None:
        self._judges: list[Discriminator] = [module, joined]

    def __call__(self, *inputs: Tensor) -> Judgement:
        judge = self._judges.pop() if len(self._judges) > 1 else self._judges[0]
        return judge(*inputs)
