"""Sample pictures at no download: photographs that scikit-image carries, all public domain or CC0."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Longest side in pixels; larger samples are reduced to it.
LONGEST_SIDE = 512


def sample_pictures() -> dict[str, NDArray[np.uint8]]:
    """Load the sample pictures.

    Returns:
        Name to ``(H, W, 3)`` uint8 RGB, no side above `LONGEST_SIDE`, in alphabetical order: astronaut, chelsea,
        coffee, hubble, retina, rocket.
    """
    from skimage import data

    loaders: dict[str, Any] = {
        "astronaut": data.astronaut,
        "chelsea": data.chelsea,
        "coffee": data.coffee,
        "hubble": data.hubble_deep_field,
        "retina": data.retina,
        "rocket": data.rocket,
    }
    pictures = {name: np.asarray(load(), dtype=np.uint8)[..., :3] for name, load in loaders.items()}
    return {name: reduced(picture, LONGEST_SIDE / max(picture.shape[:2])) for name, picture in pictures.items()}


def reduced(picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Reduce ``(H, W, 3)`` to ``scale`` of its sides by area averages; a scale of 1 or more leaves it as it is."""
    import cv2

    if scale >= 1:
        return np.ascontiguousarray(picture)
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
