"""The parameter-free base: a hole filled from a pyramid of partial averages.

Down, each level is a partial convolution of the level below it with constant binomial weights (4 x 4, stride 2): the
average of what is valid in the window. The valid share of the window, times `GAIN` and at most 1, is carried along as
a confidence. Up, each level keeps its own averages by their confidence and takes the rest from the next coarser
level, interpolated bilinearly. Valid pixels have confidence 1 and stay as they are; a hole is filled smoothly, at the
price of blur.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.light.pyramid import GAIN


class LevelSteps(NamedTuple):
    """The steps between two levels, by which they can be had compiled.

    Attributes:
        halve: See `halve`.
        refine: See `refine`.
    """

    halve: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
    refine: Callable[[Tensor, Tensor, Tensor], Tensor]


def fill_pyramid(x: Tensor, mask: Tensor, steps: LevelSteps | None = None, *, sparse: bool = False) -> Tensor:
    """Fill the holes of images smoothly from their surroundings.

    Args:
        x: ``(N, C, H, W)``; what stands in a hole is not looked at.
        mask: ``(N, 1, H, W)`` of ones (valid) and zeros (hole).
        steps: Other functions that do what `halve` and `refine` do; None: these.
        sparse: Whether the finest level is made up pixel by pixel, in the holes alone: the same result, and faster
            where they are small. How much is computed then hangs on the mask, which a compiler may not take.

    Returns:
        ``(N, C, H, W)`` in float32 (float64 for a float64 input): equal to ``x`` where valid. An image without any
        valid pixel comes out 0.
    """
    down, up = steps or (halve, refine)
    exact = torch.promote_types(x.dtype, torch.float32)
    confidence = mask.to(exact)
    level = torch.where(confidence > 0, x.to(exact), 0.0)
    levels = [(level, confidence)]
    with torch.autocast(x.device.type, enabled=False):
        while max(level.shape[-2:]) > 1:
            level, confidence = down(level, confidence)
            levels.append((level, confidence))
    filled = level
    for number, (level, confidence) in reversed(list(enumerate(levels[:-1]))):
        if sparse and number == 0:
            image, row, column = torch.nonzero(mask[:, 0] == 0, as_tuple=True)
            level[image, :, row, column] = _doubled_at(filled, image, row, column)
            return level
        filled = up(filled, level, confidence)
    return filled


def smooth_surface(image: Tensor, block: int) -> Tensor:
    """Averages over blocks, interpolated bilinearly: what is left of a filled image without its detail.

    Args:
        image: ``(N, C, H, W)``, without holes.
        block: Side of the blocks in pixels, about.

    Returns:
        The same shape.
    """
    height, width = image.shape[-2:]
    rows, columns = -(-height // block), -(-width // block)
    # Apple's GPUs know it for sides that the blocks divide alone, in some releases of torch.
    pooled = image.cpu() if image.device.type == "mps" else image
    blocks = F.adaptive_avg_pool2d(pooled, (rows, columns)).to(image.device)
    # Bilinear interpolation is a product with a matrix on each side, which is far faster than pixel by pixel.
    down, across = (
        F.interpolate(torch.eye(count, dtype=blocks.dtype, device=blocks.device)[None], size=length, mode="linear")[0]
        for count, length in ((rows, height), (columns, width))
    )
    with torch.autocast(image.device.type, enabled=False):
        return down.T @ blocks @ across


def fine_detail(base: Tensor) -> Tensor:
    """Measure by how much each pixel differs from the average of 3 x 3 pixels round it."""
    rows = F.pad(base, (1, 1, 1, 1), mode="replicate")
    smooth = rows[..., :-2, :] + rows[..., 1:-1, :]
    smooth += rows[..., 2:, :]
    smooth = (smooth[..., :-2] + smooth[..., 1:-1]).add_(smooth[..., 2:])
    return smooth.div_(9).sub_(base).abs_()  # in place: these are the largest planes of all


def halve(level: Tensor, confidence: Tensor) -> tuple[Tensor, Tensor]:
    """Average windows over what is valid in them, weighted by confidence; beyond the edge nothing is valid."""
    total, share = _binomial(level * confidence), _binomial(confidence)
    return total / share.clamp(min=1e-30), (GAIN * share).clamp(max=1)  # 0 where the share is: the total is 0 too


def refine(coarse: Tensor, level: Tensor, confidence: Tensor) -> Tensor:
    """Bring the filled coarser level to the size of a level, which keeps its own averages by their confidence."""
    return torch.lerp(_double(coarse, level.shape[-2], level.shape[-1]), level, confidence)


def _binomial(plane: Tensor) -> Tensor:
    """Sums over 4 x 4 windows with weights (1, 3, 3, 1) / 8 along each side and stride 2, zeros beyond the edge.

    Rows and then columns, by sums of whole planes: several times faster than a convolution of so few channels. A GPU,
    on which the number of operations counts, takes the weights as what three averages of 2 x 2 in a row have, and not
    as a convolution, whose float32 not every caller keeps from being rounded there.
    """
    if plane.is_cuda:
        plane = F.pad(plane, (1, 1 + plane.shape[-1] % 2, 1, 1 + plane.shape[-2] % 2))
        for stride in (1, 1, 2):
            plane = F.avg_pool2d(plane, 2, stride)
        return plane
    if plane.shape[-1] % 2 or plane.shape[-2] % 2:
        plane = F.pad(plane, (0, plane.shape[-1] % 2, 0, plane.shape[-2] % 2))
    for dim in (-2, -1):
        even, odd = (plane[..., start::2, :] if dim == -2 else plane[..., start::2] for start in (0, 1))
        count = even.shape[dim]
        # Window i holds odd place i - 1, even and odd place i, and even place i + 1.
        plane = 3 * (even + odd)
        plane.narrow(dim, 1, count - 1).add_(odd.narrow(dim, 0, count - 1))
        plane.narrow(dim, 0, count - 1).add_(even.narrow(dim, 1, count - 1))
    return plane.mul_(1 / 64)


def _double(plane: Tensor, height: int, width: int) -> Tensor:
    """Twice the sides by bilinear interpolation, cropped to a size: an odd level is half a pixel smaller than that.

    By whole planes, which on a processor is several times faster than torch's own interpolation.
    """
    if plane.is_cuda:
        return F.interpolate(plane, scale_factor=2, mode="bilinear")[..., :height, :width]
    for dim, length in ((-1, width), (-2, height)):
        shape = list(plane.shape)
        shape[dim] *= 2
        fine = plane.new_empty(shape)
        even, odd = (fine[..., start::2] if dim == -1 else fine[..., start::2, :] for start in (0, 1))
        # A fine pixel lies a quarter of a coarse one from the centre of its own, towards a neighbour.
        count = plane.shape[dim]
        before, after = plane.narrow(dim, 0, count - 1), plane.narrow(dim, 1, count - 1)
        even.narrow(dim, 0, 1).copy_(plane.narrow(dim, 0, 1))
        even.narrow(dim, 1, count - 1).copy_(torch.lerp(before, after, 0.75))
        odd.narrow(dim, 0, count - 1).copy_(torch.lerp(after, before, 0.75))
        odd.narrow(dim, count - 1, 1).copy_(plane.narrow(dim, count - 1, 1))
        plane = fine.narrow(dim, 0, length)
    return plane


def _doubled_at(plane: Tensor, image: Tensor, row: Tensor, column: Tensor) -> Tensor:
    """Return what `_double` gives at some pixels of its result, ``(n, C)``."""
    height, width = plane.shape[-2:]
    pixels = plane.permute(0, 2, 3, 1).reshape(-1, plane.shape[1])
    across = column // 2
    beside = (across + 2 * (column % 2) - 1).clamp(0, width - 1)

    def at(down: Tensor) -> Tensor:
        start = (image * height + down) * width
        return torch.lerp(pixels[start + beside], pixels[start + across], 0.75)

    down = row // 2
    return torch.lerp(at((down + 2 * (row % 2) - 1).clamp(0, height - 1)), at(down), 0.75)
