"""How many pixels each network computes in windows round the holes, beside one pass over the whole image.

    python benchmarks/windows.py
    python benchmarks/windows.py --size 2048 2048 --ratio 0.1

Nothing is filled: the time of a window follows its area, for attention the square of it. Printed are the image's pixels
over those of its windows, coarser scales left out, with the default windows and the papers' networks: one square hole
in the middle, and all kinds of `pconv masks gen`. The last line is what no plan could beat that shows 32 px round each
hole.
"""

import argparse

import cv2
import numpy as np

from pconv_cli.core.networks.registry import architectures
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import TILE
from pconv_cli.methods.tiled.coarse import plan_at
from pconv_cli.methods.tiled.network_windows import limits_of, tiling_of

CONTEXT = 32


def main() -> None:
    """Print the table that the command line asks for, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs=2, default=(1024, 1536), metavar=("H", "W"))
    parser.add_argument("--ratio", type=float, default=0.05)
    asked = parser.parse_args()
    masks = damages((asked.size[0], asked.size[1]), asked.ratio)
    print(f"| network | {' | '.join(masks)} |\n|{' --- |' * (len(masks) + 1)}")
    for architecture in architectures():
        spec = architecture.spec()
        tile, overlap = tiling_of(spec, TILE, TILE // 4)
        plans = [plan_at(mask, None, tile=tile, overlap=overlap, **limits_of(spec, tile))[0] for mask in masks.values()]
        print_row(architecture.name, [asked.size[0] * asked.size[1] / plan.pixels for plan in plans])
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


def distance(mask: Mask) -> np.ndarray:
    """Count the rows or columns, whichever are more, from each pixel to the nearest hole."""
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_C, 3)


def print_row(name: str, ratios: list[float]) -> None:
    """Print a line of the table."""
    print(f"| {name} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |", flush=True)


if __name__ == "__main__":
    main()
