"""Views of an image before and after, small enough for a page: the whole of it, and windows in which holes lie.

Of a huge scan the sliders show windows alone. The whole of it is on the map of its condition, before it is filled, for
which all of it is decoded once (`pconv_cli.jobs.condition.survey`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.metadata.carried import Samples
from pconv_cli.files.previews import Rendering, jpeg, outline, painted, shown, shown_hole, upright, within
from pconv_cli.jobs.images.confidence import Map
from pconv_cli.jobs.images.open_image import OpenImage
from pconv_cli.methods.confidence.calibration import KNOWN, LEFT
from pconv_cli.tiling.rect import Rect

#: Longest side of a view in pixels; less where there is little room.
LONGEST = 1024
_ROOM, _SHORTEST = 180_000, 256

#: Side of a window that is seen in the image's own scale, where the whole is reduced to less than half.
DETAIL = 768

#: The probabilities between which colours of an overlay change, and those colours, from unsure to sure.
SURE = (0.5, 0.7, 0.9)
COLOURS = ((215, 25, 28), (253, 140, 60), (255, 220, 60), (60, 170, 90))
_OPACITY = 150

# Windows at most; where there is less room than this, a scan has one and other images none.
_DETAILS = 2
_ROOM_FOR_DETAILS = 60_000

# Side of a cell in which holes are looked for.
_CELL = 16

# The least that a view may take, whatever has to stand beside it.
_LEAST = 4096


@dataclass(frozen=True, eq=False)
class ViewsBefore:
    """An image as it was found.

    Attributes:
        tiles: The place of each view in the image.
        rendering: How samples are shown.
        jpegs: The views.
        outlines: A PNG file with the outline of the holes for each.
        sizes: (height, width) of each view.
        longest: Longest side that a view may have.
        most: Bytes that a view may take.
    """

    tiles: tuple[Rect, ...]
    rendering: Rendering
    jpegs: tuple[bytes, ...]
    outlines: tuple[bytes, ...]
    sizes: tuple[tuple[int, int], ...]
    longest: int
    most: int

    def overlays(self, read: Callable[[Rect], Map]) -> tuple[bytes, ...]:
        """Return an overlay for each view, from the map that ``read`` gives."""
        return tuple(overlay(read(tile), self.rendering.orientation, self.longest) for tile in self.tiles)

    def after(self, read: Callable[[Rect], Samples]) -> tuple[bytes, ...]:
        """Return the same views of the restored image, whose samples ``read`` gives."""
        return tuple(jpeg(shown(read(tile), self.rendering, self.longest), self.most) for tile in self.tiles)


def overlay(judged: Map, orientation: int, longest: int) -> bytes:
    """Draw a PNG file of how sure fills are: green where 90 % sure, then yellow, orange, red; clear where not filled.

    Args:
        judged: ``(h, w)``, a part of a map of `pconv_cli.jobs.images.confidence`.
        orientation: EXIF orientation, 1 to 8.
        longest: Longest side in pixels.
    """
    filled = (judged != KNOWN) & (judged != LEFT)
    hole = shown_hole(filled, orientation, longest)
    sums = np.stack([np.where(filled, judged, 0), filled * np.float32(255)], axis=2).astype(np.float32)
    small = upright(within(sums, longest), orientation)
    sure = small[:, :, 0] / np.maximum(small[:, :, 1], 1)
    return painted(np.where(hole, 1 + np.digitize(sure, SURE), 0).astype(np.uint8), COLOURS, _OPACITY)


def before(image: OpenImage, room: int) -> ViewsBefore:
    """Make the views of an image as it was found.

    Args:
        image: The image, read.
        room: Bytes for all its views, before and after.

    Raises:
        ImageError: A scan is damaged.
    """
    tiles = worth_seeing(image)
    if not tiles:  # a scan without a hole, of which nothing needs to be decoded
        return ViewsBefore((), Rendering(1.0), (), (), (), 0, 0)
    rendering = image.rendering
    if room < _ROOM_FOR_DETAILS:
        tiles = tiles[:1]
    longest = min(LONGEST, max(_SHORTEST, round(LONGEST * math.sqrt(room / _ROOM))))
    holes = [shown_hole(image.holes.hole(tile), rendering.orientation, longest) for tile in tiles]
    outlines = tuple(outline(hole) for hole in holes)
    most = max(_LEAST, (room - sum(map(len, outlines))) // (2 * max(1, len(tiles))))
    jpegs = tuple(jpeg(shown(image.window(tile), rendering, longest), most) for tile in tiles)
    return ViewsBefore(
        tiles, rendering, jpegs, outlines, tuple((hole.shape[0], hole.shape[1]) for hole in holes), longest, most
    )


def worth_seeing(image: OpenImage) -> tuple[Rect, ...]:
    """Choose the views of an image.

    Returns:
        The whole image; where that is reduced to less than half, the windows that show most in its own scale as well,
        and of a scan those alone.
    """
    whole = () if image.is_windowed else (Rect.whole(image.size),)
    large = image.is_windowed or max(image.size) > 2 * LONGEST
    return whole + (details_of(image.holes) if large else ())


def details_of(holes: PackedMask) -> tuple[Rect, ...]:
    """Find windows of at most `DETAIL` a side that show most: holes and their surroundings, half and half at best."""
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
