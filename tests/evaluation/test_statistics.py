"""Means, intervals and paired tests against values worked out by hand."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap

from pconv_cli.evaluation.metrics.ratio import Ratio
from pconv_cli.evaluation.reports import statistics
from pconv_cli.evaluation.reports.statistics import RESAMPLES, SEED, interval, mean, paired


def test_infinite_and_absent_figures_stay_out_and_are_counted() -> None:
    got = mean([30, math.inf, None, 34, math.inf])
    assert (got.value, got.count, got.infinite, got.absent) == (32, 2, 2, 1)
    assert mean([math.inf, None]).value == math.inf
    assert mean([math.inf, None]).interval is None
    assert mean([None, None]).value is None


def test_nan_is_never_averaged() -> None:
    with pytest.raises(ValueError, match="not a number"):
        mean([1.0, math.nan])


def test_interval_of_two_figures() -> None:
    """Of two figures a resample's mean is 0, 1/2 or 1, with shares 1/4, 1/2 and 1/4: both ends are extremes."""
    assert interval([0, 1]) == (0, 1)
    assert interval([5]) is None
    assert interval([7, 7, 7]) == (7, 7)


def test_interval_is_seeded_and_about_two_errors_wide() -> None:
    figures = np.random.default_rng(1).normal(10, 2, 400).tolist()
    low, high = interval(figures) or (0, 0)
    error = np.std(figures) / 20
    assert low == pytest.approx(np.mean(figures) - 1.96 * error, abs=0.25 * error)
    assert high == pytest.approx(np.mean(figures) + 1.96 * error, abs=0.25 * error)
    assert interval(figures) == interval(figures[::-1]) == (low, high)


def of_scipy(statistic: Callable[..., Any], *columns: list[float]) -> Any:
    """The percentile interval of scipy, from the same seed."""
    rng = np.random.default_rng(SEED)
    pair = len(columns) > 1
    return bootstrap(columns, statistic, n_resamples=RESAMPLES, paired=pair, method="percentile", rng=rng)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=40))
@settings(max_examples=20)
def test_interval_is_scipys(figures: list[float]) -> None:
    expected = of_scipy(np.mean, sorted(figures)).confidence_interval
    assert interval(figures) == pytest.approx(tuple(expected), rel=1e-9, abs=1e-9)


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0.1, 9)), min_size=2, max_size=40))
@settings(max_examples=20)
def test_interval_of_ratios_is_scipys(parts: list[tuple[float, float]]) -> None:
    parts.sort(key=lambda pair: pair[::-1])  # as the rows are sorted: by the last column first
    one, other = (list(column) for column in zip(*parts, strict=True))
    expected = of_scipy(lambda a, b, axis: a.mean(axis) / b.mean(axis), one, other).confidence_interval
    assert mean([Ratio(*pair) for pair in parts]).interval == pytest.approx(tuple(expected), rel=1e-9)


def test_interval_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = interval([1, 2, 4, 8])
    monkeypatch.setattr(statistics, "_AT_ONCE", 40)
    assert interval([1, 2, 4, 8]) == whole


def test_paired_by_hand() -> None:
    """Five pairs, all better: of the 32 ways to set signs only two are as extreme."""
    got = paired([2, 4, 6, 8, 10], [1, 2, 3, 4, 5])
    assert (got.difference, got.count, got.left_out) == (3, 5, 0)
    assert got.p == pytest.approx(2 / 32)


def test_equal_results_do_not_differ() -> None:
    assert paired([1, 2], [1, 2]).p == 1


def test_pairs_without_a_finite_difference_are_left_out() -> None:
    got = paired([1, None, math.inf, 4], [2, 3, math.inf, None])
    assert (got.difference, got.count, got.left_out) == (-1, 1, 3)
    assert paired([None], [1]).p is None
