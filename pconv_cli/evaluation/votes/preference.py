"""Preference from votes on pairs: shares with intervals, a test, and how far judges agree. All are pure functions.

Not `scipy.stats.binomtest`: its Wilson interval takes whole numbers of wins alone, and a tie counts as half.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_NORMAL = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True)
class Preference:
    """The preference of judges for the first of two.

    Attributes:
        wins: Pairs in which the first was preferred.
        losses: Pairs in which the second was.
        ties: Pairs without a preference.
        share: The first's share of all pairs in [0, 1], a tie counted as half.
        interval: Its 95 % Wilson interval.
        p: Two-sided p-value of the sign test, ties left out; 1 where all are ties.
    """

    wins: int
    losses: int
    ties: int
    share: float
    interval: tuple[float, float]
    p: float

    @property
    def pairs(self) -> int:
        """The number of pairs that were judged."""
        return self.wins + self.losses + self.ties


def preference(scores: Sequence[float]) -> Preference:
    """Sum up votes.

    Args:
        scores: One a pair in [0, 1]: 1 for the first, 0 for the second, 0.5 for a tie; of several judges, their mean. A
            pair counts as a win where it is above 0.5, and the pairs are the sample: two judges of one pair are no two
            pairs.

    Raises:
        ValueError: There is no score, or one lies outside [0, 1].
    """
    if not scores or not all(0 <= score <= 1 for score in scores):
        raise ValueError("scores lie in [0, 1], and there is one")
    # Means of thirds are 0.5 except for rounding.
    wins = sum(score > 0.5 + 1e-9 for score in scores)
    losses = sum(score < 0.5 - 1e-9 for score in scores)
    share = math.fsum(scores) / len(scores)
    ties = len(scores) - wins - losses
    return Preference(wins, losses, ties, share, wilson(share, len(scores)), sign_test(wins, losses))


def wilson(share: float, count: int) -> tuple[float, float]:
    """Compute the 95 % score interval of a share, which needs no large number and never leaves [0, 1].

    (p + z^2/2n -+ z sqrt(p(1 - p)/n + z^2/4n^2)) / (1 + z^2/n), p the share of n, z = 1.96. Ties that count as half
    have less variance than the p(1 - p) that it assumes, so that with them it is rather too wide.

    Args:
        share: In [0, 1].
        count: The number that it is a share of, 1 or more.

    Raises:
        ValueError: One lies outside its range.

    References:
        Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA, 1927.
    """
    if not 0 <= share <= 1 or count < 1:
        raise ValueError(f"a share in [0, 1] of 1 or more, got {share} of {count}")
    square = _NORMAL**2
    middle = share + square / (2 * count)
    half = _NORMAL * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    low, high = ((middle + sign * half) / (1 + square / count) for sign in (-1, 1))
    return max(0.0, low), min(1.0, high)


def sign_test(wins: int, losses: int) -> float:
    """Compute the two-sided p-value of wins and losses, were both equally likely: exact, by the binomial distribution.

    Raises:
        ValueError: A number is negative.
    """
    if min(wins, losses) < 0:
        raise ValueError(f"{wins} wins and {losses} losses")
    count, tail = wins + losses, min(wins, losses)
    ways = 2 * sum(math.comb(count, k) for k in range(tail + 1))
    return min(1.0, ways / (1 << count))


@dataclass(frozen=True)
class Agreement:
    """The agreement of several judges.

    Attributes:
        pairs: The pairs that two or more have judged.
        share: The share of such pairs in which two judges answer alike, in [0, 1]; ``None`` without such pairs.
        alpha: Krippendorff's alpha for nominal answers: 1 where all agree, 0 where they do so as by chance; ``None``
            where all answers are one and the same, which says nothing.
    """

    pairs: int
    share: float | None
    alpha: float | None


def agreement(answers: Sequence[Sequence[str]]) -> Agreement:
    """Compare judges.

    Args:
        answers: For each pair, the answers of those who judged it.

    References:
        Krippendorff, "Content Analysis", 2nd edition, 2004, section 11.3.
    """
    judged = [Counter(one) for one in answers if len(one) > 1]
    if not judged:
        return Agreement(0, None, None)
    sizes = [counts.total() for counts in judged]
    alike = [sum(n * (n - 1) for n in counts.values()) for counts in judged]
    share = math.fsum(a / (n * (n - 1)) for a, n in zip(alike, sizes, strict=True)) / len(judged)
    total, every = sum(sizes), Counter[str]()
    for counts in judged:
        every += counts
    observed = total - math.fsum(a / (n - 1) for a, n in zip(alike, sizes, strict=True))
    expected = (total**2 - sum(n * n for n in every.values())) / (total - 1)
    return Agreement(len(judged), share, 1 - observed / expected if expected else None)
