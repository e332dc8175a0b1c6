"""Colours and their alpha: associated, where they are stored multiplied by it (TIFF alone has it), and unassociated.

Photoshop's flattened image has a third kind: colours are stored blended with white.

Reference: TIFF 6.0, section 18 (ExtraSamples).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.metadata.carried import Samples

#: Rows that are converted together.
_BAND = 256
_LARGEST = np.finfo(np.float32).max


def unassociated(samples: Samples) -> Samples:
    """Divide the colours of samples ``(H, W, C)`` by their associated alpha, and round them.

    Where alpha is opaque they stay bit for bit, and where it is 0 there is no colour.
    """
    return _by_bands(samples, _divided)


def without_white(samples: Samples) -> Samples:
    """Undo that the colours of samples ``(H, W, C)`` are stored blended with white by their alpha, and round them.

    What is stored is alpha * colour + (1 - alpha) * white. Where alpha is opaque it stays bit for bit, and where alpha
    is 0, which leaves nothing of a colour, as well. What is darker than its alpha allows becomes 0.
    """
    return _by_bands(samples, _unblended)


def associated(colours: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Multiply colours ``(n, C)`` by their alpha ``(n,)``, in the same type."""
    if colours.dtype.kind == "f":
        with np.errstate(over="ignore"):  # an alpha of 1e38 is none, but may stand there
            return np.asarray(np.clip(colours * alpha[:, np.newaxis], -_LARGEST, _LARGEST), np.float32)
    opaque = _opaque(colours.dtype)
    product = colours.astype(np.uint32) * alpha[:, np.newaxis].astype(np.uint32) + np.uint32(opaque // 2)
    return np.asarray(product // np.uint32(opaque), colours.dtype)


def _by_bands(samples: Samples, change: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]) -> Samples:
    """Change the colours of samples, given them and their alpha, unless all are opaque."""
    if not samples.size or bool(np.all(samples[:, :, -1] == _opaque(samples.dtype))):
        return samples
    changed = samples.copy()
    for top in range(0, samples.shape[0], _BAND):
        band = changed[top : top + _BAND]
        band[:, :, :-1] = change(band[:, :, :-1], band[:, :, -1:])
    return changed


def _unblended(colours: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    opaque = _opaque(colours.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        white = opaque - alpha  # its share: what is above it is the colour multiplied by alpha
        is_partial = (alpha > 0) & (alpha < opaque)
        return np.where(is_partial, _divided(np.maximum(colours, white) - white, alpha), colours)


def _divided(colours: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    if colours.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):  # whoever needs finite numbers looks for them
            return np.asarray(np.divide(colours, alpha, out=np.zeros_like(colours), where=alpha > 0), np.float32)
    opaque = np.uint32(_opaque(colours.dtype))
    wide = alpha.astype(np.uint32)
    quotient = (colours.astype(np.uint32) * opaque + wide // 2) // np.maximum(wide, 1)  # of 16 bits just within 32
    return np.asarray(np.where(wide > 0, np.minimum(quotient, opaque), 0), colours.dtype)


def _opaque(dtype: np.dtype[Any]) -> int:
    return 1 if dtype.kind == "f" else int(np.iinfo(dtype).max)
