"""RePaint: a diffusion network that was taught no masks, whose sampler fills holes."""

from functools import partial

import numpy as np
import torch
from torch import Tensor

from pconv_cli.core.device import autocast
from pconv_cli.core.networks.engine import Sampling
from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.core.networks.repaint.noise import noise_at
from pconv_cli.core.networks.repaint.sampler import repaint
from pconv_cli.core.networks.repaint.schedule import Schedule, schedule_of, walk
from pconv_cli.core.networks.repaint.spec import RePaintSpec
from pconv_cli.core.networks.repaint.unet import UNet
from pconv_cli.errors import UsageError, option
from pconv_cli.tiling.rect import Rect


class RePaint(Network):
    """An unconditional diffusion network, and the sampler that fills holes with it.

    Args:
        spec: What distinguishes it.

    References:
        Lugmayr et al., "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", CVPR 2022.

    Example:
        >>> network = RePaint(RePaintSpec(size=16, width=8, multipliers=(1, 2), attention=(), steps=3)).eval()
        >>> mask = torch.ones(1, 1, 16, 16)
        >>> mask[..., 4:8, 4:8] = 0  # a hole
        >>> tuple(network(torch.rand(1, 3, 16, 16), mask).output.shape)
        (1, 3, 16, 16)
    """

    spec: RePaintSpec

    def __init__(self, spec: RePaintSpec) -> None:
        super().__init__(spec)
        self.unet = UNet(spec)
        self.sampling = Sampling()  # where nothing else is said

    @property
    def schedule(self) -> Schedule:
        """The levels of noise that it is trained on."""
        return schedule_of(self.spec.noise, self.spec.levels)

    def forward(self, x: Tensor, mask: Tensor, sampling: Sampling | None = None) -> Prediction:
        """Fill holes; see `Network.forward`.

        Args:
            x: ``(N, 3, H, W)`` RGB in [0, 1]; what stands in a hole is not looked at.
            mask: ``(N, 1, H, W)``, 1 = valid, 0 = hole.
            sampling: Seed, steps and places; None: `sampling`.

        Raises:
            UsageError: More steps are asked for than the network has levels.
        """
        return self.in_own_values(x, mask, partial(self.predict, sampling=sampling))

    def predict(self, x: Tensor, mask: Tensor, sampling: Sampling | None = None) -> Prediction:
        """Fill holes in the network's own values; see `forward` and `Network.predict`."""
        sampling = sampling or self.sampling
        steps, seed = steps_of(self.spec, sampling), sampling.seed
        rects = [Rect(top, left, *x.shape[-2:]) for top, left in sampling.places or [(0, 0)] * len(x)]

        def draw(number: int) -> Tensor:
            return torch.from_numpy(np.stack([noise_at(rect, seed, number) for rect in rects])).to(x.device)

        def predicted(image: Tensor, time: float) -> Tensor:
            noise: Tensor = self.unet(image, image.new_full((len(image),), time))
            return noise.float()

        levels = walk(steps, self.spec.jump, self.spec.repeats)
        return Prediction(repaint(x.float(), mask, predicted, self.schedule.respaced(steps), levels, draw))


def steps_of(spec: RePaintSpec, sampling: Sampling) -> int:
    """Give how many levels of noise a fill passes through.

    Raises:
        UsageError: The network has fewer.
    """
    steps = spec.steps if sampling.steps is None else sampling.steps
    if not 1 <= steps <= spec.levels:
        raise UsageError(f"{option('steps')} {steps}: must lie between 1 and {spec.levels}, this network's levels")
    return steps


class RePaintEngine:
    """The network, asked for fills of a seed; see `pconv_cli.core.networks.engine.SamplingEngine`.

    Args:
        network: The network, in evaluation mode.
        dtype: Precision of the convolutions.
        compile: Whether torch.compile compiles the U-Net, at the first call.
    """

    def __init__(self, network: RePaint, dtype: torch.dtype = torch.float32, *, compile: bool = False) -> None:
        self.spec = network.spec
        self.device = next(network.parameters()).device
        self._network, self._dtype = network, dtype
        if compile:
            network.unet.compile()

    def fill(self, x: Tensor, mask: Tensor) -> Tensor:
        """Fill holes, with seed 0; see `Engine.fill`."""
        return self.sample(x, mask, Sampling())

    def sample(self, x: Tensor, mask: Tensor, sampling: Sampling) -> Tensor:
        """Fill holes; see `pconv_cli.core.networks.engine.SamplingEngine.sample`."""
        with torch.inference_mode(), autocast(self.device, self._dtype):
            output = self._network(x.float(), mask.float(), sampling).output
        return torch.where(mask > 0, x.float(), output.float())

    def check(self, sampling: Sampling) -> None:
        """Refuse more steps than there are levels; see `pconv_cli.core.networks.engine.SamplingEngine.check`."""
        steps_of(self.spec, sampling)
