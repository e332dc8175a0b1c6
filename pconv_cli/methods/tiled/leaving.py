"""Holes filled but for those losses that are left: they get a neutral tone, and no fill looks at them.

Reference: C. Brandi, Teoria del restauro, 1963: where a loss is too large for its content to be known, it is not
reconstructed, but toned so that it steps back.
"""

import heapq
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.retouch.tones import Tones
from pconv_cli.methods.protocol import Backend
from pconv_cli.methods.tiled.sweep import BLOCK, DamagedImage, FilledBlock, sweep
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.grid import tiles_of
from pconv_cli.tiling.rect import Rect


def fill_losses(image: DamagedImage, backend: Backend, left: PackedMask | None = None) -> Iterator[FilledBlock]:
    """Fill the holes of an image, and give those that are left a neutral tone.

    Args:
        image: The image; with at least one valid pixel.
        backend: The method.
        left: The holes that are left, each as a whole; None: none is.

    Yields:
        Blocks as `sweep` yields them; where a block has both kinds of holes, it comes once for each.

    Raises:
        NothingKnown: There is nothing to fill the holes from.
    """
    if left is None:
        return sweep(image, backend)
    rest = _Rest(image, left)
    filled = sweep(rest, backend) if rest.holes.hole_pixels else iter(())
    return heapq.merge(filled, neutral_blocks(image, left), key=lambda block: block.rect.top)


def neutral_blocks(image: DamagedImage, left: PackedMask) -> Iterator[FilledBlock]:
    """Give the holes that are left their tones, in the order of `sweep`; see `pconv_cli.files.retouch.tones`."""

    def known(rect: Rect) -> tuple[Rgb, NDArray[np.bool_]]:
        rgb = image.rgb(rect)
        return rgb, image.holes.window(rect) & ~np.isnan(rgb[:, :, 0])

    blocks = list(tiles_of(Rect.whole(left.size), BLOCK))
    tones = Tones(left, known, blocks)
    for rect in blocks:
        if left.has_hole(rect):
            hole = left.hole(rect)
            yield FilledBlock(rect, hole, tones.of(hole, rect))


class _Rest:
    """An image with the losses that are left as pixels that say nothing; see `DamagedImage`."""

    def __init__(self, image: DamagedImage, left: PackedMask) -> None:
        self.holes = PackedMask(left.size)
        self.holes.add(image.holes)
        self.holes.subtract(left)
        self._image, self._left = image, left

    def rgb(self, rect: Rect) -> Rgb:
        """See `DamagedImage`."""
        rgb = self._image.rgb(rect)
        rgb[self._left.hole(rect)] = np.nan
        return rgb
