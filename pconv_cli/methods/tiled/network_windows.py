"""The windows of an image that a network is given, whatever runs it."""

import numpy as np

from pconv_cli.core.networks.spec import Spec
from pconv_cli.errors import UsageError, option
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.memory import HalvingSize
from pconv_cli.methods.names import TILE
from pconv_cli.methods.tiled.coarse import FillTiles, WindowLimits, fill_at_any_size
from pconv_cli.methods.tiled.windows import Rgb

#: Tiles' worth of pixels up to which an image may be one window; 1536 x 1024 with the default tile.
_MOST_TILES = 6

#: A step of 8 bits and a half: so much may the channels of a grey image differ, which JPEG's rounding does.
_GREY = 1.5 / 255


def fill_in_windows(
    rgb: Rgb, mask: Mask, wanted: Mask | None, fill_tiles: FillTiles, spec: Spec, sizes: HalvingSize
) -> Rgb:
    """Fill the holes of an image by a network.

    Args:
        rgb: See `pconv_cli.methods.protocol.Backend`.
        mask: See there.
        wanted: See there.
        fill_tiles: What runs the network.
        spec: The network's.
        sizes: Tile and overlap, and whether a window may be larger, which memory that runs out changes.
    """

    def fill(tile: int, overlap: int) -> Rgb:
        return fill_at_any_size(rgb, mask, fill_tiles, limits_of(spec, tile, overlap, large=sizes.large), wanted)

    filled = sizes.in_tiles(fill)
    if not is_grey(rgb, mask):
        return filled
    # A black-and-white photograph stored as RGB: the network does not know of it, and its grain would be coloured.
    return np.where(mask[:, :, np.newaxis], filled, filled.mean(axis=2, keepdims=True))


def is_grey(rgb: Rgb, mask: Mask) -> bool:
    """Say whether all valid pixels are grey, except for rounding.

    Args:
        rgb: ``(H, W, 3)`` float32 in [0, 1].
        mask: ``(H, W)`` bool, True = valid.
    """
    step = max(1, mask.size // 4096)
    few = rgb.reshape(-1, 3)[::step][mask.ravel()[::step]]  # enough for nearly every image in colour
    return _all_grey(few) and _all_grey(rgb[mask])


def _all_grey(pixels: Rgb) -> bool:
    return bool(np.ptp(pixels, axis=1).max(initial=0) <= _GREY)


def tiling_of(spec: Spec, tile: int, overlap: int) -> tuple[int, int]:
    """Give the tile and overlap that a network runs with: those asked for, or its fixed size with the same share.

    Raises:
        UsageError: The network takes no tile as small as that.
    """
    fixed = spec.fixed_size
    if fixed is None:
        return tile, overlap
    if tile < min(fixed, TILE):  # the default is nobody's wish
        raise UsageError(f"{option('tile')} {tile}: this network takes {fixed} px and no less; leave the option out")
    return fixed, max(1, overlap * fixed // tile)


def limits_of(spec: Spec, tile: int, overlap: int, *, large: bool = True) -> WindowLimits:
    """Return the windows that a network takes.

    Args:
        spec: The network's.
        tile: Side of the tiles that it is given.
        overlap: Pixels that they share.
        large: Whether it may be given larger windows, if it bears them.
    """
    return WindowLimits(
        tile,
        overlap,
        reach=min(spec.reach, tile // 4),
        multiple=spec.size_multiple,
        least=spec.least_side,
        most=_MOST_TILES * tile**2 if large and spec.bears_large else 0,
    )
