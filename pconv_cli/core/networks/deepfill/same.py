"""Convolution with the padding that TensorFlow calls ``SAME``."""

from torch import Tensor, nn
from torch.nn import functional as F


def same_padding(side: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Give the zeros before and after a side of an image.

    The output has ``ceil(side / stride)`` values. Where the zeros cannot be shared evenly, the side's end has one more:
    with stride 2, an even side and a kernel of 3, there are none before and one after. PyTorch's ``padding=1`` would
    shift the whole grid by a pixel.

    Args:
        side: Side of the image, in pixels.
        kernel: Side of the convolution's kernel, in pixels.
        stride: Likewise.
        dilation: Likewise.

    References:
        TensorFlow's documentation of ``tf.nn``, "Notes on padding".

    Example:
        >>> same_padding(64, kernel=3, stride=2), same_padding(64, kernel=5, stride=2), same_padding(63, 3, 2)
        ((0, 1), (1, 2), (1, 1))
    """
    outputs = -(-side // stride)
    total = max((outputs - 1) * stride + (kernel - 1) * dilation + 1 - side, 0)
    return total // 2, total - total // 2


class SameConv2d(nn.Conv2d):
    """A convolution padded as ``SAME``, with TensorFlow's initial values: Glorot's kernels, and biases of 0.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: In pixels, of both axes.
        stride: Likewise.
        dilation: Likewise.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, dilation: int = 1):
        super().__init__(in_channels, out_channels, kernel_size, stride, dilation=dilation)

    def reset_parameters(self) -> None:
        """Draw new values."""
        nn.init.xavier_uniform_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve ``(N, C, H, W)``."""
        (kernel, _), (stride, _), (dilation, _) = self.kernel_size, self.stride, self.dilation
        top, bottom = same_padding(x.shape[-2], kernel, stride, dilation)
        left, right = same_padding(x.shape[-1], kernel, stride, dilation)
        if (top, left) == (bottom, right):  # the convolution pads by itself, without a copy
            return F.conv2d(x, self.weight, self.bias, self.stride, (top, left), self.dilation)
        return F.conv2d(F.pad(x, (left, right, top, bottom)), self.weight, self.bias, self.stride, 0, self.dilation)
