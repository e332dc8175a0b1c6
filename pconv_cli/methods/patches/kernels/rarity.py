"""How rare patches are."""

from typing import Any

import numpy as np

from pconv_cli.methods.compiled import compiled
from pconv_cli.methods.patches.kernels.differences import LINE, counting, differ, take
from pconv_cli.methods.patches.sizes import SIDE


@compiled("void(f4[::1],i8,i8,i4[::1],i4[::1],i4[::1],i4[::1],i8,i8,f4[::1])")
def rarity(
    source: Any,
    width: int,
    features: int,
    rows: Any,
    columns: Any,
    among_rows: Any,
    among_columns: Any,
    first: int,
    last: int,
    rare: Any,
) -> None:
    """Measure how far the patches from ``first`` to ``last`` are from the most similar one of a sample.

    What stands in an image once, such as a face, is rare; ground and grain are not.

    Args:
        source: ``(H W F + F)``, the features of the image; see `pconv_cli.methods.patches.kernels.search.search`.
        width: Of the image.
        features: F.
        rows: ``(N,)``, with ``columns`` the centres of the patches.
        columns: ``(N,)``.
        among_rows: ``(M,)``, with ``among_columns`` the centres of the sample.
        among_columns: ``(M,)``.
        first: The first patch.
        last: The one after the last.
        rare: ``(N,)``, the least squared difference from a patch of the sample that does not overlap; replaced in
            place, and 0 where all of them do.
    """
    patch, counts = np.zeros(SIDE * LINE * features, np.float32), counting(features)
    for number in range(first, last):
        take(source, width, features, rows[number], columns[number], patch)
        least = np.float32(3e38)
        for other in range(len(among_rows)):
            down, right = among_rows[other] - rows[number], among_columns[other] - columns[number]
            if abs(down) >= SIDE or abs(right) >= SIDE:
                at_row, at_column = among_rows[other], among_columns[other]
                found = differ(source, width, features, at_row, at_column, patch, counts, np.float32(0), least)
                least = min(least, found)
        rare[number] = least if least < 3e38 else 0
