"""Crops and their variations, each a pure function of the image and a random generator.

An image is ``(H, W, 3)`` uint8 RGB, or ``(H, W, 4)`` with a fourth channel that is 0 where a pixel is known and above
where it is damaged. Whatever is made of a damaged pixel, however little of it, is damaged; colours come out the same
with and without that channel.
"""

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

StoredImage = NDArray[np.uint8]

# The ICME project varies brightness, contrast and saturation by a fifth, and turns by up to 15 degrees.
JITTER = 0.2
ROTATION = 15.0


def resized(image: StoredImage, width: int, height: int) -> StoredImage:
    """Scale an image: averages when it becomes smaller, cubic interpolation when larger.

    Args:
        image: ``(H, W, 3)`` or ``(H, W, 4)`` uint8.
        width: The new width in pixels.
        height: The new height.

    Returns:
        ``(height, width, 3)`` or ``(height, width, 4)``.
    """
    smaller = width * height < image.shape[0] * image.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    colours = cv2.resize(_colours(image), (width, height), interpolation=method)
    if image.shape[2] == 3:
        return np.asarray(colours, np.uint8)
    damage = image[..., 3]
    if smaller:
        share = cv2.resize((damage > 0).astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        return _joined(colours, share > 0)
    reach = cv2.dilate(damage, np.ones((5, 5), np.uint8))  # a cubic value comes from two pixels to each side
    return _joined(colours, cv2.resize(reach, (width, height), interpolation=cv2.INTER_NEAREST) > 0)


class CropSquare(NamedTuple):
    """A square of an image, in pixels."""

    side: int
    top: int
    left: int


def draw_window(height: int, width: int, crop: int, rng: np.random.Generator) -> CropSquare:
    """Choose the square of which a crop is made.

    Args:
        height: Height of the image in pixels.
        width: Width of the image.
        crop: Side of the crop.
        rng: Source of randomness.
    """
    fit = crop / min(height, width)
    # Half the crops at the image's own scale, which keeps its sharpness; the rest in between, down to the whole.
    scale = fit if fit >= 1 else (1.0 if rng.random() < 0.5 else math.exp(rng.uniform(math.log(fit), 0.0)))
    side = min(round(crop / scale), height, width)
    return CropSquare(side, int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1)))


def random_crop(image: StoredImage, crop: int, rng: np.random.Generator) -> StoredImage:
    """Cut a square at a random scale, between the image's own and the one at which its shorter side just fits.

    An image whose shorter side is below ``crop`` is enlarged to fit.

    Args:
        image: ``(H, W, 3)`` or ``(H, W, 4)`` uint8.
        crop: Side of the square in pixels.
        rng: Source of randomness.

    Returns:
        ``(crop, crop, 3)`` or ``(crop, crop, 4)`` uint8, mirrored left to right half the time.
    """
    side, top, left = draw_window(image.shape[0], image.shape[1], crop, rng)
    # Cut first, then scale the cut: less to interpolate.
    cut: NDArray[Any] = image[top : top + side, left : left + side]
    if side != crop:
        cut = resized(cut, crop, crop)
    if rng.random() < 0.5:
        cut = cut[:, ::-1]
    return np.ascontiguousarray(cut)


def centre_crop(image: StoredImage, crop: int) -> StoredImage:
    """Cut the middle square at the scale at which the shorter side is ``crop`` or, if larger, at the image's own.

    Args:
        image: ``(H, W, 3)`` or ``(H, W, 4)`` uint8.
        crop: Side of the square in pixels.

    Returns:
        ``(crop, crop, 3)`` or ``(crop, crop, 4)`` uint8.
    """
    height, width = image.shape[:2]
    side = min(crop, height, width)
    top, left = (height - side) // 2, (width - side) // 2
    cut: StoredImage = image[top : top + side, left : left + side]
    if side == crop:
        return cut
    return resized(cut, crop, crop)


def jitter_colours(image: StoredImage, rng: np.random.Generator) -> StoredImage:
    """Vary brightness, contrast and saturation by up to `JITTER`.

    Args:
        image: ``(H, W, 3)`` or ``(H, W, 4)`` uint8.
        rng: Source of randomness.

    Returns:
        The same shape.
    """
    brightness, contrast, saturation = rng.uniform(1 - JITTER, 1 + JITTER, 3)
    values = image[..., :3].astype(np.float32) * brightness
    values = (values - values.mean()) * contrast + values.mean()
    grey = values @ np.array([0.299, 0.587, 0.114], np.float32)
    values = grey[..., None] + (values - grey[..., None]) * saturation
    colours = np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
    return colours if image.shape[2] == 3 else _joined(colours, image[..., 3])


def rotate(image: StoredImage, rng: np.random.Generator) -> StoredImage:
    """Turn about the middle by up to `ROTATION` degrees; what comes in from beyond the edge is mirrored.

    Args:
        image: ``(H, W, 3)`` or ``(H, W, 4)`` uint8.
        rng: Source of randomness.

    Returns:
        The same shape.
    """
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), rng.uniform(-ROTATION, ROTATION), 1.0)

    def turned(values: NDArray[Any]) -> NDArray[Any]:
        return cv2.warpAffine(values, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)

    colours = np.asarray(turned(_colours(image)), np.uint8)
    return colours if image.shape[2] == 3 else _joined(colours, turned((image[..., 3] > 0).astype(np.float32)))


def augment(image: StoredImage, crop: int, kind: str, rng: np.random.Generator) -> StoredImage:
    """Make a training crop: scaled, cut and mirrored; with ``icme`` also turned and its colours varied."""
    cut = random_crop(image, crop, rng)
    return jitter_colours(rotate(cut, rng), rng) if kind == "icme" else cut


def _colours(image: StoredImage) -> StoredImage:
    return np.ascontiguousarray(image[..., :3])


def _joined(colours: NDArray[Any], damaged: NDArray[Any]) -> StoredImage:
    """Colours with a fourth channel that is 255 where ``damaged`` is true, or not 0."""
    return np.dstack([colours, np.where(damaged, 255, 0)]).astype(np.uint8)
