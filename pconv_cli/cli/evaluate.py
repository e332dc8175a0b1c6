"""``pconv eval``: score results against the truth, or the methods on the sample pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from pconv_cli.cli.console import TerminalProgress, counted, err, out, show_failures
from pconv_cli.errors import UsageError
from pconv_cli.evaluation.names import NEEDS_VGG, NO_DOWNLOAD, Metric
from pconv_cli.files.polarity import Polarity

if TYPE_CHECKING:
    from pconv_cli.evaluation.rows import Evaluation

_METRICS = "Metrics (none named: all that need no download)"
_FOLDERS = "Scoring a folder of results"
_SAMPLES = "Comparing the methods on the sample pictures"
_STDOUT = Path("-")


def _flag(name: str, what: str) -> Any:
    return typer.Option(name, help=what, rich_help_panel=_METRICS, show_default=False)


def evaluate(
    results: Annotated[
        Path | None, typer.Argument(help="Folder of results, or one; without it, methods are compared on samples.")
    ] = None,
    gt: Annotated[Path | None, typer.Option(help="The true pictures.", rich_help_panel=_FOLDERS)] = None,
    masks: Annotated[Path | None, typer.Option(help="The masks, or one for all.", rich_help_panel=_FOLDERS)] = None,
    mask_polarity: Annotated[
        Polarity | None, typer.Option(help="Colour of the hole (white).", rich_help_panel=_FOLDERS)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Threads (one a processor).", rich_help_panel=_FOLDERS, min=1)
    ] = None,
    psnr: Annotated[bool, _flag("--psnr", "Peak signal-to-noise ratio, dB.")] = False,
    ssim: Annotated[bool, _flag("--ssim", "Structural similarity.")] = False,
    l1: Annotated[bool, _flag("--l1", "Mean absolute difference, %.")] = False,
    mse: Annotated[bool, _flag("--mse", "Mean squared difference.")] = False,
    tv: Annotated[bool, _flag("--tv", "Total variation in and at the hole.")] = False,
    perceptual: Annotated[bool, _flag("--perceptual", "Distance of VGG16 features.")] = False,
    style: Annotated[bool, _flag("--style", "Distance of VGG16 Gram matrices.")] = False,
    vgg: Annotated[
        Path | None, typer.Option(help="VGG16's weights for --perceptual and --style.", rich_help_panel=_METRICS)
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="Shipped weights by name, or a file.", rich_help_panel=_SAMPLES)
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the masks (0).", rich_help_panel=_SAMPLES, min=0)] = None,
    device: Annotated[str, typer.Option(help="Where networks run: auto, cpu, cuda, cuda:1, mps.")] = "auto",
    csv: Annotated[Path | None, typer.Option(help="Figures of every picture as CSV; - for stdout.")] = None,
    json: Annotated[Path | None, typer.Option(help="All figures as JSON; - for stdout.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace reports that exist.")] = False,
) -> None:
    """Measure results against the truth, by hole ratio, for the whole picture and for the hole only.

    [bold]pconv eval RESULTS --gt GT --masks MASKS[/] pairs files by relative path and stem.

    [bold]pconv eval --ssim --psnr[/] compares the shipped weights and the classical methods on sample pictures.
    """
    asked = {Metric.PSNR: psnr, Metric.SSIM: ssim, Metric.L1: l1, Metric.MSE: mse, Metric.TV: tv}
    asked |= {Metric.PERCEPTUAL: perceptual, Metric.STYLE: style}
    metrics = tuple(metric for metric, wanted in asked.items() if wanted) or NO_DOWNLOAD
    if vgg is not None and not NEEDS_VGG & set(metrics):
        raise UsageError("--vgg serves --perceptual and --style; name one of them, or leave --vgg out")
    if csv is not None and json is not None and csv.resolve() == json.resolve():
        raise UsageError(f"--csv {csv} and --json {json}: one place takes one of them; give the other another")

    from pconv_cli.evaluation.reports import check_places

    inputs = [path for path in (results, gt, masks, vgg, Path(weights) if weights else None) if path is not None]
    check_places([place for place in (csv, json) if place not in (None, _STDOUT)], overwrite=overwrite, inputs=inputs)
    with TerminalProgress() as progress:
        if results is None:
            _refuse(
                "needs a folder of results: pconv eval RESULTS --gt GT --masks MASKS",
                {"--gt": gt, "--masks": masks, "--mask-polarity": mask_polarity, "--workers": workers},
            )
            evaluation = _samples(metrics, vgg, device, weights, seed or 0, progress)
        else:
            _refuse(
                "belongs to the comparison on sample pictures, without RESULTS", {"--weights": weights, "--seed": seed}
            )
            if device != "auto" and not NEEDS_VGG & set(metrics):
                raise UsageError("--device serves --perceptual and --style here; name one of them, or leave it out")
            evaluation = _folder(results, gt, masks, metrics, vgg, device, mask_polarity, workers, progress)
    _report(evaluation, csv, json)
    if evaluation.exit_code:
        raise typer.Exit(evaluation.exit_code)


def _refuse(why: str, options: dict[str, object]) -> None:
    """End where an option was given that would do nothing."""
    for name, value in options.items():
        if value is not None:
            raise UsageError(f"{name} {why}")


def _folder(
    results: Path,
    gt: Path | None,
    masks: Path | None,
    metrics: tuple[Metric, ...],
    vgg: Path | None,
    device: str,
    polarity: Polarity | None,
    workers: int | None,
    progress: TerminalProgress,
) -> "Evaluation":
    from pconv_cli.evaluation.evaluator import EvalOptions
    from pconv_cli.evaluation.evaluator import evaluate as run

    if gt is None or masks is None:
        missing = " and ".join(name for name, value in (("--gt", gt), ("--masks", masks)) if value is None)
        raise UsageError(f"{results} cannot be scored without {missing}: pconv eval RESULTS --gt GT --masks MASKS")
    options = EvalOptions(results, gt, masks, metrics, vgg, device, polarity or Polarity.WHITE, workers)
    return run(options, progress)


def _samples(
    metrics: tuple[Metric, ...],
    vgg: Path | None,
    device: str,
    weights: str | None,
    seed: int,
    progress: TerminalProgress,
) -> "Evaluation":
    from pconv_cli.core.weights import DEFAULT_WEIGHTS, weights_hash, weights_path
    from pconv_cli.evaluation.samples import SampleOptions, evaluate_samples
    from pconv_cli.inpainting.backends import make_backend
    from pconv_cli.inpainting.methods import Method

    chosen = weights or DEFAULT_WEIGHTS
    fills = {method.value: make_backend(method, weights=chosen, device=device).fill for method in Method}
    source = {"weights": chosen, "weights_sha256": weights_hash(weights_path(chosen)), "device": device}
    return evaluate_samples(SampleOptions(metrics, vgg, device, seed), fills, progress, source)


def _report(evaluation: "Evaluation", csv: Path | None, json: Path | None) -> None:
    """Data to standard output and to files, what failed to standard error."""
    from pconv_cli.cli.eval_tables import show
    from pconv_cli.evaluation.reports import to_csv, to_json, versions, write_text

    for place, text in ((csv, to_csv), (json, to_json)):
        if place == _STDOUT:
            typer.echo(text(evaluation), nl=False)
        elif place is not None:
            write_text(place, text(evaluation))
    if _STDOUT not in (csv, json):
        show(evaluation, out(), versions(evaluation))
    console = err()
    show_failures(str(error) for _, error in evaluation.problems)
    if evaluation.unscored:
        shown = ", ".join(evaluation.unscored[:3]) + (", ..." if len(evaluation.unscored) > 3 else "")
        console.print(
            f"[yellow]warning:[/] {counted(len(evaluation.unscored), 'true picture')} without a result, in no mean: "
            f"{escape(shown)}",
            soft_wrap=True,
        )
    if evaluation.problems:
        console.print(f"{len(evaluation.rows)} scored, {len(evaluation.problems)} failed")
