"""The recipe of DeepFill v2: absolute differences of both stages over all pixels, and SN-PatchGAN's hinge loss.

The weights of the terms are those of the preset ``paper``; see `pconv_cli.training.presets.PAPERS`.
"""

from typing import cast

from torch import nn

from pconv_cli.core.adversarial.sn_patch import SNPatch
from pconv_cli.core.networks.gated.network import GatedSpec
from pconv_cli.training.recipes.adversarial import Adversarial
from pconv_cli.training.recipes.recipe import StepInfo


class GatedRecipe(Adversarial):
    """See `Adversarial`.

    References:
        Yu et al., "Free-form image inpainting with gated convolution", ICCV 2019, section 3; weights and Adam's betas
            are the released code's.
    """

    coarse_weight = 1.0
    betas = (0.5, 0.999)

    def discriminators(self) -> dict[str, nn.Module]:
        """Make the discriminator, as wide beside the network as the original's: 64 channels to 48 filters."""
        return {"discriminator": SNPatch(max(1, cast(GatedSpec, self.network.spec).width * 64 // 48))}

    def adversarial_weight(self, at: StepInfo) -> float:
        """Give that of the options."""
        return self.options.adversarial_weight
