"""Blocks of fills as they come from a sweep, handed to what asks for other rectangles."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pconv_cli.methods.tiled.sweep import FilledBlock
from pconv_cli.tiling.rect import Rect


class WaitingFills:
    """Blocks as they come from a sweep, kept as long as segments may ask for them."""

    def __init__(self, blocks: Iterator[FilledBlock]) -> None:
        self._blocks = blocks
        self._ahead: FilledBlock | None = next(blocks, None)
        self._kept: list[FilledBlock] = []

    def meeting(self, place: Rect) -> Iterator[tuple[FilledBlock, Rect]]:
        """Yield the blocks that meet a place, and where they do; places come from top to bottom."""
        self._kept = [block for block in self._kept if block.rect.bottom > place.top]
        while self._ahead is not None and self._ahead.rect.top < place.bottom:
            self._kept.append(self._ahead)
            self._ahead = next(self._blocks, None)
        for block in self._kept:
            part = place.overlap(block.rect)
            if part is not None:
                yield block, part


def part_of_block(block: FilledBlock, part: Rect) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Return the holes of a part of a block, and their fill; nothing is spread out, since strips may be of one row."""
    rows, columns = part.slices
    holes = block.hole[rows]
    before = np.count_nonzero(block.hole[: part.top])
    fill = block.fill[before : before + np.count_nonzero(holes)]
    inside = np.zeros_like(holes)
    inside[:, columns] = True
    return holes[:, columns], fill[inside[holes]]
