"""The recipe of EdgeConnect: edges, then colours between true edges, then both together."""

from collections.abc import Collection, Mapping
from enum import Enum
from typing import cast

import torch
from torch import Tensor, nn

from pconv_cli.core.adversarial import Discriminator
from pconv_cli.core.adversarial.losses import BCE, feature_matching
from pconv_cli.core.adversarial.patch import LEAST, Patch
from pconv_cli.core.losses import Loss
from pconv_cli.core.networks.edge_connect.canny import canny_edges, grey_of
from pconv_cli.core.networks.edge_connect.network import EdgeConnect, colour_input, coloured, edge_input
from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.errors import UsageError, option
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.joining import JoinedModule
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.phases import PhasePlan
from pconv_cli.training.presets import Phase
from pconv_cli.training.recipes.adversarial import Adversarial, JudgedBatch
from pconv_cli.training.recipes.recipe import StepInfo

EDGES, COLOURS = "edge_discriminator", "discriminator"

#: Of the layers of the edges' discriminator, beside its judgement, and of the judgement of colours.
MATCHING, ADVERSARIAL = 10.0, 0.1


class Stage(Enum):
    """What learns."""

    EDGES = 0
    COLOURS = 1
    BOTH = 2


class EdgeConnectRecipe(Adversarial):
    """Three stages: the first half of the first phase, its other half, and the second phase.

    Edges learn from their discriminator and from the features of its layers, colours from the run's own loss and from a
    discriminator of their own. In the last stage colours are drawn between generated edges, and what they miss reaches
    the edges too.

    As in the authors' program, the edge generator sees the true edges cut off at the hole. What differs on purpose: the
    loss of colours is that of `pconv train`, on VGG16, and their discriminator judges the composite, since that is what
    comes out.

    References:
        Nazeri et al., "EdgeConnect: Generative Image Inpainting with Adversarial Edge Learning", ICCV workshops 2019,
            sections 3 and 4.
    """

    adversary = BCE
    betas = (0.0, 0.9)
    ratios: Mapping[str, float] = {EDGES: 0.1, COLOURS: 0.1}

    @classmethod
    def check(cls, options: TrainOptions, network: Network) -> None:
        """Refuse crops that the generators or the discriminators cannot take; see `Reconstruction.check`."""
        super().check(options, network)
        if options.crop % network.spec.size_multiple or options.crop < LEAST:
            raise UsageError(
                f"{option('crop')} {options.crop}: for edge-connect networks it must be a multiple of "
                f"{network.spec.size_multiple}, and {LEAST} px or more"
            )

    def discriminators(self) -> dict[str, nn.Module]:
        """Make one of grey images with their edges, and one of images; as wide as the network."""
        width = self._network.spec.width
        return {EDGES: Patch(2, width), COLOURS: Patch(3, width)}

    def adversarial_weight(self, at: StepInfo) -> float:
        """Give that of the judgement of colours."""
        return ADVERSARIAL

    @property
    def parts(self) -> Mapping[str, nn.Module]:
        """The two generators, which rest in turns."""
        return {"edge": self._network.edge, "completion": self._network.completion}

    def begin(self, plan: PhasePlan) -> None:
        """Begin a phase; see `Recipe.begin`."""
        super().begin(plan)
        self._phase = plan.phase

    def stage(self, at: StepInfo) -> Stage:
        """Say what learns in a step."""
        if self._phase is Phase.FINETUNE:
            return Stage.BOTH
        plans = self.options.phases
        first = plans[0].length / sum(plan.length for plan in plans)
        return Stage.EDGES if at.share < first / 2 else Stage.COLOURS

    def resting(self, at: StepInfo) -> Collection[str]:
        """Name the discriminator of what does not learn."""
        return {Stage.EDGES: {COLOURS}, Stage.COLOURS: {EDGES}, Stage.BOTH: set[str]()}[self.stage(at)]

    def predict(self, joined: Mapping[str, JoinedModule], batch: Batch, at: StepInfo) -> Prediction:
        """Draw edges, or colours, or both; where there are no colours, the truth stands for them."""
        truth, mask, known = batch
        stage, grey = self.stage(at), grey_of(truth)
        all_known = torch.ones_like(mask) if known is None else known
        edges = canny_edges(grey, all_known, self._network.spec.sigma)
        extras = {"edges": edges}
        if stage is not Stage.COLOURS:
            drawn = torch.sigmoid(joined["edge"](edge_input(grey, edges, mask)).float())
            extras["drawn"] = drawn * all_known  # where the truth is damaged it has no edges either
        if stage is Stage.EDGES:
            return Prediction(truth, extras=extras)
        shown = edges if stage is Stage.COLOURS else torch.lerp(extras["drawn"], edges, mask)
        return Prediction(coloured(joined["completion"](colour_input(truth, shown, mask)).float()), extras=extras)

    def discriminator_loss(self, name: str, judge: Discriminator, made: JudgedBatch) -> Loss:
        """Compute what a discriminator minimises; see `Adversarial.discriminator_loss`."""
        if name == COLOURS:
            return super().discriminator_loss(name, judge, made)
        drawn, true = _with_grey(made)
        return super().discriminator_loss(name, judge, made._replace(composite=drawn, truth=true))

    def generator_loss(
        self, judges: Mapping[str, Discriminator], made: JudgedBatch, at: StepInfo, *, features: bool
    ) -> Loss:
        """Compute what the generators minimise; see `Adversarial.generator_loss`."""
        parts: list[Loss] = []
        if EDGES in judges:
            drawn, true = _with_grey(made)
            with torch.no_grad():
                wanted = judges[EDGES](true).features
            judged = judges[EDGES](drawn)
            adversarial, matching = self.adversary.generator(judged.logits), feature_matching(judged.features, wanted)
            terms = {"edge_adversarial": adversarial.detach(), "edge_matching": matching.detach()}
            parts.append(Loss(adversarial + MATCHING * matching, terms))
        if COLOURS in judges:
            of_colours = {COLOURS: judges[COLOURS]}
            parts.append(super().generator_loss(of_colours, made, at, features=features))
        terms = {name: value for part in parts for name, value in part.terms.items()}
        return Loss(torch.stack([part.total for part in parts]).sum(), terms)

    @property
    def _network(self) -> EdgeConnect:
        return cast(EdgeConnect, self.network)


def _with_grey(made: JudgedBatch) -> tuple[Tensor, Tensor]:
    """Give what the edges' discriminator judges, ``(N, 2, H, W)``: the grey truth, with drawn and with true edges."""
    extras = made.prediction.extras
    assert extras is not None
    grey = grey_of(made.truth)
    return torch.cat([grey, extras["drawn"]], 1), torch.cat([grey, extras["edges"]], 1)
