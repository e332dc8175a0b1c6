"""When how much noise is in an image, and RePaint's way through these levels; pure arithmetic in float64."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Noise = Literal["linear", "cosine"]
Levels = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Schedule:
    """Levels of noise from 0 (the least) to ``len(betas) - 1`` (nothing but noise).

    Attributes:
        times: What the network calls each level: its number among those that it was trained on.
        betas: Variance that is added on the way to each level from the one before it.
    """

    times: NDArray[np.int64]
    betas: Levels

    @property
    def kept(self) -> Levels:
        """Share of the clean image's variance that is left at each level: alpha-bar."""
        return np.asarray(np.cumprod(1 - self.betas), np.float64)

    def respaced(self, steps: int) -> "Schedule":
        """Choose levels at equal distances, the first and the last among them, so that fewer steps go all the way.

        Args:
            steps: How many, from 1 to as many as there are.

        Example:
            >>> schedule_of("linear", 1000).respaced(5).times.tolist()
            [0, 250, 500, 749, 999]
        """
        last = len(self.betas) - 1
        chosen = [last] if steps == 1 else [round(step * last / (steps - 1)) for step in range(steps)]
        kept = self.kept[chosen]
        return Schedule(self.times[chosen], 1 - kept / np.concatenate([[1.0], kept[:-1]]))


def schedule_of(noise: Noise, levels: int) -> Schedule:
    """Make the schedule that a network is trained on.

    Args:
        noise: ``linear``: beta from 1e-4 to 0.02 at 1000 levels, and in proportion at others; ``cosine``: alpha-bar
            falls as a squared cosine does.
        levels: How many.

    References:
        Ho et al., "Denoising Diffusion Probabilistic Models", NeurIPS 2020, section 4; Nichol and Dhariwal, "Improved
            Denoising Diffusion Probabilistic Models", ICML 2021, eq. (17).
    """
    if noise == "linear":
        betas = np.linspace(1e-4, 0.02, levels) * (1000 / levels)
    else:
        kept = np.cos((np.arange(levels + 1) / levels + 0.008) / 1.008 * np.pi / 2) ** 2
        betas = 1 - kept[1:] / kept[:-1]
    return Schedule(np.arange(levels), np.minimum(betas, 0.999))


def walk(steps: int, jump: int, repeats: int) -> list[int]:
    """List the levels that RePaint passes through, from the noisiest to -1, the clean image.

    Between two neighbours of the list lies one step: down, the network takes noise away; up, noise is added again, so
    that the hole is harmonised with what is known. From each level that is a multiple of ``jump``, except for the first
    ones, it goes up by ``jump`` levels and down again, ``repeats - 1`` times.

    Args:
        steps: Number of levels, 1 or more.
        jump: Length of a jump; j in the paper.
        repeats: How often each stretch is gone down; r in the paper. 1 is plain sampling.

    References:
        Lugmayr et al., "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", CVPR 2022, section 4.2
            and appendix B.

    Example:
        >>> walk(5, 2, 2)
        [4, 3, 2, 3, 4, 3, 2, 1, 0, 1, 2, 1, 0, -1]
    """
    levels: list[int] = []
    for level in range(steps - 1, -1, -1):
        levels.append(level)
        if level % jump == 0 and level < steps - jump:
            there_and_back = [*range(level + 1, level + jump + 1), *range(level + jump - 1, level - 1, -1)]
            levels += (repeats - 1) * there_and_back
    return [*levels, -1]
