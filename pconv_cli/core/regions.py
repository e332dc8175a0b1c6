"""Which part of each of the decoder's levels a part of the picture depends on: pure arithmetic on boxes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

# Boxes round holes are aligned to this many pixels: few sizes occur, and a library that prepares a kernel for each
# size of its input does so a few times only.
_GRID = 32

# A box that takes in more of its level than this is not worth the copies that cutting it out needs.
_MOST = 0.75


class Box(NamedTuple):
    """A part of a level: rows ``top`` to ``bottom`` and columns ``left`` to ``right``, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def of(self) -> Any:
        """The index that cuts it out of a tensor ``(..., H, W)``."""
        return ..., slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    def within(self, other: "Box") -> "Box":
        """The same part, counted from the corner of a box that holds it."""
        return Box(self.top - other.top, self.bottom - other.top, self.left - other.left, self.right - other.left)

    def doubled(self) -> "Box":
        """The same part one level finer."""
        return Box(*(2 * value for value in self))


def hole_box(mask: Tensor) -> Box | None:
    """A box, aligned to a grid, that holds all holes of all masks ``(N, 1, H, W)``; None where there is no hole."""
    hole = (mask == 0).any(dim=0)[0]  # (H, W)
    spans = [torch.nonzero(hole.any(dim=dim)).flatten().tolist() for dim in (1, 0)]
    if not spans[0]:
        return None
    ends = [
        (span[0] // _GRID * _GRID, min(-(-(span[-1] + 1) // _GRID) * _GRID, side))
        for span, side in zip(spans, hole.shape, strict=True)
    ]
    return Box(*ends[0], *ends[1])


def decoder_boxes(box: Box, sides: Sequence[tuple[int, int]]) -> list[Box]:
    """What of each level the part of a picture in a box depends on in the decoder.

    Args:
        box: The part of the picture, of level 0.
        sides: (height, width) of each level, from the picture to the deepest one; each is half of the one before.

    Returns:
        A box a level, from the deepest one to the picture. Twice a box holds the next, and where its edge is not the
        level's own, a pixel of context round it, as a 3 x 3 kernel needs it.
    """
    boxes = [_whole_if_large(box, sides[0])]
    for height, width in sides[1:]:
        fine = boxes[-1]
        coarse = Box(
            max(0, (fine.top - 1) // 2),
            min(height, fine.bottom // 2 + 1),
            max(0, (fine.left - 1) // 2),
            min(width, fine.right // 2 + 1),
        )
        boxes.append(_whole_if_large(coarse, (height, width)))
    return boxes[::-1]


def _whole_if_large(box: Box, size: tuple[int, int]) -> Box:
    height, width = box.size
    return Box(0, size[0], 0, size[1]) if height * width > _MOST * size[0] * size[1] else box
