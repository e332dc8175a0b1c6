"""Contact sheets: rows of images side by side, to look at."""

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.files.atomic import atomic_path
from pconv_cli.files.opening import open_regular

GAP = 6
TITLE = 26


def contact_sheet(rows: Sequence[Sequence[NDArray[np.uint8]]], titles: Sequence[str] = ()) -> NDArray[np.uint8]:
    """Lay out rows of images on white, each row as high as its first image.

    Args:
        rows: Images ``(H, W, 3)`` uint8 RGB; the others of a row are brought to the height of its first.
        titles: Words above the columns, ASCII.

    Returns:
        ``(H, W, 3)`` uint8 RGB.

    Raises:
        ValueError: There is no image.
    """
    if not rows or not all(rows):
        raise ValueError("a contact sheet needs an image in every row")
    lines = []
    for row in rows:
        height = row[0].shape[0]
        cells = [p if p.shape[0] == height else _with_height(p, height) for p in row]
        gap = np.full((height, GAP, 3), 255, np.uint8)
        lines.append(np.concatenate([part for cell in cells for part in (cell, gap)][:-1], axis=1))
    width = max(line.shape[1] for line in lines)
    parts: list[NDArray[np.uint8]] = []
    if titles:
        bar = np.full((TITLE, width, 3), 255, np.uint8)
        left = 0
        for title, image in zip(titles, rows[0], strict=False):
            _write(bar, title, left)
            left += round(image.shape[1] * rows[0][0].shape[0] / image.shape[0]) + GAP
        parts.append(bar)
    for line in lines:
        parts.append(np.pad(line, ((0, GAP), (0, width - line.shape[1]), (0, 0)), constant_values=255))
    return np.concatenate(parts)


def titled(image: NDArray[np.uint8], title: str) -> NDArray[np.uint8]:
    """Put a title (ASCII) above one image ``(H, W, 3)``, which becomes `TITLE` higher."""
    bar = np.full((TITLE, image.shape[1], 3), 255, np.uint8)
    _write(bar, title, 0)
    return np.concatenate([bar, image])


def write_jpeg_sheet(path: Path, sheet: NDArray[np.uint8], comment: str) -> None:
    """Write a sheet ``(H, W, 3)`` as a JPEG file with a comment (ASCII), whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    data = io.BytesIO()
    Image.fromarray(sheet).save(data, "JPEG", quality=92, subsampling=0, comment=comment.encode("ascii"))
    with atomic_path(path) as temporary:
        temporary.write_bytes(data.getvalue())


def comment_of(path: Path) -> str:
    """Read the comment of a JPEG file; nothing where it has none, or is no such file."""
    try:
        with open_regular(path) as file, Image.open(file, formats=["JPEG"]) as image:
            comment = image.info.get("comment", b"")
    except (OSError, ValueError, SyntaxError):
        return ""
    return bytes(comment).decode("ascii", "replace")


def _write(bar: NDArray[np.uint8], title: str, left: int) -> None:
    cv2.putText(bar, title, (left + 4, TITLE - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 0), 1, cv2.LINE_AA)


def _with_height(image: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    width = max(1, round(image.shape[1] * height / image.shape[0]))
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
