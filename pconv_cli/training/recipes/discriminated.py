"""An adversarial term beside whatever a network is trained by, as options say."""

from functools import cache

from torch import nn

from pconv_cli.core.adversarial import Discriminator
from pconv_cli.core.adversarial.global_local import GlobalLocalDiscriminator
from pconv_cli.core.adversarial.losses import BCE, HINGE, r1_penalty
from pconv_cli.core.adversarial.sn_patch import SNPatch
from pconv_cli.core.losses import Loss
from pconv_cli.training.recipes.adversarial import Adversarial, JudgedBatch
from pconv_cli.training.recipes.recipe import StepInfo
from pconv_cli.training.recipes.reconstruction import Reconstruction

# Values of the vector in which each half of `GlobalLocalDiscriminator` ends, a channel of its first layer.
_VECTOR = 16


class Discriminated(Adversarial):
    """The discriminator that ``adversarial`` names; see `pconv_cli.training.options.TrainOptions`.

    References:
        ``sn-patch``: Yu et al., ICCV 2019; ``global-local``: Iizuka et al., SIGGRAPH 2017. Adam's betas are those of
            the former; R1: Mescheder et al., ICML 2018.
    """

    def discriminators(self) -> dict[str, nn.Module]:
        """Make the discriminator."""
        options = self.options
        self.ratios = {"discriminator": options.adversarial_rate}
        if options.adversarial == "global-local":
            self.adversary = BCE
            width = options.adversarial_width
            return {"discriminator": GlobalLocalDiscriminator(options.crop, width=width, length=_VECTOR * width)}
        self.adversary = HINGE
        return {"discriminator": SNPatch(options.adversarial_width)}

    def adversarial_weight(self, at: StepInfo) -> float:
        """Give the weight of the options, or 0 while the discriminator learns alone."""
        return self.options.adversarial_weight if at.step > self.options.adversarial_after else 0.0

    def discriminator_loss(self, name: str, judge: Discriminator, made: JudgedBatch) -> Loss:
        """Add R1 where it has a weight; see `Adversarial.discriminator_loss`."""
        total, terms = super().discriminator_loss(name, judge, made)
        if not self.options.adversarial_r1:
            return Loss(total, terms)
        penalty = r1_penalty(lambda image: judge(image, made.valid), made.truth)
        return Loss(total + self.options.adversarial_r1 * penalty, {**terms, "r1": penalty.detach()})


@cache
def discriminated(recipe: type[Reconstruction]) -> type[Reconstruction]:
    """Make of a recipe the same one with a discriminator."""
    return type(f"Discriminated{recipe.__name__}", (Discriminated, recipe), {})
