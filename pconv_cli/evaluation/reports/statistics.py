"""Means with bootstrap intervals, and the comparison of paired figures: pure functions of numbers.

Not `scipy.stats.bootstrap`: it draws the same resamples and gives the same intervals, but it cannot leave out resamples
whose ratio is infinite, and needs half as much memory again for many images.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pconv_cli.evaluation.metrics.ratio import Ratio

RESAMPLES = 2000
CONFIDENCE = 0.95
SEED = 0
_AT_ONCE = 4_000_000  # numbers drawn at a time, which bounds the memory


@dataclass(frozen=True)
class Mean:
    """A mean of figures.

    Attributes:
        value: The mean of the finite figures; infinite where all are infinite, ``None`` where there is none. Of
            ratios, the ratio of their sums.
        count: The number of figures in it.
        infinite: The number of infinite figures (PSNR of identical samples) that were kept out; of ratios, none are.
        absent: The number of images that have no such figure.
        interval: The 95 % interval of the mean; ``None`` for fewer than two figures.
    """

    value: float | None
    count: int
    infinite: int
    absent: int
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Paired:
    """One method's figures against another's on the same images.

    Attributes:
        difference: The mean of the differences; ``None`` where there is no pair.
        interval: Its 95 % interval; ``None`` for fewer than two pairs.
        p: Two-sided p-value of Wilcoxon's signed-rank test; ``None`` where there is no pair.
        count: The number of pairs in it.
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
    if ratios := _ratios(there):
        absent = len(figures) - len(ratios)
        parts = _parts(ratios)
        return Mean(float(_over(parts.mean(axis=0))), len(ratios), 0, absent, _resampled(parts, _over))
    finite = [figure for figure in there if math.isfinite(figure)]
    infinite = len(there) - len(finite)
    value = math.fsum(finite) / len(finite) if finite else (math.inf if infinite else None)
    return Mean(value, len(finite), infinite, len(figures) - len(there), interval(finite))


def interval(figures: Sequence[float]) -> tuple[float, float] | None:
    """Compute the 95 % percentile bootstrap interval of a mean: 2,000 resamples, always from the same seed.

    Args:
        figures: Finite ones.

    Returns:
        Low and high; ``None`` for fewer than two figures.

    References:
        Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3.
    """
    return _resampled(np.asarray(figures, np.float64)[:, np.newaxis], lambda means: means[..., 0])


def paired(figures: Sequence[float | None], reference: Sequence[float | None]) -> Paired:
    """Compare figures with those of a reference on the same images, in the same order.

    The p-value is that of Wilcoxon's signed-rank test, two-sided, as `scipy.stats.wilcoxon` gives it (equal pairs are
    dropped; exact for few pairs without ties, else by the normal approximation); 1 where all pairs are equal.

    Args:
        figures: The figures of one method.
        reference: The figures of the other.

    Returns:
        The mean difference, figure minus reference, and the rest.

    References:
        Wilcoxon, "Individual Comparisons by Ranking Methods", 1945.
    """
    both = list(zip(figures, reference, strict=True))
    if _ratios([figure for pair in both for figure in pair]):
        return _paired_ratios(both)
    differences = [a - b for a, b in both if a is not None and b is not None and math.isfinite(a) and math.isfinite(b)]
    left_out = len(both) - len(differences)
    if not differences:
        return Paired(None, None, None, 0, left_out)
    difference = math.fsum(differences) / len(differences)
    return Paired(difference, interval(differences), _signed_rank(differences), len(differences), left_out)


def _paired_ratios(both: Sequence[tuple[float | None, float | None]]) -> Paired:
    """Compare ratios: the difference of the ratios of sums, and the test on the results' parts."""
    there = [(a, b) for a, b in both if isinstance(a, Ratio) and isinstance(b, Ratio)]
    if not there:
        return Paired(None, None, None, 0, len(both))
    parts = np.concatenate([_parts([pair[n] for pair in there]) for n in (0, 1)], axis=1)  # (pairs, 4)

    def difference(means: NDArray[np.float64]) -> NDArray[np.float64]:
        return _over(means[..., :2]) - _over(means[..., 2:])

    value = float(difference(parts.mean(axis=0)))
    p = _signed_rank([a.result - b.result for a, b in there])
    finite = value if math.isfinite(value) else None
    return Paired(finite, _resampled(parts, difference), p, len(there), len(both) - len(there))


def _signed_rank(differences: Sequence[float]) -> float:
    """Compute the two-sided p-value of Wilcoxon's test; 1 where nothing differs."""
    if not any(differences):
        return 1.0
    from scipy.stats import wilcoxon  # some half second to import

    return float(wilcoxon(differences).pvalue)


def _ratios(figures: Iterable[float | None]) -> list[Ratio]:
    return [figure for figure in figures if isinstance(figure, Ratio)]


def _parts(ratios: Sequence[Ratio]) -> NDArray[np.float64]:
    """List the parts of ratios, ``(n, 2)``: the result's and the truth's."""
    return np.array([(ratio.result, ratio.truth) for ratio in ratios], np.float64)


def _over(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide the result's mean by the truth's, along the last axis; infinite where the truth's is 0."""
    result, truth = means[..., 0], means[..., 1]
    return np.asarray(np.divide(result, truth, out=np.full(result.shape, np.inf), where=truth > 0), np.float64)


def _resampled(
    rows: NDArray[np.float64], statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> tuple[float, float] | None:
    """Compute the percentile bootstrap interval of a statistic of the columns' means.

    Args:
        rows: ``(n, k)``, a row an image.
        statistic: Takes means ``(..., k)`` and gives figures ``(...)``; resamples of which it is infinite are left out.
    """
    if len(rows) < 2:
        return None
    rows, rng = rows[np.lexsort(rows.T)], np.random.default_rng(SEED)  # whatever order they come in
    found: list[NDArray[np.float64]] = []
    at_once = max(1, _AT_ONCE // rows.size)
    for first in range(0, RESAMPLES, at_once):
        chosen = rng.integers(len(rows), size=(min(at_once, RESAMPLES - first), len(rows)))
        found.append(statistic(rows[chosen].mean(axis=1)))
    figures = np.concatenate(found)
    figures = figures[np.isfinite(figures)]
    if not figures.size:
        return None
    low, high = np.quantile(figures, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
