"""How the samples of a mask file are read; light, so that the command line may ask for it."""

from pconv_cli.arguments import Choice


class Polarity(Choice):
    """The colour of the hole in a mask file.

    Example:
        >>> Polarity("black").other
        <Polarity.WHITE: 'white'>
    """

    WHITE = "white"  # as OpenCV, scikit-image, IOPaint and LaMa have it
    BLACK = "black"

    @property
    def other(self) -> "Polarity":
        """The other way round."""
        return Polarity.BLACK if self is Polarity.WHITE else Polarity.WHITE


#: The value, of 255, from which a sample of a mask file counts as white.
THRESHOLD = 128

#: The opacity, of 255, below which a pixel of an image that is its own mask is hole.
OPAQUE = 255
