"""The recipe of diffusion networks: separate noise from image, at all levels of noise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Self, cast

import numpy as np
import torch
from torch import Tensor, nn

from pconv_cli.core.device import autocast
from pconv_cli.core.losses import LossWeights, without_damage
from pconv_cli.core.networks.engine import Sampling
from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.registry import Architecture
from pconv_cli.core.networks.repaint.network import RePaint
from pconv_cli.core.networks.spec import Spec
from pconv_cli.errors import UsageError, option
from pconv_cli.tiling.grid import LEAST_TILE
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.devices.distributed import Team, lost_peers_reported
from pconv_cli.training.devices.joining import JoinedModule
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.recipes.recipe import GENERATOR, Figures, StepInfo
from pconv_cli.training.recipes.reconstruction import Reconstruction

#: Steps in which held-out holes are filled: with these, an image costs what it costs in training. It says less of the
#: fills that `pconv inpaint` gives, which takes more, than of how a run goes.
VALIDATION_STEPS = 5


class RePaintRecipe(Reconstruction):
    """The simple loss of diffusion; masks have no part in it, but where held-out images are filled to be measured.

    Of a network that says variances too, they stay as they are: the loss does not depend on them.

    References:
        Ho et al., "Denoising Diffusion Probabilistic Models", NeurIPS 2020, eq. (14).
    """

    takes_discriminator = False  # it learns noise, and gives no image in a step

    @classmethod
    def make(
        cls, options: TrainOptions, known: Architecture, spec: Spec | None, dtype: torch.dtype, team: Team
    ) -> Self:
        """Make the recipe of a run; see `Recipe.make`."""
        usual = LossWeights()
        for name, weight in options.weights.items():
            if weight not in (0, usual.get(name)):
                raise UsageError(
                    f"{option('loss_weights')} {name}={weight:g}: repaint networks learn by the simple "
                    "loss of diffusion alone; leave it out"
                )
        recipe = super().make(replace(options, perceptual_weight=0.0, style_weight=0.0), known, spec, dtype, team)
        recipe._network.sampling = Sampling(steps=min(VALIDATION_STEPS, recipe._network.spec.levels))
        return recipe

    @classmethod
    def initial(cls, options: TrainOptions, known: Architecture) -> Network:
        """Make the network of a new run, whose images have the size of the crops; see `Reconstruction.initial`."""
        if options.init is None and "size" not in dict(options.network_options):
            options = replace(options, network_options={**dict(options.network_options), "size": options.crop})
        return super().initial(options, known)

    @classmethod
    def check(cls, options: TrainOptions, network: Network) -> None:
        """Refuse crops of another size than the network's images, and images smaller than any tile.

        Raises:
            UsageError: So it is.
        """
        size = network.spec.fixed_size
        if size is not None and size < LEAST_TILE:
            said = f"{option('crop')} {options.crop}"
            if "size" in dict(options.network_options):
                said = f"{option('network_options')} size={size}"
            elif options.init is not None:
                said = f"{option('init')} {options.init}"
            raise UsageError(
                f"{said}: a network of {size} px fills nothing, since tiles have {LEAST_TILE} px or more; take one of "
                "as many"
            )
        if options.crop != size:
            raise UsageError(f"{option('crop')} {options.crop}: this network takes {size} px, no more and no less")

    @property
    def modules(self) -> Mapping[str, nn.Module]:
        """What separates noise from image."""
        return {GENERATOR: self._network.unet}

    def step(self, batches: Sequence[Batch], joined: Mapping[str, JoinedModule], at: StepInfo) -> Figures:
        """Take one step; see `Reconstruction.step`."""
        # As batches are: whatever is drawn follows from run, step and process, and nothing has to be saved.
        entropy = np.random.SeedSequence((self.options.seed, at.step, self.team.rank))
        self._chance = torch.Generator().manual_seed(int(entropy.generate_state(1, np.uint64)[0] >> 1))
        return super().step(batches, joined, at)

    def _backward(self, network: JoinedModule, batch: Batch, count: int, features: bool) -> dict[str, Tensor]:
        """Add the gradient of one batch of ``count``; give the loss as ``total``."""
        truth, _, known = batch.to(self.team.device)
        if known is not None:
            _, truth = without_damage(truth, truth, known)
        kept = torch.from_numpy(self._network.schedule.kept)
        levels = torch.randint(len(kept), (len(truth),), generator=self._chance)
        noise = torch.randn(truth.shape, generator=self._chance).to(truth.device)
        share = kept[levels].float().to(truth.device)[:, None, None, None]
        noisy = share.sqrt() * (2 * truth - 1) + (1 - share).sqrt() * noise
        noisy = noisy.contiguous(memory_format=torch.channels_last)
        with lost_peers_reported(), autocast(self.team.device, self.dtype):
            error = (network(noisy, levels.to(truth.device))[:, :3].float() - noise).square()
        loss = error.mean() if known is None else (error * known).mean() / known.mean().clamp(min=1 / known.numel())
        with lost_peers_reported(), network.compile_errors_reported():
            self.side.backward(loss / count if count > 1 else loss)
        return {"total": loss.detach()}

    @property
    def _network(self) -> RePaint:
        return cast(RePaint, self.network)
