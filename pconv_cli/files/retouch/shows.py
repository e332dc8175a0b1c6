"""Display copies in which a retouch differs from the original: hatched or outlined; for neutral tones see `tones`.

All work on a part of an image alone: with a margin of `REACH` pixels round it, they give what they give of the whole.

Reference: C. Brandi, Teoria del restauro, 1963 (tratteggio: a retouch of fine upright lines, which are seen from near
alone).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb8 = NDArray[np.uint8]
"""``(H, W, 3)`` uint8 RGB, as it is shown."""

#: Pixels of the image by whose side a line becomes wider by one.
_SIDE_OF_A_PIXEL = 1500
_WIDEST = 3
#: How much lighter and darker than the fill its lines are, in levels of 255.
_CONTRAST = 24
#: Lines keep their colour over about this length, in widths of a line.
_STROKE = 24
#: Side of a square over which colours are averaged before the colour of an outline is chosen.
_ROUND = 31
#: The colours of an outline; at each place the one is taken that is further from the image.
_OUTLINES = np.array([(230, 0, 60), (0, 220, 255)], np.float32)

REACH = (_STROKE + 1) * _WIDEST
"""How far what is drawn at a pixel depends on others, in pixels."""


def line_width(size: tuple[int, int]) -> int:
    """Choose the width of lines in pixels, 1 to 3, by the size (height, width) of an image.

    Example:
        >>> line_width((600, 800)), line_width((2000, 3000)), line_width((9000, 20000))
        (1, 2, 3)
    """
    return min(_WIDEST, max(1, round(max(size) / _SIDE_OF_A_PIXEL)))


def outlined(rgb: Rgb8, hole: NDArray[np.bool_], width: int) -> Rgb8:
    """Draw a line round each hole, outside it, so that the fill is seen whole.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        hole: ``(H, W)`` bool, True where it was filled.
        width: Width of the line in pixels.

    Returns:
        A copy with the line, red or, where the image is closer to that, cyan.
    """
    kernel = np.ones((2 * width + 1, 2 * width + 1), np.uint8)
    line = (cv2.dilate(hole.astype(np.uint8), kernel) > 0) & ~hole
    near = cv2.blur(rgb, (_ROUND, _ROUND))[line].astype(np.float32)
    apart = ((near[:, np.newaxis] - _OUTLINES) ** 2).sum(axis=2)
    shown = rgb.copy()
    shown[line] = _OUTLINES[apart.argmax(axis=1)].astype(np.uint8)
    return shown


def hatched(rgb: Rgb8, hole: NDArray[np.bool_], width: int, left: int = 0) -> Rgb8:
    """Draw the fill as fine upright lines (tratteggio).

    Each line has the colour of the fill along it, one lighter and the next one darker by the same amount. From afar
    they add up to the fill, except where it is nearly black or white, and cannot be darker or lighter.

    Args:
        rgb: ``(H, W, 3)`` uint8.
        hole: ``(H, W)`` bool, True where it was filled.
        width: Width of a line in pixels.
        left: The column of the image at which this part of it begins.

    Returns:
        A copy whose holes are hatched; all other pixels are as they were.
    """
    number = (np.arange(hole.shape[1]) + left) // width
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    counts = np.where(hole[:, :, np.newaxis], np.dstack([rgb, np.ones(hole.shape, np.uint8)]), 0)
    lines = np.add.reduceat(counts.astype(np.float32), starts, axis=1)  # whole numbers, so sums are exact
    size = (1, _STROKE * width + 1)  # (across, along)
    lines = cv2.boxFilter(lines, -1, size, normalize=False, borderType=cv2.BORDER_CONSTANT).reshape(lines.shape)
    colour = lines[:, :, :3] / np.maximum(lines[:, :, 3:], 1)
    # Near black and white, all channels move alike, so that the hue stays.
    colour += np.maximum(0, _CONTRAST - colour.min(axis=2, keepdims=True))
    colour -= np.maximum(0, colour.max(axis=2, keepdims=True) - (255 - _CONTRAST))
    colour += np.where(number[starts] % 2, _CONTRAST, -_CONTRAST)[np.newaxis, :, np.newaxis]
    colour = np.rint(np.clip(colour, 0, 255)).astype(np.uint8)
    drawn = np.repeat(colour, np.diff(starts, append=hole.shape[1]), axis=1)
    return np.where(hole[:, :, np.newaxis], drawn, rgb)
