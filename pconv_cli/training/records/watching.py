"""What a run shows: figures by step, validations, sample grids; in one process of it."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch

from pconv_cli.core.losses import InpaintingLoss
from pconv_cli.errors import OutputError
from pconv_cli.training.data.batches import Batch
from pconv_cli.training.options import TrainOptions
from pconv_cli.training.records.collapse import CollapseWatch
from pconv_cli.training.records.curves import read_series
from pconv_cli.training.records.record import TrainingRecord
from pconv_cli.training.records.report import TrainObserver, TrainStatus
from pconv_cli.training.records.validation import Forward, sample_rows, validate

# Seconds that the last look at a run that is stopped may take; torchrun waits no longer than 30 for its processes.
LAST_LOOK = 20.0


class Watch:
    """Measures and shows a run as it goes.

    Args:
        options: The run.
        observer: Called at each step.
        forward: The moving average of the network.
        loss: The loss of the run.
        held_out: The validation batches.
        device: Where to compute.
        from_step: Figures of this step and later ones are dropped: a resumed run writes them again.

    Raises:
        OutputError: The folder cannot be written.
        UsageError: TensorBoard is not installed.
    """

    def __init__(
        self,
        options: TrainOptions,
        observer: TrainObserver,
        forward: Forward,
        loss: InpaintingLoss,
        held_out: list[Batch],
        device: torch.device,
        from_step: int,
    ) -> None:
        self._options, self._observer, self._held_out = options, observer, held_out
        self._forward, self._loss, self._device = forward, loss, device
        self._record = TrainingRecord(options.out, from_step, tensorboard=options.tensorboard)
        self._collapse = CollapseWatch(by_options=options.adversarial != "none")
        for step, texture in read_series(options.out).get("validation_texture", ()):
            self._collapse.validated(step, {"texture": texture})

    def stepped(self, status: TrainStatus, seconds: float, last: bool) -> dict[str, float] | None:
        """Note a step and, where they are due, a validation and samples; give the validation's figures."""
        self._record.stepped(status, seconds)
        self._observer.stepped(status)
        self._say(self._collapse.stepped(status.terms))
        figures = None
        if self._held_out and (status.step % self._options.validate_every == 0 or last):
            figures = self._validate(status.step, self._held_out)
        if status.step % self._options.sample_every == 0 or last:
            self._sample(status.step, self._held_out)
        return figures

    def stopping(self, step: int) -> None:
        """Validate and sample once what a run that the user stops has come to, in bounded time.

        The state is saved by now. Another signal skips this, and what fails here must not keep the run from ending.
        """
        if not self._held_out:
            return
        deadline = time.monotonic() + LAST_LOOK
        try:
            self._observer.stopping(step)
            if step % self._options.sample_every:
                self._sample(step, _until(deadline, self._held_out))
            if step % self._options.validate_every:
                self._validate(step, _until(deadline, self._held_out), stopped=True)
        except TimeoutError:
            self._observer.warn(f"no last validation: it takes more than {LAST_LOOK:g} seconds")
        except OutputError as error:
            self._observer.warn(str(error))
        except KeyboardInterrupt:
            return

    def close(self) -> None:
        """Finish what is written."""
        self._record.close()
        with self._for_the_eye():
            self._record.draw()

    def _validate(self, step: int, batches: Iterable[Batch], *, stopped: bool = False) -> dict[str, float]:
        figures = validate(self._forward, self._loss, batches, self._device)
        self._record.validated(step, figures, stopped=stopped)
        self._observer.validated(step, figures)
        self._say(self._collapse.validated(step, figures))
        with self._for_the_eye():
            self._record.draw()
        return figures

    def _say(self, messages: list[str]) -> None:
        for message in messages:
            self._observer.warn(message)

    def _sample(self, step: int, batches: Iterable[Batch]) -> None:
        with self._for_the_eye():
            self._record.sampled(step, sample_rows(self._forward, batches, self._device))

    @contextmanager
    def _for_the_eye(self) -> Iterator[None]:
        """Draw what is only looked at: where it cannot be written, the run goes on."""
        try:
            yield
        except OutputError as error:
            self._observer.warn(f"{error}; the run goes on without it")


def _until(deadline: float, batches: Iterable[Batch]) -> Iterator[Batch]:
    """Let batches through until a moment of the monotonic clock, and then raise `TimeoutError`."""
    for batch in batches:
        if time.monotonic() >= deadline:
            raise TimeoutError
        yield batch
