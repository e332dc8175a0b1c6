"""Which values of a mask file reach its threshold, and whether that parts what the mask says."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import MaskError, option
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.masks.polarity import THRESHOLD, Polarity
from pconv_cli.files.masks.tones import GreyKind, look_between

# Up to here black is black in a JPEG file, which gives whole blocks another value than they had.
_JPEG_NOISE = 16


def reaches(value: NDArray[np.float32], threshold: int) -> NDArray[np.bool_]:
    """Say which values in [0, 1] reach a threshold in [1, 255]; 1 takes all that are above 0."""
    return np.asarray(value * 255 >= _least(threshold))


class MaskValues:
    """The values of one mask, band by band, and what they say of it as a whole.

    Args:
        path: The mask file, for messages.
        dtype: Type of the values: uint8, uint16, or float32 in [0, 255].
        threshold: See `pconv_cli.files.masks.codec.read_mask`.
        polarity: The colour of the hole.
        kind: The format of the file.
    """

    def __init__(
        self,
        path: Path,
        dtype: np.dtype[Any],
        threshold: int | None,
        polarity: Polarity,
        kind: ImageFormat | None = None,
    ) -> None:
        self._path, self._dtype, self._asked, self._polarity = path, dtype, threshold, polarity
        self._threshold = THRESHOLD if threshold is None else threshold
        deep = 257 if dtype == np.uint16 and self._threshold > 1 else 1
        self._cut: float = _least(self._threshold) if dtype.kind == "f" else deep * self._threshold
        self._low, self._high, self._between = np.inf, -np.inf, False
        self._noise = _JPEG_NOISE if kind is ImageFormat.JPEG else 0

    def white(self, band: NDArray[Any]) -> NDArray[np.bool_]:
        """Find the values ``(h, w)`` that reach the threshold."""
        white = band >= self._cut
        self._low, self._high = min(self._low, float(band.min())), max(self._high, float(band.max()))
        self._between = self._between or bool(((band > 0) & ~white).any())
        return np.asarray(white)

    def check(self, bands: Callable[[], Iterable[NDArray[Any]]], warn: Callable[[str], None]) -> None:
        """Find out whether the threshold parts what the mask says, once all of it has been seen.

        Args:
            bands: Gives all values again, see `look_between`.
            warn: See `pconv_cli.files.masks.codec.read_mask`.

        Raises:
            MaskError: It does.
        """
        if not self._between:
            return
        remedy = f"pass {option('threshold')} 1, or rewrite it with pconv masks convert and the same threshold"
        if self._high < self._cut:
            floats = self._dtype.kind == "f"
            high, top = (f"{self._high / 255:.3g}", 1) if floats else (f"{self._high:.0f}", np.iinfo(self._dtype).max)
            raise MaskError(
                f"{self._path}: has no value above {high} of {top}, so nothing reaches the threshold of "
                f"{self._threshold}; if every value other than 0 marks a pixel, {remedy}"
            )
        if self._asked is not None:
            return
        found = look_between(bands(), max(self._low, self._noise), self._cut)
        if found is GreyKind.LEFT_OUT:
            raise MaskError(
                f"{self._path}: has values between black and the threshold of {self._threshold}, which would not count "
                f"(labels, or half opaque paint); to count every value other than 0, {remedy}; to leave them out, "
                f"{option('threshold')} {self._threshold}"
            )
        if found is GreyKind.RIM and self._polarity == Polarity.WHITE:
            warn(
                f"{self._path}: the soft rim of its hole lies below the threshold of {self._threshold}, so the damage "
                f"under it stays; {option('threshold')} 1 or {option('dilate')} includes it"
            )


def _least(threshold: int) -> float:
    """The least float in [0, 255] that reaches a threshold: half a step of 16 bits less, against rounding."""
    return float(np.finfo(np.float32).tiny) if threshold == 1 else threshold - 0.5 / 257
