"""``pconv eval``: score results against the truth, or fill pictures by several methods and score those."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pconv_cli.cli.eval_request import Place, Request
from pconv_cli.cli.eval_runs import run
from pconv_cli.cli.paths import output_path
from pconv_cli.evaluation.names import Metric
from pconv_cli.files.polarity import Polarity

_METRICS = "Metrics (none named: PSNR, SSIM, L1, MSE, TV)"
_WEIGHTS = "Weights of the metrics' networks"
_FOLDERS = "Scoring folders of results"
_METHODS = "Comparing methods (without RESULTS)"
_VOTES = "Voting (pconv eval --votes A B --out SHEETS, then --count ANSWERS)"
_REPORTS = "Reports (FILE, or - for standard output)"


def _flag(name: str, what: str, panel: str = _METRICS) -> Any:
    return typer.Option(name, help=what, rich_help_panel=panel, show_default=False)


def _in(panel: str, what: str, *names: str, **more: Any) -> Any:
    return typer.Option(*names, help=what, rich_help_panel=panel, show_default=False, **more)


def evaluate(
    results: Annotated[
        list[Path] | None, typer.Argument(help="Folders of results, or one result; none: methods are compared.")
    ] = None,
    gt: Annotated[Path | None, _in(_FOLDERS, "The true pictures.")] = None,
    masks: Annotated[Path | None, _in(_FOLDERS, "The masks, or one for all.")] = None,
    mask_polarity: Annotated[Polarity | None, _in(_FOLDERS, "Colour of the hole (white).")] = None,
    names: Annotated[str | None, _in(_FOLDERS, "What the folders are called: A,B,C.")] = None,
    allow_missing: Annotated[bool, _flag("--allow-missing", "Leave out what has no partner.", _FOLDERS)] = False,
    methods: Annotated[str | None, _in(_METHODS, "The methods: pconv,telea,ns (all but the slow patchmatch).")] = None,
    images: Annotated[Path | None, _in(_METHODS, "Undamaged pictures (scikit-image's samples).")] = None,
    weights: Annotated[str | None, _in(_METHODS, "Shipped weights by name, or a file.")] = None,
    seed: Annotated[int | None, _in(_METHODS, "Seed of the masks (0).", min=0)] = None,
    out: Annotated[
        Path | None,
        _in(
            _METHODS,
            "Keep truths, masks and results in a folder; with --votes, the sheets.",
            metavar="FOLDER",
            parser=output_path,
        ),
    ] = None,
    psnr: Annotated[bool, _flag("--psnr", "Peak signal-to-noise ratio, dB.")] = False,
    ssim: Annotated[bool, _flag("--ssim", "Structural similarity.")] = False,
    ms_ssim: Annotated[bool, _flag("--ms-ssim", "Structural similarity at five scales.")] = False,
    l1: Annotated[bool, _flag("--l1", "Mean absolute difference, %.")] = False,
    mse: Annotated[bool, _flag("--mse", "Mean squared difference.")] = False,
    tv: Annotated[bool, _flag("--tv", "Total variation in and at the hole.")] = False,
    texture: Annotated[bool, _flag("--texture", "Local contrast deep in the hole, fill / truth.")] = False,
    rim: Annotated[bool, _flag("--rim", "Step across the hole's edge, fill / truth.")] = False,
    perceptual: Annotated[bool, _flag("--perceptual", "Distance of VGG16 features.")] = False,
    style: Annotated[bool, _flag("--style", "Distance of VGG16 Gram matrices.")] = False,
    loss: Annotated[bool, _flag("--loss", "The paper's total loss (VGG16).")] = False,
    lpips: Annotated[bool, _flag("--lpips", "LPIPS on AlexNet.")] = False,
    lpips_vgg: Annotated[bool, _flag("--lpips-vgg", "LPIPS on VGG16.")] = False,
    fid: Annotated[bool, _flag("--fid", "Frechet distance of Inception features.")] = False,
    inception_score: Annotated[bool, _flag("--inception-score", "Inception score.")] = False,
    band: Annotated[int | None, _in(_METRICS, "Half the width of the band, px (8).", min=1)] = None,
    vgg: Annotated[Path | None, _in(_WEIGHTS, "VGG16.")] = None,
    lpips_weights: Annotated[Path | None, _in(_WEIGHTS, "AlexNet, for --lpips.")] = None,
    fid_weights: Annotated[Path | None, _in(_WEIGHTS, "Inception, for --fid, --inception-score.")] = None,
    download: Annotated[bool, _flag("--download", "Fetch what is not at hand.", _WEIGHTS)] = False,
    device: Annotated[str | None, typer.Option(help="Where networks run: auto, cpu, cuda, cuda:1, mps.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes (one a processor).", min=1)] = None,
    by_border: Annotated[bool, typer.Option("--by-border", help="Split classes by holes near the border.")] = False,
    csv: Annotated[Path | None, _in(_REPORTS, "Figures of every picture as CSV.")] = None,
    json: Annotated[Path | None, _in(_REPORTS, "All figures, and how to repeat them, as JSON.")] = None,
    markdown: Annotated[Path | None, _in(_REPORTS, "The tables in Markdown.")] = None,
    latex: Annotated[Path | None, _in(_REPORTS, "The tables in LaTeX.")] = None,
    html: Annotated[Path | None, _in(_REPORTS, "A page with tables, charts, worst and best pictures.")] = None,
    overwrite: Annotated[bool, _flag("--overwrite", "Replace reports that exist.", _REPORTS)] = False,
    votes: Annotated[bool, _flag("--votes", "Write two RESULTS as blind pairs into --out.", _VOTES)] = False,
    count: Annotated[list[Path] | None, _in(_VOTES, "Count the answers of one judge or several.")] = None,
    key: Annotated[Path | None, _in(_VOTES, "The key: says what A and B are (OUT-key.json).")] = None,
    check: Annotated[Path | None, typer.Option(help="Run the evaluation of a JSON report again and compare.")] = None,
) -> None:
    """Measure results against the truth, by hole ratio, for the whole picture, the hole, and the band at its edge.

    Files are paired by relative path and stem; several folders are compared.

    [bold]pconv eval RESULTS --gt GT --masks MASKS[/]

    Without RESULTS masks are drawn, filled by every method, and scored.

    [bold]pconv eval --methods pconv,telea --images FOLDER[/]

    With --votes two folders become pairs to vote on, and --count counts.

    [bold]pconv eval --votes A B --out SHEETS[/]
    """
    asked = {Metric.PSNR: psnr, Metric.SSIM: ssim, Metric.L1: l1, Metric.MSE: mse, Metric.TV: tv}
    asked |= {Metric.MS_SSIM: ms_ssim, Metric.PERCEPTUAL: perceptual, Metric.STYLE: style, Metric.LOSS: loss}
    asked |= {Metric.TEXTURE: texture, Metric.RIM: rim}
    asked |= {Metric.LPIPS: lpips, Metric.LPIPS_VGG: lpips_vgg}
    asked |= {Metric.FID: fid, Metric.INCEPTION_SCORE: inception_score}
    status = run(
        Request(
            tuple(results or ()), gt, masks, mask_polarity, names, allow_missing, methods, images, weights, seed, out,
            tuple(metric for metric, wanted in asked.items() if wanted), band, vgg, lpips_weights, fid_weights,
            download, device, workers, by_border, Place(csv, json, markdown, latex, html), overwrite, check,
            votes, tuple(count or ()), key,
        )
    )  # fmt: skip
    if status:
        raise typer.Exit(status)
