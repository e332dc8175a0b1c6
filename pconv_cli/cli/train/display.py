"""How `pconv train` shows a run: live on a terminal, a line now and then elsewhere."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from pconv_cli.cli.console import err, say
from pconv_cli.training.records.report import ACCURACY, discriminators
from pconv_cli.wording import counted

if TYPE_CHECKING:
    from pconv_cli.training.records.report import TrainBegin, TrainStatus


class TrainDisplay:
    """A `pconv_cli.training.trainer.TrainObserver` drawn live by rich; off a terminal, a line now and then."""

    LINE_EVERY = 100

    def __init__(self) -> None:
        self.begun = False
        self._console = err()
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}")
        )
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        self._task = self._bar.add_task("steps", total=1.0, left="")

    def __enter__(self) -> "TrainDisplay":
        return self

    def __exit__(self, *_: object) -> None:
        if self._live.is_started:
            self._live.stop()

    def began(self, run: "TrainBegin") -> None:
        """Say what is trained on what."""
        self.begun = True
        if self._console.is_terminal:
            self._live.start()  # not before: of a run that is refused it would leave an empty line
        each = counted(run.batch, "image")
        if run.seconds_left is None:
            course = f"steps {run.step + 1} to {run.total_steps} of {each}"
        else:
            course = f"{duration(run.seconds_left)} from step {run.step + 1} on, of {each}"
        self._console.print(
            f"{counted(run.images, 'image')} to train on, {run.device} in {run.precision}, {course}", soft_wrap=True
        )
        if run.padded != run.crop:
            self._console.print(
                f"the network pads crops of {run.crop} px to {run.padded}, its size multiple; "
                f"--crop {run.padded} costs it no more",
                soft_wrap=True,
            )

    def warn(self, message: str) -> None:
        """Print a warning above the live part."""
        say(self._console, f"[yellow]warning:[/] {escape(message)}")

    def stepped(self, status: "TrainStatus") -> None:
        """Draw the loss terms, the speed and the time left."""
        left = duration(status.seconds_left)
        if self._live.is_started:
            self._bar.update(self._task, completed=status.share, description=status.phase, left=f"{left} left")
            self._live.update(self._drawn(status))
        elif status.step % self.LINE_EVERY == 0:
            whole = "" if status.total_steps is None else f"/{status.total_steps}"
            terms = " ".join(f"{name} {value:.4f}" for name, value in status.terms.items())
            self._console.print(
                f"step {status.step}{whole} {status.phase} loss {status.loss:.4f} ({terms}) "
                f"{status.images_per_second:.1f} images/s, {left} left",
                soft_wrap=True,
            )

    def validated(self, step: int, figures: dict[str, float]) -> None:
        """Print the validation's figures above the live part."""
        words = [f"PSNR {figures['psnr']:.2f} dB", f"hole L1 {100 * figures['hole_l1']:.2f} %"]
        words += [f"SSIM {figures['ssim']:.4f}"] if "ssim" in figures else []
        words += [f"texture {figures['texture']:.2f}"] if "texture" in figures else []
        shown = ", ".join([*words, f"loss {figures['loss']:.4f}"])
        self._console.print(f"[bold]validation[/] after step {step}: {shown}", soft_wrap=True)

    def stopping(self, step: int) -> None:
        """Say why the end takes a moment."""
        self._console.print(
            f"step {step} is saved; a last validation and a sample grid follow (Ctrl-C again stops at once)",
            soft_wrap=True,
        )

    def _drawn(self, status: "TrainStatus") -> RenderableType:
        against = discriminators(status.terms)
        both = {"adversarial", *against, *(f"{name}{ACCURACY}" for name in against)}
        own = {name: f"{value:.4f}" for name, value in status.terms.items() if name not in both}
        tables = [_row({"loss": f"{status.loss:.4f}", **own, "images/s": f"{status.images_per_second:.1f}"})]
        if against:
            judged = {name: f"{status.terms[name]:.4f}" for name in ("adversarial", *against) if name in status.terms}
            right = {f"{name} right": f"{100 * status.terms[f'{name}{ACCURACY}']:.0f} %" for name in against}
            tables.append(_row({**judged, **right}))
        return Group(self._bar, *tables)


def _row(figures: dict[str, str]) -> Table:
    """Figures under their names."""
    table = Table.grid(padding=(0, 2))
    table.add_row(*figures)
    table.add_row(*figures.values())
    return table


def duration(seconds: float) -> str:
    """Write a time as people say it."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"
