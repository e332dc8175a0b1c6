"""Shares, intervals, tests and agreement against SciPy, published examples and values worked out by hand."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from pconv_cli.evaluation.votes.preference import Agreement, agreement, preference, sign_test, wilson


@given(st.integers(1, 400), st.data())
def test_interval_and_test_are_scipys(count: int, data: st.DataObject) -> None:
    wins = data.draw(st.integers(0, count))
    theirs = binomtest(wins, count)
    assert sign_test(wins, count - wins) == pytest.approx(theirs.pvalue, abs=1e-12)
    interval = theirs.proportion_ci(0.95, "wilson")
    assert wilson(wins / count, count) == pytest.approx((interval.low, interval.high), abs=1e-12)


def test_ties_count_as_half_and_stay_out_of_the_test() -> None:
    got = preference([1, 1, 1, 1, 1, 0.5, 0.5, 0])
    assert (got.wins, got.losses, got.ties, got.pairs, got.share) == (5, 1, 2, 8, 0.75)
    assert got.p == binomtest(5, 6).pvalue
    assert got.interval == wilson(0.75, 8)
    assert preference([0.5, 0.5]).p == 1


def test_judges_who_disagree_make_a_tie() -> None:
    got = preference([(1 + 0.5 + 0) / 3, (1 + 1 + 0) / 3])
    assert (got.wins, got.ties) == (1, 1)
    assert got.share == pytest.approx(7 / 12)


@pytest.mark.parametrize("scores", [[], [1.5], [-0.1], [float("nan")]])
def test_no_votes(scores: list[float]) -> None:
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        preference(scores)


def test_what_cannot_be_counted() -> None:
    for share, count in ((0.5, 0), (1.1, 3), (-0.1, 3)):
        with pytest.raises(ValueError, match="a share"):
            wilson(share, count)
    with pytest.raises(ValueError, match="-1 losses"):
        sign_test(3, -1)


def test_alpha_of_krippendorffs_example() -> None:
    """Four observers, twelve units, some of them not seen by all: nominal alpha is .743 (Krippendorff 2011, part D)."""
    observers = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
    units = [[rating for rating in unit if rating != "."] for unit in zip(*observers, strict=True)]
    got = agreement(units)
    assert got.pairs == 11
    assert got.alpha == pytest.approx(0.743, abs=0.0005)


def test_agreement_by_hand() -> None:
    answers = ["AA", "AB", "BBB", "B", ""]
    got = agreement(answers)
    alike = [a == b for one in answers for a, b in itertools.combinations(one, 2)]
    assert got.pairs == 3
    assert alike == [True, False, True, True, True]
    assert got.share == pytest.approx((1 + 0 + 1) / 3)  # a pair counts once, whoever many judged it
    assert agreement(["AA", "BB"]).alpha == 1
    assert agreement(["AB", "BA"]).alpha == pytest.approx(-0.5)
    assert agreement(["AA", "AA"]) == Agreement(2, 1, None)
    assert agreement(["A", "B"]) == Agreement(0, None, None)
