"""pconv: restore folders of damaged images by partial convolutions (Liu et al., ECCV 2018).

The names below are the public API. Each is imported at its first use, so that ``import pconv_cli`` costs nothing.

    from pconv_cli import inpaint, inpaint_folder

    restored = inpaint(image, hole)  # True = hole, as in scikit-image and OpenCV
    report = inpaint_folder("in", "m", "out")

What computes on floats inside (`make_backend`, `PConvUNet`, the losses) takes the paper's masks: True or 1 = valid.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pconv_cli.api import inpaint
    from pconv_cli.core.losses import InpaintingLoss, LossWeights
    from pconv_cli.core.networks.pconv.partial_conv import PartialConv2d
    from pconv_cli.core.networks.pconv.spec import ModelSpec
    from pconv_cli.core.networks.pconv.unet import PConvUNet
    from pconv_cli.core.vgg import VGG16Features, load_vgg
    from pconv_cli.core.weights import load_weights, save_weights
    from pconv_cli.errors import PconvError
    from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
    from pconv_cli.evaluation.metrics.names import Metric
    from pconv_cli.files.formats import ImageFormat
    from pconv_cli.files.masks.polarity import Polarity
    from pconv_cli.jobs.folder import inpaint_folder
    from pconv_cli.jobs.options import InpaintOptions
    from pconv_cli.jobs.variants.run import VariantOptions, inpaint_variants
    from pconv_cli.masks.generate.batch import GenerateOptions, generate_masks
    from pconv_cli.masks.generate.drawing import draw_mask
    from pconv_cli.masks.kinds import MaskKind
    from pconv_cli.methods.backends import make_backend
    from pconv_cli.methods.names import Method
    from pconv_cli.methods.options import FillOptions
    from pconv_cli.training.options import TrainOptions
    from pconv_cli.training.presets import Phase
    from pconv_cli.training.trainer import train

__version__ = "0.1.0"

__all__ = [
    "EvalOptions",
    "FillOptions",
    "GenerateOptions",
    "ImageFormat",
    "InpaintOptions",
    "InpaintingLoss",
    "LossWeights",
    "MaskKind",
    "Method",
    "Metric",
    "ModelSpec",
    "PConvUNet",
    "PartialConv2d",
    "PconvError",
    "Phase",
    "Polarity",
    "TrainOptions",
    "VGG16Features",
    "VariantOptions",
    "__version__",
    "draw_mask",
    "evaluate",
    "generate_masks",
    "inpaint",
    "inpaint_folder",
    "inpaint_variants",
    "load_vgg",
    "load_weights",
    "make_backend",
    "save_weights",
    "train",
]

# The module in which each name lives.
_HOMES = {
    "EvalOptions": "evaluation.evaluator",
    "FillOptions": "methods.options",
    "GenerateOptions": "masks.generate.batch",
    "InpaintOptions": "jobs.options",
    "InpaintingLoss": "core.losses",
    "LossWeights": "core.losses",
    "MaskKind": "masks.kinds",
    "Method": "methods.names",
    "Metric": "evaluation.metrics.names",
    "ModelSpec": "core.networks.pconv.spec",
    "PConvUNet": "core.networks.pconv.unet",
    "PartialConv2d": "core.networks.pconv.partial_conv",
    "PconvError": "errors",
    "Phase": "training.presets",
    "ImageFormat": "files.formats",
    "Polarity": "files.masks.polarity",
    "TrainOptions": "training.options",
    "VGG16Features": "core.vgg",
    "VariantOptions": "jobs.variants.run",
    "draw_mask": "masks.generate.drawing",
    "evaluate": "evaluation.evaluator",
    "generate_masks": "masks.generate.batch",
    "inpaint": "api",
    "inpaint_folder": "jobs.folder",
    "inpaint_variants": "jobs.variants.run",
    "load_vgg": "core.vgg",
    "load_weights": "core.weights",
    "make_backend": "methods.backends",
    "save_weights": "core.weights",
    "train": "training.trainer",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
