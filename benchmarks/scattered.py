"""What the rule for holes between scattered specks is worth, by what is known of the image.

    python benchmarks/scattered.py PHOTOS
    python benchmarks/scattered.py PHOTOS --images 6 --size 192

Of each image the middle is taken, all but single pixels, squares, lines or dashes of it is made a hole, and the default
weights fill it at texture 0.5 in float32. Printed are the share of hole pixels that the rule takes, and the mean, least
and greatest difference in PSNR of the holes that it makes; with ``--all`` where it took all of them, as if there were
specks alone.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import torch

from pconv_cli.masks.ratios import Mask
from pconv_cli.methods import texture
from pconv_cli.methods.backends import make_backend
from pconv_cli.methods.names import Method
from pconv_cli.methods.narrow.scattered import scattered_parts
from pconv_cli.methods.protocol import Backend
from pconv_cli.methods.tiled.windows import Rgb

Rule = Callable[[Mask], Mask]


def main() -> None:
    """Print the table, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--images", type=int, default=6)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--all", action="store_true", help="take lines for specks, too")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    paths = sorted(asked.photos.glob("*.png"))
    paths = paths[:: max(1, len(paths) // asked.images)][: asked.images]
    images = [middle(path, asked.size) for path in paths]
    backend = make_backend(Method.PCONV, device="cpu", precision="float32", texture=0.5)
    rule: Rule = np.logical_not if asked.all else scattered_parts
    print("| known | taken, % | PSNR, dB | least | greatest |\n| --- | --- | --- | --- | --- |")
    for name, mask in damages(asked.size).items():
        gains = [psnr(backend, image, mask, rule) - psnr(backend, image, mask, np.zeros_like) for image in images]
        taken = 100 * rule(mask)[~mask].mean()
        print(f"| {name} | {taken:.0f} | {np.mean(gains):+.2f} | {min(gains):+.2f} | {max(gains):+.2f} |", flush=True)


def middle(path: Path, size: int) -> Rgb:
    """Read the middle square of an image."""
    image = cv2.imread(str(path))
    assert image is not None, path
    top, left = ((side - size) // 2 for side in image.shape[:2])
    return image[top : top + size, left : left + size, ::-1].astype(np.float32) / 255


def damages(size: int) -> dict[str, Mask]:
    """Make masks, ``(size, size)`` with True = valid, by what is known."""
    masks = {f"{share} % of pixels": squares(size, share, 1) for share in (2, 5, 10, 20)}
    masks |= {f"{share} % in squares of {side} px": squares(size, share, side) for share, side in ((10, 3), (20, 4))}
    masks |= {
        f"rows of {wide} px of {every}": rows(size, wide, every) for wide, every in ((1, 9), (2, 12), (3, 16), (4, 20))
    }
    return masks | {f"dashes of {dash} px, 1 px of 9": rows(size, 1, 9, dash) for dash in (24, 12)}


def squares(size: int, share: int, side: int) -> Mask:
    """Know squares of a lattice, by lot."""
    known = np.random.default_rng(0).random((-(-size // side),) * 2) < share / 100
    return np.kron(known, np.ones((side, side)))[:size, :size] > 0


def rows(size: int, wide: int, every: int, dash: int | None = None) -> Mask:
    """Know rows, whole or in dashes with gaps of 3 px."""
    row, column = np.mgrid[:size, :size]
    known = row % every < wide
    return np.asarray(known if dash is None else known & ((column + 7 * (row // every)) % (dash + 3) < dash))


def psnr(backend: Backend, image: Rgb, mask: Mask, rule: Rule) -> float:
    """Fill the holes with some rule in place, and compare what was made of them, in steps of 8 bits."""
    with patch.object(texture, "scattered_parts", rule):
        filled = backend.fill(np.where(mask[:, :, np.newaxis], image, np.float32(0)), mask)
    return float(-10 * np.log10(np.square(np.rint(filled * 255) / 255 - image)[~mask].mean()))


if __name__ == "__main__":
    main()
