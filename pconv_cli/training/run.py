"""A training run under way: from step to step, to its end or to Ctrl-C, saved and restored at any step."""

import math
import time
from collections import deque
from contextlib import closing
from itertools import islice
from typing import Any

import torch

from pconv_cli import __version__
from pconv_cli.core.device import pick_precision
from pconv_cli.core.weights import save_weights
from pconv_cli.errors import DivergedError, Interrupted, UsageError, option, out_of_memory_reported
from pconv_cli.files.finding.find import real
from pconv_cli.training.chance import chance_of, restore_chance
from pconv_cli.training.data.training_data import TrainingData
from pconv_cli.training.devices.distributed import Team
from pconv_cli.training.learner import Learner, StepResult
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.recipes.registry import make_recipe
from pconv_cli.training.records.commands import command_line, resume_command
from pconv_cli.training.records.curves import CURVES_FILE, can_draw
from pconv_cli.training.records.report import SilentObserver, TrainBegin, TrainObserver, TrainReport, TrainStatus
from pconv_cli.training.records.watching import Watch
from pconv_cli.training.state import WEIGHTS_FILE, save_state, unusable_state
from pconv_cli.training.stopping import ECHO, TORCHRUN_ECHO, stop_requested

# More steps than any run has, where their number is not given.
_ENDLESS = 10**9


class TrainingRun:
    """A run under way: what `train` and `resume` build, move on step by step, and save."""

    def __init__(
        self, options: TrainOptions, observer: TrainObserver, state: dict[str, Any] | None, team: Team
    ) -> None:
        self.options, self.team, self.device = options, team, team.device
        self.observer = observer if team.leads else SilentObserver()
        self.dtype = pick_precision(options.precision, self.device)
        self.data = TrainingData(options, team, self.observer.warn)
        recipe = make_recipe(options, state, self.dtype, team)
        self.learner = Learner(options, recipe, self.dtype, team)

        held_out = self.data.held_out()
        self.images_a_step = options.batch * options.accumulate * team.size
        self.seconds = 0.0
        self.spent = 0.0  # and in validations and all else
        self.validation: dict[str, float] = {}
        if state is not None:
            self._restore(state)
        if team.leads:
            if not can_draw():
                self.observer.warn(f"matplotlib is not installed, so {CURVES_FILE} is not drawn")
            from_step = self.step + 1 if state is not None else 0
            self.watch: Watch | None = Watch(
                options,
                self.observer,
                self.learner.forward_average,
                recipe.loss,
                held_out,
                self.device,
                from_step,
            )
        else:
            self.watch = None

    @property
    def step(self) -> int:
        """Steps done."""
        return self.learner.step

    def run(self) -> TrainReport:
        """Train to the end, or to the user's Ctrl-C."""
        options, team, course = self.options, self.team, self.learner.course
        if course.is_over(self.step, self.spent):
            self.close()
            return self._report()
        self._begin()
        # A step's batches have consecutive numbers; of those, each process takes every size-th.
        stride = team.size * options.accumulate
        numbers = range(self.step * stride + team.rank, (course.total_steps or _ENDLESS) * stride, team.size)
        recent: deque[float] = deque(maxlen=20)
        with (
            stop_requested(grace=ECHO if team.size == 1 else TORCHRUN_ECHO) as stopped,
            out_of_memory_reported(
                f"take a smaller {option('batch')}, with {option('accumulate')} for as large a step, or a smaller "
                f"{option('crop')}"
            ),
            closing(self),
            closing(self.data.ahead(numbers)) as batches,
        ):
            if self.step == 0:
                self._save()  # so that there is always a state to go back to
            sitting = time.perf_counter() - self.spent
            last = False
            while not last:
                began = time.perf_counter()  # waiting for images is part of a step
                own = list(islice(batches, options.accumulate))
                result = self.learner.learn(own, self.spent)
                recent.append(time.perf_counter() - began)
                self.seconds += recent[-1]
                if not math.isfinite(result.loss):
                    team.end(self._not_finite(f"the loss is {result.loss} at step {self.step + 1}"))
                self.spent = self._agreed(time.perf_counter() - sitting)
                last = course.is_over(self.step, self.spent)
                self._tell(self._status(result, len(recent) / sum(recent)), last)
                validated = self.step % options.validate_every == 0 or last
                if validated and team.any(not math.isfinite(self.validation.get("loss", 0.0))):
                    team.end(self._not_finite(f"the loss of the held-out images is not finite after step {self.step}"))
                stopping = team.any(stopped()) and not last
                if self.step % options.save_every == 0 or last or stopping:
                    self._save()
                if stopping:
                    if self.watch is not None:
                        self.watch.stopping(self.step)
                    team.gather(None)  # no process ends before the state is saved
                    team.end(self._interrupted())
        return self._report()

    def _begin(self) -> None:
        options, course = self.options, self.learner.course
        self.observer.began(
            TrainBegin(
                step=self.step,
                total_steps=course.total_steps,
                seconds_left=None if course.total_steps else course.length - self.spent,
                batch=self.images_a_step,
                images=self.data.count,
                device=str(self.device),
                precision=str(self.dtype).removeprefix("torch."),
                crop=options.crop,
                padded=self.learner.recipe.network.spec.padded(options.crop),
            )
        )

    def _agreed(self, spent: float) -> float:
        """The time that counts in all processes, where phases follow from it."""
        if self.team.size == 1 or self.options.minutes is None:
            return spent
        return self.team.mean(torch.tensor(spent, dtype=torch.float64, device=self.device)).item()

    def _status(self, result: StepResult, steps_per_second: float) -> TrainStatus:
        course = self.learner.course
        place = course.place(self.step, self.spent)
        return TrainStatus(
            step=self.step,
            total_steps=course.total_steps,
            share=min(1.0, place / course.length),
            seconds_left=max(0.0, course.length - place) / (steps_per_second if course.total_steps else 1.0),
            phase=course.plan.phase.value,
            loss=result.loss,
            terms=dict(self.learner.terms),
            learning_rate=result.learning_rate,
            images_per_second=self.images_a_step * steps_per_second,
        )

    def _not_finite(self, what: str) -> DivergedError:
        # Nothing is saved now: the weights are of no use, or BatchNorm's statistics, which a forward pass changes.
        wider = "" if self.dtype is torch.float32 else f", or {option('precision')} float32"
        return DivergedError(
            f"{what}; {self.options.out} holds the last state and weights saved before; start from those by "
            f"{option('init')} with a lower {option('learning_rate')}{wider}"
        )

    def _interrupted(self) -> Interrupted:
        total, minutes = self.learner.course.total_steps, self.options.minutes
        whole = f" of {total}" if minutes is None else f", {self.spent / 60:.1f} of {minutes:g} minutes"
        return Interrupted(
            f"state saved after step {self.step}{whole}; go on with: {resume_command(self.options, self.team.size)}"
        )

    def _tell(self, status: TrainStatus, last: bool) -> None:
        if self.watch is not None:
            figures = self.watch.stepped(status, self.seconds, last)
            self.validation = self.validation if figures is None else figures

    def close(self) -> None:
        """Finish what is written."""
        if self.watch is not None:
            self.watch.close()

    def _report(self) -> TrainReport:
        out, images = self.options.out, self.step * self.images_a_step
        unreadable = sorted(set().union(*self.team.gather(self.data.unreadable())))
        return TrainReport(out, out / WEIGHTS_FILE, self.step, images, self.seconds, self.validation, unreadable)

    def _save(self) -> None:
        """Write the state, and the moving average as weights."""
        chance = self.team.gather(chance_of(self.device))
        if not self.team.leads:
            return
        options = self.options
        state = {
            "options": options.to_json(),
            "images_hash": self.data.images_hash,
            "processes": self.team.size,
            "seconds": self.seconds,
            "spent": self.spent,
            "validation": self.validation,
            "random": chance,
            **self.learner.state_dict(),
        }
        # The weights first: they are refused where they are not finite, and then the last sound state stays.
        save_weights(options.out / WEIGHTS_FILE, self.learner.averaged, self._card())
        save_state(options.out, state)

    def _card(self) -> dict[str, Any]:
        """What the weights say of their making; folders by their names alone, since paths are nobody else's matter."""
        options = self.options
        return {
            "data": f"{self.data.count} images of {real(options.data).name}",
            "command": command_line(options),
            "steps": self.step,
            "images": self.step * self.images_a_step,
            "seconds": round(self.seconds),
            "validation": {name: round(value, 5) for name, value in self.validation.items()},
            "made_by": f"pconv {__version__}",
        }

    def _restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved state, exactly."""
        out = self.options.out
        try:
            if state["images_hash"] != self.data.images_hash:
                raise UsageError(
                    f"{self.options.data}: its images are not those that the run began with, and held-out ones "
                    f"would mix with the others; bring them back, or start a new run by {option('init')} "
                    f"{out / WEIGHTS_FILE}"
                )
            saved = state["options"]
            before = saved["batch"] * saved.get("accumulate", 1) * state.get("processes", 1)
            if before != self.images_a_step:
                raise UsageError(
                    f"{option('resume')} continues the run as it was, with {before} images a step; here are "
                    f"{self.images_a_step}: {self.team.size} x {option('accumulate')} {self.options.accumulate} x "
                    f"{option('batch')} "
                    f"{self.options.batch}; start as many processes as before, or balance them by "
                    f"{option('accumulate')}"
                )
            self.seconds, self.spent = float(state["seconds"]), float(state["spent"])
            self.validation = {name: float(value) for name, value in state["validation"].items()}
            self.learner.load_state_dict(state)
            restore_chance(state["random"], self.device, self.team.rank)
        except UsageError:
            raise
        except Exception as error:  # the file may hold anything in place of values
            raise unusable_state(out, "not the state of this run") from error
