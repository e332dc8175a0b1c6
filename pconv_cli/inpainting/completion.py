"""Filling with what the image's own undamaged parts look like: patches, coarse to fine.

At each scale two steps take turns: every patch that touches the hole finds a similar undamaged patch, and every pixel
of the hole becomes the mean of what the partners of the patches over it say (`pconv_cli.inpainting.patch_votes`).
What is known counts in a comparison, and what was filled counts the less the deeper it lies: so holes are closed from
outside, as an onion is peeled, without an order of pixels. How strong the texture is stands beside the colours and is
filled like them: means blur colours, but not this, and so the next search still looks for patches with texture.

References:
    Wexler, Shechtman, Irani, "Space-time completion of video", 2007, for the two steps and the scales.
    Newson, Almansa, Fradet, Gousseau, Perez, "Video inpainting of complex scenes", SIAM Journal on Imaging Sciences,
    2014, for texture as part of a comparison.
    Barnes, Shechtman, Finkelstein, Goldman, "PatchMatch", SIGGRAPH 2009, for the search.
"""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import torch

from pconv_cli.core.pyramid import fill_pyramid
from pconv_cli.cores import usable_cores
from pconv_cli.inpainting.patch_votes import PATCH, Image, PatchScale, whole_patches
from pconv_cli.inpainting.windows import Rgb
from pconv_cli.masks.ratios import Mask

# Rounds of search and vote at a coarse scale, and at the finest, where they cost most.
_ROUNDS, _LAST_ROUNDS = 6, 2

_SWEEPS = 2  # of propagation and random search in a round

# A scale at which no hole is deeper than this is the coarsest: each of its patches sees what is known.
_SHALLOW = 2.5

# What the guide counts beside a colour, and its smoothness in pixels.
_GUIDE_WEIGHT, _GUIDE_SIGMA = 1.0, 3.0

# What the strength of texture counts beside a colour.
_TEXTURE_WEIGHT = 4

_ENOUGH_PATCHES = 100  # whole ones, for a coarser scale to make sense


class PatchMatchBackend:
    """``patchmatch``: completion by the image's own patches alone.

    Args:
        seed: The same one gives the same fill, another one another.
    """

    name = "patchmatch"

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.inpainting.backends.Backend`."""
        return complete(rgb, mask, wanted, seed=self._seed)


def complete(
    image: Image, mask: Mask, wanted: Mask | None = None, *, guide: Image | None = None, seed: int = 0
) -> Image:
    """Complete an image by patches of its own.

    Args:
        image: ``(H, W, C)`` float32, any number of channels; what stands in a hole is not looked at.
        mask: ``(H, W)`` bool, True = valid, False = hole; at least one pixel is valid.
        wanted: ``(H, W)``, True in the holes that are filled, each as a whole. None: all.
        guide: ``(H, W, C)``, another method's fill, whose tone patches are chosen by, beside what they continue. None:
            there is none.
        seed: Of the search, below 2^32: the same one gives the same image, with any number of threads.

    Returns:
        ``(H, W, C)``, equal to ``image`` where valid. Where no patch is whole, holes are filled smoothly, from scale to
        scale; so are those that are not wanted.
    """
    hole = ~mask if wanted is None else wanted & ~mask
    if not hole.any():
        return image.copy()
    known_image = np.where(mask[:, :, np.newaxis], image, np.float32(0))
    scales = [(np.concatenate([known_image, _texture(known_image, mask)], 2), mask, hole)]
    guides = [np.zeros((*mask.shape, 0), np.float32) if guide is None else guide]
    while _deepest(*scales[-1][1:]) > _SHALLOW:
        smaller = _halve(*scales[-1])
        if not smaller[2].any() or whole_patches(smaller[1]).sum() < _ENOUGH_PATCHES:
            break
        scales.append(smaller)
        guides.append(_half(guides[-1]))
    if not whole_patches(scales[-1][1]).any():
        return _smooth(known_image, mask)
    scale = None
    with ThreadPoolExecutor(usable_cores()) as workers:
        for level in reversed(range(len(scales))):
            values, known, missing = scales[level]
            if scale is None:
                values = _smooth(values, known)
            tone = guides[level]
            if tone.size:
                tone = np.float32(_GUIDE_WEIGHT) * cv2.GaussianBlur(tone, (0, 0), _GUIDE_SIGMA).reshape(tone.shape)
            scale = PatchScale(values, known, missing, tone, scale, seed, workers)
            for number in range(_LAST_ROUNDS if level == 0 else _ROUNDS):
                scale.search(_SWEEPS, number)
                scale.vote()
    assert scale is not None
    return np.where(mask[:, :, np.newaxis], image, scale.image()[:, :, : image.shape[2]])


def _texture(image: Image, known: Mask) -> Image:
    """How strong the texture is round each pixel, across and down: ``(H, W, 2)``, 0 where nothing is known of it."""
    grey, valid = image.mean(axis=2), known.astype(np.float32)
    strength = []
    for kernel in (np.array([[-0.5, 0, 0.5]], np.float32), np.array([[-0.5], [0], [0.5]], np.float32)):
        sure = cv2.erode(valid, np.ones(kernel.shape, np.uint8))
        slope = np.abs(cv2.filter2D(grey, -1, kernel)) * sure
        strength.append(cv2.blur(slope, (PATCH, PATCH)) / np.maximum(cv2.blur(sure, (PATCH, PATCH)), np.float32(1e-3)))
    return np.asarray(np.float32(_TEXTURE_WEIGHT) * np.stack(strength, axis=2), np.float32)


def _deepest(known: Mask, hole: Mask) -> float:
    """The largest distance of a pixel of the hole from what is known."""
    distance = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return float(distance[hole].max())


def _smooth(image: Image, known: Mask) -> Image:
    """Fill all holes smoothly, from scale to scale."""
    planes = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
    with torch.inference_mode():
        filled = fill_pyramid(planes, torch.from_numpy(known.astype(np.float32))[None, None])
    return np.where(known[:, :, np.newaxis], image, filled[0].numpy().transpose(1, 2, 0))


def _halve(image: Image, known: Mask, hole: Mask) -> tuple[Image, Mask, Mask]:
    """Halve an image by means of what is known; a pixel is known where half of it was. Odd sides are repeated."""
    odd = ((0, known.shape[0] % 2), (0, known.shape[1] % 2))
    image = np.pad(image, (*odd, (0, 0)), "edge")
    known, hole = np.pad(known, odd, "edge"), np.pad(hole, odd, "edge")
    count = _sum_of_four(known[:, :, np.newaxis].astype(np.float32))
    mean = _sum_of_four(image * known[:, :, np.newaxis]) / np.maximum(count, 1)
    enough = count[:, :, 0] >= 2
    return np.asarray(mean, np.float32), enough, ~enough & (_sum_of_four(hole.astype(np.float32)) > 0)


def _half(image: Image) -> Image:
    """Halve an image that is known everywhere, as `_halve` does."""
    odd = ((0, image.shape[0] % 2), (0, image.shape[1] % 2), (0, 0))
    return np.asarray(_sum_of_four(np.pad(image, odd, "edge")) / 4, np.float32)


def _sum_of_four(values: Image) -> Image:
    return values[::2, ::2] + values[1::2, ::2] + values[::2, 1::2] + values[1::2, 1::2]
