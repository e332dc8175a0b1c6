"""Losses that are wide: too much of what they hide is unknown for anyone to say what was there."""

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.depths import depths_of
from pconv_cli.masks.large.parts import Labels, Sums, counts, keep_parts
from pconv_cli.masks.large.windows import SIDE
from pconv_cli.tiling.rect import Framed


def wide_losses(holes: PackedMask, width: int, side: int = SIDE) -> tuple[PackedMask, int]:
    """Find the losses, connected parts (8 neighbours) of the holes, that are wider than ``width``.

    A loss is as wide as twice its largest depth (see `depths_of`): a stroke of n pixels has n, and the image's edge is
    an edge of the loss. What is found does not depend on the windows, since each is seen with the pixels that can
    decide it.

    Args:
        holes: The mask.
        width: In pixels, 1 to `pconv_cli.masks.kinds.WIDEST`.
        side: Side of the windows that are looked at, in pixels.

    Returns:
        Those losses as the holes of a mask, and how many they are.
    """

    def measure(framed: Framed, labels: Labels, count: int) -> Sums:
        around = framed.inner.grown(width // 2 + 2, holes.size)
        deep = (depths_of(holes, around) > width / 2)[framed.inner.relative_to(around).slices]
        return counts(labels[deep], count)

    return keep_parts(holes, measure, lambda sums: sums[:, 0] > 0, side)
