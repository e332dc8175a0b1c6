"""A retouch as a layer of its own: the fill where a hole was, transparent elsewhere. Original + layer = result."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.colour.ranges import colours_of, own_range
from pconv_cli.files.metadata.carried import Samples


def layer_of(result: Samples, hole: NDArray[np.bool_], *, opaque: float | None = None) -> Samples:
    """Cut the retouch out of a restored image.

    Args:
        result: ``(H, W, C)`` of any type, C = 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha, not associated.
        hole: ``(H, W)`` bool, True where it was filled.
        opaque: The alpha that is opaque (4095 where 12 of 16 bits are used); None: the largest sample of the type, and
            1 for floats.

    Returns:
        ``(H, W, 2)`` or ``(H, W, 4)`` of the same type: in the hole the colours of the result, opaque; 0 elsewhere.

    Raises:
        ValueError: The shapes do not fit.

    Example:
        >>> layer_of(np.array([[[7], [9]]], np.uint8), np.array([[True, False]])).tolist()
        [[[7, 255], [0, 0]]]
    """
    if result.shape[:2] != hole.shape:
        raise ValueError(f"the result is {result.shape[:2]} and its hole {hole.shape}")
    colours = colours_of(result).shape[2]
    dtype: np.dtype[Any] = result.dtype
    layer = np.zeros((*hole.shape, colours + 1), dtype)
    layer[hole, :colours] = result[hole, :colours]
    layer[hole, colours] = own_range(dtype).high if opaque is None else opaque
    return layer
