"""The recipe of DeepFill v1: discounted differences in the hole, plain ones outside, and two Wasserstein critics.

The critics learn at every step, the network at each fifth one. The weights of the terms are those of the preset
``paper``; see `pconv_cli.training.presets.PAPERS`.
"""

from typing import cast

import torch
from torch import Tensor, nn

from pconv_cli.core.adversarial import Discriminator, Judgement
from pconv_cli.core.adversarial.critics import Critic
from pconv_cli.core.adversarial.losses import WASSERSTEIN, gradient_penalty
from pconv_cli.core.losses import Loss
from pconv_cli.core.networks.contextual_attention.network import ContextualAttentionSpec
from pconv_cli.training.recipes.adversarial import Adversarial, JudgedBatch
from pconv_cli.training.recipes.recipe import StepInfo

_PENALTY = 10.0


class ContextualAttentionRecipe(Adversarial):
    """See `Adversarial`.

    References:
        Yu et al., "Generative image inpainting with contextual attention", CVPR 2018, section 3; weights and Adam's
            betas are the released code's.
    """

    coarse_weight = 1.2
    adversary = WASSERSTEIN
    betas = (0.5, 0.9)
    critic_steps = 5

    def discriminators(self) -> dict[str, nn.Module]:
        """Make both critics, as wide beside the network as the original's: 64 channels to 32."""
        size, width = self.options.crop, 2 * cast(ContextualAttentionSpec, self.network.spec).width
        return {"critic": Critic(size, width), "local_critic": Critic(size, width, local=True)}

    def adversarial_weight(self, at: StepInfo) -> float:
        """Give that of the options."""
        return self.options.adversarial_weight

    def discriminator_loss(self, name: str, judge: Discriminator, made: JudgedBatch) -> Loss:
        """Add the gradient penalty, of gradients in the hole."""
        total, terms = super().discriminator_loss(name, judge, made)
        share = torch.rand(len(made.truth), 1, 1, 1, generator=made.random).to(made.truth.device)

        def judge_signed(images: Tensor) -> Judgement:
            return judge((images + 1) / 2, made.valid)

        truth, fake = (2 * images - 1 for images in (made.truth, made.fake))  # a slope of 1 is one of these
        penalty = gradient_penalty(judge_signed, truth, fake, share, made.hole)
        return Loss(total + _PENALTY * penalty, {**terms, f"{name}_penalty": penalty.detach()})
