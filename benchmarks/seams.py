"""Look for seams where tiles meet: in a hole, is the error on their borders larger than elsewhere?

    python benchmarks/seams.py --side 2600 --hole 1000 --out /tmp/seams

Three images with holes across many borders: a smooth gradient, a periodic texture, and a photograph (scikit-image's
astronaut, or --image). Each is filled as `pconv inpaint` does it, and two figures are taken on the borders (within 2
pixels of an edge of a tile or window that lies within the hole) and elsewhere in the hole at the same distances from
its rim, since errors grow inwards: the mean absolute error, and the mean error of the step to the next pixel, which a
seam would raise. A ratio of 1 means that borders do not show. The filled images are written to --out.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from pconv_cli.core.weights_info import describe_weights
from pconv_cli.files.images import read_image, write_rgb
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.samples import sample_images
from pconv_cli.files.stored import StoredImage
from pconv_cli.jobs.images.whole import inpaint_image
from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.names import TILE, Method
from pconv_cli.methods.protocol import Backend
from pconv_cli.methods.tiled.coarse import plan_at
from pconv_cli.methods.tiled.holes import wanted_holes
from pconv_cli.methods.tiled.network_windows import limits_of
from pconv_cli.methods.tiled.sweep import plan_of

NEAR = 2


class Seams(NamedTuple):
    """Mean errors in a hole, in 255ths: of pixels and of steps, on borders and elsewhere at the same depths."""

    on_borders: float
    elsewhere: float
    steps_on_borders: float
    steps_elsewhere: float
    share: float


def images(side: int, photograph: np.ndarray) -> dict[str, np.ndarray]:
    """The three images ``(side, side, 3)`` float32; the photograph is enlarged."""
    rows, columns = np.mgrid[:side, :side].astype(np.float32) / side
    gradient = np.stack([0.2 + 0.6 * rows, 0.3 + 0.5 * columns, 0.8 - 0.5 * rows * columns], axis=2)
    waves = np.sin(rows * side / 3.0) * np.sin(columns * side / 5.0)
    texture = 0.5 + 0.3 * waves[:, :, None] * np.array([1, 0.7, 0.4], np.float32)
    photo = cv2.resize(photograph, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
    return {"gradient": gradient, "texture": texture, "photograph": np.clip(photo, 0, 1)}


def holes(side: int, hole: int) -> np.ndarray:
    """A mask ``(side, side)``, True = valid: one hole of ``hole`` pixels, and long strips over the whole image."""
    mask = np.ones((side, side), bool)
    start = (side - hole) // 2
    mask[start : start + hole, start : start + hole] = False
    wide = max(8, side // 60)
    for place in (side // 12, side - side // 12):
        mask[place : place + wide, side // 20 : -side // 20] = False
        mask[side // 20 : -side // 20, place : place + wide] = False
    return mask


def measure(rgb: np.ndarray, mask: np.ndarray, backend: Backend, tile: int, overlap: int) -> tuple[Seams, np.ndarray]:
    """Fill an image and compare borders with the rest of its holes; gives the filled image too."""
    samples = np.rint(rgb * 65535).astype(np.uint16)
    filled = inpaint_image(StoredImage(samples), mask, backend).samples / np.float32(65535)
    near = _borders(mask, tile, overlap) & ~mask
    error = np.abs(filled - rgb).mean(axis=2) * 255
    steps = np.zeros(mask.shape, np.float32)
    for axis in (0, 1):
        step = np.abs(np.diff(filled - rgb, axis=axis)).mean(axis=2) * 255
        steps[: step.shape[0], : step.shape[1]] += step
    depth = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    bins = np.minimum(np.log2(np.maximum(depth, 1)) * 2, 30).astype(int)
    figures = []
    for values in (error, steps):
        on, off, weight = 0.0, 0.0, 0
        for index in np.unique(bins[near]):
            here = (bins == index) & ~mask
            border, rest = here & near, here & ~near
            if rest.sum() >= 50:
                on += float(values[border].sum())
                off += float(values[rest].mean()) * int(border.sum())
                weight += int(border.sum())
        figures += [on / weight, off / weight]
    return Seams(*figures, share=float(near.sum() / (~mask).sum())), filled


def _borders(mask: np.ndarray, tile: int, overlap: int) -> np.ndarray:
    """Where an edge of a window, or of a tile in one, is near; the image's own edges do not count."""
    near = np.zeros(mask.shape, bool)
    limits = limits_of(describe_weights().spec, tile, overlap)
    plan = plan_of(PackedMask.of(mask))
    for outer in plan.windows:
        part = mask[outer.rect.slices]
        inner, _, _ = plan_at(part, limits, wanted_holes(part, plan.share(outer)))
        rects = [window.rect for window in inner.windows]
        places = [(outer.rect.top + one.top, outer.rect.left + one.left, one.height, one.width) for one in rects]
        for top, left, height, width in (tuple(outer.rect), *places):
            for row in (top, top + height):
                if 0 < row < mask.shape[0]:
                    near[max(0, row - NEAR) : row + NEAR, left : left + width] = True
            for column in (left, left + width):
                if 0 < column < mask.shape[1]:
                    near[top : top + height, max(0, column - NEAR) : column + NEAR] = True
    return near


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=2600, help="side of the images")
    parser.add_argument("--hole", type=int, default=1000, help="side of the large hole")
    parser.add_argument("--tile", type=int, default=TILE, help="side of the network's tiles")
    parser.add_argument("--method", type=Method, default=Method.PCONV, help="how holes are filled")
    parser.add_argument("--image", type=Path, help="a photograph in place of scikit-image's")
    parser.add_argument("--out", type=Path, help="folder for the filled images")
    options = parser.parse_args(arguments)
    photograph = sample_images()["astronaut"]
    if options.image:
        photograph = np.rint(read_image(options.image).rgb() * 255).astype(np.uint8)
    backend = make_backend(options.method, tile=options.tile)
    mask = holes(options.side, options.hole)
    print(
        f"{'':12} {'on borders':>12} {'elsewhere':>12} {'ratio':>8}   {'steps on':>10} {'elsewhere':>12} {'ratio':>8}"
    )
    for name, rgb in images(options.side, photograph).items():
        seams, filled = measure(rgb, mask, backend, options.tile, options.tile // 4)
        on, off, steps_on, steps_off, _ = seams
        print(
            f"{name:12} {on:12.3f} {off:12.3f} {on / max(off, 1e-9):8.2f}   "
            f"{steps_on:10.3f} {steps_off:12.3f} {steps_on / max(steps_off, 1e-9):8.2f}"
        )
        if options.out:
            write_rgb(options.out / f"{name}.png", np.rint(filled * 255).astype(np.uint8))


if __name__ == "__main__":
    main()
