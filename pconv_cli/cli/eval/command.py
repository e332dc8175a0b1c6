"""``pconv eval``: score results against the truth, or fill images by several methods and score those."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pconv_cli.cli.eval.request import EvalRequest, ReportFiles
from pconv_cli.cli.eval.runs import run
from pconv_cli.evaluation.metrics.names import BAND, Metric
from pconv_cli.files.masks.polarity import Polarity

_FOLDERS = "Scoring folders of results"
_METHODS = "Comparing methods (without RESULTS)"
_METRICS = "Metrics (none named: PSNR, SSIM, L1, MSE, TV)"
_WEIGHTS = "Weights of the metrics' networks"
_RUN = "Run"
_REPORTS = "Reports (FILE, or - for standard output)"
_VOTES = "Voting (pconv eval --votes A B --out SHEETS, then --count ANSWERS)"


def _flag(name: str, text: str, panel: str = _METRICS) -> Any:
    return typer.Option(name, help=text, rich_help_panel=panel, show_default=False)


def _option(panel: str, metavar: str | None, text: str, default: object = None, **more: Any) -> Any:
    """Make an option that may be left out; help shows the default of the field that it fills."""
    shown = "" if default is None else f"  [dim]\\[default: {default}][/]"
    return typer.Option(metavar=metavar, help=text + shown, rich_help_panel=panel, show_default=False, **more)


def evaluate(
    results: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RESULTS",
            parser=Path,
            help="Folders of results, or one result; without any, methods are compared.",
        ),
    ] = None,
    gt: Annotated[Path | None, _option(_FOLDERS, "FOLDER", "The true images.")] = None,
    masks: Annotated[Path | None, _option(_FOLDERS, "FOLDER", "The masks, or one for all.")] = None,
    mask_polarity: Annotated[
        Polarity | None, _option(_FOLDERS, "white|black", "Colour of the hole in mask files.", Polarity.WHITE)
    ] = None,
    names: Annotated[str | None, _option(_FOLDERS, "A,B,C", "Names of the folders in tables.")] = None,
    allow_missing: Annotated[
        bool, _flag("--allow-missing", "Skip results, truths and masks without a partner.", _FOLDERS)
    ] = False,
    methods: Annotated[
        str | None,
        _option(
            _METHODS,
            "NAMES",
            "Methods, and networks by their weights: pconv,telea,gated=run/weights.safetensors.",
            "all but the slow patchmatch",
        ),
    ] = None,
    images: Annotated[Path | None, _option(_METHODS, "FOLDER", "Undamaged images.", "scikit-image's samples")] = None,
    weights: Annotated[
        str | None, _option(_METHODS, "NAME|PATH", "Weights of pconv, or another project's network.")
    ] = None,
    trust: Annotated[bool, _flag("--trust", "Run weights that are a program (TorchScript).", _METHODS)] = False,
    foreign: Annotated[str | None, _option(_METHODS, "KEY=VALUE,...", "How to use another project's network.")] = None,
    seed: Annotated[int | None, _option(_METHODS, "N", "Seed of the masks.", 0)] = None,
    out: Annotated[
        Path | None,
        _option(
            _METHODS,
            "FOLDER",
            "Keep truths, masks and results in a folder; with --votes, the sheets.",
            parser=Path,
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
    hue: Annotated[bool, _flag("--hue", "Shift of the hole's mean colour towards a hue.")] = False,
    perceptual: Annotated[bool, _flag("--perceptual", "Distance of VGG16 features.")] = False,
    style: Annotated[bool, _flag("--style", "Distance of VGG16 Gram matrices.")] = False,
    loss: Annotated[bool, _flag("--loss", "The paper's total loss (VGG16).")] = False,
    lpips: Annotated[bool, _flag("--lpips", "LPIPS on AlexNet.")] = False,
    lpips_vgg: Annotated[bool, _flag("--lpips-vgg", "LPIPS on VGG16.")] = False,
    fid: Annotated[bool, _flag("--fid", "Frechet distance of Inception features.")] = False,
    inception_score: Annotated[bool, _flag("--inception-score", "Inception score.")] = False,
    band: Annotated[int | None, _option(_METRICS, "PX", "Half the width of the band at the edge.", BAND)] = None,
    vgg: Annotated[
        Path | None, _option(_WEIGHTS, "FILE", "VGG16, for --perceptual, --style, --loss, --lpips-vgg.")
    ] = None,
    lpips_weights: Annotated[Path | None, _option(_WEIGHTS, "FILE", "AlexNet, for --lpips.")] = None,
    fid_weights: Annotated[Path | None, _option(_WEIGHTS, "FILE", "Inception, for --fid, --inception-score.")] = None,
    download: Annotated[bool, _flag("--download", "Download weights that are missing.", _WEIGHTS)] = False,
    device: Annotated[
        str | None, _option(_RUN, "NAME", "Where networks run: auto, cpu, cuda, cuda:1, mps.", "auto")
    ] = None,
    workers: Annotated[int | None, _option(_RUN, "N", "Processes that score.", "one per core")] = None,
    check: Annotated[Path | None, _option(_RUN, "FILE", "Repeat the evaluation of a JSON report, and compare.")] = None,
    by_border: Annotated[
        bool, _flag("--by-border", "Split classes by whether holes come near the border.", _REPORTS)
    ] = False,
    csv: Annotated[Path | None, _option(_REPORTS, "FILE", "Figures of every image as CSV.")] = None,
    json: Annotated[Path | None, _option(_REPORTS, "FILE", "All figures, and how to repeat them, as JSON.")] = None,
    markdown: Annotated[Path | None, _option(_REPORTS, "FILE", "The tables in Markdown.")] = None,
    latex: Annotated[Path | None, _option(_REPORTS, "FILE", "The tables in LaTeX.")] = None,
    html: Annotated[
        Path | None, _option(_REPORTS, "FILE", "A page with tables, charts, worst and best images.")
    ] = None,
    overwrite: Annotated[bool, _flag("--overwrite", "Replace reports that exist.", _REPORTS)] = False,
    votes: Annotated[bool, _flag("--votes", "Write two RESULTS as blind pairs into --out.", _VOTES)] = False,
    count: Annotated[list[Path] | None, _option(_VOTES, "FILE", "Count the answers of one judge or several.")] = None,
    key: Annotated[
        Path | None, _option(_VOTES, "FILE", "The key, which says what A and B are.", "OUT-key.json")
    ] = None,
) -> None:
    """Measure results against the truth, by hole ratio, for the whole image, the hole, and the band at its edge.

    Files are paired by relative path and stem; several folders are compared.

    [bold]pconv eval RESULTS --gt GT --masks MASKS[/]

    Without RESULTS, masks are drawn, every method fills them, and the results are scored.

    [bold]pconv eval --methods pconv,telea --images FOLDER[/]

    With --votes, two folders become pairs to vote on; --count counts the answers.

    [bold]pconv eval --votes A B --out SHEETS[/]
    """
    given: dict[str, Any] = {**locals(), "results": tuple(results or ()), "count": tuple(count or ())}
    metrics = tuple(metric for metric in Metric if given.pop(metric))
    reports = ReportFiles(**{name: given.pop(name) for name in ReportFiles._fields})
    status = run(EvalRequest(metrics=metrics, reports=reports, **given))
    if status:
        raise typer.Exit(status)
