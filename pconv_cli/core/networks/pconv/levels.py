"""The levels of the fast network: a convolution, and all that follows it, as one."""

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from pconv_cli.core.networks.pconv.fused import finish_fused
from pconv_cli.core.networks.pconv.kernels import Kernel, UpKernel, window_sum
from pconv_cli.core.networks.pconv.regions import LevelRegion
from pconv_cli.core.networks.pconv.spec import Level
from pconv_cli.core.networks.pconv.unet import PConvBlock

MaskPolicy = Callable[[Tensor], Tensor | None]
"""What becomes of a level's mask: None where it is all valid, or the mask in any case, which takes no look at it."""

# A level's values, 0 in its holes, and its mask; None where it is all valid.
_Masked = tuple[Tensor, Tensor | None]


class _Finish:
    """What follows a level's convolution: ratio, shift and activation."""

    def __init__(self, block: PConvBlock, level: Level, dtype: torch.dtype, count: int, compile: bool) -> None:
        self._activation = level.activation
        self._dtype = dtype
        self._count = torch.tensor(float(count), device=block.conv.weight.device)
        self._compile = compile
        self.gain, shift = _fold(block)
        self._shift = shift.view(1, -1, 1, 1).to(self._dtype)

    def __call__(self, y: Tensor, covered: Tensor, valid: Tensor | None) -> Tensor:
        """Values ``(N, C, h, w)``, used up, their s and mask ``(N or 1, 1, h, w)``, give the level's output."""
        y = y.to(self._dtype)
        if self._compile and finish_fused(y, covered, self._count, self._shift.flatten(), self._activation):
            return y
        ratio = _ratio(covered, self._count).to(self._dtype)
        if self._activation == "ratio":
            y.add_(self._shift).mul_(ratio)
        else:
            torch.addcmul(self._shift, y, ratio, out=y)
        if self._activation == "relu":
            F.relu_(y)
        elif self._activation == "leaky_relu":
            F.leaky_relu_(y, 0.2)
        elif self._activation == "tanh":
            y.tanh_()
        return y if valid is None else y.mul_(valid.to(self._dtype))


class EncoderLevel:
    """A level of the encoder.

    Args:
        block: The trained one.
        level: Its row in the table.
        dtype: Precision of the convolution and of what follows it.
        compile: Whether what follows the convolution is compiled.
    """

    def __init__(self, block: PConvBlock, level: Level, dtype: torch.dtype, compile: bool) -> None:
        # All channels share the mask, so that their number leaves N/s.
        self._finish = _Finish(block, level, dtype, level.kernel_size**2, compile)
        self._geometry = level.kernel_size, level.stride
        weight = block.conv.weight.float() * self._finish.gain
        self._kernel = Kernel(weight.to(dtype), level.stride, level.kernel_size // 2)

    def __call__(self, values: Tensor, valid: Tensor | None, keep: MaskPolicy) -> _Masked:
        """Go from the level above, values ``(N, C, H, W)`` and mask, to this one, of half its sides."""
        size, stride = self._geometry
        if valid is None:
            covered = _covered(values.shape[-2], values.shape[-1], size, stride, values.device)
        else:
            covered = window_sum(valid, size, stride)
            valid = keep((covered > 0).float())
        return self._finish(self._kernel(values), covered, valid), valid


class DecoderLevel:
    """A level of the decoder; see `EncoderLevel`.

    Args:
        block: See there.
        level: See there.
        dtype: Precision of the convolutions.
        result: Precision of what follows them.
        compile: See there.
    """

    def __init__(self, block: PConvBlock, level: Level, dtype: torch.dtype, result: torch.dtype, compile: bool) -> None:
        self._finish = _Finish(block, level, result, 9 * sum(level.in_channels), compile)
        self._channels = level.in_channels
        weight = block.conv.weight.float() * self._finish.gain
        below, skip = torch.split(weight, list(level.in_channels), dim=1)
        self._below = UpKernel(below, dtype)
        self._skip = Kernel(skip.to(dtype), 1, 1)

    def __call__(self, below: _Masked, skip: _Masked, low: LevelRegion, here: LevelRegion, keep: MaskPolicy) -> _Masked:
        """Go from the level below, cut out to ``low``, and the whole skip, to this level, cut out to ``here``.

        The masks are those of whole levels.
        """
        (values, coarse), (skipped, fine) = below, skip
        height, width = skipped.shape[-2:]
        twice = None if coarse is None else F.interpolate(coarse, scale_factor=2, mode="nearest")
        sums = [
            _covered(height, width, 3, 1, values.device) if mask is None else window_sum(mask, 3, 1)
            for mask in (twice, fine)
        ]
        covered = self._channels[0] * sums[0] + self._channels[1] * sums[1]
        valid = None if coarse is None or fine is None else keep((covered > 0).float())
        # The box of twice the low one has a pixel more than is wanted on each side that is not the level's own edge;
        # that pixel lacks what lies beyond the box, and is cut off.
        around = low.doubled()
        y = self._skip(cut(skipped, around), onto=self._below(values))
        y = cut(y, here.within(around))
        return self._finish(y, covered[here.of], None if valid is None else valid[here.of]), valid


def _fold(block: PConvBlock) -> tuple[Tensor, Tensor]:
    """Gain ``(C, 1, 1, 1)`` and shift ``(C)`` that follow the ratio: those of BatchNorm in evaluation, or the bias."""
    norm, conv = block.norm, block.conv
    if norm is None:
        ones = torch.ones(conv.out_channels, 1, 1, 1, device=conv.weight.device)
        bias = conv.bias
        return ones, torch.zeros_like(ones).flatten() if bias is None else bias.detach().float().clone()
    assert norm.running_mean is not None
    assert norm.running_var is not None
    if conv.bias is not None:
        raise ValueError("a bias before BatchNorm, which holes do not get, cannot be folded")
    # In float64 on the processor: not every device has that.
    values = norm.weight, norm.bias, norm.running_mean, norm.running_var
    affine, constant, mean, variance = (value.detach().cpu().double() for value in values)
    gain = affine * (variance + norm.eps).rsqrt()
    shift = constant - mean * gain
    device = conv.weight.device
    return gain.view(-1, 1, 1, 1).float().to(device), shift.float().to(device)


def _ratio(covered: Tensor, count: Tensor) -> Tensor:
    """N/s, and 0 where s is 0."""
    return torch.where(covered > 0, count / covered.clamp(min=1.0), 0.0)


@lru_cache(maxsize=256)
def _covered(height: int, width: int, size: int, stride: int, device: torch.device) -> Tensor:
    """Return how many pixels of each window lie on a level of that size, ``(1, 1, H', W')``: all but at its edges."""
    return window_sum(torch.ones(1, 1, height, width, device=device), size, stride)


def cut(values: Tensor, box: LevelRegion) -> Tensor:
    """Cut a box out of a level ``(N, C, H, W)``, in channels-last order; the level itself where that is the box."""
    if box.size == tuple(values.shape[-2:]):
        return values
    return values[box.of].contiguous(memory_format=torch.channels_last)
