"""Filling with what the picture's own undamaged parts look like: patches, coarse to fine.

At each scale two steps take turns: every patch that touches the hole finds a similar undamaged patch
(`pconv_cli.inpainting.correspondence`), and every pixel of the hole becomes the mean of what the patches over it say
(`pconv_cli.inpainting.patches`).

References:
    Wexler, Shechtman, Irani, "Space-time completion of video", 2007, for the two steps.
    Barnes, Shechtman, Finkelstein, Goldman, "PatchMatch", SIGGRAPH 2009, for the search.
"""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from pconv_cli.core.pyramid import fill_pyramid
from pconv_cli.inpainting.backends import Backend, Telling
from pconv_cli.inpainting.depth import FINE_REACH, pass_by_depth
from pconv_cli.inpainting.methods import WIDE
from pconv_cli.inpainting.patches import PatchScale, whole_patches
from pconv_cli.inpainting.windows import Rgb, hole_windows
from pconv_cli.masks.ratios import Mask
from pconv_cli.tiling.grid import plan_grid

#: Scales in which a given fill is refined: its structure is trusted at a quarter of the size and coarser.
REFINED_SCALES = 3

# Pixels round a group of holes in which patches are looked for.
_MARGIN = 96

# A larger part of a picture is completed piece by piece, each piece seeing those before it as known.
_PIECE, _OVERLAP = 768, 96

_ROUNDS = 6  # of search and vote at a coarse scale; half as many at the finest
_SEARCHES = 2  # iterations of propagation and random search in a round
_ENOUGH_PATCHES = 100  # whole ones, for a coarser scale to make sense

# Weight of the guide's squared difference beside that of a patch's 147 samples, and the guide's smoothness in pixels.
_GUIDE_WEIGHT, _GUIDE_SIGMA = 40.0, 3.0

# What is smoother than this many pixels comes from the guess: no patch leaves a step in a sky.
_TONE_SIGMA = 8.0

# Mean fine detail of the surroundings from which on a guess is refined: a little, wholly (in 8 bits: 1, 3).
_FINE_DETAIL = (1 / 255, 3 / 255)


class RefinedBackend:
    """Another method's fill, with texture and grain from the picture's own undamaged parts.

    The fill decides on structure: it is the start at the coarsest of a few scales, and what partners are held to.

    Args:
        first: The other method.
        wide: Whether only holes that reach over `WIDE` pixels from anything valid are refined, and of them only what
            lies deep: near the rim the other method knows better.
    """

    def __init__(self, first: Backend, *, wide: bool = False) -> None:
        self._first, self._wide = first, wide
        self.name = f"{first.name}+patchmatch"

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.inpainting.backends.Backend`."""
        guess = _without_others(self._first.fill(rgb, mask, wanted), mask, wanted)
        if not self._wide:
            return complete_windows(rgb, mask, guess, wanted, scales=REFINED_SCALES, guided=True)
        distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        depth = np.asarray(distance, np.float32)
        if depth.max() <= WIDE:
            return guess
        wide = _wide_holes(mask, depth)
        known = mask | ~wide
        if wanted is not None:
            wide &= wanted
            known = mask | (wanted & ~wide)
        refined = complete_windows(guess, known, guess, wide, scales=REFINED_SCALES, guided=True)
        for window, own in hole_windows(known, FINE_REACH, wide):
            joined = pass_by_depth(guess[window], refined[window], depth[window])
            refined[window][own] = joined[own].clip(0, 1)
        return refined

    def told(self) -> str:
        """Pass on what the other method tells; see `pconv_cli.inpainting.backends.Telling`."""
        return self._first.told() if isinstance(self._first, Telling) else ""


def complete_windows(rgb: Rgb, mask: Mask, guess: Rgb, wanted: Mask | None = None, *, scales: int, guided: bool) -> Rgb:
    """Complete a picture of any size, group of holes by group of holes; see `complete` for the arguments.

    Here ``guess`` has to be equal to ``rgb`` where valid. Groups without any True of ``wanted`` stay as guessed.
    """
    filled = guess.copy()
    for window, own in hole_windows(mask, _MARGIN, wanted):
        part, known, rough = rgb[window].copy(), mask[window].copy(), guess[window]
        for tile in plan_grid(known, _PIECE, _OVERLAP):
            piece = tile.slices
            part[piece] = complete(part[piece], known[piece], rough[piece], scales=scales, guided=guided)
            known[piece] = True
        filled[window][own] = part[own]
    return filled


def complete(rgb: Rgb, mask: Mask, guess: Rgb, *, scales: int, guided: bool, seed: int = 0) -> Rgb:
    """Complete a picture by patches of its own.

    Args:
        rgb: ``(H, W, 3)`` float32 RGB in [0, 1]; what stands in a hole is not looked at.
        mask: ``(H, W)`` bool, True = valid, False = hole.
        guess: ``(H, W, 3)``, the picture with its holes filled by some other method.
        scales: Largest number of scales, each half the size of the one before; fewer are taken where too little of
            the picture would be left to take patches from.
        guided: Whether ``guess`` is trusted: patches are held to its colours, in the middle of each and on the average
            of a neighbourhood, and it stays where the surroundings have no texture.
        seed: The same one gives the same picture.

    Returns:
        ``(H, W, 3)``, equal to ``rgb`` where valid; ``guess`` in the holes where no patch is whole.
    """
    pictures = [(np.where(mask[:, :, np.newaxis], rgb, guess), mask)]
    if mask.all() or whole_patches(mask).sum() < _ENOUGH_PATCHES:
        return pictures[0][0]
    while len(pictures) < scales:
        smaller = _halve(*pictures[-1])
        # A hole in the last row alone is cut off with it.
        if smaller[1].all() or whole_patches(smaller[1]).sum() < _ENOUGH_PATCHES:
            break
        pictures.append(smaller)
    rng = np.random.default_rng(seed)
    scale, estimate = None, pictures[-1][0]
    for picture, valid in reversed(pictures):
        guide = np.sqrt(np.float32(_GUIDE_WEIGHT)) * cv2.GaussianBlur(picture, (0, 0), _GUIDE_SIGMA) if guided else None
        first = scale is None
        scale = PatchScale(picture, valid, guide, scale, rng)
        if not first:
            estimate = scale.vote(by_similarity=False)  # this scale's own texture, from the coarser one's partners
        for _ in range(_ROUNDS // 2 if valid is mask else _ROUNDS):
            scale.search(estimate, _SEARCHES)
            estimate = scale.vote()
    if guided:
        guess = pictures[0][0]
        estimate += cv2.GaussianBlur(guess - estimate, (0, 0), _TONE_SIGMA)
        estimate = (guess + _textured(guess, mask) * (estimate - guess)).clip(0, 1)
    return np.where(mask[:, :, np.newaxis], rgb, estimate)


def _without_others(guess: Rgb, mask: Mask, wanted: Mask | None) -> Rgb:
    """A fill whose holes that nobody asked for, and that hold anything, are of the picture's mean colour."""
    if wanted is None:
        return guess
    mean = np.array(cv2.mean(guess, mask.astype(np.uint8))[:3], np.float32)
    return np.where((mask | wanted)[:, :, np.newaxis], guess, mean)


def _wide_holes(mask: Mask, depth: NDArray[np.float32]) -> Mask:
    """True in the holes that reach over `WIDE` pixels from anything valid, ``(H, W)``."""
    count, labels = cv2.connectedComponents((~mask).astype(np.uint8))
    wide = np.zeros(count, np.bool_)
    wide[labels[depth > WIDE]] = True
    return np.asarray(wide[labels], np.bool_)


def _textured(picture: Rgb, mask: Mask) -> Rgb:
    """Whether the surroundings have a texture that a hole should take on: 0 (none) to 1, ``(H, W, 1)``."""
    fine = np.abs(picture - cv2.blur(picture, (3, 3))).mean(axis=2)
    known = torch.from_numpy(mask.astype(np.float32))[None, None]
    around = fill_pyramid(torch.from_numpy(fine)[None, None], known)[0, 0].numpy()
    low, high = _FINE_DETAIL
    return np.asarray(((around - low) / (high - low)).clip(0, 1)[:, :, np.newaxis], np.float32)


def _halve(picture: Rgb, mask: Mask) -> tuple[Rgb, Mask]:
    """Halve a filled picture, and its mask: valid where all four pixels were."""
    height, width = (side // 2 for side in mask.shape)
    valid = mask[: 2 * height, : 2 * width].reshape(height, 2, width, 2).all((1, 3))
    small = cv2.resize(picture[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), np.asarray(valid)
