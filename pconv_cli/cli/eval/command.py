"""``pconv eval``: score results against the truth, or fill images by several methods and score those."""

from typing import Any

import typer

from pconv_cli.cli.eval import options as typed
from pconv_cli.cli.eval.request import EvalRequest, ReportFiles
from pconv_cli.cli.eval.runs import run
from pconv_cli.cli.options import error_as_json
from pconv_cli.evaluation.metrics.names import Metric


@error_as_json
def evaluate(
    results: typed.ResultsArgument = None,
    gt: typed.GtOption = None,
    masks: typed.MasksOption = None,
    mask_polarity: typed.MaskPolarityOption = None,
    names: typed.NamesOption = None,
    allow_missing: typed.AllowMissingOption = False,
    methods: typed.MethodsOption = None,
    images: typed.ImagesOption = None,
    weights: typed.WeightsOption = None,
    trust: typed.TrustOption = False,
    foreign: typed.ForeignOption = None,
    seed: typed.SeedOption = None,
    out: typed.OutOption = None,
    psnr: typed.PsnrOption = False,
    ssim: typed.SsimOption = False,
    ms_ssim: typed.MsSsimOption = False,
    l1: typed.L1Option = False,
    mse: typed.MseOption = False,
    tv: typed.TvOption = False,
    texture: typed.TextureOption = False,
    rim: typed.RimOption = False,
    hue: typed.HueOption = False,
    perceptual: typed.PerceptualOption = False,
    style: typed.StyleOption = False,
    loss: typed.LossOption = False,
    lpips: typed.LpipsOption = False,
    lpips_vgg: typed.LpipsVggOption = False,
    fid: typed.FidOption = False,
    inception_score: typed.InceptionScoreOption = False,
    band: typed.BandOption = None,
    vgg: typed.VggOption = None,
    lpips_weights: typed.LpipsWeightsOption = None,
    fid_weights: typed.FidWeightsOption = None,
    download: typed.DownloadOption = False,
    device: typed.DeviceOption = None,
    workers: typed.WorkersOption = None,
    check: typed.CheckOption = None,
    by_border: typed.ByBorderOption = False,
    csv: typed.CsvOption = None,
    json: typed.JsonOption = None,
    markdown: typed.MarkdownOption = None,
    latex: typed.LatexOption = None,
    html: typed.HtmlOption = None,
    overwrite: typed.OverwriteOption = False,
    votes: typed.VotesOption = False,
    count: typed.CountOption = None,
    key: typed.KeyOption = None,
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
