"""How good a network is on the held-out images: figures and a grid to look at."""

import math
from collections.abc import Callable, Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.losses import InpaintingLoss, composite, ssim, without_damage
from pconv_cli.training.data.batches import Batch

# Side of the windows in which texture is measured.
WINDOW = 7

# Shown in place of a hole in the column of damaged images.
HOLE_GREY = 0.5

# Rows of a sample grid.
_ROWS = 6

Forward = Callable[[Tensor, Tensor], Tensor]


@torch.no_grad()
def validate(
    forward: Forward, loss: InpaintingLoss, batches: Iterable[Batch], device: torch.device
) -> dict[str, float]:
    """Measure a network on validation batches.

    Args:
        forward: The network in evaluation mode: images with holes of 0 and masks to outputs.
        loss: The loss of the run; its terms are measured too.
        batches: `validation_batches`.
        device: Where to compute.

    Returns:
        ``loss`` and its unweighted terms as ``loss_...``; and of I_comp clamped to [0, 1]: ``psnr`` (dB, from each
        image's mean squared error over all its pixels, then the mean over images), ``ssim``, and ``hole_l1``
        (mean absolute error over the pixels of the hole, range 1), and ``texture``: the contrast of I_comp over that of
        the truth, sums over all windows of 7 x 7 pixels that lie wholly in holes. Of images that are damaged
        themselves, all are means over what is known: the sums are those of images that agree in the damage, where
        PSNR's and L1's parts are 0 and SSIM's are 1, divided by the known pixels alone.
    """
    totals: dict[str, float] = {}
    contrasts = torch.zeros(2)
    images = 0
    for batch in batches:
        truth, mask, known_or_none = batch.to(device)
        output = forward(truth * mask, mask).float()
        measured = loss(output, truth, mask, known=known_or_none)
        known = torch.ones_like(mask) if known_or_none is None else known_or_none
        output, truth = without_damage(output.clamp(0, 1), truth, known)
        comp = composite(output, truth, mask + (1 - known))
        share, least = known.mean((1, 2, 3)), 1 / mask[0].numel()
        error = ((comp - truth).square().mean((1, 2, 3)) / share.clamp(min=least)).clamp(min=1e-10)
        hole = (known - mask).mean((1, 2, 3)).clamp(min=least)
        in_hole = ((comp - truth).abs().mean((1, 2, 3)) / hole).mean()
        figures = {
            "loss": measured.total.item(),
            **{f"loss_{name}": term.item() for name, term in measured.terms.items()},
            "psnr": (-10 * error.log10()).mean().item(),
            "hole_l1": in_hole.item(),
        }
        contrasts += torch.stack([contrast(values, known - mask) for values in (comp, truth)]).cpu()
        if min(truth.shape[-2:]) >= 11:
            shared = share.mean().clamp(min=least)
            figures["ssim"] = ((ssim(comp, truth) - (1 - shared)) / shared).item()
        for name, value in figures.items():
            totals[name] = totals.get(name, 0.0) + value * len(truth)
        images += len(truth)
    if not images:
        return {"loss": math.nan}
    made, true = contrasts.tolist()
    figures = {name: total / images for name, total in totals.items()}
    return figures | ({"texture": made / true} if true > 0 else {})


def contrast(images: Tensor, hole: Tensor) -> Tensor:
    """Sum the standard deviations of the windows of 7 x 7 pixels that lie wholly in holes; the channels' mean. Scalar.

    Args:
        images: ``(N, C, H, W)``.
        hole: ``(N, 1, H, W)``, 1 = hole.
    """
    if min(images.shape[-2:]) < WINDOW:
        return images.new_zeros(())
    inside = 1 - F.max_pool2d(1 - hole, WINDOW, stride=1)
    mean, square = (F.avg_pool2d(values, WINDOW, stride=1) for values in (images, images.square()))
    deviation = (square - mean.square()).clamp(min=0).sqrt().mean(1, keepdim=True)
    return (inside * deviation).sum()


@torch.no_grad()
def sample_rows(forward: Forward, batches: Iterable[Batch], device: torch.device) -> list[list[NDArray[np.uint8]]]:
    """Rows of damaged, filled (I_comp), output (I_out) and true images, uint8 ``(H, W, 3)``; `_ROWS` at the most."""
    rows: list[list[NDArray[np.uint8]]] = []
    for batch in batches:
        truth, mask, known = batch.first(_ROWS - len(rows)).to(device)
        if len(truth) == 0:
            break
        output = forward(truth * mask, mask).float().clamp(0, 1)
        grey = torch.full_like(truth, HOLE_GREY)
        known_truth = truth if known is None else composite(grey, truth, known)
        columns = [composite(grey, truth, mask), composite(output, truth, mask), output, known_truth]
        arrays = [(c * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy() for c in columns]
        rows += [list(row) for row in zip(*arrays, strict=True)]
    return rows
