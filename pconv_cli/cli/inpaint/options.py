"""The options of `pconv inpaint` as the command line shows them, in the order of its help."""

from pathlib import Path
from typing import Annotated

import typer

from pconv_cli.cli.options import panel_option
from pconv_cli.files.formats import ImageFormat
from pconv_cli.files.masks.polarity import OPAQUE, THRESHOLD, Polarity
from pconv_cli.files.retouch.names import Retouch, Show
from pconv_cli.methods.names import TEXTURE, TILE, Method, Precision

_MASKS, _OUTPUT, _IMAGES = "Masks", "Output", "Images that are read"
_METHOD, _NETWORK, _RUN = "Method", "Network", "Run"

ImagesArgument = Annotated[
    Path, typer.Argument(metavar="IN", parser=Path, help="Folder of images, or one image.", show_default=False)
]

MasksOption = Annotated[
    str,
    panel_option(
        _MASKS,
        "Folder of masks, one mask for all, annotations (LabelMe, COCO, SVG ...), or [bold]alpha[/]: each image's own "
        "transparency.",
        metavar="M|alpha",
    ),
]
MaskPolarityOption = Annotated[Polarity, panel_option(_MASKS, "Colour of the hole in mask files.")]
ThresholdOption = Annotated[
    int | None,
    panel_option(
        _MASKS,
        "Value from which a mask is white, or with --masks alpha a pixel opaque.",
        metavar="1-255",
        default=f"{THRESHOLD}; with alpha {OPAQUE}",
    ),
]
DilateOption = Annotated[int, panel_option(_MASKS, "Grow the holes first.", metavar="PX")]
MaskPatternOption = Annotated[
    str | None,
    panel_option(
        _MASKS,
        "How masks are named, if not like their images: '{stem}-mask' pairs A4.jpg with A4-mask.png, '{stem}-{page}' "
        "pairs page 3 of book.tif with book-3.png.",
        metavar="PATTERN",
    ),
]
AllowLargeHolesOption = Annotated[
    bool, panel_option(_MASKS, "Accept masks of more than 70 % hole.", "--allow-large-holes")
]

TargetOption = Annotated[
    Path,
    panel_option(_OUTPUT, "Folder to write to; for one image also a file.", "--out", metavar="OUT", parser=Path),
]
KindOption = Annotated[
    ImageFormat | None,
    panel_option(
        _OUTPUT, f"Format to write: {', '.join(ImageFormat)}.", "--format", metavar="NAME", default="each image's own"
    ),
]
OverwriteOption = Annotated[
    bool, panel_option(_OUTPUT, "Replace existing outputs instead of skipping them.", "--overwrite")
]
ResumeOption = Annotated[
    bool, panel_option(_OUTPUT, "Redo outputs whose image, mask, weights or options have changed.", "--resume")
]
ReportOption = Annotated[
    Path | None, panel_option(_OUTPUT, "Write a page that shows every image before and after.", metavar="FILE.html")
]
ConfidenceOption = Annotated[
    bool,
    panel_option(
        _OUTPUT, "Beside each file, write a map of how sure its fills are; takes about 3 times as long.", "--confidence"
    ),
]
RetouchOption = Annotated[
    Retouch | None,
    panel_option(_OUTPUT, "Beside each file, write its fills as a layer, transparent elsewhere.", metavar="layer"),
]
ShowOption = Annotated[
    Show | None,
    panel_option(
        _OUTPUT, f"Beside each file, write a display copy that marks its fills: {', '.join(Show)}.", metavar="NAME"
    ),
]
ProvenanceOption = Annotated[
    bool, panel_option(_OUTPUT, "Say in each file's XMP how it was restored.", "--provenance/--no-provenance")
]
C2paCertOption = Annotated[
    Path | None,
    panel_option(_OUTPUT, "Sign restored files by C2PA with this certificate (its chain in PEM).", metavar="FILE.pem"),
]
C2paKeyOption = Annotated[Path | None, panel_option(_OUTPUT, "The private key of --c2pa-cert.", metavar="FILE.pem")]

RgbOption = Annotated[
    str | None,
    panel_option(
        _IMAGES,
        "With more than four channels: the bands that are red, green and blue, filled together.",
        metavar="R,G,B",
        default="each band on its own",
    ),
]
CmykToRgbOption = Annotated[
    bool, panel_option(_IMAGES, "Convert CMYK to sRGB instead of refusing it.", "--cmyk-to-rgb")
]
MaxMegapixelsOption = Annotated[
    int, panel_option(_IMAGES, "Largest image decoded as a whole; larger TIFFs are read in windows.", metavar="N")
]

MethodOption = Annotated[Method, panel_option(_METHOD, f"How holes are filled: {', '.join(Method)}.", metavar="NAME")]
TextureOption = Annotated[
    float | None,
    panel_option(
        _METHOD,
        "How much comes from the image's own patches: 0 nothing, 0.5 all texture, 1 everything. Above 0, thin holes "
        "are filled along edges instead of by the method.",
        metavar="0..1",
        default=f"{TEXTURE} for pconv, else 0",
    ),
]
PatchTurnsOption = Annotated[
    bool, panel_option(_METHOD, "Also use patches turned and mirrored, as ornaments repeat.", "--patch-turns")
]
SeedOption = Annotated[
    int,
    panel_option(_METHOD, "Another seed gives other texture, and other fills of a diffusion network.", metavar="N"),
]
VariantsOption = Annotated[
    int | None,
    panel_option(
        _METHOD,
        "Fill each image N times, by seeds from --seed on, into OUT/variant-1 ...; OUT/sheets shows them to choose "
        "from.",
        metavar="2-16",
    ),
]
LeaveWiderOption = Annotated[
    int | None,
    panel_option(
        _METHOD,
        "Leave losses wider than PX unfilled, in a neutral tone; widths as in losses.csv of pconv report.",
        metavar="PX",
    ),
]

WeightsOption = Annotated[
    str | None,
    panel_option(
        _NETWORK,
        "Weights of pconv, or another project's network: LaMa or MI-GAN in TorchScript or ONNX.",
        metavar="NAME|PATH",
        default="photo",
    ),
]
TrustOption = Annotated[bool, panel_option(_NETWORK, "Run weights that are a program (TorchScript).", "--trust")]
ForeignOption = Annotated[
    str | None,
    panel_option(
        _NETWORK,
        "How to use another project's network that pconv does not know: polarity, range, order, size, multiple.",
        metavar="KEY=VALUE,...",
    ),
]
AdaptOption = Annotated[
    int | None,
    panel_option(
        _NETWORK, "First fine-tune the weights on the undamaged parts of these images; OUT keeps them.", metavar="STEPS"
    ),
]
StepsOption = Annotated[
    int | None,
    panel_option(
        _NETWORK, "Steps of a diffusion network (repaint); more take longer.", metavar="N", default="its weights' own"
    ),
]
DeviceOption = Annotated[str, panel_option(_NETWORK, "auto, cpu, cuda, cuda:1, mps.", metavar="NAME")]
PrecisionOption = Annotated[
    Precision,
    panel_option(
        _NETWORK,
        "float32, bfloat16, float16 (GPUs), or auto: bfloat16 where hardware and weights suit it, else float32.",
        metavar="NAME",
    ),
]
CompileOption = Annotated[
    bool,
    panel_option(
        _NETWORK,
        "Compile parts of pconv by torch.compile: for GPUs and large folders. The first run starts slowly.",
        "--compile/--no-compile",
    ),
]
TileOption = Annotated[
    int | None,
    panel_option(
        _NETWORK,
        "Largest side of the windows that pconv runs on. An image of up to six such windows with holes all over may "
        "be one.",
        metavar="N",
        default=str(TILE),
    ),
]
OverlapOption = Annotated[
    int | None, panel_option(_NETWORK, "Pixels that the largest windows share.", metavar="N", default="tile / 4")
]

DryRunOption = Annotated[bool, panel_option(_RUN, "Print what would be done, and write nothing.", "--dry-run")]
FailFastOption = Annotated[bool, panel_option(_RUN, "Stop at the first image that fails.", "--fail-fast")]
ShardOption = Annotated[str | None, panel_option(_RUN, "Do part I of N, such as 1/4, for job arrays.", metavar="I/N")]
ProfileOption = Annotated[bool, panel_option(_RUN, "Show where time and memory went.", "--profile")]
JsonOption = Annotated[bool, panel_option(_RUN, "Print the report as JSON to stdout.", "--json")]
