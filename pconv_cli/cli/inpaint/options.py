"""The options of `pconv inpaint` as the command line shows them, in the order of its help."""

from pathlib import Path
from typing import Annotated

import typer

from pconv_cli.cli.paths import input_path, named_input, output_path
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.masks.polarity import OPAQUE, THRESHOLD, Polarity
from pconv_cli.files.retouch.names import Retouch, Show
from pconv_cli.methods.names import TEXTURE, TILE, Method, Precision

_MASKS = "Masks"
_METHOD = "Method"
_OUTPUT = "Output"
_RUN = "Run"

ImagesArgument = Annotated[
    Path,
    typer.Argument(metavar="IN", parser=input_path, help="Folder of images, or one image.", show_default=False),
]
MasksOption = Annotated[
    str,
    typer.Option(
        metavar="M|alpha",
        parser=named_input,
        help="Folder of masks, one mask for all, annotations (LabelMe, COCO, SVG ...), or [bold]alpha[/]: each "
        "image's own transparency.",
        show_default=False,
        rich_help_panel=_MASKS,
    ),
]
TargetOption = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="OUT",
        parser=output_path,
        help="Folder to write to; for one image also a file.",
        show_default=False,
        rich_help_panel=_OUTPUT,
    ),
]
MethodOption = Annotated[
    Method,
    typer.Option(metavar="NAME", help=f"How holes are filled: {', '.join(Method)}.", rich_help_panel=_METHOD),
]
TextureOption = Annotated[
    float | None,
    typer.Option(
        metavar="0..1",
        help="How much comes from the image's own patches: 0 nothing, 0.5 all texture, 1 everything. "
        "Above 0, thin holes are filled along edges, without the method.  "
        f"[dim]\\[default: {TEXTURE} for pconv, else 0][/]",
        rich_help_panel=_METHOD,
    ),
]
SeedOption = Annotated[
    int,
    typer.Option(
        metavar="N",
        help="Another seed gives other texture, and other fills of a diffusion network.",
        rich_help_panel=_METHOD,
    ),
]
PatchTurnsOption = Annotated[
    bool,
    typer.Option(
        "--patch-turns",
        help="Turn and mirror patches, too, as ornaments repeat.",
        rich_help_panel=_METHOD,
    ),
]
StepsOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Steps of a diffusion network (repaint): more take longer.  [dim]\\[default: its weights' own][/]",
        show_default=False,
        rich_help_panel=_METHOD,
    ),
]
VariantsOption = Annotated[
    int | None,
    typer.Option(
        metavar="2-16",
        help="N fills of each image, by seeds from --seed on, in OUT/variant-1 ..., and a sheet of each to "
        "choose from in OUT/sheets.",
        rich_help_panel=_METHOD,
    ),
]
WeightsOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|PATH",
        help="Weights of pconv, or another project's network: LaMa or MI-GAN in TorchScript or ONNX.",
        rich_help_panel=_METHOD,
    ),
]
TrustOption = Annotated[
    bool,
    typer.Option("--trust", help="Run weights that are a program (TorchScript).", rich_help_panel=_METHOD),
]
ForeignOption = Annotated[
    str | None,
    typer.Option(
        metavar="KEY=VALUE,...",
        help="How another project's network is used, where that is not found: polarity, range, order, size, multiple.",
        rich_help_panel=_METHOD,
    ),
]
AdaptOption = Annotated[
    int | None,
    typer.Option(
        metavar="STEPS",
        help="First fine-tune the weights on the undamaged parts of these images; kept in OUT.",
        rich_help_panel=_METHOD,
    ),
]
DeviceOption = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.", rich_help_panel=_METHOD)]
PrecisionOption = Annotated[
    Precision,
    typer.Option(
        metavar="NAME",
        help="float32, bfloat16, float16 (GPUs), or auto: bfloat16 where the hardware has it and the weights stand "
        "on the pyramid, else float32.",
        rich_help_panel=_METHOD,
    ),
]
CompileOption = Annotated[
    bool,
    typer.Option(
        "--compile/--no-compile",
        help="Compile parts of pconv by torch.compile: for GPUs and large folders; the first run starts slowly.",
        rich_help_panel=_METHOD,
    ),
]
TileOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Largest side of the windows that pconv runs on; an image of up to six such windows with holes all over "
        f"may be one  [dim]\\[default: {TILE}][/]",
        rich_help_panel=_METHOD,
    ),
]
OverlapOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Pixels that the largest windows share  [dim]\\[default: tile / 4][/]",
        rich_help_panel=_METHOD,
    ),
]
MaskPolarityOption = Annotated[Polarity, typer.Option(help="Colour of the hole in mask files.", rich_help_panel=_MASKS)]
ThresholdOption = Annotated[
    int | None,
    typer.Option(
        metavar="1-255",
        help="Value from which a mask is white, or with --masks alpha a pixel opaque  "
        f"[dim]\\[default: {THRESHOLD}] \\[by alpha: {OPAQUE}][/]",
        rich_help_panel=_MASKS,
    ),
]
DilateOption = Annotated[int, typer.Option(metavar="PX", help="Grow the holes first.", rich_help_panel=_MASKS)]
MaskPatternOption = Annotated[
    str | None,
    typer.Option(
        metavar="PATTERN",
        help="How masks are named, if not like their images: '{stem}-mask' pairs A4.jpg with A4-mask.png, "
        "and '{stem}-{page}' page 3 of book.tif with book-3.png.",
        show_default=False,
        rich_help_panel=_MASKS,
    ),
]
AllowLargeHolesOption = Annotated[
    bool,
    typer.Option("--allow-large-holes", help="Accept masks of more than 70 % hole.", rich_help_panel=_MASKS),
]
RgbOption = Annotated[
    str | None,
    typer.Option(
        metavar="R,G,B",
        help="Bands seen as red, green and blue, in images of more than four channels; without it, each is filled "
        "on its own.",
        show_default=False,
        rich_help_panel=_OUTPUT,
    ),
]
CmykToRgbOption = Annotated[
    bool,
    typer.Option(
        "--cmyk-to-rgb", help="Convert CMYK images to sRGB instead of refusing them.", rich_help_panel=_OUTPUT
    ),
]
KindOption = Annotated[
    ImageFormat | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help=f"Format to write: {', '.join(ImageFormat)}; without it, each image's own.",
        rich_help_panel=_OUTPUT,
    ),
]
MaxMegapixelsOption = Annotated[
    int,
    typer.Option(
        metavar="N",
        help="Largest image that is decoded as a whole; a large TIFF is read in windows.",
        rich_help_panel=_OUTPUT,
    ),
]
OverwriteOption = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace outputs that exist instead of skipping them.", rich_help_panel=_OUTPUT),
]
FailFastOption = Annotated[
    bool, typer.Option("--fail-fast", help="Stop at the first image that fails.", rich_help_panel=_RUN)
]
ResumeOption = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Make outputs again whose image, mask, weights or options have changed.",
        rich_help_panel=_OUTPUT,
    ),
]
ShardOption = Annotated[
    str | None,
    typer.Option(metavar="I/N", help="Do part I of N, such as 1/4, for job arrays.", rich_help_panel=_RUN),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be done, and write nothing.", rich_help_panel=_RUN)
]
ProfileOption = Annotated[
    bool, typer.Option("--profile", help="Show where time and memory went.", rich_help_panel=_RUN)
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.html",
        help="Write one page with every image before and after, to look at in a browser.",
        show_default=False,
        rich_help_panel=_OUTPUT,
    ),
]
ProvenanceOption = Annotated[
    bool,
    typer.Option(
        "--provenance/--no-provenance",
        help="Say in the XMP of restored files how they were restored.",
        rich_help_panel=_OUTPUT,
    ),
]
RetouchOption = Annotated[
    Retouch | None,
    typer.Option(
        metavar="layer",
        help="Write the fills as a layer of their own beside each file: transparent elsewhere.",
        show_default=False,
        rich_help_panel=_OUTPUT,
    ),
]
ShowOption = Annotated[
    Show | None,
    typer.Option(
        metavar="NAME",
        help=f"Write a display copy beside each file that shows the fills: {', '.join(Show)}.",
        show_default=False,
        rich_help_panel=_OUTPUT,
    ),
]
ConfidenceOption = Annotated[
    bool,
    typer.Option(
        "--confidence",
        help="Write a map of how sure the fills are beside each file; takes about 3 times as long.",
        rich_help_panel=_OUTPUT,
    ),
]
C2paCertOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.pem",
        help="Sign restored files by C2PA with this certificate (its chain in PEM).",
        show_default=False,
        rich_help_panel=_OUTPUT,
    ),
]
C2paKeyOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.pem",
        help="The private key of --c2pa-cert.",
        show_default=False,
        rich_help_panel=_OUTPUT,
    ),
]
LeaveWiderOption = Annotated[
    int | None,
    typer.Option(
        metavar="PX",
        help="Leave losses wider than PX unfilled, in a neutral tone; widths as in losses.csv.",
        show_default=False,
        rich_help_panel=_METHOD,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the report as JSON to stdout.", rich_help_panel=_RUN)]
