"""What the windows of each network cost, beside one pass over the whole image.

    python benchmarks/windows.py
    python benchmarks/windows.py --size 2048 2048 --ratio 0.1
    python benchmarks/windows.py --times 16 --networks pconv gated

Printed are the image's pixels over those of its windows, coarser scales left out, with the default windows and the
papers' networks (``pconv`` of depth 7 on the pyramid, as the shipped ones): one square hole in the middle, and all
kinds of `pconv masks gen`. The last line is what no plan could beat that shows 32 px round each hole. With
``--times WIDTH`` networks of that width, with random values, are run: printed is the processor time of their plain
forward pass over the whole image, once, over that of each fill, on one thread. Networks of a fixed size have no such
pass and are left out.
"""

import argparse
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import torch

from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.registry import Architecture, architectures
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import TILE
from pconv_cli.methods.neural import PConvBackend
from pconv_cli.methods.tiled.coarse import plan_at
from pconv_cli.methods.tiled.network_windows import limits_of, tiling_of

CONTEXT = 32

# What the shipped networks are, where that is not the paper's.
SHIPPED = {"pconv": {"depth": 7, "base": "pyramid"}}


def main() -> None:
    """Print the table that the command line asks for, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs=2, default=(1024, 1536), metavar=("H", "W"))
    parser.add_argument("--ratio", type=float, default=0.05)
    parser.add_argument("--times", type=int, metavar="WIDTH")
    parser.add_argument("--networks", nargs="+", metavar="NAME")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    masks = damages((asked.size[0], asked.size[1]), asked.ratio)
    print(f"| network | {' | '.join(masks)} |\n|{' --- |' * (len(masks) + 1)}")
    for architecture in architectures():
        if asked.networks and architecture.name not in asked.networks:
            continue
        if asked.times is None:
            print_row(architecture.name, in_pixels(architecture, masks))
        elif architecture.spec().fixed_size is None:
            print_row(architecture.name, in_time(make(architecture, asked.times), masks))
    if asked.times is None:
        print_row("bound", [1 / float((distance(mask) <= CONTEXT).mean()) for mask in masks.values()])


def damages(size: tuple[int, int], ratio: float) -> dict[str, Mask]:
    """Draw the masks, ``(H, W)`` with True = valid, by what they are called."""
    height, width = size
    block = np.ones(size, np.bool_)
    side = round((ratio * height * width) ** 0.5)
    top, left = (height - side) // 2, (width - side) // 2
    block[top : top + side, left : left + side] = False
    masks = {"one block": block}
    for kind in MaskKind:
        if kind is not MaskKind.MIXED:
            rng = np.random.default_rng(1)
            masks[str(kind)] = draw_mask(kind, size, rng, ratio=(0.9 * ratio, 1.1 * ratio))
    return masks


def in_pixels(architecture: Architecture, masks: dict[str, Mask]) -> Iterator[float]:
    """Give the pixels of the image over those of its windows."""
    spec = architecture.spec(**SHIPPED.get(architecture.name, {}))
    tile, overlap = tiling_of(spec, TILE, TILE // 4)
    for mask in masks.values():
        yield mask.size / plan_at(mask, None, tile=tile, overlap=overlap, **limits_of(spec, tile))[0].pixels


def make(architecture: Architecture, width: int) -> Network:
    """Make a network of some width, with random values."""
    torch.manual_seed(0)
    return architecture.network(architecture.spec(width=width, **SHIPPED.get(architecture.name, {}))).eval()


def in_time(network: Network, masks: dict[str, Mask]) -> Iterator[float]:
    """Give the time of a plain pass over the whole image over that of the fill."""
    backend = PConvBackend(network, tile=TILE, overlap=TILE // 4)
    whole: float | None = None
    for mask in masks.values():
        rgb = np.random.default_rng(0).random((*mask.shape, 3), np.float32)
        if whole is None:
            backend.fill(rgb[:256, :256], np.arange(256) % np.full((256, 1), 64) > 9)  # what is only done once
            image, valid = torch.from_numpy(rgb).permute(2, 0, 1)[None], torch.from_numpy(mask.astype(np.float32))
            with torch.inference_mode():
                whole = seconds(lambda image=image, valid=valid: network(image, valid[None, None]))
        yield whole / seconds(lambda rgb=rgb, mask=mask: backend.fill(rgb, mask))


def seconds(work: Callable[[], object]) -> float:
    """Measure processor time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def distance(mask: Mask) -> np.ndarray:
    """Count the rows or columns, whichever are more, from each pixel to the nearest hole."""
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_C, 3)


def print_row(name: str, ratios: Iterator[float] | list[float]) -> None:
    """Print a line of the table."""
    print(f"| {name} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |", flush=True)


if __name__ == "__main__":
    main()
