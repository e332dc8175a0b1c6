"""A retouch laid over the image that it was made for, as other programs do it."""

from typing import Any

from numpy.typing import NDArray


def composed(original: NDArray[Any], layer: NDArray[Any], *, opaque: bool = False) -> NDArray[Any]:
    """Original + layer, of which each pixel is opaque or transparent; ``opaque``: the fill makes alpha opaque, too."""
    colours = layer.shape[2] - 1
    hole = layer[:, :, -1] > 0
    result = original.copy()
    result[hole, :colours] = layer[hole, :colours]
    if opaque and original.shape[2] > colours:
        result[hole, -1] = layer[hole, -1]
    return result
