"""Masks computed from masks: union, difference, intersection, inverse, and holes kept or dropped by what they are."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.masks.kinds import AtEdge, HoleFilter, Operation
from pconv_cli.masks.large.parts import Labels, Sums, counts, keep_parts
from pconv_cli.tiling.rect import Framed, Rect

#: Operations on two masks, by the method of the first that the second is given to.
BINARY: Mapping[Operation, str] = MappingProxyType(
    {Operation.UNION: "add", Operation.SUBTRACT: "subtract", Operation.INTERSECT: "intersect"}
)


def combine(operation: Operation, first: PackedMask, second: PackedMask) -> None:
    """Change a mask by another one of the same size.

    Raises:
        KeyError: The operation is not one on two masks.
    """
    getattr(first, BINARY[operation])(second)


def filter_holes(mask: PackedMask, chosen: HoleFilter) -> PackedMask:
    """Give the mask with the holes that pass the filter; it costs memory by holes and not by pixels."""
    height, width = mask.size
    if chosen.region is not None:
        left, top, across, down = chosen.region
        inside = PackedMask(mask.size)
        part = Rect(top, left, down, across).overlap(Rect.whole(mask.size))
        if part is not None:
            inside.put_hole(part, mask.hole(part))
        mask = inside

    def measure(framed: Framed, labels: Labels, count: int) -> Sums:
        """Count the pixels of each part, and those of them on the image's edge."""
        rect = framed.inner
        edge = [labels[0]] if rect.top == 0 else []
        edge += [labels[-1]] if rect.bottom == height else []
        edge += [labels[:, 0]] if rect.left == 0 else []
        edge += [labels[:, -1]] if rect.right == width else []
        at_edge = counts(np.concatenate(edge) if edge else np.zeros(0, np.int32), count)
        return np.concatenate([counts(labels, count), at_edge], axis=1)

    def keep(sums: Sums) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        area, at_edge = sums[:, 0], sums[:, 1] > 0
        kept = area >= chosen.min_area
        if chosen.max_area is not None:
            kept &= area <= chosen.max_area
        if chosen.border is not AtEdge.KEEP:
            kept &= at_edge if chosen.border is AtEdge.ONLY else ~at_edge
        return np.asarray(kept)

    return keep_parts(mask, measure, keep)[0]
