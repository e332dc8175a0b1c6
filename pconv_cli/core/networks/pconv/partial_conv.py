"""The partial convolution: equations (1) and (2) of Liu et al., ECCV 2018.

At each position, with N = C_in * k_h * k_w and s = the sum of the mask M over the window and all channels:

    x' = W^T (X . M) * N / s + b    where s > 0,    else exactly 0
    m' = 1                          where s > 0,    else 0

Padding counts as hole. All channels of one source share one mask, so a mask is carried as one channel a source,
and s / N is a box mean of a single channel: the sources' masks, each weighted by its source's share of the channels.
That is the same function as a convolution of a many-channel mask with ones, at about half the layer's arithmetic.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def box_mean(mask: Tensor, kernel_size: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> Tensor:
    """Return the mean of a one-channel mask over each window, zeros beyond its edge.

    Args:
        mask: ``(N, 1, H, W)`` in float32 or float64.
        kernel_size: Height and width of the window in pixels.
        stride: Steps between windows, down and across.
        padding: Rows and columns of zeros on each side.

    Returns:
        ``(N, 1, H', W')`` of the mask's dtype; exactly 0 where the window is.
    """
    # Pooled, and not a convolution with ones, because autocast would round a convolution to half precision.
    if any(2 * beside > size for beside, size in zip(padding, kernel_size, strict=True)):  # more than pooling pads
        mask, padding = F.pad(mask, (padding[1], padding[1], padding[0], padding[0])), (0, 0)
    return F.avg_pool2d(mask, kernel_size, stride, padding)


class PartialConv2d(nn.Module):
    """A convolution over valid pixels alone, renormalised by their share of the window, that also updates the mask.

    Args:
        in_channels: Channels of the input; a sequence where it is a concatenation of sources that each have a mask
            of their own, as after a skip connection.
        out_channels: Channels of the output.
        kernel_size: Side of the window in pixels, or (height, width).
        stride: Step between windows, or (down, across).
        padding: Rows and columns of holes on each side, or (rows, columns).
        bias: Whether a bias is added, which happens only where the window holds a valid pixel.

    Raises:
        ValueError: No source, or a number of channels below one.

    References:
        Liu et al., "Image Inpainting for Irregular Holes Using Partial Convolutions", ECCV 2018, eq. (1) and (2).

    Example:
        >>> layer = PartialConv2d(3, 8, 3, padding=1)
        >>> y, new_mask = layer(torch.rand(1, 3, 16, 16), torch.ones(1, 1, 16, 16))
        >>> y.shape, new_mask.shape
        (torch.Size([1, 8, 16, 16]), torch.Size([1, 1, 16, 16]))
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.in_channels = (in_channels,) if isinstance(in_channels, int) else tuple(in_channels)
        if not self.in_channels or min(*self.in_channels, out_channels, 1) < 1:
            raise ValueError(f"channels must be 1 or more, got {in_channels} to {out_channels}")
        self.out_channels = out_channels
        self.kernel_size = _pair(kernel_size)
        self.stride = _pair(stride)
        self.padding = _pair(padding)
        self.weight = nn.Parameter(torch.empty(out_channels, sum(self.in_channels), *self.kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")

    @property
    def window_size(self) -> int:
        """N of equation (1): the number of values in a window over all channels."""
        return sum(self.in_channels) * math.prod(self.kernel_size)

    def forward(
        self, x: Tensor | Sequence[Tensor], mask: Tensor | Sequence[Tensor], *, masked: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Convolve the valid pixels and update the mask.

        Args:
            x: ``(N, C, H, W)``, C being the sum of ``in_channels``; or one tensor ``(N, C_i, H, W)`` a source. Finite
                in holes too, since it is multiplied by the mask, as the paper has it.
            mask: ``(N, 1, H, W)`` of ones (valid) and zeros (hole); or one a source.
            masked: Whether x is 0 in holes already, so that the product with the mask can be left out.

        Returns:
            The output ``(N, out_channels, H', W')`` and its mask ``(N, 1, H', W')`` in float32 (float64 for a
            float64 input).

        Raises:
            ValueError: The number of sources or of masks is not that of ``in_channels``, a source has other channels,
                or a mask has more than one channel or another size.
        """
        if isinstance(x, Tensor) and x.shape[1] != sum(self.in_channels):
            raise ValueError(f"{sum(self.in_channels)} channels expected, got {tuple(x.shape)}")
        sources: tuple[Tensor, ...]
        if isinstance(x, Tensor):
            sources = (x,) if len(self.in_channels) == 1 else torch.split(x, list(self.in_channels), dim=1)
        else:
            sources = tuple(x)
        masks = (mask,) if isinstance(mask, Tensor) else tuple(mask)
        if not len(sources) == len(masks) == len(self.in_channels):
            raise ValueError(f"{len(self.in_channels)} sources expected, got {len(sources)} and {len(masks)} masks")
        for source, m, channels in zip(sources, masks, self.in_channels, strict=True):
            if source.shape[1] != channels or m.shape != (source.shape[0], 1, *source.shape[2:]):
                raise ValueError(
                    f"a source of {channels} channels and its mask (N, 1, H, W) of one size expected, "
                    f"got {tuple(source.shape)} and {tuple(m.shape)}"
                )

        masks = tuple(m.to(torch.promote_types(sources[0].dtype, torch.float32)) for m in masks)
        ratio, new_mask = self.ratio(masks)
        if not masked:
            sources = tuple(source * m.to(source.dtype) for source, m in zip(sources, masks, strict=True))
        joined = sources[0] if len(sources) == 1 else torch.cat(sources, dim=1)
        # In place: that multiplies in the ratio's precision and rounds the product alone, in one operation.
        y = F.conv2d(joined, self.weight, None, self.stride, self.padding).mul_(ratio)
        if self.bias is not None:
            y = y + self.bias.to(y.dtype).view(1, -1, 1, 1) * new_mask.to(y.dtype)
        return y, new_mask

    def ratio(self, masks: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """N/s of equation (1), 0 where s = 0, and the mask of equation (2); neither ever leaves the masks' precision.

        Args:
            masks: One a source, ``(N, 1, H, W)`` in float32 or float64.

        Returns:
            Two tensors ``(N, 1, H', W')``.
        """
        mixed, channels = masks[0], self.in_channels[0]
        for mask, more in zip(masks[1:], self.in_channels[1:], strict=True):
            channels += more
            mixed = torch.lerp(mixed, mask, more / channels)
        share = box_mean(mixed, self.kernel_size, self.stride, self.padding)
        new_mask = share.sign()
        return new_mask / share.clamp(min=0.5 / self.window_size), new_mask  # a share above 0 is 1 / N or more

    def extra_repr(self) -> str:
        """Return what ``print`` shows of the layer."""
        return (
            f"{'+'.join(map(str, self.in_channels))}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}, bias={self.bias is not None}"
        )


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value
