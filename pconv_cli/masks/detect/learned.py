"""Damage found by a small network that has seen drawn damage and sound images; see `docs/detection.md`."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from math import log
from multiprocessing import parent_process
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pconv_cli.errors import ModelError
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.shipped import shipped_weights
from pconv_cli.masks.detect.color import with_rim
from pconv_cli.masks.detect.judging import Limits, judged
from pconv_cli.masks.kinds import Damage
from pconv_cli.masks.large.windowed import Rgb, WindowedImage
from pconv_cli.masks.large.windows import SIDE, counted_tiles
from pconv_cli.masks.operations import dilate_packed
from pconv_cli.tiling.grid import tiles_of

if TYPE_CHECKING:  # torch is loaded where a network is
    from pconv_cli.masks.detect.network import DamageNetwork

KINDS = (Damage.WHITE, Damage.BLACK, Damage.CRACKS, Damage.SCRATCHES)
"""The kinds of damage in the order of the network's channels."""

LIMITS = {
    Damage.WHITE: Limits(certain=0.85, likely=0.3, share=0.5, evidence=0.003),
    Damage.BLACK: Limits(certain=0.85, likely=0.3, share=0.5, evidence=0.003),
    Damage.CRACKS: Limits(certain=0.9, likely=0.3, pixels=20, evidence=0.008),
    Damage.SCRATCHES: Limits(certain=0.92, likely=0.3, pixels=20, evidence=0.003),
}
"""What is damage. Chosen on images held out of training; `benchmarks/detection_limits.py` prints what others give."""

MARGIN = 116
"""How far the network sees, in pixels."""

STEP = 16
"""Pixels along a side for one of its coarsest level. Images are padded to multiples of it; windows begin at them."""

WINDOW = 1024
"""Side of the network's windows in pixels, which bounds the memory that its features take."""

RIM = 1
"""The soft rim of damage that is less than likely, in pixels."""


def learned(
    image: WindowedImage, kinds: Sequence[Damage], certainty: float | None = None, side: int = SIDE
) -> PackedMask:
    """Find damage by the network.

    Args:
        image: The image.
        kinds: The kinds of damage.
        certainty: The least probability of a certain pixel, in (0, 1), which then decides without evidence; None:
            `LIMITS`, by kind.
        side: Side of the windows in which areas are put together.

    Returns:
        What is damaged, as hole.

    Raises:
        ModelError: The network's weights are missing or damaged.
    """
    limits = {kind: LIMITS[kind] for kind in kinds}
    if certainty is not None:
        limits = {kind: replace(one, certain=certainty, evidence=None) for kind, one in limits.items()}
    found = PackedMask(image.size)
    for kind, (likely, certain) in _marked(image, limits, side).items():
        area = judged(likely, certain, limits[kind], side)
        if kind in (Damage.WHITE, Damage.BLACK):
            level = float(kind is Damage.WHITE)
            found.add(with_rim(image, area, (level, level, level), RIM, side))
        else:
            found.add(dilate_packed(area, RIM, side))
    return found


def _marked(
    image: WindowedImage, limits: dict[Damage, Limits], side: int
) -> dict[Damage, tuple[PackedMask, PackedMask]]:
    """Mark, in one pass, which pixels are likely damage of each kind, and which of them are certain.

    What is wholly transparent is neither, so that no area is judged by it.
    """
    marked = {kind: (PackedMask(image.size), PackedMask(image.size)) for kind in limits}
    for seen in counted_tiles(image.size, side):
        # Smaller windows on a grid of their own, so that memory follows them.
        for tile in tiles_of(seen.inner, min(side, WINDOW)):
            outer = tile.grown(MARGIN, image.size, STEP)
            logits = _logits(image.rgb(outer))
            rows, columns = tile.relative_to(outer).slices
            opaque = image.opaque(tile) if image.has_alpha else np.True_
            for kind, (likely, certain) in marked.items():
                logit = logits[KINDS.index(kind), rows, columns]
                one = limits[kind]
                likely.put_hole(tile, opaque & (logit >= _logit(min(one.likely, one.certain))))
                certain.put_hole(tile, opaque & (logit >= _logit(one.certain)))
    return marked


def _logits(rgb: Rgb) -> NDArray[np.float32]:
    """The network's logits ``(kinds, h, w)`` of a window, at the right and below padded to its step by its edge."""
    import torch

    from pconv_cli.masks.detect.network import inputs

    height, width = rgb.shape[:2]
    padded = np.pad(rgb, ((0, -height % STEP), (0, -width % STEP), (0, 0)), mode="edge")
    with torch.inference_mode():
        # As it lies in memory, channels last, which is the fastest layout for few channels.
        logits = _network()(torch.from_numpy(inputs(padded)).permute(2, 0, 1)[None])
    return np.asarray(logits[0, :, :height, :width].numpy())


@cache
def _network() -> "DamageNetwork":
    """Load the shipped network once a process.

    Raises:
        ModelError: Its file is missing or damaged.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from pconv_cli.masks.detect.network import DamageNetwork

    if parent_process() is not None:
        torch.set_num_threads(1)  # the other cores are the other workers'
    path = shipped_weights() / "detection" / "damage.safetensors"
    network = DamageNetwork(len(KINDS))
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ModelError(f"{path}: the detector's weights are missing or damaged; install the program again") from error
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval()


def _logit(probability: float) -> float:
    return log(probability / (1 - probability))
