"""Damage found by a small network that has seen drawn damage and sound images; see `docs/detection.md`."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from math import log
from multiprocessing import parent_process
from typing import TYPE_CHECKING

import cv2
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
from pconv_cli.tiling.rect import Framed, Rect

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

LEVELS = {Damage.WHITE: 1.0, Damage.BLACK: 0.0}
"""The samples of losses."""

STRANGE = 55 / 255
"""A pixel of which a sample is further from white (black) than this is no evidence of white (black) losses.

On images held out of training, at most 0.9 times as many pixels beside drawn damage were likely and strange as were
certain; beside one white scratch on a blue sky, five times as many.
"""

LINES = frozenset({Damage.CRACKS, Damage.SCRATCHES})
"""The kinds that get a second look where there is evidence."""

DOUBTFUL = 0.03
"""What is less probable at the first look is no damage by its look at twice the size."""

MARGIN = 116
"""How far the network sees, in pixels."""

STEP = 16
"""Pixels along a side for one of its coarsest level. Images are padded to multiples of it; windows begin at them."""

WINDOW = 1024
"""Side of the network's windows in pixels, which bounds the memory that its features take."""

SMOOTHED = 2
"""How far bicubic interpolation looks, in pixels."""

WIDEST = 6
"""Width in pixels of the widest lines that the network was trained to find."""

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
    for kind, (likely, certain, strange) in _marked(image, limits, side).items():
        look_again = partial(_likely_again, image, kind) if kind in LINES else None
        area = judged(likely, certain, limits[kind], side, look_again, strange)
        if kind in LEVELS:
            level = LEVELS[kind]
            found.add(with_rim(image, area, (level, level, level), RIM, side))
        else:
            found.add(dilate_packed(area, RIM, side))
    return found


def _marked(
    image: WindowedImage, limits: dict[Damage, Limits], side: int
) -> dict[Damage, tuple[PackedMask, PackedMask, PackedMask | None]]:
    """Mark, in one pass, which pixels are likely damage of each kind, and which of them are certain, or strange.

    What is wholly transparent, or without data, is neither, so that no area is judged by it.
    """
    size = image.size
    marked = {
        kind: (PackedMask(size), PackedMask(size), PackedMask(size) if kind in LEVELS and one.evidence else None)
        for kind, one in limits.items()
    }
    for seen in counted_tiles(image.size, side):
        # Smaller windows on a grid of their own, so that memory follows them.
        for tile in tiles_of(seen.inner, min(side, WINDOW)):
            outer = tile.grown(MARGIN, image.size, STEP)
            rgb = image.rgb(outer)
            logits = _logits(rgb)
            rows, columns = tile.relative_to(outer).slices
            shown = image.shows(tile) if image.has_blanks else np.True_
            for kind, (likely, certain, strange) in marked.items():
                logit = logits[KINDS.index(kind), rows, columns]
                one = limits[kind]
                is_likely = shown & (logit >= _logit(min(one.likely, one.certain)))
                likely.put_hole(tile, is_likely)
                certain.put_hole(tile, shown & (logit >= _logit(one.certain)))
                if strange is not None:
                    away = np.abs(rgb[rows, columns] - np.float32(LEVELS[kind])).max(axis=2)
                    strange.put_hole(tile, is_likely & (away > STRANGE))
    return marked


def _likely_again(image: WindowedImage, kind: Damage, rect: Rect) -> NDArray[np.bool_]:
    """Say which pixels of a rectangle are likely to be damage of a kind at a second look."""
    likely = _second_logits(image, kind, rect) >= _logit(LIMITS[kind].likely)
    return likely & image.shows(rect) if image.has_blanks else likely


def _second_logits(image: WindowedImage, kind: Damage, rect: Rect) -> NDArray[np.float32]:
    """The logits ``(h, w)`` of a kind in a rectangle at a second look: mirrored, and at twice the size.

    The mean with those of the mirrored image is less often wrong. At twice the size a line of one pixel is as wide as
    those that the network finds best, so what is likely there is likely, unless the mean all but rules it out.
    """
    channel = KINDS.index(kind)
    wide = Framed(rect, rect.grown(MARGIN, image.size, STEP))
    near = Framed(rect, rect.grown(MARGIN // 2 + SMOOTHED, image.size, STEP))
    rgb = image.rgb(wide.outer)
    height, width = rgb.shape[:2]
    # Padded first, so that the grid of the coarsest level lies as in the mirrored image.
    mirrored = _logits(_padded(rgb)[:, ::-1])[channel, :height, ::-1][:, :width]
    mean = wide.cut((_logits(rgb)[channel] + mirrored) / 2)
    small = rgb[near.outer.relative_to(wide.outer).slices]
    height, width = small.shape[:2]
    large = np.clip(cv2.resize(small, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC), 0, 1)
    logits = _logits(np.asarray(large, np.float32))[channel]
    twice = near.cut(logits.reshape(height, 2, width, 2).mean((1, 3)))
    return np.where(mean < _logit(DOUBTFUL), mean, np.maximum(mean, twice))


def _logits(rgb: Rgb) -> NDArray[np.float32]:
    """The network's logits ``(kinds, h, w)`` of a window."""
    import torch

    from pconv_cli.masks.detect.network import inputs

    height, width = rgb.shape[:2]
    with torch.inference_mode():
        # As it lies in memory, channels last, which is the fastest layout for few channels.
        logits = _network()(torch.from_numpy(inputs(_padded(rgb))).permute(2, 0, 1)[None])
    return np.asarray(logits[0, :, :height, :width].numpy())


def _padded(rgb: Rgb) -> Rgb:
    """Pad a window at the right and below by its edge, to whole pixels of the coarsest level."""
    height, width = rgb.shape[:2]
    return np.pad(rgb, ((0, -height % STEP), (0, -width % STEP), (0, 0)), mode="edge")


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
