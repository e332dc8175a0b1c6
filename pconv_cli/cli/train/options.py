"""The options of `pconv train` as the command line shows them, in the order of its help."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pconv_cli.cli.options import panel_option
from pconv_cli.files.masks.polarity import Polarity
from pconv_cli.training.options import Adversarial, Augmentation, Base, Loader, Precision, Schedule, TrainOptions
from pconv_cli.training.presets import Phase, Preset

# What options belong to, in the order in which help shows it.
_RUN, _DATA, _NETWORK = "Run", "Images and masks", "Network"
_COURSE, _LOSS, _ADVERSARIAL, _MACHINE = "Course", "Loss", "Adversarial term", "Machine"


def _field_option(panel: str, text: str, field: str, metavar: str) -> Any:
    """Make an option without a default of its own; help shows that of the field, which is the paper's."""
    value = TrainOptions.__dataclass_fields__[field].default
    usual = f"{value:g}" if isinstance(value, int | float) else value
    return panel_option(panel, text, metavar=metavar, default=usual)


DataArgument = Annotated[
    Path,
    typer.Argument(metavar="DATA", parser=Path, help="Folder of images, searched through.", show_default=False),
]

OutOption = Annotated[
    Path,
    typer.Option(metavar="FOLDER", help="Folder of the run: state, weights, metrics, samples.", rich_help_panel=_RUN),
]
PresetOption = Annotated[
    Preset | None,
    panel_option(
        _RUN,
        "Recipe for options that are not given: paper, dunhuang, icme or damaged.",
        default="damaged with --damage and --init, else paper",
        metavar="NAME",
    ),
]
PhaseOption = Annotated[
    Phase | None,
    _field_option(_RUN, "Train (fit), fine-tune (finetune), or both in a row.", "phase", "NAME"),
]
ResumeOption = Annotated[bool, panel_option(_RUN, "Go on with the run in --out.", "--resume")]

MasksOption = Annotated[
    Path | None, panel_option(_DATA, "Folder of masks; without it, masks are drawn.", metavar="FOLDER")
]
MaskTypeOption = Annotated[
    str | None, _field_option(_DATA, "Which masks are drawn: a type of `pconv masks gen`, or all.", "mask_kind", "TYPE")
]
MaskBankOption = Annotated[int | None, _field_option(_DATA, "How many different masks are drawn.", "mask_bank", "N")]
AugmentationOption = Annotated[
    Augmentation | None,
    _field_option(
        _DATA, "crop: scale, crop and mirror; icme: also turn, and jitter colours.", "augmentation", "crop|icme"
    ),
]
ValidationOption = Annotated[
    float | None, _field_option(_DATA, "Share of the images held out, 0 to 1.", "validation", "SHARE")
]
DamageOption = Annotated[
    Path | None,
    panel_option(
        _DATA, "Masks or annotations of damage in the images; the network never learns from it.", metavar="M|alpha"
    ),
]
MaskPolarityOption = Annotated[
    Polarity | None, _field_option(_DATA, "Colour of the damage in --damage.", "polarity", "white|black")
]
ThresholdOption = Annotated[
    int | None, _field_option(_DATA, "Value from which a mask of --damage is white.", "threshold", "1-255")
]
MaskPatternOption = Annotated[
    str | None, _field_option(_DATA, "How masks of --damage are named: '{stem}-mask'.", "mask_pattern", "PATTERN")
]
DilateOption = Annotated[int | None, _field_option(_DATA, "Grow the damage first.", "dilate", "PX")]

NetworkOption = Annotated[str | None, _field_option(_NETWORK, "Architecture; pconv is the paper's.", "network", "NAME")]
WidthOption = Annotated[
    int | None, panel_option(_NETWORK, "Channels of the first level.", metavar="N", default="the network's; pconv 64")
]
DepthOption = Annotated[int | None, panel_option(_NETWORK, "Levels.", metavar="N", default="the network's; pconv 8")]
BaseOption = Annotated[
    Base | None,
    panel_option(
        _NETWORK,
        "What the network adds to: none (the paper) or pyramid.",
        metavar="none|pyramid",
        default="the network's; pconv none",
    ),
]
NetworkOptionOption = Annotated[
    list[str] | None,
    panel_option(_NETWORK, "Any of the network's own options; may be given several times.", metavar="NAME=VALUE"),
]
InitOption = Annotated[
    str | None, panel_option(_NETWORK, "Weights to start from; they bring their network.", metavar="NAME|PATH")
]
WidenOption = Annotated[int | None, panel_option(_NETWORK, "Widen the network of --init to this width.", metavar="N")]

CropOption = Annotated[int | None, _field_option(_COURSE, "Side of the training crops.", "crop", "PX")]
BatchOption = Annotated[int | None, _field_option(_COURSE, "Images of a batch, in each process.", "batch", "N")]
AccumulateOption = Annotated[
    int | None, _field_option(_COURSE, "Batches of one step, whose gradients are averaged.", "accumulate", "N")
]
StepsOption = Annotated[
    int | None,
    panel_option(
        _COURSE,
        "Steps of the whole run; its last sixth fine-tunes.",
        default="the preset's; paper 500000 and 100000",
        metavar="N",
    ),
]
FinetuneStepsOption = Annotated[
    int | None, panel_option(_COURSE, "How many of these steps fine-tune, instead of a sixth; 0: none.", metavar="N")
]
MinutesOption = Annotated[
    float | None,
    panel_option(
        _COURSE,
        "Minutes of the whole run, instead of steps; its last sixth fine-tunes. --resume counts the time spent.",
        metavar="N",
    ),
]
LearningRateOption = Annotated[
    float | None, _field_option(_COURSE, "Adam's learning rate in the first phase.", "learning_rate", "RATE")
]
FinetuneLearningRateOption = Annotated[
    float | None, _field_option(_COURSE, "Adam's learning rate in the second phase.", "finetune_learning_rate", "RATE")
]
ScheduleOption = Annotated[
    Schedule | None,
    _field_option(
        _COURSE, "Course of the learning rate: constant (the paper), or cosine (down to 1 %).", "schedule", "NAME"
    ),
]
WarmupOption = Annotated[
    int | None,
    _field_option(_COURSE, "Steps over which the learning rate rises at the start of each phase.", "warmup", "N"),
]
ClipOption = Annotated[float | None, _field_option(_COURSE, "Largest norm of the gradient; 0: any.", "clip", "NORM")]
EmaOption = Annotated[
    float | None,
    _field_option(_COURSE, "Decay of the moving average that is saved; 0: the last weights.", "ema", "SHARE"),
]
SeedOption = Annotated[int | None, _field_option(_COURSE, "Seed of everything random.", "seed", "N")]

NoPerceptualOption = Annotated[
    bool,
    panel_option(_LOSS, "Leave out the perceptual and style terms; VGG16 is not needed then.", "--no-perceptual"),
]
PerceptualEveryOption = Annotated[
    int | None,
    _field_option(_LOSS, "Compute the perceptual and style terms at every N-th step only.", "perceptual_every", "N"),
]
VggOption = Annotated[
    Path | None,
    panel_option(
        _LOSS,
        "VGG16's weights, torchvision's file.",
        default="$PCONV_VGG16, else from `weights fetch-vgg`",
        metavar="FILE",
    ),
]
ValidWeightOption = Annotated[float | None, _field_option(_LOSS, "Weight of L_valid.", "valid_weight", "W")]
HoleWeightOption = Annotated[float | None, _field_option(_LOSS, "Weight of L_hole.", "hole_weight", "W")]
PerceptualWeightOption = Annotated[float | None, _field_option(_LOSS, "Weight of L_perc.", "perceptual_weight", "W")]
StyleWeightOption = Annotated[float | None, _field_option(_LOSS, "Weight of L_style.", "style_weight", "W")]
TvWeightOption = Annotated[float | None, _field_option(_LOSS, "Weight of L_tv.", "tv_weight", "W")]
SsimWeightOption = Annotated[float | None, _field_option(_LOSS, "Weight of 1 - SSIM.", "ssim_weight", "W")]
BlockingWeightOption = Annotated[
    float | None, _field_option(_LOSS, "Weight of L_block, against squares from the decoder.", "blocking_weight", "W")
]
ContrastWeightOption = Annotated[
    float | None,
    _field_option(_LOSS, "Weight of L_contrast, against specks and false colours.", "contrast_weight", "W"),
]
LatticeWeightOption = Annotated[
    float | None, _field_option(_LOSS, "Weight of L_lattice, against patterns of dots.", "lattice_weight", "W")
]
LossWeightOption = Annotated[
    list[str] | None,
    panel_option(_LOSS, "Weight of any term, by its name; may be given several times.", metavar="NAME=VALUE"),
]

AdversarialOption = Annotated[
    Adversarial | None,
    _field_option(
        _ADVERSARIAL,
        "Also learn against a discriminator: sn-patch (patches, hinge loss) or global-local (image and hole).",
        "adversarial",
        "NAME",
    ),
]
AdversarialWeightOption = Annotated[
    float | None,
    _field_option(_ADVERSARIAL, "Weight of the adversarial term beside the loss.", "adversarial_weight", "W"),
]
AdversarialWidthOption = Annotated[
    int | None, _field_option(_ADVERSARIAL, "Channels of the discriminator's first level.", "adversarial_width", "N")
]
AdversarialRateOption = Annotated[
    float | None,
    _field_option(
        _ADVERSARIAL, "The discriminator's learning rate, as a multiple of the network's.", "adversarial_rate", "RATIO"
    ),
]
AdversarialR1Option = Annotated[
    float | None,
    _field_option(_ADVERSARIAL, "Weight of R1 in the discriminator's loss; 0: none.", "adversarial_r1", "W"),
]
AdversarialAfterOption = Annotated[
    int | None,
    _field_option(
        _ADVERSARIAL, "Steps in which the discriminator learns before the term counts.", "adversarial_after", "N"
    ),
]

DeviceOption = Annotated[str | None, _field_option(_MACHINE, "auto, cpu, cuda, cuda:1, mps.", "device", "NAME")]
PrecisionOption = Annotated[
    Precision | None, _field_option(_MACHINE, "auto, float32, bfloat16 or float16.", "precision", "NAME")
]
CompileOption = Annotated[
    bool | None,
    panel_option(_MACHINE, "Compile the network by torch.compile.", "--compile/--no-compile"),
]
LoaderOption = Annotated[
    Loader | None,
    _field_option(
        _MACHINE,
        "What prepares batches: threads, processes or the device that trains; auto: device on CUDA, else threads.",
        "loader",
        "NAME",
    ),
]
WorkersOption = Annotated[
    int | None,
    panel_option(
        _MACHINE,
        "Threads or processes that prepare batches.",
        default="16 for a CUDA device, else 1",
        metavar="N",
    ),
]
CacheOption = Annotated[float | None, _field_option(_MACHINE, "Memory for decoded images.", "cache", "GiB")]
SyncBatchNormOption = Annotated[
    bool | None,
    panel_option(_MACHINE, "With torchrun on GPUs: one BatchNorm over all processes.", "--sync-batch-norm"),
]

SaveEveryOption = Annotated[int | None, _field_option(_RUN, "Steps between saved states.", "save_every", "N")]
ValidateEveryOption = Annotated[int | None, _field_option(_RUN, "Steps between validations.", "validate_every", "N")]
SampleEveryOption = Annotated[int | None, _field_option(_RUN, "Steps between sample grids.", "sample_every", "N")]
TensorboardOption = Annotated[
    bool | None,
    panel_option(_RUN, "Also write figures and samples for TensorBoard.", "--tensorboard/--no-tensorboard"),
]
