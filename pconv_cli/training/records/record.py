"""What a run writes beside its state for people to look at: figures by step, curves, sample grids, TensorBoard."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import UsageError, option
from pconv_cli.files.atomic import check_writable_folder, ensure_writable_folder
from pconv_cli.files.images import write_rgb
from pconv_cli.files.sheets import contact_sheet
from pconv_cli.training.records.curves import draw_curves
from pconv_cli.training.records.report import TrainStatus
from pconv_cli.training.state import MetricsLog

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

SAMPLES_FOLDER = "samples"
BOARD_FOLDER = "tensorboard"
LOG_EVERY = 10


class TrainingRecord:
    """The record of a run, which one process of it writes.

    Args:
        folder: The run's folder.
        from_step: Figures of this step and later ones are dropped: a resumed run writes them again.
        tensorboard: Whether the same is written for TensorBoard.

    Raises:
        OutputError: The folder cannot be written.
        UsageError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path, from_step: int, tensorboard: bool = False) -> None:
        check_writable_folder(folder)  # itself, before anything in it is named as what cannot be written
        self._board = open_board(folder, from_step) if tensorboard else None
        ensure_writable_folder(folder / SAMPLES_FOLDER)
        self._folder = folder
        self._log = MetricsLog(folder, from_step)
        self._drawn = False

    def stepped(self, status: TrainStatus, seconds: float) -> None:
        """Note a step's figures, every `LOG_EVERY` steps."""
        if status.step % LOG_EVERY == 0:
            self._note({**status.to_json(), "seconds": round(seconds, 1)})
            named = {"loss": status.loss, **status.terms}
            speed = {"learning_rate": status.learning_rate, "images_per_second": status.images_per_second}
            self._show(status.step, {**{f"training/{name}": value for name, value in named.items()}, **speed})

    def validated(self, step: int, figures: Mapping[str, float], *, stopped: bool = False) -> None:
        """Note a validation's figures; those of a run that was stopped there, until it is resumed."""
        record: dict[str, Any] = {"step": step, **{f"validation_{name}": value for name, value in figures.items()}}
        record |= {"stopped": True} if stopped else {}
        self._note(record)
        self._show(step, {f"validation/{name}": value for name, value in figures.items()})

    def draw(self) -> None:
        """Draw the curves of what was noted, unless they are drawn."""
        if not self._drawn:
            draw_curves(self._folder)
            self._drawn = True

    def sampled(self, step: int, rows: list[list[NDArray[np.uint8]]]) -> None:
        """Draw a grid of the rows of `pconv_cli.training.records.validation.sample_rows`."""
        if rows:
            sheet = contact_sheet(rows, ("damaged", "filled", "output", "true"))
            write_rgb(self._folder / SAMPLES_FOLDER / f"step_{step:07d}.png", sheet)
            if self._board is not None:
                self._board.add_image("samples", sheet, step, dataformats="HWC")

    def _note(self, record: Mapping[str, Any]) -> None:
        self._log.write(record)
        self._drawn = False

    def _show(self, step: int, figures: Mapping[str, float]) -> None:
        if self._board is not None:
            for name, value in figures.items():
                self._board.add_scalar(name, value, step)

    def close(self) -> None:
        """Finish the files."""
        self._log.close()
        if self._board is not None:
            self._board.close()


def open_board(folder: Path, from_step: int) -> "SummaryWriter":
    """Open a writer for TensorBoard; what it showed of ``from_step`` and later steps is dropped.

    Raises:
        UsageError: TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UsageError(
            f"{option('tensorboard')}: TensorBoard is not installed; pip install 'pconv-cli[tensorboard]', or leave it "
            "out"
        ) from error
    return SummaryWriter(str(folder / BOARD_FOLDER), purge_step=from_step or None)
