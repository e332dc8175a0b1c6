"""A mask in one bit a pixel: that of a gigapixel takes 128 MB, where bool would take 1 GB."""

import numpy as np
from numpy.typing import NDArray

from pconv_cli.tiling.rect import Rect

_BAND = 256


class PackedMask:
    """A mask of one bit a pixel, read and written in windows; all valid at first.

    Args:
        size: (height, width) in pixels.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._hole = np.zeros((size[0], -(-size[1] // 8)), np.uint8)  # bits beyond the width stay 0

    @classmethod
    def of(cls, mask: NDArray[np.bool_]) -> "PackedMask":
        """Pack a mask ``(H, W)``, True = valid, False = hole."""
        packed = cls((mask.shape[0], mask.shape[1]))
        for top in range(0, mask.shape[0], _BAND):
            packed._hole[top : top + _BAND] = np.packbits(~mask[top : top + _BAND], axis=1)
        return packed

    def put(self, rect: Rect, mask: NDArray[np.bool_]) -> None:
        """Set a rectangle to a mask ``(h, w)``, True = valid."""
        self.put_hole(rect, ~mask)

    def put_hole(self, rect: Rect, hole: NDArray[np.bool_]) -> None:
        """Set a rectangle to the opposite of a mask ``(h, w)``, True = hole."""
        rows, columns = rect.slices
        first, last = columns.start // 8, -(-columns.stop // 8)
        bits = np.unpackbits(self._hole[rows, first:last], axis=1)
        bits[:, columns.start - 8 * first : columns.stop - 8 * first] = hole
        self._hole[rows, first:last] = np.packbits(bits, axis=1)

    def window(self, rect: Rect) -> NDArray[np.bool_]:
        """Give the mask ``(h, w)`` of a rectangle, True = valid, False = hole."""
        return ~self.hole(rect)

    def hole(self, rect: Rect) -> NDArray[np.bool_]:
        """Give the opposite of the mask ``(h, w)`` of a rectangle, True = hole."""
        rows, columns = rect.slices
        first, last = columns.start // 8, -(-columns.stop // 8)
        bits = np.unpackbits(self._hole[rows, first:last], axis=1)
        return bits[:, columns.start - 8 * first : columns.stop - 8 * first].view(np.bool_)

    def add(self, other: "PackedMask") -> None:
        """Make hole, too, what is hole in another mask of the same size."""
        self._hole |= other._hole

    def subtract(self, other: "PackedMask") -> None:
        """Make valid what is hole in another mask of the same size."""
        self._hole &= ~other._hole

    def intersect(self, other: "PackedMask") -> None:
        """Make valid what is valid in another mask of the same size."""
        self._hole &= other._hole

    def invert(self) -> None:
        """Swap hole and valid."""
        self._hole = ~self._hole
        self._hole[:, -1] &= (0xFF << (-self.size[1] % 8)) & 0xFF  # bits beyond the width stay 0

    def whole(self) -> NDArray[np.bool_]:
        """Return the mask ``(H, W)``, True = valid, False = hole."""
        return self.window(Rect.whole(self.size))

    def some(self, rect: Rect, side: int) -> NDArray[np.bool_]:
        """Check each square cell of a rectangle for a hole pixel, without unpacking it.

        Args:
            rect: Begins at multiples of ``side``; its last cells may be cut.
            side: Side of a cell in pixels, a multiple of 8.

        Returns:
            ``(ceil(h / side), ceil(w / side))`` bool.
        """
        rows, columns = rect.slices
        part = self._hole[rows, columns.start // 8 : -(-columns.stop // 8)]
        bands = [np.bitwise_or.reduce(part[top : top + side], axis=0) for top in range(0, part.shape[0], side)]
        return np.asarray(np.bitwise_or.reduceat(bands, np.arange(0, part.shape[1], side // 8), axis=1) > 0)

    def has_hole(self, rect: Rect) -> bool:
        """Check whether a rectangle touches a hole."""
        rows, columns = rect.slices
        first, last = columns.start // 8, -(-columns.stop // 8)
        if not self._hole[rows, first:last].any():
            return False
        return not self.window(rect).all()

    @property
    def hole_ratio(self) -> float:
        """Share of the pixels that are hole, 0 to 1."""
        return self.hole_pixels / (self.size[0] * self.size[1])

    @property
    def hole_pixels(self) -> int:
        """How many pixels are hole."""
        bands = (self._hole[top : top + _BAND] for top in range(0, self.size[0], _BAND))
        return sum(int(np.bitwise_count(band).sum(dtype=np.int64)) for band in bands)

    def cells(self, side: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Look at the mask in square cells, the last of each row and column cut off by the image's edge.

        Args:
            side: Side of a cell in pixels, a multiple of 8.

        Returns:
            For each cell ``(ceil(H / side), ceil(W / side))`` whether any of its pixels is hole, and whether all are.
        """
        height, width = self.size
        down, across = -(-height // side), -(-width // side)
        some, every = np.zeros((down, across), np.bool_), np.zeros((down, across), np.bool_)
        beyond = across * side // 8 - self._hole.shape[1]
        for row in range(down):
            band = self._hole[row * side : (row + 1) * side]
            union, common = np.bitwise_or.reduce(band, axis=0), np.bitwise_and.reduce(band, axis=0)
            common[-1] |= (1 << (-width % 8)) - 1  # what lies beyond the edge is not valid
            some[row] = np.pad(union, (0, beyond)).reshape(across, -1).any(axis=1)
            every[row] = (np.pad(common, (0, beyond), constant_values=255).reshape(across, -1) == 255).all(axis=1)
        return some, every
