"""Recipes of two sides, and what a run of them leaves."""

from typing import ClassVar

import torch

from pconv_cli.core.adversarial.global_local import GlobalLocalDiscriminator
from pconv_cli.core.adversarial.losses import WASSERSTEIN, gradient_penalty
from pconv_cli.core.adversarial.sn_patch import SNPatch
from pconv_cli.core.losses import Loss
from pconv_cli.training.recipes.adversarial import Adversarial
from pconv_cli.training.recipes.pconv import PConvRecipe


class Patches(Adversarial, PConvRecipe):
    """Hinge, by spectrally normalised patches; and a second discriminator, which learns slower."""

    ratios: ClassVar = {"second": 0.1}

    def discriminators(self):
        return {"discriminator": SNPatch(4, 3), "second": SNPatch(2, 2)}

    def adversarial_weight(self, at):
        return 0.1


class Critic(Adversarial, PConvRecipe):
    """Wasserstein distance with a gradient penalty: three times through the discriminator in one loss."""

    adversary = WASSERSTEIN
    critic_steps = 2

    def discriminators(self):
        return {"critic": GlobalLocalDiscriminator(self.options.crop, width=2, length=8)}

    def adversarial_weight(self, at):
        return 0.01

    def discriminator_loss(self, name, judge, made):
        total, terms = super().discriminator_loss(name, judge, made)
        share = torch.rand(len(made.truth), 1, 1, 1, generator=made.random)
        penalty = gradient_penalty(lambda x: judge(x, made.valid), made.truth, made.fake, share, made.hole)
        return Loss(total + 10 * penalty, {**terms, "penalty": penalty.detach()})
