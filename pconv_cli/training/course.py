"""The course of a run: which phase a step belongs to, at which learning rate, and when all is done.

The length of a run is given in steps or in seconds. In steps, everything here follows from the number of the step. In
seconds, it also follows from the time spent before the step, so two such runs differ in steps and in weights.
"""

import math
from collections.abc import Mapping
from typing import Any

from pconv_cli.training.options import TrainOptions
from pconv_cli.training.phases import PhasePlan


class Course:
    """Where a run is on its way through its phases.

    Args:
        options: The run.
    """

    def __init__(self, options: TrainOptions) -> None:
        self._plans = options.phases
        self._by_time = options.minutes is not None
        self._cosine, self._warmup = options.schedule == "cosine", options.warmup
        self._index = 0
        self._first_step = 0  # of the phase

    @property
    def plan(self) -> PhasePlan:
        """The phase of the last step done; of the first one before that."""
        return self._plans[self._index]

    @property
    def length(self) -> float:
        """Of the whole run, in steps or in seconds."""
        return sum(plan.length for plan in self._plans)

    @property
    def total_steps(self) -> int | None:
        """Steps of the whole run; None where its time is what is given."""
        return None if self._by_time else int(self.length)

    def place(self, step: int, spent: float) -> float:
        """Give the progress after ``step`` steps and ``spent`` seconds, in the unit of `length`."""
        return spent if self._by_time else step

    def is_over(self, step: int, spent: float) -> bool:
        """Check whether no step is left to do."""
        return self.place(step, spent) >= self.length

    def enter(self, step: int, spent: float) -> bool:
        """Go to the phase of the next step; say whether it is another one than that of the last."""
        before = self._index
        while self._index + 1 < len(self._plans) and self.place(step, spent) >= self._begin + self.plan.length:
            self._index += 1
            self._first_step = step
        return self._index != before

    def learning_rate(self, step: int, spent: float) -> float:
        """Compute the learning rate of the next step."""
        rate = self.plan.learning_rate * min(1.0, (step - self._first_step + 1) / (self._warmup + 1))
        if self._cosine:
            share = min(1.0, (self.place(step, spent) - self._begin) / self.plan.length)
            rate *= 0.01 + 0.99 * (1 + math.cos(math.pi * share)) / 2
        return rate

    @property
    def _begin(self) -> float:
        """Where the phase begins, in the unit of `length`."""
        return sum(plan.length for plan in self._plans[: self._index])

    def state_dict(self) -> dict[str, int]:
        """Give what a resumed run needs."""
        return {"phase": self._index, "first_step": self._first_step}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to a saved state.

        Raises:
            KeyError, ValueError: It is not of this course.
        """
        index, first = int(state["phase"]), int(state["first_step"])
        if not 0 <= index < len(self._plans):
            raise ValueError(f"phase {index} of {len(self._plans)}")
        self._index, self._first_step = index, first
