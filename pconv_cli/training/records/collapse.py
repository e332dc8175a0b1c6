"""Adversarial runs that go wrong: a discriminator that is never wrong, and fills that lose the texture they had."""

from collections import deque
from collections.abc import Mapping

from pconv_cli.errors import option
from pconv_cli.training.records.report import ACCURACY, discriminators

#: Steps whose judgements are averaged.
STEPS = 500

#: Share of right judgements from which on a discriminator teaches nothing, and below which it does again.
SURE, UNSURE = 0.98, 0.9

#: What is left of the best texture where that is worth a word.
LOST = 0.5


class CollapseWatch:
    """Rendering at the figures of a run, and says once what is wrong, until it was right again.

    Of a run without a discriminator nothing is said: what it lacks in texture is its loss's doing.

    Args:
        by_options: Whether the discriminator is that of the run's options, and not the network's own.
    """

    def __init__(self, by_options: bool) -> None:
        self._rate = "adversarial_rate" if by_options else "learning_rate"
        self._more = f", or {option('adversarial_r1')} 10" if by_options else ""
        self._weight = "adversarial_weight" if by_options else "learning_rate"
        self._right: dict[str, deque[float]] = {}
        self._said: set[str] = set()
        self._best: tuple[int, float] | None = None

    def stepped(self, terms: Mapping[str, float]) -> list[str]:
        """Take in a step's figures; give what is to be said."""
        said = []
        for name in discriminators(terms):
            right = self._right.setdefault(name, deque(maxlen=STEPS))
            right.append(terms[f"{name}{ACCURACY}"])
            share = sum(right) / len(right)
            if len(right) == STEPS and share >= SURE and self._first(name):
                said.append(
                    f"{name}: right in {100 * share:.1f} % of its judgements over {STEPS} steps, so that the network "
                    f"learns little; try a smaller {option(self._rate)}{self._more}"
                )
            elif share < UNSURE:
                self._said.discard(name)
        return said

    def validated(self, step: int, figures: Mapping[str, float]) -> list[str]:
        """Take in a validation's figures, those of earlier sittings before the first step; give what is to be said."""
        texture = figures.get("texture")
        if texture is None or texture <= 0:
            return []
        if self._best is None or _nearness(texture) >= _nearness(self._best[1]):
            self._best = step, texture
        best_step, best = self._best
        if _nearness(texture) >= LOST * _nearness(best):
            self._said.discard("texture")
            return []
        if not self._right or not self._first("texture"):
            return []
        return [
            f"the texture of the fills is {texture:.2f} of the truth's, and was {best:.2f} at step {best_step}: the "
            f"run collapses; start from earlier weights by {option('init')} with a smaller {option(self._weight)}"
        ]

    def _first(self, what: str) -> bool:
        known = what in self._said
        self._said.add(what)
        return not known


def _nearness(texture: float) -> float:
    """Return how near a ratio is to 1, the same for fog and for noise: 1 down to 0."""
    return min(texture, 1 / texture)
