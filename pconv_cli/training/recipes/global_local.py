"""The recipe of globally and locally consistent completion: squared differences first, then its discriminators.

Three stages, by the paper's shares of the run: the network alone by the squared differences in the hole; then the
discriminators alone; then both, with 0.0004 of the adversarial term. One of the discriminators sees the whole crop, one
a window on its hole, and they judge together.

Departures from the paper: both sides learn by Adam at the rate of the run, as in mmagic, and not by Adadelta, to which
no rate, warm-up or schedule means anything; and the window on the true image lies where the hole is, and not elsewhere.
"""

from collections.abc import Collection
from typing import cast

from torch import nn

from pconv_cli.core.adversarial.global_local import GlobalLocalDiscriminator
from pconv_cli.core.adversarial.losses import BCE
from pconv_cli.core.networks.global_local.network import GlobalLocalSpec
from pconv_cli.training.recipes.adversarial import Adversarial
from pconv_cli.training.recipes.recipe import GENERATOR, StepInfo

#: Shares of the run at which the network's own stage and the discriminators' end: 90,000 and 100,000 of 500,000 steps.
STAGES = (0.18, 0.2)

_DISCRIMINATOR = "discriminator"


class GlobalLocalRecipe(Adversarial):
    """See `Adversarial`.

    References:
        Iizuka et al., SIGGRAPH 2017, sections 3.3 and 3.4.
    """

    adversary = BCE
    betas = (0.9, 0.999)

    def discriminators(self) -> dict[str, nn.Module]:
        """Make the discriminator of two parts, as wide as the network."""
        width = cast(GlobalLocalSpec, self.network.spec).width
        return {_DISCRIMINATOR: GlobalLocalDiscriminator(self.options.crop, width=width, length=16 * width)}

    def adversarial_weight(self, at: StepInfo) -> float:
        """Give the paper's alpha."""
        return 0.0004

    def resting(self, at: StepInfo) -> Collection[str]:
        """Name who rests in the stage of a step."""
        alone, ready = STAGES
        return {_DISCRIMINATOR} if at.share < alone else {GENERATOR} if at.share < ready else ()
