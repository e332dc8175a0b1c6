"""The options of `pconv eval` as the command line shows them, in the order of its help."""

from pathlib import Path
from typing import Annotated

import typer

from pconv_cli.cli.options import panel_option
from pconv_cli.evaluation.metrics.names import BAND
from pconv_cli.files.masks.polarity import Polarity

_FOLDERS = "Scoring folders of results"
_METHODS = "Comparing methods (without RESULTS)"
_METRICS = "Metrics (none named: PSNR, SSIM, L1, MSE, TV)"
_WEIGHTS = "Weights of the metrics' networks"
_RUN = "Run"
_REPORTS = "Reports (FILE, or - for standard output)"
_VOTES = "Voting (pconv eval --votes A B --out SHEETS, then --count ANSWERS)"

ResultsArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="RESULTS",
        parser=Path,
        help="Folders of results, or one result; without any, methods are compared.",
    ),
]
GtOption = Annotated[Path | None, panel_option(_FOLDERS, "The true images.", metavar="FOLDER")]
MasksOption = Annotated[Path | None, panel_option(_FOLDERS, "The masks, or one for all.", metavar="FOLDER")]
MaskPolarityOption = Annotated[
    Polarity | None,
    panel_option(_FOLDERS, "Colour of the hole in mask files.", metavar="white|black", default=Polarity.WHITE),
]
NamesOption = Annotated[str | None, panel_option(_FOLDERS, "Names of the folders in tables.", metavar="A,B,C")]
AllowMissingOption = Annotated[
    bool, panel_option(_FOLDERS, "Skip results, truths and masks without a partner.", "--allow-missing")
]
MethodsOption = Annotated[
    str | None,
    panel_option(
        _METHODS,
        "Methods, and networks by their weights: pconv,telea,gated=run/weights.safetensors.",
        metavar="NAMES",
        default="all but the slow patchmatch",
    ),
]
ImagesOption = Annotated[
    Path | None, panel_option(_METHODS, "Undamaged images.", metavar="FOLDER", default="scikit-image's samples")
]
WeightsOption = Annotated[
    str | None, panel_option(_METHODS, "Weights of pconv, or another project's network.", metavar="NAME|PATH")
]
TrustOption = Annotated[bool, panel_option(_METHODS, "Run weights that are a program (TorchScript).", "--trust")]
ForeignOption = Annotated[
    str | None, panel_option(_METHODS, "How to use another project's network.", metavar="KEY=VALUE,...")
]
SeedOption = Annotated[int | None, panel_option(_METHODS, "Seed of the masks.", metavar="N", default=0)]
OutOption = Annotated[
    Path | None,
    panel_option(
        _METHODS,
        "Keep truths, masks and results in a folder; with --votes, the sheets.",
        metavar="FOLDER",
        parser=Path,
    ),
]
PsnrOption = Annotated[bool, panel_option(_METRICS, "Peak signal-to-noise ratio, dB.", "--psnr")]
SsimOption = Annotated[bool, panel_option(_METRICS, "Structural similarity.", "--ssim")]
MsSsimOption = Annotated[bool, panel_option(_METRICS, "Structural similarity at five scales.", "--ms-ssim")]
L1Option = Annotated[bool, panel_option(_METRICS, "Mean absolute difference, %.", "--l1")]
MseOption = Annotated[bool, panel_option(_METRICS, "Mean squared difference.", "--mse")]
TvOption = Annotated[bool, panel_option(_METRICS, "Total variation in and at the hole.", "--tv")]
TextureOption = Annotated[bool, panel_option(_METRICS, "Local contrast deep in the hole, fill / truth.", "--texture")]
RimOption = Annotated[bool, panel_option(_METRICS, "Step across the hole's edge, fill / truth.", "--rim")]
HueOption = Annotated[bool, panel_option(_METRICS, "Shift of the hole's mean colour towards a hue.", "--hue")]
PerceptualOption = Annotated[bool, panel_option(_METRICS, "Distance of VGG16 features.", "--perceptual")]
StyleOption = Annotated[bool, panel_option(_METRICS, "Distance of VGG16 Gram matrices.", "--style")]
LossOption = Annotated[bool, panel_option(_METRICS, "The paper's total loss (VGG16).", "--loss")]
LpipsOption = Annotated[bool, panel_option(_METRICS, "LPIPS on AlexNet.", "--lpips")]
LpipsVggOption = Annotated[bool, panel_option(_METRICS, "LPIPS on VGG16.", "--lpips-vgg")]
FidOption = Annotated[bool, panel_option(_METRICS, "Frechet distance of Inception features.", "--fid")]
InceptionScoreOption = Annotated[bool, panel_option(_METRICS, "Inception score.", "--inception-score")]
BandOption = Annotated[
    int | None, panel_option(_METRICS, "Half the width of the band at the edge.", metavar="PX", default=BAND)
]
VggOption = Annotated[
    Path | None, panel_option(_WEIGHTS, "VGG16, for --perceptual, --style, --loss, --lpips-vgg.", metavar="FILE")
]
LpipsWeightsOption = Annotated[Path | None, panel_option(_WEIGHTS, "AlexNet, for --lpips.", metavar="FILE")]
FidWeightsOption = Annotated[
    Path | None, panel_option(_WEIGHTS, "Inception, for --fid, --inception-score.", metavar="FILE")
]
DownloadOption = Annotated[bool, panel_option(_WEIGHTS, "Download weights that are missing.", "--download")]
DeviceOption = Annotated[
    str | None,
    panel_option(_RUN, "Where networks run: auto, cpu, cuda, cuda:1, mps.", metavar="NAME", default="auto"),
]
WorkersOption = Annotated[int | None, panel_option(_RUN, "Processes that score.", metavar="N", default="one per core")]
CheckOption = Annotated[
    Path | None, panel_option(_RUN, "Repeat the evaluation of a JSON report, and compare.", metavar="FILE")
]
ByBorderOption = Annotated[
    bool, panel_option(_REPORTS, "Split classes by whether holes come near the border.", "--by-border")
]
CsvOption = Annotated[Path | None, panel_option(_REPORTS, "Figures of every image as CSV.", metavar="FILE")]
JsonOption = Annotated[
    Path | None, panel_option(_REPORTS, "All figures, and how to repeat them, as JSON.", metavar="FILE")
]
MarkdownOption = Annotated[Path | None, panel_option(_REPORTS, "The tables in Markdown.", metavar="FILE")]
LatexOption = Annotated[Path | None, panel_option(_REPORTS, "The tables in LaTeX.", metavar="FILE")]
HtmlOption = Annotated[
    Path | None, panel_option(_REPORTS, "A page with tables, charts, worst and best images.", metavar="FILE")
]
OverwriteOption = Annotated[bool, panel_option(_REPORTS, "Replace reports that exist.", "--overwrite")]
VotesOption = Annotated[bool, panel_option(_VOTES, "Write two RESULTS as blind pairs into --out.", "--votes")]
CountOption = Annotated[
    list[Path] | None, panel_option(_VOTES, "Count the answers of one judge or several.", metavar="FILE")
]
KeyOption = Annotated[
    Path | None,
    panel_option(_VOTES, "The key, which says what A and B are.", metavar="FILE", default="OUT-key.json"),
]
