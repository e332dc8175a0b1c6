"""Sample images at no download: photographs that scikit-image carries, all public domain or CC0."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Longest side in pixels; larger samples are reduced to it.
LONGEST_SIDE = 512


def sample_images() -> dict[str, NDArray[np.uint8]]:
    """Load the sample images.

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
    images = {name: np.asarray(load(), dtype=np.uint8)[..., :3] for name, load in loaders.items()}
    return {name: reduced(image, LONGEST_SIDE / max(image.shape[:2])) for name, image in images.items()}


def reduced(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Reduce ``(H, W, 3)`` to ``scale`` of its sides by area averages; a scale of 1 or more leaves it as it is."""
    import cv2

    if scale >= 1:
        return np.ascontiguousarray(image)
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
