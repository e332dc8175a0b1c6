"""The trainer: one run from its options to its weights, stopped and resumed at any step."""

import hashlib
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
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
from pconv_cli.files.find import relative_name
from pconv_cli.files.pictures import write_rgb
from pconv_cli.files.sheets import contact_sheet
from pconv_cli.training.batches import Batch, PictureStore, TrainingBatches, split_pictures, validation_batches
from pconv_cli.training.masks import MaskSource
from pconv_cli.training.options import PhasePlan, TrainOptions, command_line, resume_options
from pconv_cli.training.report import SilentObserver, TrainBegin, TrainObserver, TrainReport, TrainStatus
from pconv_cli.training.state import METRICS_FILE, STATE_FILE, WEIGHTS_FILE, MetricsLog, load_state, save_state
from pconv_cli.training.stopping import stop_requested
from pconv_cli.training.validation import sample_rows, validate

Module = TypeVar("Module", bound=nn.Module)

SAMPLES_FOLDER = "samples"
LOG_EVERY = 10
VALIDATION_PICTURES = 48


def train(options: TrainOptions, observer: TrainObserver | None = None) -> TrainReport:
    """Train a network as the options say.

    Writes into ``options.out``: ``state.pt`` (to resume from), ``weights.safetensors`` (the moving average),
    ``metrics.jsonl``, ``samples/step_NNNNNNN.png``. Files that cannot be read are named, and others take their place.

    Args:
        options: The run.
        observer: Told of each step.

    Raises:
        UsageError: ``options.out`` holds a run already or lies among the pictures, or options do not fit together.
        NothingToDo: No pictures.
        OutputError: The folder cannot be written.
        ModelError: VGG16 or the initial weights are not to be had, or the loss is no longer finite.
        Interrupted: Ctrl-C; the state was saved.
    """
    for name in (STATE_FILE, WEIGHTS_FILE, METRICS_FILE):
        if (options.out / name).exists():
            raise UsageError(f"{options.out}: holds {name}; go on with --resume, or name another folder by --out")
    return _Run(options, observer or SilentObserver(), None).run()


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
    state = load_state(folder)
    try:
        saved = TrainOptions.from_json(state["options"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / STATE_FILE}: not the state of a run of this program") from error
    options = resume_options(saved, {**(given or {}), "out": folder})
    return _Run(options, observer or SilentObserver(), state).run()


class _Run:
    """A run under way: what `train` and `resume` build, move on step by step, and save."""

    def __init__(self, options: TrainOptions, observer: TrainObserver, state: dict[str, Any] | None) -> None:
        self.options, self.observer = options, observer
        self.device = pick_device(options.device)
        self.dtype = pick_precision(options.precision, self.device)
        if options.out.resolve().is_relative_to(options.data.resolve()):
            raise UsageError(f"--out {options.out}: lies in {options.data}, where its samples would be trained on")
        if options.masks is not None and options.masks.resolve() == options.data.resolve():
            raise UsageError(f"--masks {options.masks}: is the folder of pictures; name one of masks, or leave it out")
        train_paths, held_out_paths = split_pictures(options.data, options.validation, options.seed)
        names = "\n".join(relative_name(path, options.data) for path in (*train_paths, *held_out_paths))
        self.pictures_hash = hashlib.sha256(names.encode()).hexdigest()

        weights = LossWeights(**{f.name: getattr(options, f"{f.name}_weight") for f in fields(LossWeights)})
        vgg = load_vgg(options.vgg) if weights.needs_vgg else None
        self.loss = channels_last(InpaintingLoss(weights, vgg).to(self.device))
        self.model = self._initial_model(state)
        self.average = AveragedModel(self.model, avg_fn=moving_average(options.ema), use_buffers=True)
        self.average.requires_grad_(False).eval()
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)

        warn, room = observer.warn, int(options.cache * 2**30)
        self.masks = MaskSource(
            options.crop, kind=options.mask_kind, folder=options.masks, seed=options.seed, warn=warn
        )
        self.store = PictureStore(train_paths, 4 * options.crop, room, warn)
        self.held_out_store = PictureStore(held_out_paths, 4 * options.crop, 0, warn)
        crop, batch = options.crop, options.batch
        self.batches = TrainingBatches(
            self.store, self.masks, crop=crop, batch=batch, augmentation=options.augmentation, seed=options.seed
        )
        self.held_out = validation_batches(
            self.held_out_store, self.masks, crop=crop, batch=batch, count=VALIDATION_PICTURES
        )
        _ = self.store[0], self.masks.draw(np.random.default_rng(0))  # fail before anything is written
        self.total_steps = sum(plan.steps for plan in options.phases)
        self.step, self.seconds = 0, 0.0
        self.terms: dict[str, float] = {}
        self.validation: dict[str, float] = {}
        if state is None:
            self.plan = self._plan_of(0)
            self.optimizer = self._begin_phase()
        else:
            self._restore(state)
        ensure_writable_folder(options.out / SAMPLES_FOLDER)
        self.log = MetricsLog(options.out, self.step + 1 if state is not None else 0)

    def _initial_model(self, state: dict[str, Any] | None) -> PConvUNet:
        """The network of a resumed run, whose weights `_restore` fills in; that of ``init``; or a fresh one."""
        options = self.options
        torch.manual_seed(options.seed)
        if state is not None:
            model = PConvUNet(ModelSpec(**state["spec"]))
        elif options.init is not None:
            model = load_weights(options.init)
        else:
            model = PConvUNet(ModelSpec(options.width, options.depth, options.base))
        if options.batch == 1 and options.crop <= model.spec.size_multiple:
            raise UsageError(
                f"--batch 1 with --crop {options.crop}: the deepest level is one value a channel, which BatchNorm "
                f"cannot normalise; take 2 pictures or more, or crops above {model.spec.size_multiple}"
            )
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
        precision = str(self.dtype).removeprefix("torch.")
        self.observer.began(
            TrainBegin(self.step, self.total_steps, options.batch, len(self.store), str(self.device), precision)
        )
        recent: deque[float] = deque(maxlen=20)
        with stop_requested() as stopped, closing(self.log):
            if self.step == 0:
                self._save()  # so that there is always a state to go back to
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
        unreadable = [
            message
            for source in (self.store, self.held_out_store, self.masks)
            for message in source.unreadable.values()
        ]
        return TrainReport(out, out / WEIGHTS_FILE, self.step, pictures, self.seconds, self.validation, unreadable)

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
            loss = self.loss(output, truth, mask, features=(self.step + 1) % self.options.perceptual_every == 0)
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
        if self.options.clip:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.average.update_parameters(self.model)
        self.step += 1
        self.terms |= {name: term.item() for name, term in loss.terms.items()}
        return TrainStatus(self.step, self.total_steps, self.plan.phase.value, total, dict(self.terms), rate)

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
            "pictures_hash": self.pictures_hash,
            "terms": self.terms,
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
        averaged = self.average.module
        assert isinstance(averaged, PConvUNet)
        save_weights(options.out / WEIGHTS_FILE, averaged, self._card())

    def _card(self) -> dict[str, Any]:
        """What the weights say of their making; folders by their names alone, since paths are nobody else's matter."""
        options = self.options
        return {
            "data": f"{len(self.store)} pictures of {options.data.resolve().name}",
            "command": command_line(options),
            "steps": self.step,
            "pictures": self.step * options.batch,
            "seconds": round(self.seconds),
            "validation": {name: round(value, 5) for name, value in self.validation.items()},
            "made_by": f"pconv {__version__}",
        }

    def _restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved state, exactly."""
        out = self.options.out
        try:
            if state["pictures_hash"] != self.pictures_hash:
                raise UsageError(
                    f"{self.options.data}: its pictures are not those that the run began with, and held-out ones "
                    f"would mix with the others; bring them back, or start anew by --init {out / WEIGHTS_FILE}"
                )
            self.step, self.seconds, self.validation = state["step"], state["seconds"], state["validation"]
            self.terms = state["terms"]
            # The optimiser saved is that of the last step done, whose phase may have ended with it.
            self.plan = self._plan_of(max(0, self.step - 1))
            self.optimizer = self._begin_phase()
            self.model.load_state_dict(state["model"])
            self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.scaler.load_state_dict(state["scaler"])
            torch.set_rng_state(state["random"])
        except (KeyError, ValueError, RuntimeError) as error:
            raise ModelError(f"{out / STATE_FILE}: not the state of this run ({error})") from error


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
