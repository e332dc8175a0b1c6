"""The U-Net of partial convolutions: architecture, engine, ONNX writer, importers of checkpoints."""

from pconv_cli.core.networks.pconv.engine import PConvEngine
from pconv_cli.core.networks.pconv.importing import FAMILIES
from pconv_cli.core.networks.pconv.onnx import write_onnx
from pconv_cli.core.networks.pconv.spec import ModelSpec, constants_of
from pconv_cli.core.networks.pconv.unet import PConvUNet
from pconv_cli.core.networks.registry import Architecture

ARCHITECTURE = Architecture(
    name="pconv",
    spec=ModelSpec,
    network=PConvUNet,
    stored="PConvUNet",
    constants=constants_of,
    engine=PConvEngine,
    onnx=write_onnx,
    families=FAMILIES,
)
