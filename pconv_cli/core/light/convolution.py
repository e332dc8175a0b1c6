"""Convolutions in NumPy: products of matrices, and of fewer numbers where the image is large enough for it.

A window of the input and the kernel are multiplied number by number. Winograd's algorithms give several outputs beside
one another for fewer products: both sides are transformed first, as polynomials are multiplied by their values at a
few points. Here 4 x 4 outputs of a 3 x 3 kernel take 36 products and not 144, and 3 x 3 of a 2 x 2 kernel 16 and not
36. A kernel of 5 x 5 at every second place is one of 3 x 3 on four times the channels.

References:
    Winograd, "Arithmetic complexity of computations", 1980.
    Lavin, Gray, "Fast algorithms for convolutional neural networks", CVPR 2016, for convolutions by them.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pconv_cli.cores import usable_cores

Array = NDArray[np.float32]

# Values that are copied out at once: 2 MiB, which stay in the processor's caches until they are multiplied.
_AT_ONCE = 2**19

# Outputs a side that are computed together, by the kernel's side and the stride. For others it is not worth it.
_TILES = {(2, 1): 3, (3, 1): 4, (5, 2): 4}

# Tiles and channels from which on transforming both sides takes less than the products that it saves.
_LEAST_TILES, _LEAST_CHANNELS = 16, 32

# Points at which both sides are looked at, beside infinity: small numbers, so that sums stay exact to float32.
_POINTS = (0, 1, -1, 2, -2)


class Convolution:
    """A convolution by one kernel, zeros beyond the edge of its input.

    Args:
        kernel: ``(C_out, k, k, C_in)`` float32.
        stride: Places between windows.
        padding: Zeros on each side.
    """

    def __init__(self, kernel: Array, stride: int, padding: int) -> None:
        self._kernel, self._stride, self._padding = kernel, stride, padding
        self._outputs, self._size, _, inputs = kernel.shape
        self._tile = _TILES.get((self._size, stride), 0) if min(self._outputs, inputs) >= _LEAST_CHANNELS else 0

    def __call__(self, x: Array) -> Array:
        """Convolve ``(H, W, C_in)`` to ``(h, w, C_out)``, a strip of rows at once."""
        height, width = ((side + 2 * self._padding - self._size) // self._stride + 1 for side in x.shape[:2])
        if self._tile and -(-height // self._tile) * -(-width // self._tile) >= _LEAST_TILES:
            return self._by_tiles(x, height, width)
        return self._by_windows(x, height, width)

    def _by_windows(self, x: Array, height: int, width: int) -> Array:
        """Copy the windows out side by side, and multiply them by the kernel."""
        beyond = (self._padding, self._padding)
        padded = np.pad(x, (beyond, beyond, (0, 0)))
        windows = sliding_window_view(padded, (self._size, self._size), axis=(0, 1))
        windows = windows[:: self._stride, :: self._stride].transpose(0, 1, 3, 4, 2)
        matrix = self._kernel.reshape(self._outputs, -1).T
        y = np.empty((height, width, self._outputs), np.float32)
        rows = max(1, _AT_ONCE // (width * len(matrix)))

        def compute(top: int) -> None:
            copied = windows[top : top + rows].reshape(-1, len(matrix))
            np.matmul(copied, matrix, out=y[top : top + rows].reshape(-1, self._outputs))

        _in_strips(compute, height, rows)
        return y

    def _by_tiles(self, x: Array, height: int, width: int) -> Array:
        """Compute tiles of outputs by Winograd's algorithm."""
        tile, stride = self._tile, self._stride
        _, of_input, of_output = _transforms(tile, -(-self._size // stride))
        points = len(of_input)
        down, across = -(-height // tile), -(-width // tile)
        sides = ((count * tile + points - tile) * stride for count in (down, across))
        beyond = [(self._padding, side - self._padding - own) for side, own in zip(sides, x.shape[:2], strict=True)]
        padded = _stacked(np.pad(x, (*beyond, (0, 0))), stride)
        channels = padded.shape[2]
        y = np.empty((down, tile, across, tile, self._outputs), np.float32)
        strip = max(1, _AT_ONCE // (points**2 * across * channels))

        def compute(top: int) -> None:
            rows = min(strip, down - top)
            part = padded[top * tile : (top + rows) * tile + points - tile]
            lines = sliding_window_view(part, points, axis=0)[::tile].transpose(3, 0, 1, 2)
            lines = (of_input @ lines.reshape(points, -1)).reshape(points, rows, -1, channels)
            squares = sliding_window_view(lines, points, axis=2)[:, :, ::tile].transpose(0, 4, 1, 2, 3)
            values = of_input @ squares.reshape(points, points, -1)
            values = np.matmul(values.reshape(points**2, -1, channels), self._transformed)
            values = of_output @ values.reshape(points, points, -1)
            values = of_output @ values.reshape(points, -1)
            there = values.reshape(tile, tile, rows, across, self._outputs)
            y[top : top + rows] = there.transpose(2, 0, 3, 1, 4)

        _in_strips(compute, down, strip)
        return y.reshape(down * tile, across * tile, self._outputs)[:height, :width]

    @cached_property
    def _transformed(self) -> Array:
        """The kernel's values at the points, ``(n^2, C_in, C_out)``."""
        stride, taps = self._stride, -(-self._size // self._stride)
        beyond = (0, taps * stride - self._size)
        kernel = np.pad(self._kernel, ((0, 0), beyond, beyond, (0, 0)))
        kernel = kernel.reshape(self._outputs, taps, stride, taps, stride, -1).swapaxes(2, 3)
        of_kernel, _, _ = _transforms(self._tile, taps)
        # Both ways at once, output by output, and nothing is turned: transforming takes as long as the products of a
        # dozen tiles.
        values = np.kron(of_kernel, of_kernel) @ kernel.reshape(self._outputs, taps**2, -1)
        return np.asarray(values.transpose(1, 2, 0), np.float32)


def _stacked(x: Array, stride: int) -> Array:
    """Put squares of pixels, ``stride`` a side, into the channels: ``(H, W, C)``, sides multiples of it."""
    height, width, channels = x.shape
    parts = x.reshape(height // stride, stride, width // stride, stride, channels).swapaxes(1, 2)
    return parts.reshape(height // stride, width // stride, stride**2 * channels)


@lru_cache(maxsize=8)
def _transforms(tile: int, taps: int) -> tuple[Array, Array, Array]:
    """Give the matrices of kernel ``(n, taps)``, input ``(n, n)`` and output ``(tile, n)``, n of tile + taps - 1.

    The last point is infinity, where a polynomial's value is its leading coefficient.
    """
    points = _POINTS[: tile + taps - 2]
    finite = len(points)
    of_kernel, of_input, of_output = (
        np.zeros(shape) for shape in ((finite + 1, taps), (finite + 1, finite + 1), (tile, finite + 1))
    )
    for at, point in enumerate(points):
        others = np.poly([other for other in points if other != point])
        of_kernel[at] = np.power(float(point), np.arange(taps)) / np.polyval(others, point)
        of_input[at, :finite] = others[::-1]
        of_output[:, at] = np.power(float(point), np.arange(tile))
    of_kernel[-1, -1] = of_output[-1, -1] = 1
    of_input[-1] = np.poly(points)[::-1]
    kernel, values, output = (matrix.astype(np.float32) for matrix in (of_kernel, of_input, of_output))
    return kernel, values, output


def _in_strips(compute: Any, height: int, rows: int) -> None:
    if rows < height:
        list(_workers().map(compute, range(0, height, rows)))
    else:
        compute(0)


@lru_cache(maxsize=1)
def _workers() -> ThreadPoolExecutor:
    """Threads that wait without spinning, as those of BLAS do not."""
    return ThreadPoolExecutor(usable_cores())
