"""The method ``patchmatch``."""

import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.patches.completion import complete
from pconv_cli.methods.patches.detail import add_detail, partners
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.rect import Size


class PatchMatchBackend:
    """``patchmatch``: completion by the image's own patches alone.

    Args:
        seed: The same one gives the same fill, another one another.
        turned: Whether patches are turned and mirrored, too.
    """

    name = "patchmatch"

    def __init__(self, seed: int = 0, *, turned: bool = False) -> None:
        self._seed, self._turned = seed, turned

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.methods.protocol.Backend`."""
        return complete(rgb, mask, wanted, seed=self._seed, turned=self._turned)

    def detail(self, rgb: Rgb, coarse: Rgb, known: Mask, hole: Mask, own: Size) -> Rgb:
        """Give a coarse fill detail; see `pconv_cli.methods.protocol.DetailingBackend`."""
        return add_detail(rgb, coarse, known, hole, own, seed=self._seed)

    def partners(self, rgb: Rgb, known: Mask) -> NDArray[np.int32]:
        """Find what a fill is like; see `pconv_cli.methods.protocol.DetailingBackend`."""
        return partners(rgb, known, seed=self._seed)
