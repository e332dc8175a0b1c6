"""Convolutions in NumPy: products of matrices, and of fewer numbers where the image is large enough for it.

A window of the input and the kernel are multiplied number by number. Winograd's algorithms give several outputs beside
one another for fewer products: both sides are transformed first, as polynomials are multiplied by their values at a
few points. Here 4 x 4 outputs of a 3 x 3 kernel take 36 products and not 144, and 3 x 3 of a 2 x 2 kernel 16 and not
36. A kernel of 5 x 5 at every second place is one of 3 x 3 on four times the channels.

References:
    Winograd, "Arithmetic complexity of computations", 1980.
    Lavin, Gray, "Fast algorithms for convolutional neural networks", CVPR 2016, for convolutions by them.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pconv_cli.cores import stop_if_dropped, usable_cores

Array = NDArray[np.float32]

Mask = NDArray[np.bool_]

# Values that are copied out at once: 2 MiB, which stay in the processor's caches until they are multiplied.
_AT_ONCE = 2**19

# Outputs a side that are computed together, by the kernel's side and the stride. For others it is not worth it.
_TILES = {(2, 1): 3, (3, 1): 4, (5, 2): 4}

# Tiles and channels from which on transforming both sides takes less than the products that it saves. Transformed
# kernels are four times as large: from 16 tiles on, those of the deepest levels took 210 MB and saved no time.
_LEAST_TILES, _LEAST_CHANNELS = 32, 32

# Values of a transformed kernel up to which it is kept: 32 MB. Those of the deepest levels are larger, and seldom used.
_MOST_KEPT = 2**23

# Points at which both sides are looked at, beside infinity: small numbers, so that sums stay exact to float32.
_POINTS = (0, 1, -1, 2, -2)


class _Some(NamedTuple):
    """Some of the places of one of the images, as a part of their list."""

    image: int
    part: slice


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
        self._at_points: Array | None = None
        self._tile = _TILES.get((self._size, stride), 0) if min(self._outputs, inputs) >= _LEAST_CHANNELS else 0

    def __call__(self, images: Sequence[Array], wanted: Sequence[Mask] | None = None) -> list[Array]:
        """Convolve images ``(H, W, C_in)`` of any sizes to ``(h, w, C_out)``, some of their places at once.

        The kernel is as large as what it is multiplied by, where images are small: so several of them share it.

        Args:
            images: See above.
            wanted: ``(h, w)`` each, True at the places that are asked for; what comes at others is finite. None: all.
        """
        sizes = [
            tuple((side + 2 * self._padding - self._size) // self._stride + 1 for side in x.shape[:2]) for x in images
        ]
        if (
            self._tile
            and sum(-(-height // self._tile) * -(-width // self._tile) for height, width in sizes) >= _LEAST_TILES
        ):
            return self._by_tiles(images, sizes, wanted)
        return self._by_windows(images, sizes, wanted)

    def _by_windows(
        self, images: Sequence[Array], sizes: Sequence[tuple[int, ...]], wanted: Sequence[Mask] | None
    ) -> list[Array]:
        """Copy the windows out side by side, and multiply them by the kernel."""
        beyond, square = (self._padding, self._padding), (self._size, self._size)
        windows = [
            sliding_window_view(np.pad(x, (beyond, beyond, (0, 0))), square, axis=(0, 1))[
                :: self._stride, :: self._stride
            ].transpose(0, 1, 3, 4, 2)
            for x in images
        ]
        matrix = self._kernel.reshape(self._outputs, -1).T
        found = [np.zeros((height * width, self._outputs), np.float32) for height, width in sizes]
        places = _places(sizes, wanted)

        def compute(together: Sequence[_Some]) -> None:
            chosen = [places[image][part] for image, part in together]
            parts = [
                windows[image][np.divmod(here, sizes[image][1])].reshape(-1, len(matrix))
                for (image, _), here in zip(together, chosen, strict=True)
            ]
            products = (parts[0] if len(parts) == 1 else np.concatenate(parts)) @ matrix
            start = 0
            for (image, _), here in zip(together, chosen, strict=True):
                found[image][here] = products[start : start + len(here)]
                start += len(here)

        _at_once(compute, places, len(matrix))
        return [y.reshape(*size, self._outputs) for y, size in zip(found, sizes, strict=True)]

    def _by_tiles(
        self, images: Sequence[Array], sizes: Sequence[tuple[int, ...]], wanted: Sequence[Mask] | None
    ) -> list[Array]:
        """Compute tiles of outputs by Winograd's algorithm, those that hold a wanted place."""
        tile, stride = self._tile, self._stride
        _, of_input, of_output = _transforms(tile, -(-self._size // stride))
        points = len(of_input)
        counts = [(-(-height // tile), -(-width // tile)) for height, width in sizes]
        pixels, widths = [], []
        for x, count in zip(images, counts, strict=True):
            sides = ((number * tile + points - tile) * stride for number in count)
            beyond = [(self._padding, side - self._padding - own) for side, own in zip(sides, x.shape[:2], strict=True)]
            padded = _stacked(np.pad(x, (*beyond, (0, 0))), stride)
            pixels.append(padded.reshape(-1, padded.shape[2]))
            widths.append(padded.shape[1])
        channels = pixels[0].shape[1]
        places = _places(counts, None if wanted is None else [_any_of_tiles(some, tile) for some in wanted])
        found = [np.zeros((down, tile, across, tile, self._outputs), np.float32) for down, across in counts]
        kernel = self._transformed()

        def compute(together: Sequence[_Some]) -> None:
            chosen = [places[image][part] for image, part in together]
            ends = np.cumsum([len(here) for here in chosen])
            values = np.empty((points, points, ends[-1], channels), np.float32)
            for (image, _), here, end in zip(together, chosen, ends, strict=True):
                down, across = np.divmod(here, counts[image][1])
                corner = (down * widths[image] + across) * tile
                for row, column in np.ndindex(points, points):
                    there = values[row, column, end - len(here) : end]
                    np.take(pixels[image], corner + (row * widths[image] + column), axis=0, out=there, mode="clip")
            values = of_input @ (of_input @ values.reshape(points, -1)).reshape(points, points, -1)
            values = np.matmul(values.reshape(points**2, -1, channels), kernel)
            values = (of_output @ values.reshape(points, points, -1)).reshape(points, -1)
            values = (of_output @ values).reshape(tile, tile, -1, self._outputs).transpose(2, 0, 1, 3)
            for (image, _), here, end in zip(together, chosen, ends, strict=True):
                down, across = np.divmod(here, counts[image][1])
                found[image][down, :, across] = values[end - len(here) : end]

        _at_once(compute, places, points**2 * channels)
        return [
            y.reshape(y.shape[0] * tile, -1, self._outputs)[:height, :width]
            for y, (height, width) in zip(found, sizes, strict=True)
        ]

    def _transformed(self) -> Array:
        """The kernel's values at the points, ``(n^2, C_in, C_out)``, which are kept unless they are many."""
        if self._at_points is not None:
            return self._at_points
        stride, taps = self._stride, -(-self._size // self._stride)
        beyond = (0, taps * stride - self._size)
        kernel = np.pad(self._kernel, ((0, 0), beyond, beyond, (0, 0)))
        kernel = kernel.reshape(self._outputs, taps, stride, taps, stride, -1).swapaxes(2, 3)
        of_kernel, _, _ = _transforms(self._tile, taps)
        # Both ways at once, output by output: transforming takes as long as the products of a dozen tiles. What is kept
        # is laid out as it is multiplied, which BLAS does up to a third faster for some dozen tiles at once.
        values = np.kron(of_kernel, of_kernel) @ kernel.reshape(self._outputs, taps**2, -1)
        at_points: Array = np.asarray(values.transpose(1, 2, 0), np.float32)
        if at_points.size <= _MOST_KEPT:
            at_points = self._at_points = np.ascontiguousarray(at_points)
        return at_points


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


def _places(sizes: Sequence[tuple[int, ...]], wanted: Sequence[Mask] | None) -> list[NDArray[np.intp]]:
    """Number the places of images that are wanted."""
    if wanted is None:
        return [np.arange(height * width) for height, width in sizes]
    return [np.flatnonzero(some) for some in wanted]


def _any_of_tiles(wanted: Mask, tile: int) -> Mask:
    """Say which tiles hold a wanted place."""
    height, width = wanted.shape
    padded = np.pad(wanted, ((0, -height % tile), (0, -width % tile)))
    return np.asarray(padded.reshape(-(-height // tile), tile, -(-width // tile), tile).any((1, 3)))


def _at_once(compute: Callable[[Sequence[_Some]], None], places: Sequence[NDArray[np.intp]], values: int) -> None:
    """Compute places of images, each of ``values`` values, as many at once as caches hold."""
    stop_if_dropped()
    parts: list[list[_Some]] = [[]]
    most = max(1, _AT_ONCE // values)
    room = most
    for image, own in enumerate(places):
        start = 0
        while start < len(own):
            if not room:
                parts.append([])
                room = most
            end = min(len(own), start + room)
            parts[-1].append(_Some(image, slice(start, end)))
            start, room = end, room - (end - start)
    if len(parts) > 1:
        list(_workers().map(compute, parts))
    elif parts[0]:
        compute(parts[0])


@lru_cache(maxsize=1)
def _workers() -> ThreadPoolExecutor:
    """Threads that wait without spinning, as those of BLAS do not."""
    return ThreadPoolExecutor(usable_cores())
