"""Images and flags at half their sides; one function for each way to treat holes and odd sides.

`halve_known` is for filling: means of known pixels alone, and an odd side is padded with hole, so that nothing of the
image is lost. `halve_whole` is for measuring, as MS-SSIM is defined: plain means, and an odd last row or column is left
out, so that every value is of four pixels. `any_of_blocks` is for flags: one is enough.

Two kinds stand elsewhere. The network's halvings run in torch, with gradients (`pconv_cli.core`). Reduced views of an
image are made by OpenCV's area filter, by any factor (`pconv_cli.files.previews`).
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Float = TypeVar("Float", np.float32, np.float64)


def halve_known(image: NDArray[np.float32], known: Flags) -> tuple[NDArray[np.float32], Flags]:
    """Reduce an image to half its sides by means of what is known; an odd side is padded with what is not.

    Args:
        image: ``(H, W, C)``; what stands in unknown pixels is not looked at.
        known: ``(H, W)``, True = known.

    Returns:
        The image ``(ceil(H / 2), ceil(W / 2), C)``, 0 where unknown, and what of it is known: where any of the four
        pixels was.
    """
    pad = ((0, known.shape[0] % 2), (0, known.shape[1] % 2))
    valid = np.pad(known, pad).astype(np.float32)[:, :, np.newaxis]
    values = np.where(valid > 0, np.pad(image, (*pad, (0, 0))), np.float32(0))
    count, total = _sum_of_four(valid), _sum_of_four(values)
    return np.asarray(total / np.maximum(count, 1), np.float32), count[:, :, 0] > 0


def halve_whole(values: NDArray[Float]) -> NDArray[Float]:
    """Reduce values ``(H, W, ...)`` to half their sides by means of four; an odd last row or column is left out."""
    height, width = (side // 2 * 2 for side in values.shape[:2])
    means: NDArray[Float] = _sum_of_four(values[:height, :width])
    means /= 4
    return means


def any_of_blocks(flags: Flags, factor: int = 2) -> Flags:
    """Reduce flags by a whole factor: True where any flag of a block is; blocks at the far edges may be cut.

    Args:
        flags: ``(H, W)``.
        factor: Side of a block in pixels.

    Returns:
        ``(ceil(H / factor), ceil(W / factor))``.
    """
    rows = flags[::factor].copy()
    for shift in range(1, factor):  # slice by slice: `logical_or.reduceat` takes twenty times as long
        part = flags[shift::factor]
        rows[: len(part)] |= part
    blocks = rows[:, ::factor].copy()
    for shift in range(1, factor):
        part = rows[:, shift::factor]
        blocks[:, : part.shape[1]] |= part
    return blocks


def _sum_of_four(array: NDArray[Float]) -> NDArray[Float]:
    total: NDArray[Float] = array[::2, ::2] + array[1::2, ::2] + array[::2, 1::2] + array[1::2, 1::2]
    return total
