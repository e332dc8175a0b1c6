"""The network: the paper's U-Net of partial convolutions, its table written as data.

Encoder, every level of stride 2, ReLU, BatchNorm on all but the first; decoder, each level nearest upsampling by 2 of
features and mask, concatenation [upsampled, skip] of features and of masks, a 3 x 3 partial convolution, BatchNorm
and LeakyReLU(0.2) on all but the last, which is linear and takes the damaged image and its mask as its skip. At
width 64 and depth 8 that is the paper's table; other widths and depths follow the same rule.
"""

from collections.abc import Callable
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pconv_cli.core.networks.network import Network, Prediction
from pconv_cli.core.networks.pconv.norm import UncountedBatchNorm
from pconv_cli.core.networks.pconv.partial_conv import PartialConv2d
from pconv_cli.core.networks.pconv.spec import (
    DETAIL_FLOOR,
    DETAIL_GAIN,
    LEAST_SHARE,
    NORM_EPS,
    SURFACE_BLOCK,
    TINT_BLOCK,
    Level,
    ModelSpec,
)
from pconv_cli.core.networks.values import from_values, to_values
from pconv_cli.core.pyramid import fill_pyramid, fine_detail, smooth_surface


class PConvBlock(nn.Module):
    """A partial convolution with the normalisation and activation of its row in the table."""

    def __init__(self, level: Level) -> None:
        super().__init__()
        self.conv = PartialConv2d(
            level.in_channels,
            level.out_channels,
            level.kernel_size,
            level.stride,
            (level.kernel_size - 1) // 2,
            bias=not level.batch_norm,  # a bias before BatchNorm would be subtracted again
        )
        self.norm = UncountedBatchNorm(level.out_channels, eps=NORM_EPS) if level.batch_norm else None
        self.activation = level.activation

    def forward(self, x: Tensor | tuple[Tensor, ...], mask: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """Features and masks in, features and mask out; see `PartialConv2d.forward`. Features in are 0 in holes."""
        y, new_mask = self.conv(x, mask, masked=True)
        if self.norm is not None:
            y = self.norm(y)
        if self.activation == "relu":
            y = F.relu(y)
        elif self.activation == "leaky_relu":
            y = F.leaky_relu(y, 0.2)
        elif self.activation == "tanh":
            y = torch.tanh(y)
        elif self.activation == "ratio":
            ratio = self.conv.ratio((mask,) if isinstance(mask, Tensor) else mask)[0]
            assert self.conv.bias is not None
            y = y + self.conv.bias.view(1, -1, 1, 1) * (ratio - new_mask)
        return y, new_mask


class PConvUNet(Network):
    """The paper's network, for images of any size.

    Args:
        spec: Width, depth and base; the paper's by default.

    References:
        Liu et al., ECCV 2018, section 3.2 and the supplement's table 1.

    Example:
        >>> network = PConvUNet(ModelSpec(width=8, depth=3)).eval()
        >>> image, mask = torch.rand(1, 3, 40, 52), torch.ones(1, 1, 40, 52)  # 1 = valid, 0 = hole
        >>> mask[..., 10:20, 10:20] = 0
        >>> network(image, mask).output.shape
        torch.Size([1, 3, 40, 52])
    """

    spec: ModelSpec

    def __init__(self, spec: ModelSpec | None = None) -> None:
        super().__init__(spec or ModelSpec())
        self.encoder = nn.ModuleList(PConvBlock(level) for level in self.spec.encoder)
        self.decoder = nn.ModuleList(PConvBlock(level) for level in self.spec.decoder)
        self.head = nn.Conv2d(3, 3, 1) if self.spec.head == "sigmoid" else None
        self.encoder_norm_frozen = False
        if self.spec.base == "pyramid":
            # The network corrects a base that is right on the average, so its last kernel starts at a third of the
            # usual; a kernel of 0 would leave the base alone but cut off the gradient to all other layers.
            last = self.decoder[-1]
            assert isinstance(last, PConvBlock)
            with torch.no_grad():
                last.conv.weight.mul_(0.3)

    def freeze_encoder_norm(self, frozen: bool = True) -> None:
        """Freeze the encoder's BatchNorm, statistics and affine parameters, as the paper's fine-tuning phase does."""
        self.encoder_norm_frozen = frozen
        for norm in self._encoder_norms():
            norm.requires_grad_(not frozen)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Set training mode; frozen layers of BatchNorm stay in evaluation mode."""
        super().train(mode)
        if self.encoder_norm_frozen:
            for norm in self._encoder_norms():
                norm.eval()
        return self

    def _encoder_norms(self) -> list[nn.Module]:
        kinds = (nn.BatchNorm2d, nn.SyncBatchNorm)  # the latter in training on several GPUs
        return [module for module in self.encoder.modules() if isinstance(module, kinds)]

    def forward(self, x: Tensor, mask: Tensor) -> Prediction:
        """Predict whole images from damaged ones.

        Args:
            x: ``(N, 3, H, W)`` RGB in [0, 1]; what stands in a hole is not looked at.
            mask: ``(N, 1, H, W)`` of ones (valid) and zeros (hole).

        Returns:
            The output I_out of the paper; a prediction over valid pixels too, but on the base ``pyramid`` the input
            itself there.
        """
        height, width = x.shape[-2:]
        mask = mask.to(torch.promote_types(x.dtype, torch.float32))
        x = torch.where(mask > 0, x, 0.0)  # not x * mask: NaN in a hole would survive
        if self.spec.base == "none":
            values = to_values(self.spec.values, x, mask)
            return Prediction(from_values(self.spec.values, self._predict(values, mask)[..., :height, :width]))
        base = fill_pyramid(x, mask)
        detail = detail_above(base, x, mask).to(x.dtype)
        correction = self._predict(detail, mask)[..., :height, :width] / DETAIL_GAIN
        return Prediction(base + untinted(correction, (1 - mask) * roughness(base, mask)))

    def _predict(self, x: Tensor, mask: Tensor) -> Tensor:
        """The U-Net itself: values and mask, both 0 in holes, to ``(N, 3, H', W')``, padded to the size multiple."""
        multiple = self.spec.size_multiple
        beyond = (0, -x.shape[-1] % multiple, 0, -x.shape[-2] % multiple)
        if any(beyond):
            x, mask = F.pad(x, beyond), F.pad(mask, beyond)
        # The product with the mask (X . M) is taken once for all levels that read the same features.
        skips = []
        features, valid = x, mask
        for block in self.encoder:
            features = features * valid.to(features.dtype)
            skips.append((features, valid))
            features, valid = block(features, valid)
        for block, (skip, skip_valid) in zip(self.decoder, reversed(skips), strict=True):
            features = F.interpolate(features * valid.to(features.dtype), scale_factor=2, mode="nearest")
            valid = F.interpolate(valid, scale_factor=2, mode="nearest")
            features, valid = block((features, skip), (valid, skip_valid))
        return features if self.head is None else torch.sigmoid(self.head(features))


def detail_above(base: Tensor, x: Tensor, mask: Tensor) -> Tensor:
    """Return what a network on the pyramid sees: the image above the smooth surface of its filling, 0 in holes."""
    return DETAIL_GAIN * (x - mask * smooth_surface(base, SURFACE_BLOCK))


def untinted(correction: Tensor, share: Tensor) -> Tensor:
    """Take the mean colours of wide areas out of what the network adds to the base; keep lightness and detail.

    The network sees what lies above the smooth surface of the base (`detail_above`), and so nothing of the colour of
    that surface. The colours of a place it may carry on; what it adds to them over a wide area is the habit of its
    training images, and tints holes. `light.py` and `onnx.py` beside this file compute the same.

    Args:
        correction: ``(N, 3, H, W)``.
        share: ``(N, 1, H, W)`` from 0 to 1: how much of it counts; 0 where valid.

    Returns:
        ``(N, 3, H, W)``: the share of the correction, less its colours (what channels differ by from their mean)
        averaged over blocks of `TINT_BLOCK`, which are interpolated.
    """
    colour = share * (correction - correction.mean(1, keepdim=True))
    smooth, known = (smooth_surface(values, TINT_BLOCK) for values in (colour, share))
    return share * (correction - smooth / known.clamp(min=LEAST_SHARE))


def roughness(
    base: Tensor,
    mask: Tensor,
    fine: Callable[[Tensor], Tensor] = fine_detail,
    fill: Callable[[Tensor, Tensor], Tensor] = fill_pyramid,
) -> Tensor:
    """Measure how much detail the valid surroundings have, 0 (none) to 1 (`DETAIL_FLOOR` and more).

    Args:
        base: ``(N, 3, H, W)``, what `fill_pyramid` made.
        mask: ``(N, 1, H, W)``.
        fine: Another function that does what `fine_detail` does.
        fill: Another function that does what `fill_pyramid` does.
    """
    detail = fine(base).mean(1, keepdim=True)
    return (fill(detail, mask) / DETAIL_FLOOR).clamp(max=1)
