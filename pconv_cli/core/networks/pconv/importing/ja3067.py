"""ja3067/pytorch-inpainting-partial-conv, ``parameters.pt``.

Eight levels; its layer is ours (NVIDIA's). Images are normalised by ImageNet's mean and deviation, tanh ends the
network. It has a BatchNorm after the first level too, which is folded into that level's kernel and bias.
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
    checkpoint = Checkpoint(path, {n.removeprefix("module."): v for n, v in read_pickle(path).items()})
    made = Assembly(ModelSpec(checkpoint.width("conv1.conv.weight"), 8, values="imagenet", head="tanh"))
    levels = levels_of(made.spec)
    for number, (name, _, _, level) in enumerate(levels, 1):
        shape = kernel_shape(level)
        weight = checkpoint.take(f"conv{number}.conv.weight", shape)
        if number == len(levels):
            made.put(name, weight, checkpoint.take(f"conv{number}.conv.bias", shape[:1]))
            continue
        norm = checkpoint.take_norm(f"conv{number}.bn", shape[0])
        if level.batch_norm:
            made.put(name, weight, norm=norm)
        else:
            gain = norm.weight / (norm.variance + norm.eps).sqrt()
            made.put(name, weight * gain.view(-1, 1, 1, 1), norm.bias - norm.mean * gain)
    checkpoint.close("ja3067")
    return made.build()
