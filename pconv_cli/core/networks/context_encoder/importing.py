"""BoyuanJiang/context_encoder_pytorch, ``netG_streetview.pth`` and the like: the network that fills the centre.

Its layers are ours in the same order, all in one list ``main``.
"""

from pathlib import Path

import torch

from pconv_cli.core.importing.checkpoint import Checkpoint
from pconv_cli.core.importing.reading import read_pickle
from pconv_cli.core.networks.context_encoder.network import ContextEncoder, ContextEncoderSpec
from pconv_cli.core.networks.registry import Family

#: Where the decoder begins in their list.
_DECODER = 17


def read(path: Path) -> ContextEncoder:
    """Read a checkpoint of this family.

    Raises:
        ModelError: The file cannot be read, or is not as this family has it.
    """
    values = read_pickle(path, "state_dict")
    checkpoint = Checkpoint(path, values)
    width, bottleneck = checkpoint.width("main.0.weight"), checkpoint.width("main.14.weight")
    network = ContextEncoder(ContextEncoderSpec(width, bottleneck, output="centre"))
    state = {}
    for name, value in network.state_dict().items():
        part, number, last = name.split(".")
        theirs = f"main.{int(number) + (_DECODER if part == 'decoder' else 0)}.{last}"
        if last == "num_batches_tracked":  # which has no part in what is computed, and old files lack
            checkpoint.drop([theirs])
            state[name] = value
        else:
            state[name] = checkpoint.take(theirs, value.shape).to(torch.float32)
    checkpoint.close("context-encoder")
    network.load_state_dict(state)
    return network


FAMILIES = {
    "context-encoder": Family(
        "BoyuanJiang/context_encoder_pytorch",
        read,
        "it was trained on squares of 64 pixels in the middle of 128 known ones alone: holes of other shapes are "
        "filled in such squares, one by one",
        "MIT for the code; none is stated for the weights, which were trained on Paris StreetView, images of Google's "
        "that may not be passed on: ask their authors before use",
    )
}
