"""What a training run reports: each step, each validation, and how it ended."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pconv_cli.errors import FileError


@dataclass(frozen=True)
class TrainBegin:
    """What is about to be trained.

    Attributes:
        step: Steps done before.
        total_steps: Steps of the whole run; None where its time is given.
        seconds_left: Until the end of a run whose time is given.
        batch: Images a step.
        images: Images to train on.
        device: Where, for example ``cpu``.
        precision: Precision of the convolutions, for example ``bfloat16``.
        crop: Side of the crops in pixels.
        padded: Side to which the network pads them.
    """

    step: int
    total_steps: int | None
    seconds_left: float | None
    batch: int
    images: int
    device: str
    precision: str
    crop: int
    padded: int


@dataclass
class TrainStatus:
    """How far a run is, after each step.

    Attributes:
        step: Steps done, over both phases.
        total_steps: Steps of the whole run; None where its time is given.
        share: How much of the run is done, 0 to 1.
        seconds_left: Until its end, as far as that is known.
        phase: ``fit`` or ``finetune``.
        loss: The weighted sum.
        terms: The unweighted terms; those that this step did not compute, as they last were.
        learning_rate: Learning rate of this step.
        images_per_second: Over the latest steps.
    """

    step: int
    total_steps: int | None
    share: float
    seconds_left: float
    phase: str
    loss: float
    terms: dict[str, float]
    learning_rate: float
    images_per_second: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return a line of ``metrics.jsonl``."""
        record = asdict(self)
        terms = record.pop("terms")
        del record["share"], record["seconds_left"]
        return {**record, **terms, "images_per_second": round(self.images_per_second, 2)}


#: What the figure of a discriminator's judgements is called, after its name.
ACCURACY = "_accuracy"


def discriminators(names: Iterable[str]) -> list[str]:
    """Name the discriminators among the names of recorded figures: those that have an accuracy."""
    return [name.removesuffix(ACCURACY) for name in names if name.endswith(ACCURACY)]


class TrainObserver(Protocol):
    """Receives how far a run is."""

    def began(self, run: "TrainBegin") -> None:
        """Report that all is loaded, and the next step comes now."""

    def stepped(self, status: TrainStatus) -> None:
        """Report a finished step."""

    def validated(self, step: int, figures: dict[str, float]) -> None:
        """Report how the moving average of the weights did on the held-out images."""

    def stopping(self, step: int) -> None:
        """Note that the user stopped the run and the state is saved; a last validation and sample grid follow."""

    def warn(self, message: str) -> None:
        """Something that the user should know and that does not stop the run; also from other threads."""


class SilentObserver:
    """A `TrainObserver` that shows nothing; the default of `pconv_cli.training.trainer.train`."""

    def began(self, run: TrainBegin) -> None:
        """Show nothing."""

    def stepped(self, status: TrainStatus) -> None:
        """Show nothing."""

    def validated(self, step: int, figures: dict[str, float]) -> None:
        """Show nothing."""

    def stopping(self, step: int) -> None:
        """Show nothing."""

    def warn(self, message: str) -> None:
        """Show nothing."""


@dataclass
class TrainReport:
    """How a run ended.

    Attributes:
        folder: The run's folder.
        weights: The moving average's weights.
        steps: Steps done over all.
        images: Images seen, repetitions counted.
        seconds: Time spent in steps and in waiting for their images, over all sittings.
        validation: The last validation's figures.
        unreadable: What was wrong with each file that could not be read.
    """

    folder: Path
    weights: Path
    steps: int
    images: int
    seconds: float
    validation: dict[str, float] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 3 where files could not be read."""
        return FileError.exit_code if self.unreadable else 0
