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
    return {name: _reduced(np.asarray(load(), dtype=np.uint8)) for name, load in loaders.items()}


def _reduced(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Reduce a picture by area averages to `LONGEST_SIDE`; a smaller one stays as it is."""
    import cv2

    height, width = picture.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    if scale >= 1:
        return np.ascontiguousarray(picture[..., :3])
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture[..., :3], size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
