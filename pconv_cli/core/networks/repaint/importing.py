"""openai/guided-diffusion: unconditional diffusion networks, with layers of our names and places.

A file says what the network's shape is by its values' names and shapes, but for three things, which are taken to be as
in all that the project has published for images of 128 pixels and more: heads of attention have 64 channels, noise
grows linearly over 1000 levels, and the smallest level of an image has 8 x 8 pixels.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pconv_cli.core.importing.checkpoint import Checkpoint
from pconv_cli.core.importing.reading import read_pickle
from pconv_cli.core.networks.registry import Family
from pconv_cli.core.networks.repaint.network import RePaint
from pconv_cli.core.networks.repaint.spec import RePaintSpec
from pconv_cli.errors import ModelError, option

_LEAST_SIDE = 8


def read(path: Path) -> RePaint:
    """Read a checkpoint of this family.

    Raises:
        ModelError: The file cannot be read, is not as this family has it, or is of a network that is shown classes.
    """
    values = read_pickle(path)
    if "label_emb.weight" in values:
        raise ModelError(
            f"{path}: is of a network that is shown classes; take one without, as 256x256_diffusion_uncond.pt"
        )
    with torch.device("meta"):  # the values take its parameters' place
        network = RePaint(spec_of(path, values))
    checkpoint = Checkpoint(path, values)
    state = {name: checkpoint.take(name, value.shape).float() for name, value in network.unet.state_dict().items()}
    checkpoint.close("guided-diffusion")
    network.unet.load_state_dict(state, assign=True)
    return network.eval()


def spec_of(path: Path, values: Mapping[str, Any]) -> RePaintSpec:
    """Find the shape of the network of a checkpoint, with the sampling of RePaint's paper.

    Raises:
        ModelError: It has none of this family.
    """
    shapes = {name: tuple(value.shape) for name, value in values.items() if isinstance(value, Tensor)}
    blocks = len({name.split(".")[1] for name in shapes if name.startswith("input_blocks.")})
    # The last block of each level but the first one ends in what doubles the sides.
    doubling = {kind: _doubling(shapes, blocks, kind) for kind in ("in_layers.0.weight", "conv.weight")}
    levels = 1 + max(doubling.values())
    each = blocks // levels
    try:
        width = shapes["time_embed.0.weight"][1]
        starts = [1 + level * each for level in range(levels)]
        channels = [shapes[f"input_blocks.{start}.0.out_layers.3.weight"][0] for start in starts]
        attention = [2**level for level, start in enumerate(starts) if f"input_blocks.{start}.1.qkv.weight" in shapes]
        shown = shapes["input_blocks.1.0.emb_layers.1.weight"][0]
        learned = shapes["out.2.weight"][0] == 6
    except (KeyError, IndexError) as error:
        raise ModelError(
            f"{path}: not a checkpoint as guided-diffusion has it: missing {error.args[0]}; name the family that it "
            f"belongs to by {option('family')}"
        ) from error
    if any(wide % width for wide in channels):
        raise ModelError(f"{path}: its levels have {channels} channels, which are no multiples of {width}")
    try:
        return RePaintSpec(
            size=_LEAST_SIDE << levels - 1,
            width=width,
            multipliers=tuple(wide // width for wide in channels),
            blocks=each - 1,
            attention=tuple(attention),
            scale_shift=shown == 2 * channels[0],
            updown=doubling["in_layers.0.weight"] > 0,
            learned_variance=learned,
            noise="linear",
            steps=250,
            jump=10,
            repeats=10,
        )
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def _doubling(shapes: Mapping[str, tuple[int, ...]], blocks: int, kind: str) -> int:
    """Count the output blocks that have a second residual block, or a convolution, behind all else."""
    return sum(any(f"output_blocks.{block}.{place}.{kind}" in shapes for place in (1, 2)) for block in range(blocks))


FAMILIES = {
    "guided-diffusion": Family(
        "openai/guided-diffusion",
        read,
        "it fills holes as RePaint's paper does, for which the network runs 2,410 times for each window; fewer steps "
        "or a GPU make it bearable",
        "MIT where the weights are OpenAI's own; where they are those of RePaint's authors (CelebA-HQ, Places2), "
        "CC BY-NC-SA 4.0: for no commercial use, naming Andreas Lugmayr et al.",
    )
}
