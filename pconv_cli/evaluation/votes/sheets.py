"""A sheet to vote on: A beside B, and under them, where wanted, the damaged image and the truth."""

from collections.abc import Sequence

import cv2
import numpy as np

from pconv_cli.files.previews import Rgb8

_GAP = 8
_WHITE = 255

#: Images that are at least this much wider than high stand above one another.
_WIDE = 2.0


def draw_sheet(views: Sequence[tuple[str, Rgb8]], heading: str) -> Rgb8:
    """Draw a sheet.

    Args:
        views: Titles (ASCII) and images ``(H, W, 3)``, all of one size.
        heading: A line above all, ASCII.

    Returns:
        ``(H', W', 3)`` uint8 RGB, on white, every image at its own size.
    """
    height, width = views[0][1].shape[:2]
    columns = 1 if width >= _WIDE * height else 2
    # Letters grow with the images, so that they can be read on a sheet that is shown reduced.
    letters = max(0.7, min(width, height) / 500)
    cells = [np.concatenate([_bar(title, width, letters), view]) for title, view in views]
    cells += [np.full_like(cells[0], _WHITE)] * (-len(cells) % columns)
    padded = [np.pad(cell, ((0, _GAP), (_GAP, 0), (0, 0)), constant_values=_WHITE) for cell in cells]
    rows = [np.concatenate(padded[n : n + columns], axis=1) for n in range(0, len(padded), columns)]
    sheet = np.pad(np.concatenate(rows), ((0, 0), (0, _GAP), (0, 0)), constant_values=_WHITE)
    return np.concatenate([_bar(heading, sheet.shape[1], max(0.5, letters * 0.6), 110), sheet])


def _bar(text: str, width: int, letters: float, grey: int = 0) -> Rgb8:
    """Draw a line of text, ``letters`` times OpenCV's own size or as large as there is room for."""
    thick = max(1, round(2 * letters))
    (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, letters, thick)
    size = letters * min(1.0, max(1, width - 2 * _GAP) / max(1, wide))
    bar = np.full((round(40 * letters), width, 3), _WHITE, np.uint8)
    place = _GAP, round(28 * letters)
    cv2.putText(bar, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (grey,) * 3, thick, cv2.LINE_AA)
    return bar
