"""Small JPEG images of large ones, to look at on a screen: reduced, upright, in sRGB, and limited in bytes."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from pconv_cli.files.colour.lab import as_srgb
from pconv_cli.files.colour.ranges import SampleRange, own_range
from pconv_cli.files.metadata.carried import Samples

Rgb8 = NDArray[np.uint8]
"""``(H, W, 3)`` uint8 RGB."""

Kind = TypeVar("Kind", bound=np.generic)

Colour = tuple[int, int, int]

#: Of the line round holes.
RED: Colour = (230, 0, 60)

# Behind transparent pixels.
_GROUND = 0.5

# JPEG qualities, tried from the first; after the last one the image is made smaller.
_QUALITIES = (85, 75, 65)
_STEP, _SMALLEST = 0.8, 32


@dataclass(frozen=True)
class Rendering:
    """How samples are to be shown.

    Attributes:
        white: The sample value that stands for 1.0.
        orientation: EXIF orientation, 1 to 8.
        icc: Their colour profile.
        black: The sample value that stands for 0.0.
        opaque: The alpha that is opaque; None: the largest that its type holds.
        lab: How they are stored where they are Lab, by TIFF's number.
    """

    white: float
    orientation: int = 1
    icc: bytes | None = None
    black: float = 0.0
    opaque: float | None = None
    lab: int = 0


def shown(samples: Samples, rendering: Rendering, longest: int) -> Rgb8:
    """Samples ``(H, W, C)`` as they are looked at: no side above ``longest``, alpha on grey, upright, in sRGB."""
    if rendering.lab:
        samples = as_srgb(samples, rendering.lab)
        rendering = Rendering(own_range(samples.dtype).high, rendering.orientation)
    if rendering.opaque is None:
        rendering = replace(rendering, opaque=own_range(samples.dtype).high)
    if samples.dtype not in (np.uint8, np.uint16, np.float32):  # which OpenCV does not reduce
        samples = samples.astype(np.float32)
    small = within(samples, longest).astype(np.float32)
    top = rendering.opaque or 1.0
    rgb = SampleRange(rendering.black, rendering.white).values(
        small[:, :, :3] if small.shape[2] > 2 else small[:, :, :1]
    )
    rgb = np.broadcast_to(rgb, (*rgb.shape[:2], 3))
    if small.shape[2] in (2, 4):
        alpha = np.clip(np.nan_to_num(small[:, :, -1:]) / np.float32(top), 0, 1)
        rgb = rgb * alpha + np.float32(_GROUND) * (1 - alpha)
    return upright(_in_srgb(np.rint(rgb * 255).astype(np.uint8), rendering.icc), rendering.orientation)


def shown_hole(hole: NDArray[np.bool_], orientation: int, longest: int) -> NDArray[np.bool_]:
    """Reduce a hole ``(H, W)`` as `shown` reduces its image; a pixel is hole where any of those in it is."""
    for axis, side in enumerate(_sides(hole.shape, longest)):
        first = np.arange(side) * hole.shape[axis] // side
        hole = np.logical_or.reduceat(hole, first, axis=axis)
    return upright(hole, orientation)


def outline(marks: NDArray[np.bool_] | NDArray[np.uint8], colours: Sequence[Colour] = (RED,), width: int = 1) -> bytes:
    """Draw a PNG file, transparent except for a line round each hole, and a white one round that.

    Args:
        marks: ``(H, W)``, 0 where nothing is marked, and else the number of the line's colour, from 1.
        colours: Those of the lines.
        width: Width of either line in pixels.
    """
    numbers = marks.astype(np.uint8)
    line, rim = (cv2.dilate(numbers, np.ones((side, side), np.uint8)) for side in (2 * width + 1, 4 * width + 1))
    white = len(colours) + 1
    drawn = np.where(numbers > 0, 0, np.where(line > 0, line, np.where(rim > 0, white, 0)))
    return painted(drawn.astype(np.uint8), (*colours, (255, 255, 255)))


def painted(numbers: NDArray[np.uint8], colours: Sequence[Colour], opacity: int = 255) -> bytes:
    """Make a PNG file of colours by number ``(H, W)``, from 1; 0 is transparent.

    Args:
        numbers: See above.
        colours: RGB of each number.
        opacity: Opacity of all colours, 1 to 255.
    """
    image = Image.fromarray(numbers)
    image.putpalette([0, 0, 0, *(part for colour in colours for part in colour)])
    data = io.BytesIO()
    image.save(data, "PNG", transparency=bytes([0, *[opacity] * len(colours)]), optimize=True)
    return data.getvalue()


def upright(image: NDArray[Kind], orientation: int) -> NDArray[Kind]:
    """Turn an image ``(H, W, ...)`` as its EXIF orientation asks viewers to."""
    if orientation in (5, 6, 7, 8):
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)


def as_stored(image: NDArray[Kind], orientation: int) -> NDArray[Kind]:
    """Turn an image ``(H, W, ...)`` that is upright back to how a file of an orientation stores it."""
    return upright(image, {6: 8, 8: 6}.get(orientation, orientation))  # all but quarter turns undo themselves


def upright_boxes(boxes: NDArray[np.int64], size: tuple[int, int], orientation: int) -> NDArray[np.int64]:
    """Turn boxes of an image as `upright` turns the image.

    Args:
        boxes: First row and column, and those after the last, ``(n, 4)``.
        size: (height, width) of the image as it is stored.
        orientation: EXIF orientation, 1 to 8.
    """
    top, left, bottom, right = boxes.T
    height, width = size
    if orientation in (5, 6, 7, 8):
        top, left, bottom, right, height, width = left, top, right, bottom, width, height
    if orientation in (2, 3, 6, 7):
        left, right = width - right, width - left
    if orientation in (3, 4, 7, 8):
        top, bottom = height - bottom, height - top
    return np.stack([top, left, bottom, right], axis=1)


def jpeg(rgb: Rgb8, most: int) -> bytes:
    """Encode an image in at most ``most`` bytes where that can be: of lower quality first, then of smaller size."""
    while True:
        for quality in _QUALITIES:
            data = io.BytesIO()
            Image.fromarray(rgb).save(data, "JPEG", quality=quality, optimize=True)
            if data.tell() <= most:
                return data.getvalue()
        if max(rgb.shape[:2]) <= _SMALLEST:
            return data.getvalue()
        rgb = within(rgb, int(max(rgb.shape[:2]) * _STEP))


def within(samples: NDArray[Kind], longest: int) -> NDArray[Kind]:
    """Samples ``(H, W, C)`` in their own depth, by area averages where a side is above ``longest``."""
    height, width = _sides(samples.shape, longest)
    if (height, width) == samples.shape[:2]:
        return samples
    wide: Any = samples  # OpenCV knows fewer types
    small: Any = cv2.resize(wide, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, samples.dtype).reshape(height, width, samples.shape[2])


def _sides(shape: tuple[int, ...], longest: int) -> tuple[int, int]:
    """Height and width within ``longest``, in proportion."""
    scale = min(1.0, longest / max(shape[:2]))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def _in_srgb(rgb: Rgb8, icc: bytes | None) -> Rgb8:
    """Colours of a profile as sRGB; as they are where there is none, it is of another kind (grey), or it is damaged."""
    if not icc or icc[16:20] != b"RGB ":
        return rgb
    try:
        image = ImageCms.applyTransform(Image.fromarray(rgb), _to_srgb(icc))
    except (ImageCms.PyCMSError, OSError):
        return rgb
    return np.asarray(image, np.uint8)


@lru_cache(maxsize=4)
def _to_srgb(icc: bytes) -> ImageCms.ImageCmsTransform:
    """Return how colours of a profile become sRGB; kept, since an image may be shown tile by tile."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), "RGB", "RGB")
