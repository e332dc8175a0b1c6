"""Detail of known patches for a fill that comes from a coarser scale: the scales of a completion that it lacks.

Down to its own scale such a fill is laid out. There each of its patches looks for the known one that it is most like,
and from there on the search and the votes go on as in any completion, up to the scale of the image.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from pconv_cli.cores import usable_cores
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.patches.completion import by_scales, texture_of
from pconv_cli.methods.patches.features import Image
from pconv_cli.methods.patches.scale import PATCH, PatchScale
from pconv_cli.tiling.halving import any_of_blocks, halve_known
from pconv_cli.tiling.rect import Size

# Sweeps of `partners`, which are only counted by regions: 16 take 2.5 times as long, and choose much the same ones.
_COUNTED = 6


def add_detail(image: Image, coarse: Image, known: Mask, hole: Mask, own: Size, *, seed: int = 0) -> Image:
    """Give a coarse fill the detail of the known part of an image.

    Args:
        image: ``(H, W, C)`` float32, with the enlarged fill where it is not known.
        coarse: ``(H / s, W / s, C)``, sides rounded up, what the fill is at its own scale, 1 / s, a power of 2; beside
            the hole it is not looked at.
        known: ``(H, W)``, what patches are taken from.
        hole: ``(H, W)``, what gets detail; none of it is known. What is neither is looked at and stays.
        own: Height and width of the part at the top left in which holes are; the rest are further sources.
        seed: Of the search, as of `pconv_cli.methods.patches.completion.complete`.

    Returns:
        ``(H, W, C)``, equal to ``image`` outside the hole. Where there is no whole known patch, all of it is.
    """
    levels, sizes = [(image.copy(), known, hole)], [own]
    while levels[-1][0].shape[0] > coarse.shape[0] and min(sizes[-1]) >= 2 * PATCH:
        smaller = _half(*levels[-1])
        if not smaller[2].any():
            break
        levels.append(smaller)
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    if not hole.any() or min(own) < PATCH or not levels[-1][1].any():
        return image.copy()
    last, seen, left = levels[-1]
    if last.shape == coarse.shape:
        levels[-1] = np.where(seen[:, :, np.newaxis], last, coarse), seen, left
    with ThreadPoolExecutor(usable_cores()) as workers:
        scales = [_scale(*level, size, workers) for level, size in zip(levels, sizes, strict=True)]
        found = by_scales(scales, seed, laid_out=True)
    return np.where(hole[:, :, np.newaxis], found, image)


def partners(image: Image, known: Mask, *, seed: int = 0) -> NDArray[np.int32]:
    """Find the known patch that each one of a fill is most like.

    Args:
        image: ``(H, W, C)`` float32, filled.
        known: ``(H, W)``, what of it is known.
        seed: Of the search.

    Returns:
        ``(H, W, 2)``, row and column of its centre; -1 where all is known, and in an image narrower than a patch.
    """
    if min(known.shape) < PATCH or known.all():
        return np.full((*known.shape, 2), -1, np.int32)
    with ThreadPoolExecutor(usable_cores()) as workers:
        scale = _scale(image, known, ~known, (known.shape[0], known.shape[1]), workers)
        scale.search(_COUNTED, seed)
    return scale.partners()


def _half(image: Image, known: Mask, hole: Mask) -> tuple[Image, Mask, Mask]:
    """Halve an image: where any of four pixels is known by those, elsewhere by all."""
    mean, seen = halve_known(image, known)
    whole, _ = halve_known(image, np.ones_like(known))
    return np.where(seen[:, :, np.newaxis], mean, whole), seen, any_of_blocks(hole) & ~seen


def _scale(image: Image, known: Mask, hole: Mask, own: Size, workers: ThreadPoolExecutor) -> PatchScale:
    """Make a scale on which the tone is that of the image, everywhere."""
    sure = np.zeros(known.shape, np.float32)
    texture = texture_of(image, np.ones_like(known))
    trust = hole.astype(np.float32)
    return PatchScale(image, known, hole, texture, image, trust, sure, workers, own=own)
