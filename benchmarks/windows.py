"""What the windows of each network cost, beside one pass over the whole image.

    python benchmarks/windows.py
    python benchmarks/windows.py --size 2048 2048 --ratio 0.1
    python benchmarks/windows.py --times 16 --networks pconv gated

Printed are the image's pixels over those of its windows, coarser scales left out, with the default windows and the
papers' networks (``pconv`` of depth 7 on the pyramid, as the shipped ones): one square hole in the middle, and all
kinds of `pconv masks gen`; then the same by default, where thin holes are filled without the network ("-": all of them
are). The last line is what no plan could beat that shows 32 px round each hole. With
``--times WIDTH`` networks of that width, with random values, are run on a photograph that scikit-image carries: printed
is the processor time of their plain forward pass over the whole image over that of a fill, medians of three rounds in
which all take turns, on one thread. Three rows a network: its own fill (``--texture 0``); the fill as `pconv inpaint`
gives it by default, with lines, patches and thin holes; and what of that the network takes ("-": it is not run).
Networks of a fixed size have no such pass and are left out.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator

import cv2
import numpy as np
import torch
from skimage import data

from pconv_cli.core.networks.network import Network
from pconv_cli.core.networks.registry import Architecture, architectures
from pconv_cli.masks.generate.drawing import draw_mask
from pconv_cli.masks.kinds import MaskKind
from pconv_cli.masks.ratios import Mask
from pconv_cli.methods.names import TEXTURE, TILE
from pconv_cli.methods.narrow.scattered import scattered_parts
from pconv_cli.methods.narrow.thin import thin_parts
from pconv_cli.methods.neural import PConvBackend
from pconv_cli.methods.texture import TexturedBackend
from pconv_cli.methods.tiled.coarse import plan_at
from pconv_cli.methods.tiled.network_windows import limits_of, tiling_of
from pconv_cli.methods.tiled.windows import Rgb

CONTEXT = 32

# What the shipped networks are, where that is not the paper's.
SHIPPED = {"pconv": {"depth": 7, "base": "pyramid"}}


def main() -> None:
    """Print the table that the command line asks for, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, nargs=2, default=(1024, 1536), metavar=("H", "W"))
    parser.add_argument("--ratio", type=float, default=0.05)
    parser.add_argument("--times", type=int, metavar="WIDTH")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--networks", nargs="+", metavar="NAME")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    masks = damages((asked.size[0], asked.size[1]), asked.ratio)
    print(f"| network | {' | '.join(masks)} |\n|{' --- |' * (len(masks) + 1)}")
    for architecture in architectures():
        if asked.networks and architecture.name not in asked.networks:
            continue
        if asked.times is None:
            print_row(architecture.name, in_pixels(architecture, masks.values()))
            left = map(left_to_the_network, masks.values())
            print_row(f"{architecture.name}, by default", in_pixels(architecture, left))
        elif architecture.spec().fixed_size is None:
            for name, ratios in in_time(make(architecture, asked.times), masks, asked.rounds).items():
                print_row(architecture.name + name, ratios)
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


def in_pixels(architecture: Architecture, masks: Iterable[Mask]) -> Iterator[float]:
    """Give the pixels of the image over those of its windows; 0: there are none."""
    spec = architecture.spec(**SHIPPED.get(architecture.name, {}))
    limits = limits_of(spec, *tiling_of(spec, TILE, TILE // 4))
    for mask in masks:
        pixels = plan_at(mask, limits)[0].pixels
        yield mask.size / pixels if pixels else 0


def left_to_the_network(mask: Mask) -> Mask:
    """Give the mask of an image whose thin holes are filled, as they are by default; specks are drawn by no kind."""
    return mask | (thin_parts(mask) & ~scattered_parts(mask))


def make(architecture: Architecture, width: int) -> Network:
    """Make a network of some width, with random values."""
    torch.manual_seed(0)
    return architecture.network(architecture.spec(width=width, **SHIPPED.get(architecture.name, {}))).eval()


class Timed:
    """A method, and the processor seconds that its fills took."""

    def __init__(self, backend: PConvBackend) -> None:
        self.name, self.seconds, self._backend = backend.name, 0.0, backend

    def fill(self, rgb: Rgb, mask: Mask, wanted: Mask | None = None) -> Rgb:
        """Fill the holes; see `pconv_cli.methods.protocol.Backend`."""
        start = time.process_time()
        filled = self._backend.fill(rgb, mask, wanted)
        self.seconds += time.process_time() - start
        return filled


def in_time(network: Network, masks: dict[str, Mask], rounds: int) -> dict[str, list[float]]:
    """Give the time of a plain pass over the whole image over that of fills, by what is filled."""
    timed = Timed(PConvBackend(network, tile=TILE, overlap=TILE // 4))
    default = TexturedBackend(timed, TEXTURE)
    first = next(iter(masks.values()))
    rgb = photograph(first.shape)
    image, valid = torch.from_numpy(rgb).permute(2, 0, 1)[None], torch.from_numpy(first.astype(np.float32))[None, None]
    for backend in (timed, default):
        backend.fill(rgb[:256, :256], np.arange(256) % np.full((256, 1), 64) > 40)  # what is only done once
    whole, alone, textured, part = [], [], [], []
    for _ in range(rounds):
        with torch.inference_mode():
            whole.append(seconds(lambda: network(image, valid)))
        alone.append([seconds(lambda mask=mask: timed.fill(rgb, mask)) for mask in masks.values()])
        textured.append([])
        part.append([])
        for mask in masks.values():
            timed.seconds = 0
            textured[-1].append(seconds(lambda mask=mask: default.fill(rgb, mask)))
            part[-1].append(timed.seconds or np.inf)
    rows = {"": alone, ", by default": textured, ", its part of that": part}
    return {name: np.median(whole) / np.median(times, axis=0) for name, times in rows.items()}


def photograph(size: tuple[int, ...]) -> Rgb:
    """Give a photograph ``(H, W, 3)`` in [0, 1] of some size: a sample enlarged, with grain of three 8-bit steps."""
    image = cv2.resize(data.astronaut(), size[::-1], interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
    grain = np.random.default_rng(0).normal(0, 3 / 255, (*size, 1)).astype(np.float32)
    return (image + grain).clip(0, 1)


def seconds(work: Callable[[], object]) -> float:
    """Measure processor time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def distance(mask: Mask) -> np.ndarray:
    """Count the rows or columns, whichever are more, from each pixel to the nearest hole."""
    return cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_C, 3)


def print_row(name: str, ratios: Iterable[float]) -> None:
    """Print a line of the table."""
    print(f"| {name} | {' | '.join(f'{ratio:.2f}' if ratio else '-' for ratio in ratios)} |", flush=True)


if __name__ == "__main__":
    main()
