"""Coarse fills of deep holes, with the detail that the image has at its own scale.

A hole too deep for a window is filled on a reduced image, and enlarged that fill is blurred. Tile by tile it gets
detail from what is known in the tile, and from regions of the image that it was taken from. They stand beside it on
one canvas (`pconv_cli.methods.patches.detail`), so memory follows the tile, and a tile is the same whoever asks for it.
"""

from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.protocol import DetailingBackend
from pconv_cli.methods.tiled.enlarging import enlarged_part
from pconv_cli.methods.tiled.holes import hole_depth
from pconv_cli.methods.tiled.regions import REGION, Regions
from pconv_cli.methods.tiled.windows import Rgb
from pconv_cli.tiling.blend import handover
from pconv_cli.tiling.grid import regular_grid
from pconv_cli.tiling.rect import Rect, Size

# Side of a tile without what it shares with its neighbours, and half of that, which is no less than the scale.
_TILE, _SHARED = 768, 32

# Depth in pixels from which on a tile gets detail: what is less deep is filled at the image's own scale.
_RIM = 32

# Unknown pixels between a tile and the regions, so that no patch is taken from two of them.
_GAP = 16

# Tiles that are kept for the windows to come.
_KEPT = 8

Look = Callable[[Rect], tuple[Rgb, Mask]]
"""Reads a rectangle of an image: RGB ``(h, w, 3)``, and what of it is known."""


class CoarseFill:
    """A reduced image whose holes are filled, of which parts are asked for at the scale of the image.

    Args:
        rgb: ``(h, w, 3)``, the reduced image, filled.
        known: ``(h, w)``, what of it is known.
        box: What of the large image it shows; its top and left are multiples of the scale.
        scale: How many times smaller it is, a power of 2.
    """

    def __init__(self, rgb: Rgb, known: Mask, box: Rect, scale: int) -> None:
        self.rgb, self.known, self.box, self.scale = rgb, known, box, scale
        self._regions: Regions | None = None

    def regions_by(self, backend: DetailingBackend) -> Regions:
        """Give the regions that the fill was taken from, by a method that always is the same one."""
        if self._regions is None:
            self._regions = Regions(backend.partners(self.rgb, self.known), self.scale)
        return self._regions

    def part(self, rect: Rect) -> Rgb:
        """Enlarge what a rectangle of the large image shows."""
        return enlarged_part(self.rgb, self.scale, rect.relative_to(self.box))

    def at_its_scale(self, rect: Rect) -> Rgb:
        """Cut out what a rectangle of the large image shows; it begins at a multiple of the scale."""
        return self.rgb[rect.relative_to(self.box).scaled_down(self.scale).slices]


class DetailedParts:
    """Parts of coarse fills with the detail of the image, tile by tile.

    Args:
        look: Reads the image.
        size: Size of the image, (height, width).
        backend: What gives detail.
    """

    def __init__(self, look: Look, size: Size, backend: DetailingBackend) -> None:
        self._look, self._size, self._backend = look, size, backend
        self._tiles: OrderedDict[tuple[int, Rect], Rgb] = OrderedDict()

    def part(self, number: int, fill: CoarseFill, rect: Rect) -> Rgb:
        """Give what a rectangle within a fill's box shows; each number belongs to one fill.

        Returns:
            ``(h, w, 3)``; less than 32 px from what is known the fill has no detail, and from a scale smaller than
            1 / `REGION`, none at all.
        """
        if fill.scale > REGION:
            return fill.part(rect)
        result = np.zeros((*rect.size, 3), np.float32)
        shared = max(_SHARED, fill.scale)
        tiles = regular_grid(self._size, _TILE + 2 * shared, shared)
        # Column by column, since the window to the right comes next.
        for tile in sorted(tiles, key=lambda tile: tile.left):
            part = tile.overlap(rect)
            if part is None:
                continue
            share = handover(tile, self._size, 2 * shared)[part.relative_to(tile).slices]
            if share.any():
                values = self._tile(number, fill, tile)[part.relative_to(tile).slices]
                result[part.relative_to(rect).slices] += values * share[:, :, np.newaxis]
        return result

    def _tile(self, number: int, fill: CoarseFill, tile: Rect) -> Rgb:
        """Give a tile of a fill with detail, as far as it lies within its box."""
        if (number, tile) in self._tiles:
            self._tiles.move_to_end((number, tile))
            return self._tiles[number, tile]
        values = np.zeros((*tile.size, 3), np.float32)
        inside = tile.overlap(fill.box)
        if inside is not None:
            values[inside.relative_to(tile).slices] = self._detailed(fill, inside)
        self._tiles[number, tile] = values
        while len(self._tiles) > _KEPT:
            self._tiles.popitem(last=False)
        return values

    def _detailed(self, fill: CoarseFill, rect: Rect) -> Rgb:
        """Give a part of a fill detail from known pixels there and from regions like it."""
        rgb, known = self._look(rect)
        smooth = fill.part(rect)
        hole = hole_depth(known) > _RIM
        if not hole.any():
            return smooth
        rgb = np.where(known[:, :, np.newaxis], rgb, smooth)
        regions = fill.regions_by(self._backend).of(rect.relative_to(fill.box), hole)
        canvas = _Canvas(rect.size, len(regions), fill.scale)
        coarse = fill.at_its_scale(rect)
        canvas.put(0, rgb, known, coarse)
        for place, region in enumerate(regions, 1):
            where = Rect(region.top + fill.box.top, region.left + fill.box.left, *region.size).overlap(fill.box)
            if where is not None:
                there, sources = self._look(where)
                there = np.where(sources[:, :, np.newaxis], there, fill.part(where))
                canvas.put(place, there, sources, fill.at_its_scale(where))
        found = self._backend.detail(canvas.rgb, canvas.coarse, canvas.known, canvas.own(hole), rect.size)
        return found[: rect.height, : rect.width]


class _Canvas:
    """A tile at the top left, and regions in columns to the right of it, with unknown pixels between them.

    Args:
        own: Size of the tile.
        regions: How many regions there are.
        scale: What is laid out begins at multiples of it.
    """

    def __init__(self, own: Size, regions: int, scale: int) -> None:
        self._scale = scale
        gap = max(_GAP, scale)
        cell = REGION + gap
        down = max(1, (own[0] + gap) // cell)
        left = -(-(own[1] + gap) // gap) * gap
        self._places = [(0, 0), *((n % down * cell, left + n // down * cell) for n in range(regions))]
        height, width = max(own[0], cell * min(down, regions)), left + cell * -(-regions // down) if regions else own[1]
        self.rgb = np.zeros((height, width, 3), np.float32)
        self.coarse = np.zeros((-(-height // scale), -(-width // scale), 3), np.float32)
        self.known = np.zeros((height, width), np.bool_)

    def put(self, number: int, rgb: Rgb, known: Mask, coarse: Rgb) -> None:
        """Lay out the tile, number 0, or a region, at both scales."""
        top, left = self._places[number]
        place = Rect(top, left, *known.shape)
        self.rgb[place.slices] = rgb
        self.known[place.slices] = known
        self.coarse[Rect(top // self._scale, left // self._scale, *coarse.shape[:2]).slices] = coarse

    def own(self, hole: Mask) -> Mask:
        """Lay out the tile's holes."""
        whole = np.zeros_like(self.known)
        whole[: hole.shape[0], : hole.shape[1]] = hole
        return whole
