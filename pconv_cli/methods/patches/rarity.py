"""How rare known patches are: what stands in an image once, such as a face, is rare; ground and grain are not."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.patches.features import Map

# Patches that others are compared with to see how rare they are, and about how many are compared with them.
_SAMPLE, _MEASURED = 128, 16384


def measured_rarity(
    source: NDArray[np.float32], features: int, whole: Mask, in_parts: Callable[[int, Callable[[int, int], None]], None]
) -> tuple[Map, Mask]:
    """Measure how far known patches are from the most similar one of a sample.

    Args:
        source: ``(H W F + F)``, the features of the image; see `pconv_cli.methods.patches.features.features_of`.
        features: F.
        whole: ``(H, W)``, where patches are centred that are known altogether.
        in_parts: Works off a number of things part by part, by a function of the first and the one after the last.

    Returns:
        ``(H, W)``, the least squared difference, and ``(H, W)``, where it was measured: at whole patches, in large
        images at one of several.
    """
    from pconv_cli.methods.patches.kernels.rarity import rarity  # which takes long to load

    step = max(1, round((whole.size / _MEASURED) ** 0.5))
    some = np.zeros_like(whole)
    some[::step, ::step] = whole[::step, ::step]
    rows, columns = (part.astype(np.int32) for part in np.nonzero(some))
    rare = np.zeros(len(rows), np.float32)
    sample = np.linspace(0, max(0, len(rows) - 1), min(_SAMPLE, len(rows))).astype(np.int64)
    among = rows[sample], columns[sample]
    in_parts(
        len(rows),
        lambda first, last: rarity(source, whole.shape[1], features, rows, columns, *among, first, last, rare),
    )
    found = np.zeros(whole.shape, np.float32)
    found[rows, columns] = rare
    return found, some
