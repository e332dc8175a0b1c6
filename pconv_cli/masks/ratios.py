"""Hole ratios: the share of a mask that is hole, the paper's six classes of it, and the border."""

import math

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import option
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.wording import counted

Mask = NDArray[np.bool_]
"""(H, W), True = valid, False = hole."""

Size = tuple[int, int]
"""(height, width) in pixels."""

Ratio = tuple[float, float]
"""(low, high]: the hole ratios r with low < r <= high."""

RATIO_CLASSES: tuple[Ratio, ...] = ((0.01, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 0.6))
"""The six classes in which results are reported; each is (low, high]."""

MOSTLY_HOLE = 0.7
"""A mask with more hole than this is more often one read with the wrong polarity."""

REFERENCE_SIDE = 512
BORDER_AT_REFERENCE = 50


def hole_ratio(mask: Mask) -> float:
    """Give the share of the mask's pixels that are hole, in [0, 1]; ``mask`` is bool (H, W)."""
    return (mask.size - int(np.count_nonzero(mask))) / mask.size


def ratio_class(ratio: float) -> int | None:
    """Give the index of the class that holds ``ratio``, or None where it lies outside all six."""
    for index, (low, high) in enumerate(RATIO_CLASSES):
        if low < ratio <= high:
            return index
    return None


def class_label(index: int) -> str:
    """Write the class as an interval: ``class_label(1)`` is ``"(0.1, 0.2]"``."""
    low, high = RATIO_CLASSES[index]
    return f"({low:g}, {high:g}]"


def mostly_hole_warning(number: int, total: int, polarity: Polarity | None) -> str:
    """Word the warning of masks with more hole than `MOSTLY_HOLE`.

    Args:
        number: How many masks have that.
        total: Of how many.
        polarity: How they were read; None where there is no choice (an image's own alpha).
    """
    remedy = "" if polarity is None else f"; {polarity_remedy(polarity)}"
    verb = "is" if number == 1 else "are"
    return f"{number} of {counted(total, 'mask')} {verb} more than {100 * MOSTLY_HOLE:.0f} % hole{remedy}"


def polarity_remedy(polarity: Polarity) -> str:
    """Word what to do about masks that may have been read the wrong way round."""
    other = Polarity(polarity).other
    return f"if {other} marks the hole there, pass {option('polarity')} {other}"


def border_margin(size: Size) -> int:
    """Give the width in pixels of the border zone: 50 where the shorter side is 512, in proportion elsewhere."""
    return max(1, round(BORDER_AT_REFERENCE * min(size) / REFERENCE_SIDE))


def touches_border(mask: Mask) -> bool:
    """Say whether the mask has a hole within `border_margin` of its edge."""
    height, width = mask.shape
    margin = border_margin((height, width))
    inner = mask[margin : height - margin, margin : width - margin]
    holes = mask.size - int(np.count_nonzero(mask))
    return holes > inner.size - int(np.count_nonzero(inner))


def pixel_range(ratio: Ratio, pixels: int) -> tuple[int, int]:
    """Give the fewest and the most hole pixels, out of ``pixels``, whose ratio lies in (low, high].

    The first is greater than the second where no whole number of pixels has such a ratio.
    """
    low, high = ratio
    fewest = math.floor(low * pixels)
    while fewest > 0 and fewest / pixels > low:  # the product may have been rounded up
        fewest -= 1
    while fewest / pixels <= low:
        fewest += 1
    most = min(math.ceil(high * pixels), pixels)
    while most > 0 and most / pixels > high:
        most -= 1
    return fewest, most
