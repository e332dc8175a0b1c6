"""What a training run tells: each step, each validation, and how it ended."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch


@dataclass
class TrainStatus:
    """How far a run is, after each step.

    Attributes:
        step: Steps done, over both phases.
        total_steps: Steps of the whole run.
        phase: ``fit`` or ``finetune``.
        loss: The weighted sum.
        terms: The unweighted terms.
        learning_rate: Of this step.
        pictures_per_second: Over the latest steps.
    """

    step: int
    total_steps: int
    phase: str
    loss: float
    terms: dict[str, float]
    learning_rate: float
    pictures_per_second: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """A line of ``metrics.jsonl``."""
        record = asdict(self)
        terms = record.pop("terms")
        return {**record, **terms, "pictures_per_second": round(self.pictures_per_second, 2)}


class TrainObserver(Protocol):
    """Whom a run tells how far it is."""

    def began(self, step: int, total_steps: int, pictures: int, device: torch.device, dtype: torch.dtype) -> None:
        """All is loaded, ``step`` steps were done before, and the next one comes now."""

    def stepped(self, status: TrainStatus) -> None:
        """A step is done."""

    def validated(self, step: int, figures: dict[str, float]) -> None:
        """The moving average of the weights was measured on the held-out pictures."""


class SilentObserver:
    """A `TrainObserver` that shows nothing; the default of `pconv_cli.training.trainer.train`."""

    def began(self, step: int, total_steps: int, pictures: int, device: torch.device, dtype: torch.dtype) -> None:
        """Show nothing."""

    def stepped(self, status: TrainStatus) -> None:
        """Show nothing."""

    def validated(self, step: int, figures: dict[str, float]) -> None:
        """Show nothing."""


@dataclass
class TrainReport:
    """How a run ended.

    Attributes:
        folder: The run's folder.
        weights: The moving average's weights.
        steps: Steps done over all.
        pictures: Pictures seen, repetitions counted.
        seconds: Time spent in steps, over all sittings.
        validation: The last validation's figures.
    """

    folder: Path
    weights: Path
    steps: int
    pictures: int
    seconds: float
    validation: dict[str, float] = field(default_factory=dict)
