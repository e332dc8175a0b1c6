"""How the samples of a mask file are read; light, so that the command line may ask for it."""

from pconv_cli.arguments import Choice
from pconv_cli.errors import UsageError, option


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


def check_threshold(threshold: int | None) -> None:
    """Check the ``threshold`` of an options class; None is what masks of its kind have.

    Raises:
        UsageError: It lies outside 1 to 255: at 0, everything would be white.
    """
    if threshold is not None and not 1 <= threshold <= 255:
        raise UsageError(f"{option('threshold')} {threshold}: must lie between 1 and 255")
