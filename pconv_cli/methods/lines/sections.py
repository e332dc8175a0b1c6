"""Cross-sections of lines and contours: the colours beside them, averaged along what is known of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.tiled.windows import Rgb

Points = NDArray[np.float64]
"""(N, 2), right and down in pixels."""

Values = NDArray[np.float64]
"""Of any shape."""

#: Pixels to either side of a line that belong to its cross-section.
SIDE = 6

#: The offsets of a cross-section's colours from its line: half a pixel apart, so that thin lines stay sharp.
OFFSETS = np.arange(-2 * SIDE, 2 * SIDE + 1) / 2


class Drawn(NamedTuple):
    """Pixels of an image on which lines are drawn.

    Attributes:
        numbers: ``(N,)``, their places, row by row, each once.
        colours: ``(N, 3)`` float32.
        sure: ``(N,)`` float32, how sure they are, above 0 to 1.
    """

    numbers: NDArray[np.intp]
    colours: NDArray[np.float32]
    sure: NDArray[np.float32]

    def over(self, image: Rgb) -> Rgb:
        """Draw them over a copy of an image ``(H, W, 3)``, as far as they are sure."""
        drawn = image.copy()
        pixels = drawn.reshape(-1, 3)
        before = pixels[self.numbers]
        pixels[self.numbers] = before + self.sure[:, np.newaxis] * (self.colours - before)
        return drawn

    def certainty(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Give the map ``(H, W)`` of how sure they are; 0 where there is none."""
        sure = np.zeros(shape, np.float32)
        sure.reshape(-1)[self.numbers] = self.sure
        return sure


def sections(
    filled: Rgb, mask: Mask, places: Points, tangents: Points, lengths: NDArray[np.float64] | NDArray[np.intp]
) -> tuple[Values, NDArray[np.bool_]]:
    """Average the colours across lines over their last pixels, and say which of them are known.

    Args:
        filled: ``(H, W, 3)`` in [0, 1], holes filled by any method.
        mask: ``(H, W)``, True = valid.
        places: ``(N, K, 2)``, points a pixel apart, from each line's end on.
        tangents: ``(N, K, 2)`` or ``(N, 1, 2)``, unit vectors along the lines.
        lengths: ``(N,)``, how many of the points are the line's.

    Returns:
        ``(N, S, 3)``, colours from left to right as seen along the tangents, and ``(N, S)``, whether they are known.
    """
    across = np.stack([-tangents[..., 1], tangents[..., 0]], axis=-1)
    beside = places[:, :, np.newaxis] + OFFSETS[:, np.newaxis] * across[:, :, np.newaxis]
    counts = between(mask.astype(np.float32)[:, :, np.newaxis], beside)[..., 0] > 0.99
    counts &= np.arange(places.shape[1])[:, np.newaxis] < lengths[:, np.newaxis, np.newaxis]
    share = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    return (between(filled, beside) * share[..., np.newaxis]).sum(axis=1), counts.sum(axis=1) >= 3


def between(image: Rgb, places: Points) -> Rgb:
    """Interpolate an image at places ``(..., 2)``; outside it is 0."""
    height, width, channels = image.shape
    low = np.floor(places)
    beyond = (places - low).astype(np.float32)
    right, down = beyond[..., :1], beyond[..., 1:]
    corners = low.astype(np.intp)
    column, row = corners[..., 0], corners[..., 1]
    inside = (column >= 0) & (row >= 0) & (column < width - 1) & (row < height - 1)
    corner = np.where(inside, row * width + column, 0)
    flat = image.reshape(-1, channels)
    last = len(flat) - 1
    above = (1 - right) * flat[corner] + right * flat[np.minimum(corner + 1, last)]
    corner = np.minimum(corner + width, last)
    below = (1 - right) * flat[corner] + right * flat[np.minimum(corner + 1, last)]
    return np.asarray(((1 - down) * above + down * below) * inside[..., np.newaxis], np.float32)


def at(flags: NDArray[np.bool_], places: Points) -> NDArray[np.bool_]:
    """Look flags up at places ``(..., 2)``, rounded; outside there is none."""
    columns, rows = np.moveaxis(np.rint(places).astype(np.intp), -1, 0)
    height, width = flags.shape
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return np.asarray(inside & flags[rows.clip(0, height - 1), columns.clip(0, width - 1)], np.bool_)
