"""The names of mask types, of damage, and of what is computed of masks; light, so that help can show them at once."""

from dataclasses import dataclass

from pconv_cli.arguments import Choice


class MaskKind(Choice):
    """What the holes of a drawn mask look like.

    Example:
        >>> MaskKind("cracks")
        <MaskKind.CRACKS: 'cracks'>
    """

    RANDOMWALK = "randomwalk"
    SHAPES = "shapes"
    RECTANGLES = "rectangles"
    STROKES = "strokes"
    CRACKS = "cracks"
    OCCLUSION = "occlusion"
    MIXED = "mixed"


class Damage(Choice):
    """What is looked for in an image that comes without a mask; damage painted in a colour is found by the colour."""

    WHITE = "white"
    BLACK = "black"
    SCRATCHES = "scratches"
    CRACKS = "cracks"


class Operation(Choice):
    """What is computed of masks."""

    UNION = "union"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"
    INVERT = "invert"
    FILTER = "filter"


class AtEdge(Choice):
    """What becomes of the holes that touch the image's edge."""

    KEEP = "keep"
    DROP = "drop"
    ONLY = "only"


@dataclass(frozen=True)
class HoleFilter:
    """Which holes are kept; a hole is a connected area (8 neighbours).

    Attributes:
        min_area: Drop smaller holes, in pixels.
        max_area: Drop larger ones; None: none.
        border: What becomes of holes that touch the image's edge.
        region: (left, top, width, height) in pixels: what lies outside of it becomes valid before the holes are
            judged. None: the whole image.
    """

    min_area: int = 0
    max_area: int | None = None
    border: AtEdge = AtEdge.KEEP
    region: tuple[int, int, int, int] | None = None


#: The greatest width of losses that can be asked for, in pixels: a window is looked at with half of it round it.
WIDEST = 4096
