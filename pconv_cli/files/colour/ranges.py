"""The range of an image's samples: by it they become values in [0, 1] for a method, and its fill becomes samples.

Eight bits run from 0 to 255. Deeper samples need not use what their type holds (12 bits in 16, heights in metres,
floats up to 0.01), and a method that is given a thousandth of [0, 1] sees a grey image without contrast. Their range is
what is known of the image itself instead, unless that is most of what their type holds.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.metadata.carried import Samples

#: From this absolute value on, a sample stands for "no data" (geographers write the lowest float32).
NO_NUMBER = 1e37

# The share of the pixels at either end that is left out of the range, and the least number of them: a hot one, a lamp.
_OUTSIDE, _FEWEST = 0.001, 2

# How far the range reaches beyond the others, in their own spans. What lies further is cut off for the method.
_REACH = 1.0

# The part of the type's own range from which on an image uses it.
_USED = 0.5


class SampleRange(NamedTuple):
    """The samples that stand for 0 and for 1.

    Attributes:
        low: The sample that stands for 0.
        high: The one that stands for 1; equal to ``low`` in an image that is flat.
    """

    low: float
    high: float

    def values(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """Convert samples to float32 in [0, 1]; NaN to 0."""
        low, span = np.float32(self.low), np.float32(self.high - self.low) or np.float32(1)
        scaled: NDArray[np.float32]
        if self == own_range(samples.dtype) and samples.dtype.kind == "u":  # nothing lies outside
            scaled = np.divide(samples, span, dtype=np.float32)
            return scaled
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = np.subtract(samples, low, dtype=np.float32)
            scaled /= span
        return np.asarray(np.clip(np.nan_to_num(scaled, copy=False, nan=0.0), 0.0, 1.0))

    def samples(self, values: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Convert values in [0, 1] to samples of a type; whole numbers are rounded."""
        scaled = values.astype(np.float64) * (self.high - self.low) + self.low
        return scaled.astype(dtype) if dtype.kind == "f" else np.rint(scaled).astype(dtype)


def own_range(dtype: np.dtype[Any], bits: int = 0) -> SampleRange:
    """Give the range of a type of samples: 0 to 1 for floats, all values for whole numbers (negative ones, too).

    Args:
        dtype: The type.
        bits: Bits of whole numbers that use fewer than their type has; 0: all.
    """
    if dtype.kind == "f":
        return SampleRange(0.0, 1.0)
    return SampleRange(float(np.iinfo(dtype).min), float(2**bits - 1 if bits else np.iinfo(dtype).max))


def colours_of(samples: NDArray[Any]) -> NDArray[Any]:
    """Give the colours ``(..., 1 or 3)`` of samples ``(..., C)``, without alpha or another further channel; a view."""
    return samples[..., : 1 if samples.shape[-1] < 3 else 3]


def blank_pixels(samples: Samples, no_data: float | None = None) -> NDArray[np.bool_] | None:
    """Find the pixels ``(h, w)`` that say nothing of what the image shows; None where there are none.

    Those are the transparent ones, whose colour is never seen; samples that are not numbers (or so large that they
    stand for "no data"); and those of the image's own number for it.

    Args:
        samples: ``(h, w, C)``.
        no_data: That number. Floats are blank where one colour holds it, whole numbers where all do: of those it is
            most often 0, which pure red holds, too.
    """
    colours = colours_of(samples)
    blank = np.zeros(samples.shape[:2], np.bool_)
    if samples.dtype.kind == "f":
        with np.errstate(over="ignore"):  # half floats hold no such number
            blank |= ~(np.abs(colours) < NO_NUMBER).all(axis=2)
    if no_data is not None:
        blank |= holds_no_data(colours, no_data)
    if samples.shape[2] > colours.shape[2]:
        blank |= ~(samples[:, :, -1] > 0)
    return blank if blank.any() else None


def without_no_data(values: NDArray[Any], no_data: float) -> NDArray[Any]:
    """Give the colours ``(n, C)`` of fills, each that would say "no data" moved to the sample next to that."""
    held = holds_no_data(values, no_data)
    if not held.any():
        return values
    if values.dtype.kind == "f":
        beside = np.nextafter(values.dtype.type(no_data), values.dtype.type(np.inf))
    else:
        # Downwards, since samples of 12 bits end below the last number of their type.
        beside = values.dtype.type(no_data - 1 if no_data > np.iinfo(values.dtype).min else no_data + 1)
    return np.where(held[:, np.newaxis] & (values == no_data), beside, values)


def says_no_data(samples: NDArray[Any], no_data: float) -> NDArray[np.bool_]:
    """Say which samples are the number for "no data", which may be NaN."""
    return np.isnan(samples) if np.isnan(no_data) else np.asarray(samples == no_data)


def holds_no_data(colours: NDArray[Any], no_data: float) -> NDArray[np.bool_]:
    """Say which of the pixels ``(..., C)`` hold the number for "no data"; see `blank_pixels`."""
    holds = says_no_data(colours, no_data)
    return np.asarray(holds.any(axis=-1) if colours.dtype.kind == "f" else holds.all(axis=-1))


def range_of(few: NDArray[Any], parts: Iterable[NDArray[Any]], dtype: np.dtype[Any], bits: int = 0) -> SampleRange:
    """Find the range of an image: from its least to its greatest known sample, those left out that lie far off.

    Args:
        few: ``(n, C)``, the colours of some of its known pixels, spread evenly.
        parts: Those of all known pixels (or of as many as one cares to look at), part by part.
        dtype: The type of the samples.
        bits: See `own_range`.

    Returns:
        The range; the type's own one where the image uses at least half of that, and nothing beyond it.
    """
    own = own_range(dtype, bits)
    if dtype == np.uint8 or not few.size:
        return own
    least, most = _between(few)
    reach = _REACH * (most - least)
    fences = least - reach, most + reach
    inside = fences[0] <= own.low and fences[1] >= own.high
    if inside and dtype.kind != "f" and most - least >= _USED * (own.high - own.low):
        return own  # whole numbers lie nowhere else
    low, high = least, most
    for part in parts:
        counts = (part >= fences[0]) & (part <= fences[1])
        low = min(low, float(np.min(part, where=counts, initial=low)))
        high = max(high, float(np.max(part, where=counts, initial=high)))
    uses_own = own.low <= low and high <= own.high and high - low >= _USED * (own.high - own.low)
    return own if uses_own else SampleRange(low, high)


def _between(colours: NDArray[Any]) -> tuple[float, float]:
    """The least and the greatest sample of all pixels but those at either end."""
    lowest, highest = np.sort(colours.min(axis=1)), np.sort(colours.max(axis=1))
    out = min(max(_FEWEST, int(_OUTSIDE * len(lowest))), (len(lowest) - 1) // 2)
    return float(lowest[out]), float(highest[-1 - out])
