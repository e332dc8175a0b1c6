"""Samples as RGB in [0, 1] of their range, and fills put into the holes of samples (pure)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.colour.alpha import associated
from pconv_cli.files.colour.ranges import SampleRange, blank_pixels, without_no_data
from pconv_cli.files.metadata.carried import Samples

#: ITU-R BT.601 luma, the weights by which a colour becomes grey.
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def rgb_of(samples: Samples, scale: SampleRange) -> NDArray[np.float32]:
    """Give samples ``(H, W, C)`` as RGB ``(H, W, 3)`` float32 in [0, 1] of a range, grey three times; NaN as 0."""
    if samples.shape[2] < 3:
        return np.repeat(scale.values(samples[:, :, :1]), 3, axis=2)
    return scale.values(samples[:, :, :3])


def evidence_of(samples: Samples, scale: SampleRange, no_data: float | None = None) -> NDArray[np.float32]:
    """Convert samples as `rgb_of` does, with NaN where they say nothing of the image; see `blank_pixels`."""
    rgb = rgb_of(samples, scale)
    blank = blank_pixels(samples, no_data)
    if blank is not None:
        rgb[blank] = np.nan
    return rgb


def luma_of(fill: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the luma ``(n, 1)`` of RGB ``(n, 3)``."""
    return np.asarray((fill * _LUMA).sum(axis=1, keepdims=True))


def fill_holes(
    samples: Samples,
    hole: NDArray[np.bool_],
    fill: NDArray[np.float32],
    scale: SampleRange,
    *,
    no_data: float | None = None,
    opaque: float | None = None,
    is_associated: bool = False,
) -> None:
    """Put a fill into the holes of samples, in place; every other sample stays bit for bit.

    Args:
        samples: ``(H, W, C)``, an image's or a window of them.
        hole: ``(H, W)`` bool, True where to fill.
        fill: ``(n, 3)`` float32 RGB, a row for each True of ``hole``, clamped to [0, 1]. Grey samples take its luma.
        scale: The samples that stand for 0 and 1; see `pconv_cli.files.stored.StoredImage.range`.
        no_data: The number that no fill may have, since it says "no data"; None: there is none.
        opaque: The alpha that filled pixels get; None: it is kept.
        is_associated: Whether colours are stored multiplied by their alpha.

    Raises:
        ValueError: The fill is not a finite number somewhere.
    """
    if not np.isfinite(fill).all():
        raise ValueError("the fill of a hole holds values that are not finite")
    fill = np.clip(fill, 0.0, 1.0).astype(np.float32)
    if samples.shape[2] < 3:  # not as a product of matrices, whose rounding hangs on how many rows there are
        fill = luma_of(fill)
    dtype: np.dtype[Any] = samples.dtype
    colours = fill.shape[1]
    values = scale.samples(fill, dtype)
    if no_data is not None:
        values = without_no_data(values, no_data)
    if opaque is not None and samples.shape[2] > colours:
        samples[hole, -1] = opaque
    elif is_associated:
        values = associated(values, samples[hole, -1])
    samples[hole, :colours] = values
