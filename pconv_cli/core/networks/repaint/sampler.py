"""RePaint's sampler: a hole filled out of noise, harmonised again and again with what is known around it."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from pconv_cli.core.networks.repaint.schedule import Schedule
from pconv_cli.cores import stop_if_dropped

#: Gives the noise of a number, ``(N, 3, H, W)``; each is asked for once.
Draw = Callable[[int], Tensor]

#: Gives what the network predicts of images with noise of the time given: ``(N, 3, H, W)`` or ``(N, 6, H, W)``.
Predict = Callable[[Tensor, float], Tensor]


def repaint(x: Tensor, mask: Tensor, predict: Predict, schedule: Schedule, levels: list[int], draw: Draw) -> Tensor:
    """Fill holes.

    In each step down, what is known is put in with as much noise as the rest has, and the network then takes some from
    the whole. In each step up, noise is added to the whole.

    Two things differ from the authors' program on purpose. It begins without what is known in the first step, and it
    gives back the network's version of known pixels; here they are put in from the first step on, and are themselves in
    the end.

    Args:
        x: ``(N, 3, H, W)`` in [-1, 1]; what stands in a hole is not looked at.
        mask: ``(N, 1, H, W)``, 1 = valid, 0 = hole.
        predict: The network.
        schedule: The levels of noise that are passed through.
        levels: The way through them; see `pconv_cli.core.networks.repaint.schedule.walk`.
        draw: The noise.

    Returns:
        ``(N, 3, H, W)``: the input where valid, and its filling in [-1, 1].

    Raises:
        Dropped: Nobody waits for it any longer; see `pconv_cli.cores.stop_if_dropped`.

    References:
        Lugmayr et al., "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", CVPR 2022, algorithm 1, in
            which a beta stands without its square root.
    """
    betas, kept = schedule.betas, schedule.kept
    image, drawn = draw(0), 1
    for level, following in pairwise(levels):
        stop_if_dropped()
        if following > level:
            added = float(betas[following])
            image = (1 - added) ** 0.5 * image + added**0.5 * draw(drawn)
            drawn += 1
            continue
        share = float(kept[level])
        known = share**0.5 * x + (1 - share) ** 0.5 * draw(drawn)
        image = torch.lerp(image, known, mask)
        mean, deviation = backwards(image, predict(image, float(schedule.times[level])), schedule, level)
        image = mean + deviation * draw(drawn + 1) if level else mean
        drawn += 2
    return torch.lerp(image.clamp(-1, 1), x, mask)


def backwards(x: Tensor, predicted: Tensor, schedule: Schedule, level: int) -> tuple[Tensor, Tensor]:
    """Describe the step from a level to the one with less noise: mean and standard deviation.

    Args:
        x: ``(N, 3, H, W)``, images with the level's noise.
        predicted: The noise in them, and perhaps their variances; see `pconv_cli.core.networks.repaint.unet.UNet`.
        schedule: The levels.
        level: Which of them it is.

    References:
        Ho et al., "Denoising Diffusion Probabilistic Models", NeurIPS 2020, eq. (7) and (15); Nichol and Dhariwal,
            "Improved Denoising Diffusion Probabilistic Models", ICML 2021, eq. (15).
    """
    kept, beta = schedule.kept, float(schedule.betas[level])
    share, before = float(kept[level]), float(kept[level - 1]) if level else 1.0
    clean = ((x - (1 - share) ** 0.5 * predicted[:, :3]) / share**0.5).clamp(-1, 1)
    of_clean, of_noisy = before**0.5 * beta / (1 - share), (1 - beta) ** 0.5 * (1 - before) / (1 - share)
    mean = of_clean * clean + of_noisy * x
    least = beta * (1 - before) / (1 - share)
    if predicted.shape[1] == 3 or not level:
        return mean, x.new_tensor(least**0.5)
    upwards = (predicted[:, 3:] + 1) / 2
    return mean, (beta**0.5) ** upwards * (least**0.5) ** (1 - upwards)
