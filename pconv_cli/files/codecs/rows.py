"""Images that are decoded some rows at a time, by formats that can."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pconv_cli.files.metadata.carried import Metadata, Samples
from pconv_cli.tiling.rect import Rect

#: Rows that are decoded together where an image is put together as a whole.
_BAND = 256


@dataclass(frozen=True, eq=False)
class Rows:
    """An image whose file is open.

    Attributes:
        shape: (H, W, C); see `pconv_cli.files.metadata.carried.Samples`.
        dtype: Type of its samples, which use all of its bits.
        read: Gives the samples ``(bottom - top, W, C)`` of the rows from ``top`` to ``bottom``.
        metadata: What stands beside them.
        notes: What a user should know about how it is read.
        lab: How Lab samples are stored, by TIFF's number; 0: they are none.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    read: Callable[[int, int], Samples]
    metadata: Metadata
    notes: tuple[str, ...] = ()
    lab: int = 0

    def window(self, rect: Rect) -> Samples:
        """Decode the samples ``(h, w, C)`` of a rectangle."""
        return self.read(rect.top, rect.bottom)[:, rect.left : rect.right]

    def whole(self) -> Samples:
        """Decode all of it, into one array."""
        samples = np.empty(self.shape, self.dtype)
        for top in range(0, self.shape[0], _BAND):
            bottom = min(self.shape[0], top + _BAND)
            samples[top:bottom] = self.read(top, bottom)
        return samples
