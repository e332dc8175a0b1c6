"""Means with bootstrap intervals, and the comparison of paired figures: pure functions of numbers."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
CONFIDENCE = 0.95
SEED = 0
_AT_ONCE = 4_000_000  # numbers drawn at a time, which bounds the memory


@dataclass(frozen=True)
class Mean:
    """A mean of figures.

    Attributes:
        value: The mean of the finite figures; infinite where all are infinite, ``None`` where there is none.
        count: How many finite figures went into it.
        infinite: How many infinite figures (PSNR of identical samples) were kept out.
        absent: How many pictures have no such figure.
        interval: The 95 % interval of the mean; ``None`` for fewer than two figures.
    """

    value: float | None
    count: int
    infinite: int
    absent: int
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Paired:
    """One method's figures against another's on the same pictures.

    Attributes:
        difference: The mean of the differences; ``None`` where there is no pair.
        interval: Its 95 % interval; ``None`` for fewer than two pairs.
        p: Two-sided p-value of Wilcoxon's signed-rank test; ``None`` where there is no pair.
        count: How many pairs went into it.
        left_out: Pairs of which a figure is infinite or absent.
    """

    difference: float | None
    interval: tuple[float, float] | None
    p: float | None
    count: int
    left_out: int


def mean(figures: Iterable[float | None]) -> Mean:
    """Average the finite figures, with an interval, and count the others.

    Raises:
        ValueError: A figure is not a number, which no metric may yield.
    """
    figures = list(figures)
    there = [figure for figure in figures if figure is not None]
    if any(math.isnan(figure) for figure in there):
        raise ValueError("a figure is not a number")
    finite = [figure for figure in there if math.isfinite(figure)]
    infinite = len(there) - len(finite)
    value = math.fsum(finite) / len(finite) if finite else (math.inf if infinite else None)
    return Mean(value, len(finite), infinite, len(figures) - len(there), interval(finite))


def interval(figures: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % percentile bootstrap interval of a mean: 2,000 resamples, always from the same seed.

    Args:
        figures: Finite ones.

    Returns:
        Low and high; ``None`` for fewer than two figures.

    References:
        Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3.
    """
    if len(figures) < 2:
        return None
    values, rng = np.sort(np.asarray(figures, np.float64)), np.random.default_rng(SEED)  # whatever order they come in
    means: list[NDArray[np.float64]] = []
    rows = max(1, _AT_ONCE // len(values))
    for first in range(0, RESAMPLES, rows):
        chosen = rng.integers(len(values), size=(min(rows, RESAMPLES - first), len(values)))
        means.append(values[chosen].mean(axis=1))
    low, high = np.quantile(np.concatenate(means), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def paired(figures: Sequence[float | None], reference: Sequence[float | None]) -> Paired:
    """Compare figures with those of a reference on the same pictures, in the same order.

    The p-value is that of Wilcoxon's signed-rank test, two-sided, as `scipy.stats.wilcoxon` gives it (equal pairs are
    dropped; exact for few pairs without ties, else by the normal approximation); 1 where all pairs are equal.

    Args:
        figures: Of one method.
        reference: Of the other.

    Returns:
        The mean difference, figure minus reference, and the rest.

    References:
        Wilcoxon, "Individual Comparisons by Ranking Methods", 1945.
    """
    both = list(zip(figures, reference, strict=True))
    differences = [a - b for a, b in both if a is not None and b is not None and math.isfinite(a) and math.isfinite(b)]
    left_out = len(both) - len(differences)
    if not differences:
        return Paired(None, None, None, 0, left_out)
    p = 1.0
    if any(differences):
        from scipy.stats import wilcoxon  # some half second to import

        p = float(wilcoxon(differences).pvalue)
    return Paired(math.fsum(differences) / len(differences), interval(differences), p, len(differences), left_out)
