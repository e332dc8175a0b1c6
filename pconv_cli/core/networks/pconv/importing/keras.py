"""MathiasGruber/PConv-Keras, ``pconv_imagenet.h5``: a file of weights alone.

Eight levels, RGB in [0, 1]. Kernels are (height, width, in, out), to be transposed; the layer multiplies by k*k/s with
s over all channels, so that W = W_theirs / C_in here; sources are concatenated [skip, upsampled], so the input
channels of the decoder change places. Its biases stand before BatchNorm (eps 1e-3) except for the first and last level,
and are added in holes too, which the next level masks. LeakyReLU follows the 16th layer, then a 1 x 1 convolution and
a sigmoid. The encoder's BatchNorm is the one of inference: its moving statistics.
"""

import re
from collections.abc import Collection
from pathlib import Path

import torch

from pconv_cli.core.importing.checkpoint import Checkpoint, Norm
from pconv_cli.core.importing.reading import read_keras
from pconv_cli.core.networks.pconv.importing.assembly import Assembly, levels_of
from pconv_cli.core.networks.pconv.spec import ModelSpec
from pconv_cli.core.networks.pconv.unet import PConvUNet
from pconv_cli.errors import ModelError, option


def read(path: Path) -> PConvUNet:
    """Read a checkpoint of this family.

    Raises:
        ModelError: The file cannot be read, or is not as this family has it; or h5py is not installed.
    """
    values = read_keras(path)
    checkpoint = Checkpoint(path, values)
    layers = {name.partition("/")[0] for name in values}
    convolutions = _numbered(path, layers, "p_conv2d", 16)
    norms = [f"EncBN{i}" for i in range(1, 8)] + _numbered(path, layers, "batch_normalization", 7)
    made = Assembly(ModelSpec(checkpoint.width(f"{convolutions[0]}/img_kernel", axis=3), 8, head="sigmoid"))
    for (name, _, _, level), theirs in zip(levels_of(made.spec), convolutions, strict=True):
        size, channels = level.kernel_size, sum(level.in_channels)
        kernel = checkpoint.take(f"{theirs}/img_kernel", (size, size, channels, level.out_channels))
        weight = kernel.permute(3, 2, 0, 1) / channels
        bias = checkpoint.take(f"{theirs}/bias", (level.out_channels,))
        if len(level.in_channels) == 2:
            skip = level.in_channels[1]
            weight = torch.cat([weight[:, skip:], weight[:, :skip]], dim=1)
        norm = None
        if level.batch_norm:
            layer = norms.pop(0)
            names = ("gamma", "beta", "moving_mean", "moving_variance")
            gamma, beta, mean, variance = (checkpoint.take(f"{layer}/{n}", (level.out_channels,)) for n in names)
            norm = Norm(gamma, beta, mean, variance, eps=1e-3)
        made.put(name, weight, bias, norm)
    head = checkpoint.take("outputs_img/kernel", (1, 1, 3, 3)).permute(3, 2, 0, 1)
    made.put_head(head, checkpoint.take("outputs_img/bias", (3,)))
    checkpoint.close("keras")
    return made.build()


def _numbered(path: Path, layers: Collection[str], kind: str, count: int) -> list[str]:
    """The layers of one kind in the order in which they were made; where their numbers begin differs by file."""
    found = sorted(
        (int(match[1] or 0), layer) for layer in layers if (match := re.fullmatch(rf"{kind}(?:_(\d+))?", layer))
    )
    if len(found) != count:
        names = ", ".join(layer for _, layer in found) or "none"
        raise ModelError(
            f"{path}: not a checkpoint as keras has it: {count} layers {kind} expected, found {len(found)} ({names}); "
            f"name the family that it belongs to by {option('family')}"
        )
    return [layer for _, layer in found]
