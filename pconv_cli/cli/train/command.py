"""``pconv train``: train the network on a folder of images."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from pconv_cli.cli.console import counted, err
from pconv_cli.cli.paths import input_path
from pconv_cli.cli.signals import sigterm_ignored_after
from pconv_cli.cli.train.display import TrainDisplay, duration
from pconv_cli.errors import UsageError
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.training.options import Adversarial, Augmentation, Base, Loader, Precision, Schedule, TrainOptions
from pconv_cli.training.presets import Phase, Preset
from pconv_cli.training.resolving import resolve_options

# What options belong to, in the order in which help shows it.
_RUN, _DATA, _NETWORK = "Run", "Images and masks", "Network"
_COURSE, _LOSS, _ADVERSARIAL, _MACHINE = "Course", "Loss", "Adversarial term", "Machine"


def _option(panel: str, text: str, field: str = "", metavar: str | None = None, names: tuple[str, ...] = ()) -> Any:
    """An option without a default of its own; help shows that of the field, which is the paper's."""
    value = TrainOptions.__dataclass_fields__[field].default if field else None
    usual = f"{value:g}" if isinstance(value, int | float) else value
    shown = "" if value is None else f"  [dim]\\[default: {usual}][/]"
    return typer.Option(*names, metavar=metavar, help=text + shown, show_default=False, rich_help_panel=panel)


def _own(value: str) -> str:
    """Say that a default is the network's own."""
    return f"  [dim]\\[default: the network's; {value}][/]"


def train(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA", parser=input_path, help="Folder of images, searched through.", show_default=False
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help="Folder of the run: state, weights, metrics, samples.", rich_help_panel=_RUN
        ),
    ] = Path("run"),
    preset: Annotated[
        Preset | None,
        _option(
            _RUN,
            "Recipe for what is not given: paper, dunhuang, icme or damaged.  "
            "[dim]\\[default: damaged with --damage and --init, else paper][/]",
            metavar="NAME",
        ),
    ] = None,
    phase: Annotated[
        Phase | None,
        _option(_RUN, "Train (fit), fine-tune (finetune), or both in a row.", "phase", "NAME"),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out.", rich_help_panel=_RUN)
    ] = False,
    masks: Annotated[
        Path | None, _option(_DATA, "Folder of masks; without it they are drawn as it goes.", metavar="FOLDER")
    ] = None,
    mask_type: Annotated[
        str | None, _option(_DATA, "What is drawn: a type of `pconv masks gen`, or all.", "mask_kind", "TYPE")
    ] = None,
    mask_bank: Annotated[int | None, _option(_DATA, "How many different masks are drawn.", "mask_bank", "N")] = None,
    augmentation: Annotated[
        Augmentation | None,
        _option(_DATA, "crop: scale, crop, mirror; icme: and turn, jitter colours.", "augmentation", "crop|icme"),
    ] = None,
    validation: Annotated[
        float | None, _option(_DATA, "Share of the images held out, 0 to 1.", "validation", "SHARE")
    ] = None,
    damage: Annotated[
        Path | None,
        _option(_DATA, "Masks of the damage in the images, which is never learnt.", metavar="M|alpha"),
    ] = None,
    mask_polarity: Annotated[
        Polarity | None, _option(_DATA, "Colour of the damage in --damage.", "mask_polarity", "white|black")
    ] = None,
    threshold: Annotated[
        int | None, _option(_DATA, "Value from which a mask of --damage is white.", "threshold", "1-255")
    ] = None,
    mask_pattern: Annotated[
        str | None, _option(_DATA, "How masks of --damage are named: '{stem}-mask'.", "mask_pattern", "PATTERN")
    ] = None,
    dilate: Annotated[int | None, _option(_DATA, "Grow the damage first.", "dilate", "PX")] = None,
    network: Annotated[str | None, _option(_NETWORK, "Architecture; pconv is the paper's.", "network", "NAME")] = None,
    width: Annotated[
        int | None, _option(_NETWORK, f"Channels of the first level.{_own('pconv 64')}", metavar="N")
    ] = None,
    depth: Annotated[int | None, _option(_NETWORK, f"Levels.{_own('pconv 8')}", metavar="N")] = None,
    base: Annotated[
        Base | None,
        _option(_NETWORK, f"What it adds to: none (the paper) or pyramid.{_own('pconv none')}", metavar="none|pyramid"),
    ] = None,
    network_option: Annotated[
        list[str] | None,
        _option(_NETWORK, "Any of the network's own options; may be given several times.", metavar="NAME=VALUE"),
    ] = None,
    init: Annotated[
        str | None, _option(_NETWORK, "Weights to start from; they bring their network.", metavar="NAME|PATH")
    ] = None,
    widen: Annotated[int | None, _option(_NETWORK, "Widen the network of --init to this width.", metavar="N")] = None,
    crop: Annotated[int | None, _option(_COURSE, "Side of the training crops.", "crop", "PX")] = None,
    batch: Annotated[int | None, _option(_COURSE, "Images at a time (of each process).", "batch", "N")] = None,
    accumulate: Annotated[int | None, _option(_COURSE, "Batches of one step.", "accumulate", "N")] = None,
    steps: Annotated[
        int | None,
        _option(
            _COURSE,
            "Steps of the whole run, of which the last sixth fine-tunes.  "
            "[dim]\\[default: the preset's; paper 500000 and 100000][/]",
            metavar="N",
        ),
    ] = None,
    finetune_steps: Annotated[
        int | None, _option(_COURSE, "How many of these steps fine-tune, instead of a sixth; 0: none.", metavar="N")
    ] = None,
    minutes: Annotated[
        float | None,
        _option(
            _COURSE,
            "Train by time, not by steps: minutes of the whole run, of which the last sixth fine-tunes; "
            "--resume counts the time already spent.",
            metavar="M",
        ),
    ] = None,
    learning_rate: Annotated[float | None, _option(_COURSE, "Adam's, first phase.", "learning_rate", "RATE")] = None,
    finetune_learning_rate: Annotated[
        float | None, _option(_COURSE, "Adam's, second phase.", "finetune_learning_rate", "RATE")
    ] = None,
    schedule: Annotated[
        Schedule | None,
        _option(_COURSE, "Learning rate: constant (the paper), or cosine (down to 1 %).", "schedule", "NAME"),
    ] = None,
    warmup: Annotated[int | None, _option(_COURSE, "Steps over which the rate rises.", "warmup", "N")] = None,
    clip: Annotated[float | None, _option(_COURSE, "Largest norm of the gradient; 0: any.", "clip", "NORM")] = None,
    ema: Annotated[
        float | None,
        _option(_COURSE, "Decay of the moving average that is saved; 0: the last weights.", "ema", "SHARE"),
    ] = None,
    seed: Annotated[int | None, _option(_COURSE, "Seed of everything random.", "seed", "N")] = None,
    no_perceptual: Annotated[
        bool,
        typer.Option(
            "--no-perceptual",
            help="Leave the perceptual and style terms out; no VGG16 needed.",
            rich_help_panel=_LOSS,
        ),
    ] = False,
    perceptual_every: Annotated[
        int | None, _option(_LOSS, "Compute those terms at every N-th step only.", "perceptual_every", "N")
    ] = None,
    vgg: Annotated[
        Path | None,
        _option(
            _LOSS,
            "VGG16's weights, torchvision's file.  [dim]\\[default: $PCONV_VGG16, then what fetch-vgg got][/]",
            metavar="FILE",
        ),
    ] = None,
    valid_weight: Annotated[float | None, _option(_LOSS, "Weight of L_valid.", "valid_weight", "W")] = None,
    hole_weight: Annotated[float | None, _option(_LOSS, "Weight of L_hole.", "hole_weight", "W")] = None,
    perceptual_weight: Annotated[float | None, _option(_LOSS, "Weight of L_perc.", "perceptual_weight", "W")] = None,
    style_weight: Annotated[float | None, _option(_LOSS, "Weight of L_style.", "style_weight", "W")] = None,
    tv_weight: Annotated[float | None, _option(_LOSS, "Weight of L_tv.", "tv_weight", "W")] = None,
    ssim_weight: Annotated[float | None, _option(_LOSS, "Weight of 1 - SSIM.", "ssim_weight", "W")] = None,
    blocking_weight: Annotated[
        float | None, _option(_LOSS, "Weight of L_block: no squares of the decoder's.", "blocking_weight", "W")
    ] = None,
    contrast_weight: Annotated[
        float | None, _option(_LOSS, "Weight of L_contrast: no specks, no false colours.", "contrast_weight", "W")
    ] = None,
    lattice_weight: Annotated[
        float | None, _option(_LOSS, "Weight of L_lattice: no pattern of dots.", "lattice_weight", "W")
    ] = None,
    loss_weight: Annotated[
        list[str] | None,
        _option(_LOSS, "Weight of any term, by its name; may be given several times.", metavar="NAME=VALUE"),
    ] = None,
    adversarial: Annotated[
        Adversarial | None,
        _option(
            _ADVERSARIAL,
            "Learn against a discriminator too: sn-patch (patches, hinge) or global-local (image and hole).",
            "adversarial",
            "NAME",
        ),
    ] = None,
    adversarial_weight: Annotated[
        float | None, _option(_ADVERSARIAL, "Weight of that term beside the loss.", "adversarial_weight", "W")
    ] = None,
    adversarial_width: Annotated[
        int | None, _option(_ADVERSARIAL, "Channels of the discriminator's first level.", "adversarial_width", "N")
    ] = None,
    adversarial_rate: Annotated[
        float | None,
        _option(_ADVERSARIAL, "Its learning rate, in those of the network.", "adversarial_rate", "RATIO"),
    ] = None,
    adversarial_r1: Annotated[
        float | None,
        _option(_ADVERSARIAL, "Weight of R1 in what it minimises; 0: none.", "adversarial_r1", "W"),
    ] = None,
    adversarial_after: Annotated[
        int | None,
        _option(_ADVERSARIAL, "Steps in which it learns before the term counts.", "adversarial_after", "N"),
    ] = None,
    device: Annotated[str | None, _option(_MACHINE, "auto, cpu, cuda, cuda:1, mps.", "device", "NAME")] = None,
    precision: Annotated[
        Precision | None, _option(_MACHINE, "auto, float32, bfloat16 or float16.", "precision", "NAME")
    ] = None,
    compile_: Annotated[
        bool | None,
        _option(_MACHINE, "Compile the network by torch.compile.", names=("--compile/--no-compile",)),
    ] = None,
    loader: Annotated[
        Loader | None,
        _option(
            _MACHINE,
            "What prepares batches: threads, processes, device; auto: the device on CUDA, else threads.",
            "loader",
            "NAME",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        _option(_MACHINE, "Threads or processes that do.  [dim]\\[default: 16 for a CUDA device, else 1][/]", "", "N"),
    ] = None,
    cache: Annotated[float | None, _option(_MACHINE, "Memory for decoded images.", "cache", "GiB")] = None,
    sync_batch_norm: Annotated[
        bool | None,
        _option(_MACHINE, "With torchrun on GPUs: BatchNorm over all processes.", names=("--sync-batch-norm",)),
    ] = None,
    save_every: Annotated[int | None, _option(_RUN, "Steps between saved states.", "save_every", "N")] = None,
    validate_every: Annotated[int | None, _option(_RUN, "Steps between validations.", "validate_every", "N")] = None,
    sample_every: Annotated[int | None, _option(_RUN, "Steps between sample grids.", "sample_every", "N")] = None,
    tensorboard: Annotated[
        bool | None,
        _option(
            _RUN,
            "Write figures and samples for TensorBoard too, or no longer.",
            names=("--tensorboard/--no-tensorboard",),
        ),
    ] = None,
) -> None:
    """Train the paper's network on a folder of images.

    Ctrl-C saves the state, validates once, and ends with status 130 (a second one: at once); the same command with
    --resume goes on as if never stopped.
    On several GPUs: torchrun --nproc-per-node N -m pconv_cli train ...
    The weights for `pconv inpaint --weights` are weights.safetensors in --out.
    Defaults are the preset paper's; other presets have some of their own.
    """
    given: dict[str, Any] = dict(locals())
    for name in ("preset", "resume", "mask_type", "compile_", "loss_weight", "network_option"):
        del given[name]
    given |= {"mask_kind": mask_type, "compile": compile_, "loss_weights": _weights(loss_weight)}
    given |= {"network_options": _pairs("--network-option", network_option, "width=32") or None}
    if given.pop("no_perceptual"):
        if perceptual_weight or style_weight:
            raise UsageError("--no-perceptual leaves out what --perceptual-weight and --style-weight ask for")
        given["perceptual_weight"] = given["style_weight"] = 0.0
    if resume and preset is not None:
        raise UsageError("--preset does nothing with --resume, which continues the run as it was; leave one out")

    from pconv_cli.training import trainer
    from pconv_cli.training.devices.distributed import is_leader

    with sigterm_ignored_after(), TrainDisplay() if is_leader() else nullcontext() as display:
        if resume:
            report = trainer.resume(out, given, display)
        else:
            report = trainer.train(resolve_options(preset, given), display)
    if display is None:  # another process talks
        return
    console = err()
    if not display.begun:
        console.print("this run has all its steps already")
    console.print(
        f"{counted(report.steps, 'step')}, {counted(report.images, 'image')} in {duration(report.seconds)}. "
        f"Weights: [bold]{escape(str(report.weights))}[/]",
        soft_wrap=True,
    )
    command = f"pconv inpaint in/ --masks m/ --out out/ --weights {report.weights}"
    console.print(f"Use them: {escape(command)}", soft_wrap=True)
    if report.unreadable:
        console.print(f"[red]could not be used:[/] {counted(len(report.unreadable), 'file')}; see the warnings above")
    raise typer.Exit(report.exit_code)


def _weights(given: list[str] | None) -> dict[str, float] | None:
    """Read NAME=VALUE; None where nothing was given."""
    weights: dict[str, float] = {}
    for name, value in _pairs("--loss-weight", given, "ssim=0.3").items():
        try:
            weights[name] = float(value)
        except ValueError as error:
            raise UsageError(f"--loss-weight {name}={value}: give NAME=VALUE, for example ssim=0.3") from error
    return weights or None


def _pairs(flag: str, given: list[str] | None, example: str) -> dict[str, str]:
    """Read NAME=VALUE, given several times."""
    pairs: dict[str, str] = {}
    for text in given or ():
        name, _, value = text.partition("=")
        if not (name and value):
            raise UsageError(f"{flag} {text}: give NAME=VALUE, for example {example}")
        if name in pairs:
            raise UsageError(f"{flag} {text}: {name} is given twice; give it once")
        pairs[name] = value
    return pairs
