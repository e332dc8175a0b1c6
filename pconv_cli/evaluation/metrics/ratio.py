"""A figure that is one mean over another, such as the contrast of a fill over that of the truth."""

import math
from typing import Self


class Ratio(float):
    """A ratio that keeps its two parts, so that many of them are added up before they are divided.

    The mean of ratios lets one image whose truth is almost flat decide a whole class: 0.2 / 0.001 is 200. The ratio of
    the sums weighs each image by what there was to restore. It is infinite where the truth's part is 0.

    Args:
        result: The result's mean, 0 or more.
        truth: The truth's, 0 or more; not both 0, which is not a ratio.

    Raises:
        ValueError: Both are 0, or one is negative or no number.

    References:
        Cochran, "Sampling Techniques", 3rd edition, 1977, chapter 6, for the ratio of sums as an estimate.
    """

    __slots__ = ("result", "truth")

    result: float
    truth: float

    def __new__(cls, result: float, truth: float) -> Self:
        """Divide."""
        if not (result >= 0 and truth >= 0 and result + truth > 0):
            raise ValueError(f"{result} over {truth} is not a ratio")
        ratio = super().__new__(cls, result / truth if truth > 0 else math.inf)
        ratio.result, ratio.truth = result, truth
        return ratio

    def __reduce__(self) -> tuple[type[Self], tuple[float, float]]:
        """Travel to another process as the parts."""
        return type(self), (self.result, self.truth)

    @classmethod
    def of(cls, result: float, truth: float) -> Self | None:
        """Make the ratio; ``None`` where both are 0, as in two flat images."""
        return cls(result, truth) if result or truth else None
