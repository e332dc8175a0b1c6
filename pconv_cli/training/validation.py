"""How good a network is on the held-out pictures: figures and a grid to look at."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pconv_cli.core.losses import InpaintingLoss, composite, ssim
from pconv_cli.training.batches import Batch

# Shown in place of a hole in the column of damaged pictures.
HOLE_GREY = 0.5

Forward = Callable[[Tensor, Tensor], Tensor]


@torch.no_grad()
def validate(
    forward: Forward, loss: InpaintingLoss, batches: Sequence[Batch], device: torch.device
) -> dict[str, float]:
    """Measure a network on validation batches.

    Args:
        forward: The network in evaluation mode: pictures with holes of 0 and masks to outputs.
        loss: The loss of the run; its terms are measured too.
        batches: `validation_batches`.
        device: Where to compute.

    Returns:
        ``loss`` and its unweighted terms as ``loss_...``; and of I_comp clamped to [0, 1]: ``psnr`` (dB, from each
        picture's mean squared error over all its pixels, then the mean over pictures), ``ssim``, and ``hole_l1``
        (mean absolute error over the pixels of the hole, range 1).
    """
    totals: dict[str, float] = {}
    pictures = 0
    for batch in batches:
        truth, mask = batch.truth.to(device), batch.mask.to(device)
        output = forward(truth * mask, mask).float()
        measured = loss(output, truth, mask)
        comp = composite(output.clamp(0, 1), truth, mask)
        error = (comp - truth).square().mean((1, 2, 3)).clamp(min=1e-10)
        in_hole = ((comp - truth).abs().mean((1, 2, 3)) / (1 - mask).mean((1, 2, 3))).mean()
        figures = {
            "loss": measured.total.item(),
            **{f"loss_{name}": term.item() for name, term in measured.terms.items()},
            "psnr": (-10 * error.log10()).mean().item(),
            "hole_l1": in_hole.item(),
        }
        if min(truth.shape[-2:]) >= 11:
            figures["ssim"] = ssim(comp, truth).item()
        for name, value in figures.items():
            totals[name] = totals.get(name, 0.0) + value * len(truth)
        pictures += len(truth)
    return {name: total / pictures for name, total in totals.items()} if pictures else {"loss": math.nan}


@torch.no_grad()
def sample_rows(
    forward: Forward, batches: Sequence[Batch], device: torch.device, count: int = 6
) -> list[list[NDArray[np.uint8]]]:
    """Rows of damaged, filled (I_comp), output (I_out) and true pictures, uint8 ``(H, W, 3)``, for up to ``count``."""
    rows: list[list[NDArray[np.uint8]]] = []
    for batch in batches:
        truth, mask = batch.truth[: count - len(rows)].to(device), batch.mask[: count - len(rows)].to(device)
        if len(truth) == 0:
            break
        output = forward(truth * mask, mask).float().clamp(0, 1)
        damaged = composite(torch.full_like(truth, HOLE_GREY), truth, mask)
        columns = [damaged, composite(output, truth, mask), output, truth]
        arrays = [(c * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy() for c in columns]
        rows += [list(row) for row in zip(*arrays, strict=True)]
    return rows
