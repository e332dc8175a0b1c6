"""The recipe of Context Encoders: squared differences and a little of an adversarial term, at two rates.

The loss is 0.999 L2 + 0.001 adversarial, of values in [-1, 1], as in the authors' code. A network of the whole image
learns from the holes of the run; one of the centre from a square of its own in the middle of each crop, in whose outer
band, which the network is shown, L2 weighs ten times as much. The discriminator judges what comes out as it is, beside
the truth, without a mask. Its rate is the run's, the network's ten times that.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

import torch
from torch import Tensor, nn

from pconv_cli.core.adversarial import Discriminator
from pconv_cli.core.adversarial.dcgan import DCGAN
from pconv_cli.core.adversarial.losses import BCE, accuracy
from pconv_cli.core.losses import Loss
from pconv_cli.core.losses.distances import exact
from pconv_cli.core.networks.context_encoder.network import ContextEncoderSpec
from pconv_cli.core.networks.network import Network
from pconv_cli.errors import UsageError, option
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.joining import JoinedModule
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.recipes.adversarial import Adversarial, JudgedBatch
from pconv_cli.training.recipes.recipe import GENERATOR, Figures, StepInfo

#: What the adversarial term has of the loss. L2 has the rest, by the options of the paper's preset.
SHARE = 0.001

#: How much L2 weighs in the band round a centre, beside 1 within.
BAND = 10.0


class ContextEncoderRecipe(Adversarial):
    """See `Adversarial`.

    References:
        Pathak et al., CVPR 2016, sections 3.2 and 5.1; the authors' ``train.lua`` and ``train_random.lua``.
    """

    adversary = BCE
    ratios = MappingProxyType({GENERATOR: 10.0})

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        spec = self.spec
        start, end, band = spec.size // 4, 3 * spec.size // 4, spec.overlap
        self._of_centre = spec.output == "centre"
        self._part = (..., slice(start, end), slice(start, end)) if self._of_centre else (...,)
        self._known = torch.ones(1, 1, spec.size, spec.size, device=self.team.device)
        self._known[..., start + band : end - band, start + band : end - band] = 0

    @classmethod
    def check(cls, options: TrainOptions, network: Network) -> None:
        """Refuse crops of another size than the network's, and batches of one.

        Raises:
            UsageError: So it is.
        """
        size = network.spec.crop_size
        if options.crop != size:
            raise UsageError(
                f"{option('crop')} {options.crop}: this network learns from crops of its own size; take "
                f"{option('crop')} {size}, or a network of another size"
            )
        if options.batch == 1:
            raise UsageError(
                f"{option('batch')} 1: a whole image becomes one value a channel, which BatchNorm cannot normalise; "
                "take 2 images or more"
            )

    @property
    def spec(self) -> ContextEncoderSpec:
        """The network's."""
        return cast(ContextEncoderSpec, self.network.spec)

    def discriminators(self) -> dict[str, nn.Module]:
        """Make the discriminator of whole images or of centres, as wide as the network."""
        spec = self.spec
        return {"discriminator": DCGAN(spec.size // (2 if spec.output == "centre" else 1), spec.width)}

    def adversarial_weight(self, at: StepInfo) -> float:
        """Give its share."""
        return SHARE

    def step(self, batches: Sequence[Batch], joined: Mapping[str, JoinedModule], at: StepInfo) -> Figures:
        """Take one step; the masks of a network of the centre are its own."""
        return super().step([self._masked(batch) for batch in batches], joined, at)

    def _masked(self, batch: Batch) -> Batch:
        if not self._of_centre:
            return batch
        shown = self._known.to(batch.mask.device).expand_as(batch.mask)
        return batch._replace(mask=shown if batch.known is None else shown * batch.known)

    def discriminator_loss(self, name: str, judge: Discriminator, made: JudgedBatch) -> Loss:
        """Judge what came out, as it is, and the truth."""
        output, truth = self._judged(made)
        fake, real = judge(output.detach()).logits, judge(truth).logits
        total = self.adversary.discriminator(real, fake)
        return Loss(total, {name: total.detach(), f"{name}_accuracy": accuracy(real, fake)})

    def generator_loss(
        self, judges: Mapping[str, Discriminator], made: JudgedBatch, at: StepInfo, *, features: bool
    ) -> Loss:
        """Weigh L2, whatever else is asked for, and the judgement of what came out."""
        output, truth = self._judged(made)
        known = None if made.known is None else made.known[self._part]
        total, terms = self.loss(output, truth, made.mask[self._part], known=known, features=features)
        if self._of_centre:
            band = self._known[self._part]
            if known is not None:
                band = band * known / known.mean().clamp(min=1 / known.numel())
            squared = (band * (output - truth).square()).mean()
            total = total + (BAND - 1) * self.loss.weights["l2"] * squared
        for judge in judges.values():
            adversarial = self.adversary.generator(judge(output).logits)
            total = total + self.adversarial_weight(at) * adversarial
            terms = {**terms, "adversarial": adversarial.detach()}
        return Loss(total, terms)

    def _judged(self, made: JudgedBatch) -> tuple[Tensor, Tensor]:
        """Return what came out and what it should be, ``(N, 3, side, side)``; the same where the truth is damaged."""
        output = exact(made.prediction.output)
        if made.known is not None:
            output = torch.where(made.known > 0, output, made.truth)
        return output[self._part], made.truth[self._part]
