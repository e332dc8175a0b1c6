"""The vote of partners.

References:
    Wexler, Shechtman, Irani, "Space-time completion of video", 2007.
"""

from typing import Any

import numpy as np

from pconv_cli.methods.compiled import compiled
from pconv_cli.methods.patches.sizes import RADIUS


@compiled(
    "void(i8,i8,i8,i4[::1],i4[::1],i4[::1],f4[::1],f4[:,::1],"
    "f4[:,:,::1],f4[:,:,::1],f4[:,::1],b1[:,::1],i4[::1],i4[::1],b1,i8,i8,f4[:,:,::1],f4[:,::1])"
)
def vote(
    height: int,
    width: int,
    scale: int,
    place: Any,
    row: Any,
    column: Any,
    weight: Any,
    shift: Any,
    source: Any,
    low: Any,
    texture: Any,
    known: Any,
    rows: Any,
    columns: Any,
    best_alone: bool,
    first: int,
    last: int,
    filled: Any,
    filled_texture: Any,
) -> None:
    """Fill the pixels from ``first`` to ``last`` by what the partners of the patches over them say.

    What is smooth is the mean of all votes, and detail is that of the best one: means blur it.

    Args:
        height: Of the image whose patches were matched.
        width: Likewise.
        scale: How many times as large the image is that is filled: 1 or 2.
        place: See `pconv_cli.methods.patches.kernels.search.search`.
        row: Likewise.
        column: Likewise.
        weight: ``(T,)``, how much a patch's vote counts, 0 or more.
        shift: ``(T, C)``, what a patch adds to the colours of its partner.
        source: ``(H', W', C)``, the image that colours are taken from, at ``scale``.
        low: ``(H', W', C)``, what of it is smooth.
        texture: ``(H', W')``, how strong its texture is.
        known: ``(H', W')``, which of its pixels may be taken.
        rows: ``(P,)``, with ``columns`` the pixels that are filled.
        columns: ``(P,)``.
        best_alone: Whether the smooth part, too, is the best vote's.
        first: The part's first pixel.
        last: The one after its last.
        filled: ``(H', W', C)``, where they are replaced. A pixel without any vote stays.
        filled_texture: ``(H', W')``, the mean texture of the votes, replaced likewise.
    """
    channels = source.shape[2]
    smooth = np.zeros(channels, np.float32)
    for pixel in range(first, last):
        at_row, at_column = rows[pixel] // scale, columns[pixel] // scale
        in_row, in_column = rows[pixel] % scale, columns[pixel] % scale
        votes, strength, most = np.float32(0), np.float32(0), np.float32(-1)
        best, best_row, best_column = 0, 0, 0
        smooth[:] = 0
        for i in range(max(RADIUS, at_row - RADIUS), min(height - RADIUS - 1, at_row + RADIUS) + 1):
            for j in range(max(RADIUS, at_column - RADIUS), min(width - RADIUS - 1, at_column + RADIUS) + 1):
                target = place[i * width + j]
                if target < 0 or weight[target] <= 0:
                    continue
                there_row = (row[target] + at_row - i) * scale + in_row
                there_column = (column[target] + at_column - j) * scale + in_column
                if there_row >= source.shape[0] or there_column >= source.shape[1]:
                    continue
                if not known[there_row, there_column]:
                    continue
                said = weight[target]
                votes += said
                strength += said * texture[there_row, there_column]
                for k in range(channels):
                    smooth[k] += said * (low[there_row, there_column, k] + shift[target, k])
                # Of equal ones the patch whose centre is nearest, not the first one, which would leave blocks.
                said *= 1 - np.float32(1e-5) * ((i - at_row) ** 2 + (j - at_column) ** 2)
                if said > most:
                    most, best, best_row, best_column = said, target, there_row, there_column
        if votes <= 0:
            continue
        for k in range(channels):
            detail = source[best_row, best_column, k]
            if best_alone:
                filled[rows[pixel], columns[pixel], k] = detail + shift[best, k]
            else:
                detail -= low[best_row, best_column, k]
                filled[rows[pixel], columns[pixel], k] = smooth[k] / votes + detail
        filled_texture[rows[pixel], columns[pixel]] = strength / votes
