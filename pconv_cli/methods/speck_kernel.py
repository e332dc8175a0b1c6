"""The inner loop of `pconv_cli.methods.specks`, compiled as those of the patches are."""

from typing import Any

import numpy as np

from pconv_cli.methods.compiled import compiled


@compiled("void(f4[:,:,::1],b1[:,::1],i4[::1],i4[::1],i4[::1],i4[::1],f4[::1],i8,f4)")
def solve(
    image: Any, mask: Any, rows: Any, columns: Any, down: Any, right: Any, weights: Any, sweeps: int, settled: Any
) -> None:
    """Solve for some pixels in place, by Gauss-Seidel sweeps from the mean of what is valid beside each.

    Args:
        image: ``(H, W, C)``.
        mask: ``(H, W)``, True = valid.
        rows: ``(n,)``, with ``columns`` the pixels.
        columns: ``(n,)``.
        down: ``(m,)``, with ``right`` and ``weights`` the operator beside its middle, which is 20; beyond the image's
            edge the image is mirrored.
        right: ``(m,)``.
        weights: ``(m,)``.
        sweeps: How many at most.
        settled: The change at which they end.
    """
    height, width, channels = image.shape
    sums = np.zeros(channels, np.float32)
    for sweep in range(sweeps + 1):
        change = np.float32(0)
        for pixel in range(len(rows)):
            sums[:] = 0
            count = 0
            for place in range(len(down)):
                row, column = abs(rows[pixel] + down[place]), abs(columns[pixel] + right[place])
                row = max(0, min(row, 2 * height - 2 - row))
                column = max(0, min(column, 2 * width - 2 - column))
                if sweep > 0:
                    for k in range(channels):
                        sums[k] -= weights[place] * image[row, column, k]
                elif mask[row, column]:
                    count += 1
                    for k in range(channels):
                        sums[k] += image[row, column, k]
            share = np.float32(20) if sweep > 0 else np.float32(max(1, count))
            for k in range(channels):
                value = sums[k] / share
                change = max(change, abs(value - image[rows[pixel], columns[pixel], k]))
                image[rows[pixel], columns[pixel], k] = value
        if sweep > 0 and change <= settled:
            break
    for pixel in range(len(rows)):
        for k in range(channels):
            value = image[rows[pixel], columns[pixel], k]
            image[rows[pixel], columns[pixel], k] = min(np.float32(1), max(np.float32(0), value))
