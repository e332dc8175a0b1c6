"""naoto0804/pytorch-inpainting-with-partial-conv, ``1000000.pth``.

Seven levels. Its layer is conv(x*m, W) / s + b, so that W = W_theirs / N here. Images are normalised by ImageNet's
mean and deviation, and its output is turned back by them.
"""

import math
from pathlib import Path

from pconv_cli.core.importing.checkpoint import Checkpoint
from pconv_cli.core.importing.reading import read_pickle
from pconv_cli.core.networks.pconv.importing.assembly import Assembly, kernel_shape, levels_of
from pconv_cli.core.networks.pconv.spec import ModelSpec
from pconv_cli.core.networks.pconv.unet import PConvUNet


def read(path: Path) -> PConvUNet:
    """Read a checkpoint of this family.

    Raises:
        ModelError: The file cannot be read, or is not as this family has it.
    """
    checkpoint = Checkpoint(path, read_pickle(path, "model"))
    made = Assembly(ModelSpec(checkpoint.width("enc_1.conv.input_conv.weight"), 7, values="imagenet"))
    for name, side, number, level in levels_of(made.spec):
        theirs, shape = f"{side}_{number}", kernel_shape(level)
        weight = checkpoint.take(f"{theirs}.conv.input_conv.weight", shape) / math.prod(shape[1:])
        checkpoint.take_ones(f"{theirs}.conv.mask_conv.weight", shape)
        bias = checkpoint.take(f"{theirs}.conv.input_conv.bias", shape[:1]) if theirs == "dec_1" else None
        made.put(name, weight, bias, checkpoint.take_norm(f"{theirs}.bn", shape[0]) if level.batch_norm else None)
    checkpoint.close("naoto0804")
    return made.build()
