"""Another method's fill with the texture of the image's own patches: the method says the tone, the patches the rest.

A network that was trained for small errors fills a wide hole with what is likely on the average: the right tone, and no
texture. Patches are texture from beginning to end, and drift in tone. So a fill is the patches' plus what the method
differs by once it is blurred. Deep in a blob the method's tone is fog, and the patches' own is believed.

References:
    Perez, Gangnet, Blake, "Poisson image editing", SIGGRAPH 2003, for detail of one image at the tone of another.
"""

from contextlib import nullcontext
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from pconv_cli.core.light.pyramid import fill_pyramid, masked
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.lines.joining import join_lines
from pconv_cli.methods.narrow.scattered import scattered_parts
from pconv_cli.methods.narrow.specks import without_specks
from pconv_cli.methods.narrow.thin import fill_thin, shallow_parts, thin_parts
from pconv_cli.methods.patches.completion import complete, tone_trust
from pconv_cli.methods.patches.detail import add_detail, partners
from pconv_cli.methods.patches.features import grey_of
from pconv_cli.methods.protocol import Backend, is_threaded, remark_of
from pconv_cli.methods.tiled.holes import hole_depth
from pconv_cli.methods.tiled.neighbourhoods import neighbourhoods
from pconv_cli.methods.tiled.waves import in_waves
from pconv_cli.methods.tiled.windows import Rgb, hole_windows
from pconv_cli.tiling.blend import smoothstep
from pconv_cli.tiling.rect import Size

Map = NDArray[np.float32]
"""(H, W)."""

# What is smoother than this many pixels (of a Gaussian) is tone.
_TONE_SIGMA = 4.0

# Depths in pixels between which patches take over from the method, which joins the rim without a step and closes thin
# strokes.
_RIM = (1.0, 4.0)

# Mean fine detail of the surroundings from which on patches are wanted in thin holes: a little, wholly (in 8 bits: 0.5,
# 2).
_FINE_DETAIL = (0.5 / 255, 2 / 255)

# Pixels round a place within whose patches its colour has to stay, so that no method leaves a speck of another colour.
_COLOUR_REACH = 16

# Pixels round a group of holes on which the fill of one depends: the blur's four sigmas, and more for the surroundings.
_MARGIN = 32


class TexturedBackend:
    """A method whose fill gets its texture from the image's own patches.

    Args:
        first: The method.
        texture: Above 0 and at most 1; see `join`.
        seed: Of the patches.
        turned: Whether patches are turned and mirrored, too.

    Attributes:
        threaded: True; a method that fills one image after the other is asked in turn.
    """

    threaded = True

    def __init__(self, first: Backend, texture: float, seed: int = 0, *, turned: bool = False) -> None:
        self._first, self._texture, self._seed, self._turned = first, texture, seed, turned
        self._turn = nullcontext() if is_threaded(first) else Lock()
        self.name = f"{first.name}+texture"

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.methods.protocol.Backend`."""
        filled, mask = without_specks(rgb, mask)
        scattered = scattered_parts(mask)
        thin = thin_parts(mask) & ~scattered
        left = mask | thin
        filled, sure = fill_thin(filled, mask, thin), np.zeros(mask.shape, np.float32)
        if not left.all():
            with self._turn:
                filled = self._first.fill(filled, left, wanted)
            alone = filled[scattered]
            filled, sure = join_lines(filled, left, wanted)
            filled[scattered], sure[scattered] = alone, 0
        mask = mask | shallow_parts(mask, thin) | scattered
        joined, known = filled, mask.copy()
        windows = neighbourhoods(mask, wanted, whole=self._turned)  # ornaments may repeat far off

        def fill_window(number: int) -> None:
            # What is filled is known to the next window, so that a hole that is cut goes on without a seam.
            rect, own, cut = windows[number]
            place = rect.slices
            there = self._fill_window(
                joined[place].copy(), mask[place].copy(), known[place].copy(), sure[place], thin[place], own, cut=cut
            )
            joined[place][own] = there[own]
            known[place] |= own

        in_waves([window.rect for window in windows], fill_window)
        return joined

    def detail(self, rgb: Rgb, coarse: Rgb, known: Mask, hole: Mask, own: Size) -> Rgb:
        """Give a coarse fill detail at its own tone; see `pconv_cli.methods.protocol.DetailingBackend`."""
        patches = add_detail(rgb, coarse, known, hole, own, seed=self._seed)
        share, alone = shares(self._texture)
        tone = cv2.GaussianBlur(rgb - patches, (0, 0), max(_TONE_SIGMA, rgb.shape[0] / coarse.shape[0]))
        return np.asarray((rgb + share * (patches + (1 - alone) * tone - rgb)).clip(0, 1), np.float32)

    def partners(self, rgb: Rgb, known: Mask) -> NDArray[np.int32]:
        """Find what a fill is like; see `pconv_cli.methods.protocol.DetailingBackend`."""
        return partners(rgb, known, seed=self._seed)

    def _fill_window(
        self, filled: Rgb, mask: Mask, known: Mask, sure: Map, thin: Mask, wanted: Mask, *, cut: bool
    ) -> Rgb:
        """Join the method's fill of a window with patches, in the holes that are wanted; known ones are finished."""
        patches = complete(
            filled, known, wanted, guide=filled, sure=sure, seed=self._seed, turned=self._turned, cut=cut
        )
        patches = masked(patches, known | wanted, filled)
        depth = hole_depth(mask)
        trust = np.maximum(tone_trust(depth), sure)
        joined = filled.copy()
        for window, own in hole_windows(mask, _MARGIN, wanted):
            there = join(
                filled[window],
                patches[window],
                mask[window],
                depth[window],
                trust[window],
                thin[window],
                texture=self._texture,
            )
            joined[window][own] = there[own]
        return joined

    def remark(self) -> str:
        """Pass on the method's remark; see `pconv_cli.methods.protocol.RemarkingBackend`."""
        return remark_of(self._first)


def shares(texture: float) -> tuple[float, float]:
    """Give what patches count in texture, and in tone, each from 0 to 1; see `join`."""
    return min(1.0, 2 * texture), max(0.0, 2 * texture - 1)


def join(filled: Rgb, patches: Rgb, mask: Mask, depth: Map, trust: Map, thin: Mask, *, texture: float) -> Rgb:
    """Join a method's fill and the patches' one.

    Args:
        filled: ``(H, W, 3)``, the method's.
        patches: ``(H, W, 3)``, the patches', equal to the other where valid.
        mask: ``(H, W)``, True = valid.
        depth: ``(H, W)``, distance from what is valid in pixels.
        trust: ``(H, W)``, from 0 to 1, how much the method's tone counts.
        thin: ``(H, W)``, True where holes are filled along the edges that they cross. That fill is as sharp as its
            surroundings, so it stays where these have no texture; a network's is fog there.
        texture: 0: the method's. Up to 0.5 the share of the patches' texture grows from nothing to all of it, from the
            rim's fourth pixel on, at the method's tone. From there on the tone becomes the patches' as well, and
            the rim and thin holes in smooth surroundings too. 1: the patches'.

    Returns:
        ``(H, W, 3)``.
    """
    share, alone = shares(texture)
    trust = (1 - alone) * trust
    tone = cv2.GaussianBlur(filled - patches, (0, 0), _TONE_SIGMA)
    detailed = patches + trust[:, :, np.newaxis] * tone
    start, end = _RIM
    where = smoothstep((depth - start) / np.float32(end - start))
    if thin.any():
        where *= np.where(thin, _textured(filled, mask), np.float32(1))
    where = (share * (alone + (1 - alone) * where))[:, :, np.newaxis]
    joined = np.asarray(filled + where * (detailed - filled), np.float32)
    joined += share * (_in_colour_range(joined, patches) - joined)
    return np.asarray(joined.clip(0, 1), np.float32)


def _textured(image: Rgb, mask: Mask) -> Map:
    """Say whether the surroundings have texture that a hole should take on: 0 (none) to 1."""
    fine = grey_of(np.abs(image - cv2.blur(image, (3, 3))))
    known = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not known.any():
        return np.ones(mask.shape, np.float32)
    around = fill_pyramid(fine[:, :, np.newaxis], known)[:, :, 0]
    low, high = _FINE_DETAIL
    return np.asarray(((around - low) / (high - low)).clip(0, 1), np.float32)


def _in_colour_range(image: Rgb, patches: Rgb) -> Rgb:
    """Hold what an image's channels differ from grey by between the extremes that patches have nearby."""
    square = np.ones((2 * _COLOUR_REACH + 1,) * 2, np.uint8)
    of_patches = patches - grey_of(patches)[:, :, np.newaxis]
    lowest, highest = cv2.erode(of_patches, square), cv2.dilate(of_patches, square)
    grey = grey_of(image)[:, :, np.newaxis]
    held = np.clip(image - grey, lowest, highest)
    return np.asarray(grey + held - grey_of(held)[:, :, np.newaxis], np.float32)
