"""The trainer: one run from its options to its weights, stopped and resumed at any step."""

import math
import shlex
import time
from collections import deque
from collections.abc import Mapping
from contextlib import closing
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from pconv_cli import __version__
from pconv_cli.arguments import takes_options
from pconv_cli.core.device import pick_precision
from pconv_cli.core.losses import InpaintingLoss, LossWeights
from pconv_cli.core.vgg import load_vgg
from pconv_cli.core.weights import save_weights
from pconv_cli.errors import Interrupted, ModelError, UsageError, out_of_memory_told
from pconv_cli.training.curves import CURVES_FILE, can_draw
from pconv_cli.training.distributed import Team, team
from pconv_cli.training.machine import tuned
from pconv_cli.training.options import TrainOptions, command_line, resume_options
from pconv_cli.training.record import Record
from pconv_cli.training.report import SilentObserver, TrainBegin, TrainObserver, TrainReport, TrainStatus
from pconv_cli.training.state import METRICS_FILE, STATE_FILE, WEIGHTS_FILE, load_state, save_state
from pconv_cli.training.step import Learner, channels_last, initial_model
from pconv_cli.training.stopping import ECHO, TORCHRUN_ECHO, stop_requested
from pconv_cli.training.supply import Supply
from pconv_cli.training.validation import sample_rows, validate


@takes_options(TrainOptions)
def train(options: TrainOptions, observer: TrainObserver | None = None) -> TrainReport:
    """Train a network as the options say.

    Writes into ``options.out``: ``state.pt`` (to resume from), ``weights.safetensors`` (the moving average),
    ``metrics.jsonl``, ``curves.png``, ``samples/step_NNNNNNN.png``. Files that cannot be read are named, and others
    take their place.

    Args:
        options: The run, as one object; or its values themselves, as in the example.
        observer: Told of each step.

    Raises:
        UsageError: ``options.out`` holds a run already or lies among the pictures, or options do not fit together.
        NothingToDo: No pictures.
        OutputError: The folder cannot be written.
        ModelError: VGG16 or the initial weights are not to be had, or the loss is no longer finite, or memory runs out.
        Interrupted: Ctrl-C; the state was saved.

    Example:
        >>> small = {"width": 4, "depth": 3, "crop": 32, "batch": 2, "perceptual_weight": 0.0, "style_weight": 0.0}
        >>> report = train("photos", "run", steps=2, finetune_steps=0, device="cpu", **small)
        >>> report.weights, report.steps
        (PosixPath('run/weights.safetensors'), 2)
    """
    with team(options.device) as processes, tuned(processes.device):
        processes.together(lambda: _check_new(options.out))
        run = processes.together(lambda: _Run(options, observer or SilentObserver(), None, processes))
        return run.run()


def resume(folder: Path, given: Mapping[str, Any] | None = None, observer: TrainObserver | None = None) -> TrainReport:
    """Go on with a run from its saved state, as if it had never stopped; a run at its end is only reported.

    Args:
        folder: The run's folder.
        given: Options that are told anew, of those in `options.CHANGEABLE`; others have to be what they were.
        observer: Told of each step.

    Raises:
        UsageError: There is no run in ``folder``, or an option or the pictures are not those of the run.
        ModelError: The state is damaged.
        PconvError: And all that `train` raises.
    """
    device = (given or {}).get("device") or _saved(folder)[0].device
    with team(device) as processes, tuned(processes.device):

        def continued() -> _Run:
            options, state = _saved(folder)
            options = resume_options(options, {**(given or {}), "out": folder})
            return _Run(options, observer or SilentObserver(), state, processes)

        run = processes.together(continued)
        return run.run()


def _check_new(folder: Path) -> None:
    if (folder / STATE_FILE).exists():
        raise UsageError(f"{folder}: holds {STATE_FILE}; go on with --resume, or name another folder by --out")
    for name in (WEIGHTS_FILE, METRICS_FILE):
        if (folder / name).exists():
            raise UsageError(f"{folder}: holds {name}, and no state to go on from; name another folder by --out")


def _saved(folder: Path) -> tuple[TrainOptions, dict[str, Any]]:
    state = load_state(folder)
    try:
        return TrainOptions.from_json(state["options"]), state
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / STATE_FILE}: not the state of a run of this program") from error


class _Run:
    """A run under way: what `train` and `resume` build, move on step by step, and save."""

    def __init__(
        self, options: TrainOptions, observer: TrainObserver, state: dict[str, Any] | None, team: Team
    ) -> None:
        self.options, self.team, self.device = options, team, team.device
        self.observer = observer if team.leads else SilentObserver()
        self.dtype = pick_precision(options.precision, self.device)
        self.supply = Supply(options, team, self.observer.warn)
        weights = LossWeights(**{f.name: getattr(options, f"{f.name}_weight") for f in fields(LossWeights)})
        vgg = load_vgg(options.vgg) if weights.needs_vgg else None
        model = initial_model(options, state, self.device)
        loss = InpaintingLoss(weights, vgg, gives_composite=model.spec.base == "pyramid")
        self.loss = channels_last(loss.to(self.device))
        if vgg is not None:
            vgg.keep_cast(self.dtype)
        self.learner = Learner(options, model, self.loss, self.dtype, team)

        self.held_out = self.supply.held_out()
        self.pictures_a_step = options.batch * options.accumulate * team.size
        self.seconds = 0.0
        self.validation: dict[str, float] = {}
        if state is not None:
            self._restore(state)
        if team.leads:
            if not can_draw():
                self.observer.warn(f"matplotlib is not installed, so that {CURVES_FILE} is not drawn")
            from_step = self.step + 1 if state is not None else 0
            self.record: Record | None = Record(options.out, from_step, tensorboard=options.tensorboard)
        else:
            self.record = None

    @property
    def step(self) -> int:
        """Steps done."""
        return self.learner.step

    def run(self) -> TrainReport:
        """Train to the end, or to the user's Ctrl-C."""
        options, team, total = self.options, self.team, self.learner.total_steps
        if self.step >= total:
            self.close()
            return self._report()
        precision, pictures = str(self.dtype).removeprefix("torch."), self.pictures_a_step
        padded = self.learner.model.spec.padded(options.crop)
        self.observer.began(
            TrainBegin(self.step, total, pictures, self.supply.count, str(self.device), precision, options.crop, padded)
        )
        # A step's batches have consecutive numbers; of those, each process takes every size-th.
        stride = team.size * options.accumulate
        numbers = range(self.step * stride + team.rank, total * stride, team.size)
        recent: deque[float] = deque(maxlen=20)
        with (
            stop_requested(grace=ECHO if team.size == 1 else TORCHRUN_ECHO) as stopped,
            out_of_memory_told("take a smaller --batch, with --accumulate for as large a step, or a smaller --crop"),
            closing(self),
            closing(self.supply.ahead(numbers)) as batches,
        ):
            if self.step == 0:
                self._save()  # so that there is always a state to go back to
            while self.step < total:
                began = time.perf_counter()  # waiting for pictures is part of a step
                own = list(islice(batches, options.accumulate))
                result = self.learner.learn(own)
                recent.append(time.perf_counter() - began)
                self.seconds += recent[-1]
                if not math.isfinite(result.loss):
                    team.end(self._not_finite(result.loss))
                status = TrainStatus(
                    self.step,
                    total,
                    self.learner.plan.phase.value,
                    result.loss,
                    dict(self.learner.terms),
                    result.learning_rate,
                    pictures * len(recent) / sum(recent),
                )
                self._tell(status)
                stopping = team.any(stopped()) and self.step < total
                if self.step % options.save_every == 0 or self.step == total or stopping:
                    self._save()
                if stopping:
                    team.gather(None)  # no process ends before the state is saved
                    team.end(self._interrupted())
        return self._report()

    def _not_finite(self, loss: float) -> ModelError:
        # Nothing is saved now: the forward pass has already carried the fault into BatchNorm's statistics.
        wider = "" if self.dtype is torch.float32 else ", or --precision float32"
        return ModelError(
            f"the loss is {loss} at step {self.step + 1}; {self.options.out} holds the last state and weights "
            f"saved before; start from those by --init with a lower --learning-rate{wider}"
        )

    def _interrupted(self) -> Interrupted:
        command = shlex.join(["pconv", "train", str(self.options.data), "--out", str(self.options.out), "--resume"])
        if self.team.size > 1:
            command = f"torchrun --nproc-per-node {self.team.size} -m pconv_cli{command.removeprefix('pconv')}"
        return Interrupted(f"state saved after step {self.step} of {self.learner.total_steps}; go on with: {command}")

    def _tell(self, status: TrainStatus) -> None:
        """What people learn of a step: figures, and where they are due validation and samples."""
        if self.record is None:
            return
        options, step, last = self.options, status.step, status.step == status.total_steps
        self.record.stepped(status, self.seconds)
        self.observer.stepped(status)
        if self.held_out and (step % options.validate_every == 0 or last):
            self.validation = validate(self.learner.forward_average, self.loss, self.held_out, self.device)
            self.record.validated(step, self.validation)
            self.observer.validated(step, self.validation)
        if step % options.sample_every == 0 or last:
            self.record.sampled(step, sample_rows(self.learner.forward_average, self.held_out, self.device))

    def close(self) -> None:
        """Finish what is written."""
        if self.record is not None:
            self.record.close()

    def _report(self) -> TrainReport:
        out, pictures = self.options.out, self.step * self.pictures_a_step
        unreadable = sorted(set().union(*self.team.gather(self.supply.unreadable())))
        return TrainReport(out, out / WEIGHTS_FILE, self.step, pictures, self.seconds, self.validation, unreadable)

    def _save(self) -> None:
        """Write the state, and the moving average as weights."""
        if not self.team.leads:
            return
        options = self.options
        state = {
            "options": options.to_json(),
            "pictures_hash": self.supply.pictures_hash,
            "processes": self.team.size,
            "seconds": self.seconds,
            "validation": self.validation,
            "random": torch.get_rng_state(),
            **self.learner.state_dict(),
        }
        # The weights first: they are refused where they are not finite, and then the last sound state stays.
        save_weights(options.out / WEIGHTS_FILE, self.learner.averaged, self._card())
        save_state(options.out, state)

    def _card(self) -> dict[str, Any]:
        """What the weights say of their making; folders by their names alone, since paths are nobody else's matter."""
        options = self.options
        return {
            "data": f"{self.supply.count} pictures of {options.data.resolve().name}",
            "command": command_line(options),
            "steps": self.step,
            "pictures": self.step * self.pictures_a_step,
            "seconds": round(self.seconds),
            "validation": {name: round(value, 5) for name, value in self.validation.items()},
            "made_by": f"pconv {__version__}",
        }

    def _restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved state, exactly."""
        out = self.options.out
        try:
            if state["pictures_hash"] != self.supply.pictures_hash:
                raise UsageError(
                    f"{self.options.data}: its pictures are not those that the run began with, and held-out ones "
                    f"would mix with the others; bring them back, or start anew by --init {out / WEIGHTS_FILE}"
                )
            saved = state["options"]
            before = saved["batch"] * saved.get("accumulate", 1) * state.get("processes", 1)
            if before != self.pictures_a_step:
                raise UsageError(
                    f"--resume continues the run as it was, with {before} pictures a step; here are "
                    f"{self.pictures_a_step}: {self.team.size} x --accumulate {self.options.accumulate} x --batch "
                    f"{self.options.batch}; start as many processes as before, or balance them by --accumulate"
                )
            self.seconds, self.validation = state["seconds"], state["validation"]
            self.learner.load_state_dict(state)
            torch.set_rng_state(state["random"])
        except (KeyError, ValueError, RuntimeError) as error:
            raise ModelError(f"{out / STATE_FILE}: not the state of this run ({error})") from error
