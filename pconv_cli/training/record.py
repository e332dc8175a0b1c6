"""What a run writes beside its state for people to look at: figures by step, sample grids."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.atomic import ensure_writable_folder
from pconv_cli.files.pictures import write_rgb
from pconv_cli.files.sheets import contact_sheet
from pconv_cli.training.report import TrainStatus
from pconv_cli.training.state import MetricsLog

SAMPLES_FOLDER = "samples"
LOG_EVERY = 10


class Record:
    """The record of a run, which one process of it writes.

    Args:
        folder: The run's folder.
        from_step: Figures of this step and later ones are dropped: a resumed run writes them again.

    Raises:
        OutputError: The folder cannot be written.
    """

    def __init__(self, folder: Path, from_step: int) -> None:
        ensure_writable_folder(folder / SAMPLES_FOLDER)
        self._folder = folder
        self._log = MetricsLog(folder, from_step)

    def stepped(self, status: TrainStatus, seconds: float) -> None:
        """Note a step's figures, every `LOG_EVERY` steps."""
        if status.step % LOG_EVERY == 0:
            self._log.write({**status.to_json(), "seconds": round(seconds, 1)})

    def validated(self, step: int, figures: Mapping[str, float]) -> None:
        """Note a validation's figures."""
        record: dict[str, Any] = {"step": step, **{f"validation_{name}": value for name, value in figures.items()}}
        self._log.write(record)

    def sampled(self, step: int, rows: list[list[NDArray[np.uint8]]]) -> None:
        """Draw a grid of the rows of `pconv_cli.training.validation.sample_rows`."""
        if rows:
            sheet = contact_sheet(rows, ("damaged", "filled", "output", "true"))
            write_rgb(self._folder / SAMPLES_FOLDER / f"step_{step:07d}.png", sheet)

    def close(self) -> None:
        """Finish the files."""
        self._log.close()
