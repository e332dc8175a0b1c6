"""The trainer: one run from its options to its weights, stopped and resumed at any step."""

import math
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, fields
from types import FrameType
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from pconv_cli import __version__
from pconv_cli.core.device import autocast, pick_device, pick_precision
from pconv_cli.core.losses import InpaintingLoss, LossWeights
from pconv_cli.core.unet import ModelSpec, PConvUNet
from pconv_cli.core.vgg import load_vgg
from pconv_cli.core.weights import load_weights, save_weights
from pconv_cli.errors import Interrupted, ModelError, UsageError
from pconv_cli.files.atomic import ensure_writable_folder
from pconv_cli.files.pictures import write_rgb
from pconv_cli.files.sheets import contact_sheet
from pconv_cli.training.batches import Batch, PictureStore, TrainingBatches, split_pictures, validation_batches
from pconv_cli.training.masks import MaskSource
from pconv_cli.training.options import PhasePlan, TrainOptions
from pconv_cli.training.report import SilentObserver, TrainObserver, TrainReport, TrainStatus
from pconv_cli.training.state import STATE_FILE, WEIGHTS_FILE, MetricsLog, load_state, save_state
from pconv_cli.training.validation import sample_rows, validate

Module = TypeVar("Module", bound=nn.Module)

SAMPLES_FOLDER = "samples"
LOG_EVERY = 10
VALIDATION_PICTURES = 48


def train(options: TrainOptions, observer: TrainObserver | None = None, *, resume: bool = False) -> TrainReport:
    """Train a network as the options say.

    Writes into ``options.out``: ``state.pt`` (to resume from), ``weights.safetensors`` (the moving average),
    ``metrics.jsonl``, ``samples/step_NNNNNNN.png``.

    Args:
        options: The run.
        observer: Told of each step.
        resume: Go on from the state in ``options.out``, which must be that of a run with these options. A run that
            has come to its end is only reported.

    Raises:
        UsageError: There is a run in ``options.out`` already, or none to resume.
        NothingToDo: No pictures.
        ModelError: VGG16 or the initial weights are not to be had, or the loss is no longer finite.
        Interrupted: Ctrl-C; the state was saved.
    """
    return _Run(options, observer or SilentObserver(), resume).run()


class _Run:
    """A run under way: what `train` builds, moves on step by step, and saves."""

    def __init__(self, options: TrainOptions, observer: TrainObserver, resume: bool) -> None:
        if not resume and (options.out / STATE_FILE).exists():
            raise UsageError(f"{options.out}: holds a run; go on with --resume, or name another folder by --out")
        state = load_state(options.out) if resume else None
        self.options, self.observer = options, observer
        self.device = pick_device(options.device)
        self.dtype = pick_precision(options.precision, self.device)
        train_paths, held_out_paths = split_pictures(options.data, options.validation, options.seed)

        weights = LossWeights(**{f.name: getattr(options, f"{f.name}_weight") for f in fields(LossWeights)})
        vgg = load_vgg(options.vgg) if weights.needs_vgg else None
        self.loss = channels_last(InpaintingLoss(weights, vgg).to(self.device))
        self.model = self._initial_model()
        self.average = AveragedModel(self.model, avg_fn=moving_average(options.ema), use_buffers=True)
        self.average.requires_grad_(False).eval()
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)

        masks = MaskSource(options.crop, kind=options.mask_kind, folder=options.masks, seed=options.seed)
        self.store = PictureStore(train_paths, 4 * options.crop)
        self.batches = TrainingBatches(
            self.store,
            masks,
            crop=options.crop,
            batch=options.batch,
            augmentation=options.augmentation,
            seed=options.seed,
        )
        self.held_out = validation_batches(
            PictureStore(held_out_paths, 4 * options.crop),
            masks,
            crop=options.crop,
            batch=options.batch,
            count=VALIDATION_PICTURES,
        )
        self.total_steps = sum(plan.steps for plan in options.phases)
        self.step, self.seconds = 0, 0.0
        self.validation: dict[str, float] = {}
        if state is None:
            self.plan = self._plan_of(0)
            self.optimizer = self._begin_phase()
        else:
            self._restore(state)
        ensure_writable_folder(options.out / SAMPLES_FOLDER)
        self.log = MetricsLog(options.out, self.step + 1 if resume else 0)

    def _initial_model(self) -> PConvUNet:
        options = self.options
        torch.manual_seed(options.seed)
        if options.init is not None:
            model = load_weights(options.init)
        else:
            model = PConvUNet(ModelSpec(options.width, options.depth, options.base))
        return channels_last(model.to(self.device)).train()

    def _plan_of(self, step: int) -> PhasePlan:
        """The phase to which a step belongs; past the end, the last one."""
        plans = self.options.phases
        first = 0
        for plan in plans:
            first += plan.steps
            if step < first:
                return plan
        return plans[-1]

    def _begin_phase(self) -> torch.optim.Adam:
        """A fresh optimiser for a phase; a frozen BatchNorm has no part in it."""
        self.model.freeze_encoder_norm(self.plan.freeze_encoder_norm)
        self.model.zero_grad()  # a parameter frozen from now on would keep its last gradient, and count when clipping
        trained = [p for p in self.model.parameters() if p.requires_grad]
        return torch.optim.Adam(trained, lr=self.plan.learning_rate, fused=self.device.type in ("cpu", "cuda"))

    def _learning_rate(self) -> float:
        first = 0 if self.plan is self.options.phases[0] else self.options.phases[0].steps
        rate = self.plan.learning_rate * min(1.0, (self.step - first + 1) / (self.options.warmup + 1))
        if self.options.schedule == "cosine":
            rate *= 0.01 + 0.99 * (1 + math.cos(math.pi * (self.step - first) / self.plan.steps)) / 2
        return rate

    def run(self) -> TrainReport:
        """Train to the end, or to the user's Ctrl-C."""
        options = self.options
        if self.step >= self.total_steps:
            self.log.close()
            return self._report()
        self.observer.began(self.step, self.total_steps, len(self.store), self.device, self.dtype)
        if self.step == 0:
            self._save()  # so that there is always a state to go back to
        recent: deque[float] = deque(maxlen=20)
        with stop_requested() as stopped, closing(self.log):
            for batch in self.batches.ahead(self.step, self.total_steps, options.workers):
                began = time.perf_counter()
                status = self._train_step(batch)
                recent.append(time.perf_counter() - began)
                self.seconds += recent[-1]
                status.pictures_per_second = options.batch * len(recent) / sum(recent)
                if self.step % LOG_EVERY == 0:
                    self.log.write({**status.to_json(), "seconds": round(self.seconds, 1)})
                self.observer.stepped(status)
                last = self.step == self.total_steps
                if self.step % options.validate_every == 0 or last:
                    self._validate()
                if self.step % options.sample_every == 0 or last:
                    self._write_samples()
                if self.step % options.save_every == 0 or last or stopped():
                    self._save()
                if stopped() and not last:
                    raise Interrupted(
                        f"state saved after step {self.step} of {self.total_steps}; "
                        f"go on with: pconv train {options.data} --out {options.out} --resume"
                    )
        return self._report()

    def _report(self) -> TrainReport:
        out, pictures = self.options.out, self.step * self.options.batch
        return TrainReport(out, out / WEIGHTS_FILE, self.step, pictures, self.seconds, self.validation)

    def _train_step(self, batch: Batch) -> TrainStatus:
        if self._plan_of(self.step) is not self.plan:
            self.plan = self._plan_of(self.step)
            self.optimizer = self._begin_phase()
        rate = self._learning_rate()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        truth, mask = (tensor.to(self.device, non_blocking=True) for tensor in batch)
        truth = truth.contiguous(memory_format=torch.channels_last)
        with autocast(self.device, self.dtype):
            output = self.model(truth * mask, mask)
            loss = self.loss(output, truth, mask, features=self.step % self.options.perceptual_every == 0)
        total = loss.total.item()
        if not math.isfinite(total):
            # Nothing is saved now: the forward pass has already carried the fault into BatchNorm's statistics.
            raise ModelError(
                f"the loss is {total} at step {self.step + 1}; {self.options.out} holds the last state and weights "
                "saved before; start from those by --init with a lower --learning-rate, or --precision float32"
            )
        self.optimizer.zero_grad()
        self.scaler.scale(loss.total).backward()
        self.scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.average.update_parameters(self.model)
        self.step += 1
        terms = {name: term.item() for name, term in loss.terms.items()}
        return TrainStatus(self.step, self.total_steps, self.plan.phase.value, total, terms, rate)

    def _forward_average(self, x: Tensor, mask: Tensor) -> Tensor:
        with autocast(self.device, self.dtype):
            output: Tensor = self.average(x, mask)
        return output

    def _validate(self) -> None:
        if self.held_out:
            self.validation = validate(self._forward_average, self.loss, self.held_out, self.device)
            self.log.write({"step": self.step, **{f"validation_{k}": v for k, v in self.validation.items()}})
            self.observer.validated(self.step, self.validation)

    def _write_samples(self) -> None:
        rows = sample_rows(self._forward_average, self.held_out, self.device)
        if rows:
            sheet = contact_sheet(rows, ("damaged", "filled", "output", "true"))
            write_rgb(self.options.out / SAMPLES_FOLDER / f"step_{self.step:07d}.png", sheet)

    def _save(self) -> None:
        """Write the state, and the moving average as weights."""
        options = self.options
        state = {
            "options": options.to_json(),
            "spec": asdict(self.model.spec),
            "step": self.step,
            "seconds": self.seconds,
            "validation": self.validation,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "random": torch.get_rng_state(),
        }
        save_state(options.out, state)
        card = {
            "made_by": f"pconv {__version__}",
            "options": {k: v for k, v in options.to_json().items() if k not in ("device", "workers", "out", "vgg")},
            "steps": self.step,
            "pictures": self.step * options.batch,
            "seconds": round(self.seconds),
            "validation": self.validation,
        }
        averaged = self.average.module
        assert isinstance(averaged, PConvUNet)
        save_weights(options.out / WEIGHTS_FILE, averaged, card)

    def _restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved state, exactly."""
        try:
            self.step, self.seconds, self.validation = state["step"], state["seconds"], state["validation"]
            # The optimiser saved is that of the last step done, whose phase may have ended with it.
            self.plan = self._plan_of(max(0, self.step - 1))
            self.optimizer = self._begin_phase()
            self.model.load_state_dict(state["model"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.scaler.load_state_dict(state["scaler"])
            torch.set_rng_state(state["random"])
        except (KeyError, ValueError, RuntimeError) as error:
            raise ModelError(f"{self.options.out / STATE_FILE}: not the state of this run ({error})") from error


def channels_last(module: Module) -> Module:
    """Lay a module's kernels out with the channels last, which is the faster way for convolutions."""
    return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def moving_average(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """An exponential moving average whose first steps weigh more, so that it soon forgets the initial weights.

    Args:
        decay: The share of the old average in a new one, after some ten times as many steps as 1 / (1 - decay).

    Returns:
        What `AveragedModel` asks for: (average, new value, number of averaged ones) to the new average.
    """

    def update(average: Tensor, current: Tensor, count: Tensor | int) -> Tensor:
        if not average.is_floating_point():
            return current  # BatchNorm's count of batches
        kept = min(decay, (1 + int(count)) / (10 + int(count)))
        return torch.lerp(average, current, 1 - kept)

    return update


@contextmanager
def stop_requested() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C (or SIGTERM) into a question asked between steps; a second one stops at once."""
    requested = threading.Event()

    def request(signum: int, frame: FrameType | None) -> None:
        if requested.is_set():
            raise KeyboardInterrupt
        requested.set()

    if threading.current_thread() is not threading.main_thread():  # signals reach the main thread alone
        yield requested.is_set
        return
    former = {number: signal.signal(number, request) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield requested.is_set
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
