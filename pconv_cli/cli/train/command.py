"""``pconv train``: train the network on a folder of images."""

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape

from pconv_cli.cli.console import err
from pconv_cli.cli.signals import sigterm_ignored_after
from pconv_cli.cli.train import options as typed
from pconv_cli.cli.train.display import TrainDisplay, duration
from pconv_cli.errors import UsageError
from pconv_cli.training.resolving import resolve_options
from pconv_cli.wording import counted


def train(
    data: typed.DataArgument,
    out: typed.OutOption = Path("run"),
    preset: typed.PresetOption = None,
    phase: typed.PhaseOption = None,
    resume: typed.ResumeOption = False,
    masks: typed.MasksOption = None,
    mask_type: typed.MaskTypeOption = None,
    mask_bank: typed.MaskBankOption = None,
    augmentation: typed.AugmentationOption = None,
    validation: typed.ValidationOption = None,
    damage: typed.DamageOption = None,
    mask_polarity: typed.MaskPolarityOption = None,
    threshold: typed.ThresholdOption = None,
    mask_pattern: typed.MaskPatternOption = None,
    dilate: typed.DilateOption = None,
    network: typed.NetworkOption = None,
    width: typed.WidthOption = None,
    depth: typed.DepthOption = None,
    base: typed.BaseOption = None,
    network_option: typed.NetworkOptionOption = None,
    init: typed.InitOption = None,
    widen: typed.WidenOption = None,
    crop: typed.CropOption = None,
    batch: typed.BatchOption = None,
    accumulate: typed.AccumulateOption = None,
    steps: typed.StepsOption = None,
    finetune_steps: typed.FinetuneStepsOption = None,
    minutes: typed.MinutesOption = None,
    learning_rate: typed.LearningRateOption = None,
    finetune_learning_rate: typed.FinetuneLearningRateOption = None,
    schedule: typed.ScheduleOption = None,
    warmup: typed.WarmupOption = None,
    clip: typed.ClipOption = None,
    ema: typed.EmaOption = None,
    seed: typed.SeedOption = None,
    no_perceptual: typed.NoPerceptualOption = False,
    perceptual_every: typed.PerceptualEveryOption = None,
    vgg: typed.VggOption = None,
    valid_weight: typed.ValidWeightOption = None,
    hole_weight: typed.HoleWeightOption = None,
    perceptual_weight: typed.PerceptualWeightOption = None,
    style_weight: typed.StyleWeightOption = None,
    tv_weight: typed.TvWeightOption = None,
    ssim_weight: typed.SsimWeightOption = None,
    blocking_weight: typed.BlockingWeightOption = None,
    contrast_weight: typed.ContrastWeightOption = None,
    lattice_weight: typed.LatticeWeightOption = None,
    loss_weight: typed.LossWeightOption = None,
    adversarial: typed.AdversarialOption = None,
    adversarial_weight: typed.AdversarialWeightOption = None,
    adversarial_width: typed.AdversarialWidthOption = None,
    adversarial_rate: typed.AdversarialRateOption = None,
    adversarial_r1: typed.AdversarialR1Option = None,
    adversarial_after: typed.AdversarialAfterOption = None,
    device: typed.DeviceOption = None,
    precision: typed.PrecisionOption = None,
    compile_: typed.CompileOption = None,
    loader: typed.LoaderOption = None,
    workers: typed.WorkersOption = None,
    cache: typed.CacheOption = None,
    sync_batch_norm: typed.SyncBatchNormOption = None,
    save_every: typed.SaveEveryOption = None,
    validate_every: typed.ValidateEveryOption = None,
    sample_every: typed.SampleEveryOption = None,
    tensorboard: typed.TensorboardOption = None,
) -> None:
    """Train a network on a folder of images; the defaults are the paper's.

    Ctrl-C saves the state and validates once; a second Ctrl-C ends at once.
    The same command with --resume goes on as if it had never stopped.
    The weights for `pconv inpaint --weights` are weights.safetensors in --out.

    [bold]pconv train photos/ --out run/[/]

    [bold]pconv train photos/ --init photo --phase finetune --out mural/[/]

    On several GPUs:

    [bold]torchrun --nproc-per-node 2 -m pconv_cli train photos/ --out run/[/]
    """
    given: dict[str, Any] = dict(locals())
    for name in ("preset", "resume", "mask_type", "mask_polarity", "compile_", "loss_weight", "network_option"):
        del given[name]
    given |= {
        "mask_kind": mask_type,
        "polarity": mask_polarity,
        "compile": compile_,
        "loss_weights": _weights(loss_weight),
    }
    given |= {"network_options": _pairs("--network-option", network_option, "width=32") or None}
    if given.pop("no_perceptual"):
        if perceptual_weight or style_weight:
            raise UsageError("--no-perceptual leaves out what --perceptual-weight and --style-weight ask for")
        given["perceptual_weight"] = given["style_weight"] = 0.0
    if resume and preset is not None:
        raise UsageError("--preset does nothing with --resume, which continues the run as it was; leave one out")

    from pconv_cli.training.data.beginning import check_beginning
    from pconv_cli.training.state import check_saved

    options = None if resume else resolve_options(preset, given)
    alone = "WORLD_SIZE" not in os.environ  # one of torchrun's processes says with the others what is wrong
    if alone and options is not None:
        check_beginning(options)
    elif alone:
        check_saved(out)

    from pconv_cli.training import trainer
    from pconv_cli.training.devices.distributed import is_leader

    with sigterm_ignored_after(), TrainDisplay() if is_leader() else nullcontext() as display:
        report = trainer.resume(out, given, display) if options is None else trainer.train(options, display)
    if display is None:  # another process talks
        return
    console = err()
    if not display.begun:
        console.print("all steps of this run are done")
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
