"""``pconv train``: train the network on a folder of pictures."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from pconv_cli.cli.console import counted, err
from pconv_cli.errors import UsageError
from pconv_cli.files.polarity import Polarity
from pconv_cli.training.options import Augmentation, Base, Loader, Precision, Schedule, resolve_options
from pconv_cli.training.presets import Phase, Preset

if TYPE_CHECKING:
    from pconv_cli.training.report import TrainBegin, TrainStatus


def train(
    data: Annotated[Path, typer.Argument(help="Folder of pictures, searched through.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder of the run: state, weights, metrics, samples.")] = Path("run"),
    preset: Annotated[
        Preset | None,
        typer.Option(help="Whose recipe fills in what is not given: damaged with --damage and --init, else paper."),
    ] = None,
    phase: Annotated[Phase | None, typer.Option(help="Train, fine-tune, or both in a row (the default).")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    masks: Annotated[Path | None, typer.Option(help="Folder of masks; without it they are drawn as it goes.")] = None,
    damage: Annotated[
        Path | None,
        typer.Option(
            metavar="M|alpha",
            help="Masks of damage that the pictures have: hole, and never learnt.",
            show_default=False,
        ),
    ] = None,
    mask_polarity: Annotated[Polarity | None, typer.Option(help="Colour of the damage in --damage.")] = None,
    threshold: Annotated[int | None, typer.Option(help="Value from which a mask of --damage is white.")] = None,
    dilate: Annotated[int | None, typer.Option(help="Pixels by which the damage is grown first.")] = None,
    mask_type: Annotated[str | None, typer.Option(help="What is drawn: a type of `pconv masks gen`, or all.")] = None,
    validation: Annotated[float | None, typer.Option(help="Share of the pictures held out.")] = None,
    width: Annotated[int | None, typer.Option(help="Channels of the first level; the paper's is 64.")] = None,
    depth: Annotated[int | None, typer.Option(help="Levels; the paper's is 8.")] = None,
    base: Annotated[Base | None, typer.Option(help="none (the paper) or pyramid: what the network adds to.")] = None,
    init: Annotated[str | None, typer.Option(help="Weights to start from, by name or path.")] = None,
    crop: Annotated[int | None, typer.Option(help="Side of the training crops in pixels.")] = None,
    batch: Annotated[int | None, typer.Option(help="Pictures at a time (of each process).")] = None,
    accumulate: Annotated[int | None, typer.Option(help="So many batches are one step.")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of the first phase.")] = None,
    finetune_steps: Annotated[int | None, typer.Option(help="Steps of the second phase.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Adam's, first phase.")] = None,
    finetune_learning_rate: Annotated[float | None, typer.Option(help="Adam's, second phase.")] = None,
    schedule: Annotated[Schedule | None, typer.Option(help="Learning rate: constant (the paper) or cosine.")] = None,
    warmup: Annotated[int | None, typer.Option(help="Steps over which the learning rate rises.")] = None,
    no_perceptual: Annotated[
        bool, typer.Option("--no-perceptual", help="Leave the perceptual and style terms out; no VGG16 needed.")
    ] = False,
    perceptual_every: Annotated[int | None, typer.Option(help="Compute those terms at every so many steps.")] = None,
    valid_weight: Annotated[float | None, typer.Option(help="Weight of L_valid.")] = None,
    hole_weight: Annotated[float | None, typer.Option(help="Weight of L_hole.")] = None,
    perceptual_weight: Annotated[float | None, typer.Option(help="Weight of L_perc.")] = None,
    style_weight: Annotated[float | None, typer.Option(help="Weight of L_style.")] = None,
    tv_weight: Annotated[float | None, typer.Option(help="Weight of L_tv.")] = None,
    ssim_weight: Annotated[float | None, typer.Option(help="Weight of 1 - SSIM.")] = None,
    augmentation: Annotated[Augmentation | None, typer.Option(help="crop; or icme: and jitter and rotation.")] = None,
    precision: Annotated[Precision | None, typer.Option(help="auto, float32, bfloat16 or float16.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = None,
    vgg: Annotated[Path | None, typer.Option(help="VGG16's weights, torchvision's file.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything random.")] = None,
    ema: Annotated[
        float | None, typer.Option(help="Decay of the weights' moving average, which is saved; 0: none.")
    ] = None,
    clip: Annotated[float | None, typer.Option(help="Largest norm of the gradient; 0: any.")] = None,
    save_every: Annotated[int | None, typer.Option(help="Steps between saved states.")] = None,
    validate_every: Annotated[int | None, typer.Option(help="Steps between validations.")] = None,
    sample_every: Annotated[int | None, typer.Option(help="Steps between sample grids.")] = None,
    loader: Annotated[
        Loader | None, typer.Option(help="What prepares batches; auto: the device on CUDA, else threads.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Threads or processes that prepare batches.")] = None,
    cache: Annotated[float | None, typer.Option(help="GiB of decoded pictures kept in memory.")] = None,
    mask_bank: Annotated[int | None, typer.Option(help="So many different masks are drawn.")] = None,
    compile_: Annotated[
        bool | None, typer.Option("--compile/--no-compile", help="Compile the network by torch.compile.")
    ] = None,
    tensorboard: Annotated[bool | None, typer.Option(help="Write figures and samples for TensorBoard too.")] = None,
    sync_batch_norm: Annotated[
        bool | None, typer.Option("--sync-batch-norm", help="With torchrun on GPUs: BatchNorm over all processes.")
    ] = None,
) -> None:
    """Train the paper's network on a folder of pictures.

    Ctrl-C saves the state and ends with status 130; the same command with --resume goes on as if never stopped.
    On several GPUs: torchrun --nproc-per-node N -m pconv_cli train ...
    The weights for `pconv inpaint --weights` are OUT/weights.safetensors.
    """
    given: dict[str, Any] = {
        name: value for name, value in locals().items() if name not in ("preset", "resume", "mask_type", "compile_")
    }
    given |= {"mask_kind": mask_type, "compile": compile_}
    if given.pop("no_perceptual"):
        if perceptual_weight or style_weight:
            raise UsageError("--no-perceptual leaves out what --perceptual-weight and --style-weight ask for")
        given["perceptual_weight"] = given["style_weight"] = 0.0
    if resume and preset is not None:
        raise UsageError("--preset does nothing beside --resume, which continues the run as it was; leave one out")

    from pconv_cli.training import trainer
    from pconv_cli.training.distributed import is_leader

    with TrainDisplay() if is_leader() else nullcontext() as display:
        if resume:
            report = trainer.resume(out, given, display)
        else:
            report = trainer.train(resolve_options(preset, given), display)
    if display is None:  # another process talks
        return
    console = err()
    console.print(
        f"{counted(report.steps, 'step')}, {counted(report.pictures, 'picture')} in {_duration(report.seconds)}. "
        f"Weights: [bold]{escape(str(report.weights))}[/]",
        soft_wrap=True,
    )
    command = f"pconv inpaint in/ --masks m/ --out out/ --weights {report.weights}"
    console.print(f"Use them: {escape(command)}", soft_wrap=True)
    if report.unreadable:
        console.print(f"[red]could not be read:[/] {counted(len(report.unreadable), 'file')}; see the warnings above")
    raise typer.Exit(report.exit_code)


class TrainDisplay:
    """A `pconv_cli.training.trainer.TrainObserver` drawn live by rich; off a terminal, a line now and then."""

    LINE_EVERY = 100

    def __init__(self) -> None:
        self._batch = 0
        self._console = err()
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[left]}")
        )
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        self._task = self._bar.add_task("steps", total=None, left="")

    def __enter__(self) -> "TrainDisplay":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def began(self, run: "TrainBegin") -> None:
        """Say what is trained on what."""
        self._batch = run.batch
        self._bar.update(self._task, total=run.total_steps, completed=run.step)
        self._console.print(
            f"{counted(run.pictures, 'picture')} to train on, {run.device} in {run.precision}, "
            f"steps {run.step + 1} to {run.total_steps} of {counted(run.batch, 'picture')}"
        )

    def warn(self, message: str) -> None:
        """Print a warning above the live part."""
        self._console.print(f"[yellow]warning:[/] {escape(message)}", soft_wrap=True)

    def stepped(self, status: "TrainStatus") -> None:
        """Draw the loss terms, the speed and the time left."""
        left = _duration((status.total_steps - status.step) * self._batch / status.pictures_per_second)
        if self._live.is_started:
            self._bar.update(self._task, completed=status.step, description=status.phase, left=f"{left} left")
            self._live.update(self._drawn(status))
        elif status.step % self.LINE_EVERY == 0:
            terms = " ".join(f"{name} {value:.4f}" for name, value in status.terms.items())
            self._console.print(
                f"step {status.step}/{status.total_steps} {status.phase} loss {status.loss:.4f} ({terms}) "
                f"{status.pictures_per_second:.1f} pictures/s, {left} left",
                soft_wrap=True,
            )

    def validated(self, step: int, figures: dict[str, float]) -> None:
        """Print the validation's figures above the live part."""
        words = [f"PSNR {figures['psnr']:.2f} dB", f"hole L1 {100 * figures['hole_l1']:.2f} %"]
        words += [f"SSIM {figures['ssim']:.4f}"] if "ssim" in figures else []
        shown = ", ".join([*words, f"loss {figures['loss']:.4f}"])
        self._console.print(f"[bold]validation[/] after step {step}: {shown}", soft_wrap=True)

    def _drawn(self, status: "TrainStatus") -> RenderableType:
        table = Table.grid(padding=(0, 2))
        table.add_row("loss", *status.terms, "pictures/s")
        table.add_row(
            f"{status.loss:.4f}", *(f"{v:.4f}" for v in status.terms.values()), f"{status.pictures_per_second:.1f}"
        )
        return Group(self._bar, table)


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"
