"""The inner loop of `pconv_cli.methods.narrow.specks`, compiled as those of the patches are."""

from typing import Any

import numpy as np

from pconv_cli.methods.compiled import compiled


@compiled("void(f4[:,:,::1],b1[:,::1],i4[::1],i4[::1],i4[::1],i4[::1],i4[::1],f4[::1],i8,f4)")
def solve(
    image: Any,
    mask: Any,
    rows: Any,
    columns: Any,
    ends: Any,
    down: Any,
    right: Any,
    weights: Any,
    sweeps: int,
    settled: Any,
) -> None:
    """Solve for groups of pixels in place, by Gauss-Seidel sweeps from the mean of what is valid beside each.

    Args:
        image: ``(H, W, C)``.
        mask: ``(H, W)``, True = valid.
        rows: ``(n,)``, with ``columns`` the pixels, those of a group one after another.
        columns: ``(n,)``.
        ends: ``(g,)``, the number of the pixel after each group's last. No pixel is looked at from another group's.
        down: ``(m,)``, with ``right`` and ``weights`` the operator beside its middle, which is 20; beyond the image's
            edge the image is mirrored.
        right: ``(m,)``.
        weights: ``(m,)``.
        sweeps: How many at most.
        settled: The change of a group at which they end.
    """
    height, width, channels = image.shape
    sums = np.zeros(channels, np.float32)
    first, most = 0, 0
    for end in ends:
        most, first = max(most, end - first), end
    beside = np.zeros((most, len(down), 2), np.int32)  # of each pixel of a group, the places that it looks at
    first = 0
    for end in ends:
        for pixel in range(first, end):
            sums[:] = 0
            count = 0
            for place in range(len(down)):
                row, column = abs(rows[pixel] + down[place]), abs(columns[pixel] + right[place])
                row = max(0, min(row, 2 * height - 2 - row))
                column = max(0, min(column, 2 * width - 2 - column))
                beside[pixel - first, place, 0], beside[pixel - first, place, 1] = row, column
                if mask[row, column]:
                    count += 1
                    for k in range(channels):
                        sums[k] += image[row, column, k]
            for k in range(channels):
                image[rows[pixel], columns[pixel], k] = sums[k] / np.float32(max(1, count))
        for _ in range(sweeps):
            change = np.float32(0)
            for pixel in range(first, end):
                sums[:] = 0
                for place in range(len(down)):
                    row, column = beside[pixel - first, place]
                    for k in range(channels):
                        sums[k] -= weights[place] * image[row, column, k]
                for k in range(channels):
                    value = sums[k] / np.float32(20)
                    change = max(change, abs(value - image[rows[pixel], columns[pixel], k]))
                    image[rows[pixel], columns[pixel], k] = value
            if change <= settled:
                break
        for pixel in range(first, end):
            for k in range(channels):
                value = image[rows[pixel], columns[pixel], k]
                image[rows[pixel], columns[pixel], k] = min(np.float32(1), max(np.float32(0), value))
        first = end
