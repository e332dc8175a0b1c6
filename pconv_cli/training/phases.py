"""The phases of a training run: how long each one is, and at which learning rate."""

from typing import NamedTuple

from pconv_cli.training.presets import Phase


class PhasePlan(NamedTuple):
    """One phase: its length in steps (or seconds) and its learning rate."""

    phase: Phase
    length: float
    learning_rate: float


def plan_phases(
    phase: Phase, whole: float, finetune: float, learning_rates: tuple[float, float]
) -> tuple[PhasePlan, ...]:
    """Plan the phases of a run, in order, those without a length left out.

    Args:
        phase: One of the two, which is the whole run then, or both.
        whole: Length of the run in steps or seconds.
        finetune: Length of the second of both phases.
        learning_rates: Learning rates of the first and the second phase.
    """
    if phase is not Phase.BOTH:
        finetune = whole if phase is Phase.FINETUNE else 0
    lengths = {Phase.FIT: whole - finetune, Phase.FINETUNE: finetune}
    plans = (PhasePlan(one, length, rate) for (one, length), rate in zip(lengths.items(), learning_rates, strict=True))
    return tuple(plan for plan in plans if plan.length)
