"""The names of the mask types; imports nothing heavy, so the command line can show them at once."""

from enum import StrEnum


class MaskKind(StrEnum):
    """What the holes of a drawn mask look like."""

    RANDOMWALK = "randomwalk"
    SHAPES = "shapes"
    RECTANGLES = "rectangles"
    STROKES = "strokes"
    CRACKS = "cracks"
    OCCLUSION = "occlusion"
    MIXED = "mixed"
