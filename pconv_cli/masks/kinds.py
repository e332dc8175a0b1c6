"""The names of mask types, and of damage that is found; light, so that the command line can show them at once."""

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
    """What is looked for in a picture that comes without a mask; damage painted in a colour is told by the colour."""

    WHITE = "white"
    BLACK = "black"
    SCRATCHES = "scratches"
    CRACKS = "cracks"
