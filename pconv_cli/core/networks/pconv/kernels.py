"""Convolutions of the inference engine: weights are laid out in memory once, and sums are made in place."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

# What a 3 x 3 kernel on an upsampled input does along one side, as a transposed convolution of stride 2: each of its 4
# taps is a sum of the kernel's 3.
_SPREAD = ((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), (1.0, 1.0, 0.0), (1.0, 0.0, 0.0))

# Those of the four taps that an output of even and of odd place reads, on the low-resolution pixels in their order.
_TAPS = ((3, 1), (2, 0))

# With fewer output channels a transposed convolution leaves the processor's wide registers mostly empty.
_FEW_CHANNELS = 16


class _Layouts:
    """A convolution's weights as oneDNN wants them in memory, which depends on the shape of the input.

    Weights laid out for another shape work, too, but oneDNN turns them at each call: the widest ones of a window of
    128 px took 180 ms instead of 2, on a processor with AVX2. A layout is kept once, however many shapes want it.

    Args:
        lay_out: torch's operator that lays them out.
        weight: As that wants it.
        geometry: All that it asks beside the shape.
    """

    def __init__(self, lay_out: Callable[..., Tensor], weight: Tensor, *geometry: Any) -> None:
        self._lay_out = partial(lay_out, weight, *geometry)
        self._by_shape: dict[torch.Size, Tensor] = {}
        self._by_bytes: dict[int, Tensor] = {}

    def __getitem__(self, shape: torch.Size) -> Tensor:
        """Give the weights for inputs of a shape."""
        found = self._by_shape.get(shape)
        if found is None:
            found = self._lay_out(list(shape))
            # Layouts of one size have blocks of channels that divide one another: these are turned in no time.
            found = self._by_bytes.setdefault(torch.ops.mkldnn._nbytes(found), found)
            self._by_shape[shape] = found
        return found


class Kernel:
    """A convolution without bias, summed onto what is there already if wanted.

    Args:
        weight: ``(C_out, C_in, k, k)``.
        stride: Step between windows.
        padding: Rows and columns of zeros on each side.
    """

    def __init__(self, weight: Tensor, stride: int, padding: int) -> None:
        self._geometry = [padding] * 2, [stride] * 2, [1, 1], 1
        self._weight = weight.contiguous(memory_format=torch.channels_last)
        self._layouts: _Layouts | None = None
        if _packs(weight):
            lay_out = torch.ops.mkldnn._reorder_convolution_weight
            self._layouts = _Layouts(lay_out, self._weight, *self._geometry)

    def __call__(self, x: Tensor, onto: Tensor | None = None) -> Tensor:
        """Convolve ``(N, C_in, H, W)``, and sum the result onto a tensor, in place, where one is given."""
        y: Tensor
        step = self._geometry[1][0]
        if x.dtype == torch.bfloat16 and onto is None and step < x.shape[-2] and x.shape[-1] <= step:
            # An output one pixel wide and higher comes out wrong in bfloat16 (oneDNN of torch 2.13, AMX): it takes in
            # memory beyond its input. A second column is computed and cut off again.
            return self(F.pad(x, (0, step)))[..., :1].contiguous(memory_format=torch.channels_last)
        if self._layouts is None:
            padding, stride, dilation, groups = self._geometry
            y = F.conv2d(x, self._weight, None, stride, padding, dilation, groups)
            return y if onto is None else onto.add_(y)
        shared = x, self._layouts[x.shape], None, *self._geometry
        if onto is None:
            y = torch.ops.mkldnn._convolution_pointwise(*shared, "none", [], "")
        else:
            y = torch.ops.mkldnn._convolution_pointwise_.binary(onto, *shared, "add", 1.0, None, [], "")
        return y


class UpKernel:
    """Nearest upsampling by 2 and then a 3 x 3 convolution of padding 1, without bias, at the low resolution.

    Args:
        weight: ``(C_out, C_in, 3, 3)`` of that convolution.
        dtype: Precision to compute in.
    """

    def __init__(self, weight: Tensor, dtype: torch.dtype) -> None:
        spread = torch.tensor(_SPREAD, dtype=weight.dtype, device=weight.device)
        taps = spread @ weight @ spread.T  # (C_out, C_in, 4, 4)
        self._channels = weight.shape[0]
        self._four: Kernel | None = None
        if self._channels < _FEW_CHANNELS:
            four = [taps[:, :, rows][..., columns] for rows in _TAPS for columns in _TAPS]
            self._four = Kernel(torch.cat(four).to(dtype), 1, 1)  # (4 C_out, C_in, 2, 2)
            return
        self._geometry = [1, 1], [0, 0], [2, 2], [1, 1], 1  # padding, padding of the output, stride, dilation, groups
        self._weight = taps.transpose(0, 1).to(dtype).contiguous(memory_format=torch.channels_last)
        self._layouts: _Layouts | None = None
        if _packs(self._weight):
            lay_out = torch.ops.mkldnn._reorder_convolution_transpose_weight
            self._layouts = _Layouts(lay_out, self._weight, *self._geometry)

    def __call__(self, x: Tensor) -> Tensor:
        """``(N, C_in, h, w)`` to ``(N, C_out, 2h, 2w)``."""
        y: Tensor
        if self._four is not None:
            return self._interleaved(self._four(x))
        if self._layouts is None:
            padding, _, stride, _, _ = self._geometry
            y = F.conv_transpose2d(x, self._weight, None, stride, padding)
        else:
            y = torch.ops.mkldnn._convolution_transpose_pointwise(
                x, self._layouts[x.shape], None, *self._geometry, "none", [], ""
            )
        return y

    def _interleaved(self, four: Tensor) -> Tensor:
        """The convolution of each parity of row and column, ``(N, 4 C_out, h + 1, w + 1)``, put in its places."""
        batch, height, width = four.shape[0], four.shape[2] - 1, four.shape[3] - 1
        y = torch.empty(
            (batch, self._channels, 2 * height, 2 * width),
            dtype=four.dtype,
            device=four.device,
            memory_format=torch.channels_last,
        )
        for index, part in enumerate(torch.split(four, self._channels, dim=1)):
            row, column = divmod(index, 2)
            y[:, :, row::2, column::2] = part[:, :, row : row + height, column : column + width]
        return y


def window_sum(mask: Tensor, size: int, stride: int) -> Tensor:
    """Sum a one-channel mask over square windows of an odd size, zeros beyond its edge; see `partial_conv.box_mean`.

    Rows first and then columns, by sums of whole planes: several times faster than windows one by one.
    """
    padded = F.pad(mask, (size // 2,) * 4)
    for dim in (2, 3):
        count = (padded.shape[dim] - size) // stride + 1
        parts = [_every(padded, dim, start, stride, count) for start in range(size)]
        padded = parts[0] + parts[1]
        for part in parts[2:]:
            padded += part
    return padded


def _every(plane: Tensor, dim: int, start: int, stride: int, count: int) -> Tensor:
    places = slice(start, start + stride * (count - 1) + 1, stride)
    return plane[:, :, places] if dim == 2 else plane[:, :, :, places]


def _packs(weight: Tensor) -> bool:
    """Say whether torch lays such weights out for oneDNN here, by operators that not every build of it has."""
    operators = "_reorder_convolution_transpose_weight", "_nbytes"
    if weight.device.type != "cpu" or not all(hasattr(torch.ops.mkldnn, name) for name in operators):
        return False
    if weight.dtype == torch.bfloat16:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return weight.dtype == torch.float32
