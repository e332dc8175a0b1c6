"""rizvi-ha/pconv-demo, ``pretrained_pconv.pth``, a network of tanimutomo/partialconv.

Seven levels, an eighth stored and never run; no BatchNorm, since the layer is made and never kept. The one bias is the
last level's, which is added before the product with N/s: (conv(x*m, W) + b) * N/s.
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
    checkpoint = Checkpoint(path, read_pickle(path, "model"))
    made = Assembly(ModelSpec(checkpoint.width("enc_1.conv.weight"), 7, batch_norm=False, head="ratio"))
    for name, side, number, level in levels_of(made.spec):
        shape = kernel_shape(level)
        weight = checkpoint.take(f"{side}_{number}.conv.weight", shape)
        last = side == "dec" and number == 1
        made.put(name, weight, checkpoint.take("dec_1.conv.bias", shape[:1]) if last else None)
    checkpoint.drop(("enc_8.conv.weight", "dec_8.conv.weight"))
    checkpoint.close("rizvi")
    return made.build()
