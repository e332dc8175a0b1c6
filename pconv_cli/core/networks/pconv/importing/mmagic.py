"""open-mmlab/mmagic (mmediting before), its PConv.

Seven levels; its layer is ours. Images are BGR in [-1, 1]: the order of channels goes into the kernels of the first
and last level, the range cannot, since a constant on valid pixels alone is not a convolution, so it stays in the spec.
"""

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
    values = read_pickle(path, "state_dict")
    checkpoint = Checkpoint(path, values)
    checkpoint.drop(name for name in values if name.startswith("loss_percep."))  # VGG16 of the loss
    made = Assembly(ModelSpec(checkpoint.width("generator.encoder.enc1.conv.weight"), 7, values="signed"))
    for name, side, number, level in levels_of(made.spec):
        theirs, shape = f"generator.{side}oder.{side}{number}", kernel_shape(level)
        weight = checkpoint.take(f"{theirs}.conv.weight", shape)
        checkpoint.take_ones(f"{theirs}.conv.weight_mask_updater", shape)
        bias = None if level.batch_norm else checkpoint.take(f"{theirs}.conv.bias", shape[:1])
        if number == 1:  # the image is the whole input of the encoder's, and the last three channels of the decoder's
            weight[:, -3:] = weight[:, -3:].flip(1)
            if side == "dec" and bias is not None:
                weight, bias = weight.flip(0), bias.flip(0)
        made.put(name, weight, bias, checkpoint.take_norm(f"{theirs}.bn", shape[0]) if level.batch_norm else None)
    checkpoint.close("mmagic")
    return made.build()
