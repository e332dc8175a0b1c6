"""Views of a picture before and after, small enough for a page: the whole of it, and windows in which holes lie.

Of a huge scan nothing is seen but windows, since for the whole all of it would have to be decoded.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pconv_cli.files.images import read_header
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.previews import Looks, jpeg, outline, shown, shown_hole
from pconv_cli.files.ranges import own_range
from pconv_cli.jobs.image import Loaded
from pconv_cli.jobs.pages import LoadedPages
from pconv_cli.jobs.scan import LoadedScan
from pconv_cli.masks.ratios import Mask
from pconv_cli.tiling.rect import Rect

if TYPE_CHECKING:
    from pconv_cli.files.tiff.scans import Scan

#: Longest side of a view in pixels; less where there is little room.
LONGEST = 1024
_ROOM, _SHORTEST = 180_000, 256

#: Side of a window that is seen in the picture's own scale, where the whole is reduced to less than half.
DETAIL = 768

# Windows at most; where there is less room than this, a scan has one and other pictures none.
_DETAILS = 2
_ROOM_FOR_DETAILS = 60_000

# Side of a cell in which holes are looked for.
_CELL = 16

# The least that a view may take, whatever has to stand beside it.
_LEAST = 4096

_ICC = 34675


@dataclass(frozen=True, eq=False)
class Before:
    """A picture as it was found.

    Attributes:
        tiles: The place of each view in the picture.
        looks: How samples are shown.
        jpegs: The views.
        outlines: A PNG file with the outline of the holes for each.
        sizes: (height, width) of each view.
        longest: Longest side that a view may have.
        most: Bytes that a view may take.
    """

    tiles: tuple[Rect, ...]
    looks: Looks
    jpegs: tuple[bytes, ...]
    outlines: tuple[bytes, ...]
    sizes: tuple[tuple[int, int], ...]
    longest: int
    most: int
    page: int | None = None

    def after(self, read: Callable[[Rect], Samples]) -> tuple[bytes, ...]:
        """The same views of the restored picture, whose samples ``read`` gives."""
        return tuple(jpeg(shown(read(tile), self.looks, self.longest), self.most) for tile in self.tiles)


def before(loaded: Loaded | LoadedScan | LoadedPages, room: int) -> Before:
    """Make the views of a picture as it was found.

    Args:
        loaded: The picture and its mask.
        room: Bytes for all its views, before and after.

    Raises:
        PictureError: A scan is damaged.
    """
    with views_of(loaded) as views:
        tiles = views.tiles
        if room < _ROOM_FOR_DETAILS:
            tiles = tiles[:1]
        return replace(_before(tiles, views.looks, views.read, views.mask, room), page=views.page)


@dataclass(frozen=True, eq=False)
class Views:
    """What is worth seeing of a picture, and how it is read.

    Attributes:
        tiles: The whole picture; where it is reduced to less than half, the windows that show most in its own scale as
            well, and of a scan those alone.
        looks: How samples are shown.
        read: Gives the samples of a tile.
        mask: Gives the mask of a tile.
        page: Of a file of several pages or levels, the number of the page that is shown, from 0.
    """

    tiles: tuple[Rect, ...]
    looks: Looks
    read: Callable[[Rect], Samples]
    mask: Callable[[Rect], Mask]
    page: int | None = None


@contextmanager
def views_of(loaded: Loaded | LoadedScan | LoadedPages) -> Iterator[Views]:
    """Say what is worth seeing of a picture; inside this block, a scan can be read.

    Raises:
        PictureError: A scan is damaged.
    """
    if isinstance(loaded, Loaded):
        picture, mask = loaded.picture, loaded.mask
        low, high = picture.range(mask)
        looks = Looks(high, picture.metadata.orientation, picture.metadata.icc, low, picture.top, picture.lab)
        tiles: tuple[Rect, ...] = (Rect.whole(picture.size),)
        if max(picture.size) > 2 * LONGEST:
            tiles += details_of(PackedMask.of(mask))
        yield Views(tiles, looks, lambda tile: picture.window(tile), lambda tile: mask[tile.slices])
        return
    from pconv_cli.files.tiff.scans import Scan

    if isinstance(loaded, LoadedPages):
        with Scan(loaded.pair.picture, number=loaded.shown) as scan:
            holes = loaded.masks.get(loaded.shown) or PackedMask.of(np.ones(scan.size, np.bool_))
            looks = Looks(own_range(scan.dtype).high, lab=scan.lab)
            read = _reader_of(scan)
            yield Views((Rect.whole(scan.size),), looks, read, holes.window, loaded.shown)
        return
    with Scan(loaded.pair.picture) as scan:
        icc = scan.page.tags.valueof(_ICC)
        low, high = loaded.scale
        orientation = read_header(loaded.pair.picture).orientation
        looks = Looks(high, orientation, bytes(icc) if icc else None, low, lab=scan.lab)
        tiles = details_of(loaded.holes)
        yield Views(tiles, looks, _reader_of(scan), lambda tile: loaded.holes.window(tile))


def _reader_of(scan: "Scan") -> Callable[[Rect], Samples]:
    return lambda tile: scan.seen(scan.read(tile))


def _before(
    tiles: tuple[Rect, ...], looks: Looks, read: Callable[[Rect], Samples], mask: Callable[[Rect], Mask], room: int
) -> Before:
    longest = min(LONGEST, max(_SHORTEST, round(LONGEST * math.sqrt(room / _ROOM))))
    holes = [shown_hole(~mask(tile), looks.orientation, longest) for tile in tiles]
    outlines = tuple(outline(hole) for hole in holes)
    most = max(_LEAST, (room - sum(map(len, outlines))) // (2 * max(1, len(tiles))))
    jpegs = tuple(jpeg(shown(read(tile), looks, longest), most) for tile in tiles)
    return Before(tiles, looks, jpegs, outlines, tuple((hole.shape[0], hole.shape[1]) for hole in holes), longest, most)


def details_of(holes: PackedMask) -> tuple[Rect, ...]:
    """The windows of at most `DETAIL` a side that show most: holes and what is round them, half and half at best."""
    some, _ = holes.cells(_CELL)
    side = DETAIL // _CELL
    tall, wide = (min(DETAIL, length) for length in holes.size)
    share = cv2.boxFilter(some.astype(np.float32), -1, (side, side), borderType=cv2.BORDER_CONSTANT)
    inside = np.zeros_like(some)  # cells that are the middle of a window, and not of one that the edge cuts off
    inside[tuple(slice(min(side, length) // 2, length - (min(side, length) - 1) // 2) for length in some.shape)] = True
    worth = np.where(inside, share * (1.01 - share), 0)
    tiles: list[Rect] = []
    while worth.max(initial=0) > 1e-6 and len(tiles) < _DETAILS:
        row, column = (int(place) for place in np.unravel_index(int(np.argmax(worth)), worth.shape))
        top = min(max(0, row * _CELL - tall // 2), holes.size[0] - tall)
        left = min(max(0, column * _CELL - wide // 2), holes.size[1] - wide)
        tiles.append(Rect(top, left, tall, wide))
        worth[max(0, row - side) : row + side, max(0, column - side) : column + side] = 0
    return tuple(tiles)
