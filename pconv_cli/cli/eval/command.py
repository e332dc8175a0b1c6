"""``pconv eval``: score results against the truth, or fill images by several methods and score those."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pconv_cli.cli.eval.request import EvalRequest, ReportFiles
from pconv_cli.cli.eval.runs import run
from pconv_cli.cli.options import panel_option
from pconv_cli.evaluation.metrics.names import BAND, Metric
from pconv_cli.files.masks.polarity import Polarity

_FOLDERS = "Scoring folders of results"
_METHODS = "Comparing methods (without RESULTS)"
_METRICS = "Metrics (none named: PSNR, SSIM, L1, MSE, TV)"
_WEIGHTS = "Weights of the metrics' networks"
_RUN = "Run"
_REPORTS = "Reports (FILE, or - for standard output)"
_VOTES = "Voting (pconv eval --votes A B --out SHEETS, then --count ANSWERS)"


def evaluate(
    results: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RESULTS",
            parser=Path,
            help="Folders of results, or one result; without any, methods are compared.",
        ),
    ] = None,
    gt: Annotated[Path | None, panel_option(_FOLDERS, "The true images.", metavar="FOLDER")] = None,
    masks: Annotated[Path | None, panel_option(_FOLDERS, "The masks, or one for all.", metavar="FOLDER")] = None,
    mask_polarity: Annotated[
        Polarity | None,
        panel_option(_FOLDERS, "Colour of the hole in mask files.", metavar="white|black", default=Polarity.WHITE),
    ] = None,
    names: Annotated[str | None, panel_option(_FOLDERS, "Names of the folders in tables.", metavar="A,B,C")] = None,
    allow_missing: Annotated[
        bool, panel_option(_FOLDERS, "Skip results, truths and masks without a partner.", "--allow-missing")
    ] = False,
    methods: Annotated[
        str | None,
        panel_option(
            _METHODS,
            "Methods, and networks by their weights: pconv,telea,gated=run/weights.safetensors.",
            metavar="NAMES",
            default="all but the slow patchmatch",
        ),
    ] = None,
    images: Annotated[
        Path | None, panel_option(_METHODS, "Undamaged images.", metavar="FOLDER", default="scikit-image's samples")
    ] = None,
    weights: Annotated[
        str | None, panel_option(_METHODS, "Weights of pconv, or another project's network.", metavar="NAME|PATH")
    ] = None,
    trust: Annotated[bool, panel_option(_METHODS, "Run weights that are a program (TorchScript).", "--trust")] = False,
    foreign: Annotated[
        str | None, panel_option(_METHODS, "How to use another project's network.", metavar="KEY=VALUE,...")
    ] = None,
    seed: Annotated[int | None, panel_option(_METHODS, "Seed of the masks.", metavar="N", default=0)] = None,
    out: Annotated[
        Path | None,
        panel_option(
            _METHODS,
            "Keep truths, masks and results in a folder; with --votes, the sheets.",
            metavar="FOLDER",
            parser=Path,
        ),
    ] = None,
    psnr: Annotated[bool, panel_option(_METRICS, "Peak signal-to-noise ratio, dB.", "--psnr")] = False,
    ssim: Annotated[bool, panel_option(_METRICS, "Structural similarity.", "--ssim")] = False,
    ms_ssim: Annotated[bool, panel_option(_METRICS, "Structural similarity at five scales.", "--ms-ssim")] = False,
    l1: Annotated[bool, panel_option(_METRICS, "Mean absolute difference, %.", "--l1")] = False,
    mse: Annotated[bool, panel_option(_METRICS, "Mean squared difference.", "--mse")] = False,
    tv: Annotated[bool, panel_option(_METRICS, "Total variation in and at the hole.", "--tv")] = False,
    texture: Annotated[
        bool, panel_option(_METRICS, "Local contrast deep in the hole, fill / truth.", "--texture")
    ] = False,
    rim: Annotated[bool, panel_option(_METRICS, "Step across the hole's edge, fill / truth.", "--rim")] = False,
    hue: Annotated[bool, panel_option(_METRICS, "Shift of the hole's mean colour towards a hue.", "--hue")] = False,
    perceptual: Annotated[bool, panel_option(_METRICS, "Distance of VGG16 features.", "--perceptual")] = False,
    style: Annotated[bool, panel_option(_METRICS, "Distance of VGG16 Gram matrices.", "--style")] = False,
    loss: Annotated[bool, panel_option(_METRICS, "The paper's total loss (VGG16).", "--loss")] = False,
    lpips: Annotated[bool, panel_option(_METRICS, "LPIPS on AlexNet.", "--lpips")] = False,
    lpips_vgg: Annotated[bool, panel_option(_METRICS, "LPIPS on VGG16.", "--lpips-vgg")] = False,
    fid: Annotated[bool, panel_option(_METRICS, "Frechet distance of Inception features.", "--fid")] = False,
    inception_score: Annotated[bool, panel_option(_METRICS, "Inception score.", "--inception-score")] = False,
    band: Annotated[
        int | None, panel_option(_METRICS, "Half the width of the band at the edge.", metavar="PX", default=BAND)
    ] = None,
    vgg: Annotated[
        Path | None, panel_option(_WEIGHTS, "VGG16, for --perceptual, --style, --loss, --lpips-vgg.", metavar="FILE")
    ] = None,
    lpips_weights: Annotated[Path | None, panel_option(_WEIGHTS, "AlexNet, for --lpips.", metavar="FILE")] = None,
    fid_weights: Annotated[
        Path | None, panel_option(_WEIGHTS, "Inception, for --fid, --inception-score.", metavar="FILE")
    ] = None,
    download: Annotated[bool, panel_option(_WEIGHTS, "Download weights that are missing.", "--download")] = False,
    device: Annotated[
        str | None,
        panel_option(_RUN, "Where networks run: auto, cpu, cuda, cuda:1, mps.", metavar="NAME", default="auto"),
    ] = None,
    workers: Annotated[
        int | None, panel_option(_RUN, "Processes that score.", metavar="N", default="one per core")
    ] = None,
    check: Annotated[
        Path | None, panel_option(_RUN, "Repeat the evaluation of a JSON report, and compare.", metavar="FILE")
    ] = None,
    by_border: Annotated[
        bool, panel_option(_REPORTS, "Split classes by whether holes come near the border.", "--by-border")
    ] = False,
    csv: Annotated[Path | None, panel_option(_REPORTS, "Figures of every image as CSV.", metavar="FILE")] = None,
    json: Annotated[
        Path | None, panel_option(_REPORTS, "All figures, and how to repeat them, as JSON.", metavar="FILE")
    ] = None,
    markdown: Annotated[Path | None, panel_option(_REPORTS, "The tables in Markdown.", metavar="FILE")] = None,
    latex: Annotated[Path | None, panel_option(_REPORTS, "The tables in LaTeX.", metavar="FILE")] = None,
    html: Annotated[
        Path | None, panel_option(_REPORTS, "A page with tables, charts, worst and best images.", metavar="FILE")
    ] = None,
    overwrite: Annotated[bool, panel_option(_REPORTS, "Replace reports that exist.", "--overwrite")] = False,
    votes: Annotated[bool, panel_option(_VOTES, "Write two RESULTS as blind pairs into --out.", "--votes")] = False,
    count: Annotated[
        list[Path] | None, panel_option(_VOTES, "Count the answers of one judge or several.", metavar="FILE")
    ] = None,
    key: Annotated[
        Path | None,
        panel_option(_VOTES, "The key, which says what A and B are.", metavar="FILE", default="OUT-key.json"),
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
