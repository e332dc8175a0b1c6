"""Contact sheets of damaged, filled and true: twelve photographs, or twelve drawn murals, with holes of every class.

    python examples/contact_sheets.py photos docs/images/photos.jpg
    python examples/contact_sheets.py photos docs/images/photos_refined.jpg --texture 0.5
    python examples/contact_sheets.py murals docs/images/murals_filled.jpg --weights mural

The photographs are those that scikit-image carries, all public domain, CC0 or without known restrictions; the murals
are drawn by `draw_murals.py`. Row by row the hole ratio rises from 0.01-0.1 to 0.5-0.6, and the types of masks take
turns. The same images and holes come out each time.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from draw_murals import draw_mural
from numpy.typing import NDArray
from skimage import data

from pconv_cli import Method, draw_mask, make_backend
from pconv_cli.files.samples import reduced, sample_images
from pconv_cli.files.sheets import contact_sheet
from pconv_cli.masks.kinds import MaskKind

SIDE = 256
RATIOS = ((0.01, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 0.6))
KINDS = (
    MaskKind.CRACKS,
    MaskKind.RANDOMWALK,
    MaskKind.OCCLUSION,
    MaskKind.STROKES,
    MaskKind.SHAPES,
    MaskKind.RECTANGLES,
)
# Free of restrictions too, besides the ones that `sample_images` gives.
MORE_SAMPLES = ("brick", "camera", "coins", "grass", "gravel", "immunohistochemistry")

Images = list[NDArray[np.uint8]]


def photos() -> Images:
    """Twelve photographs, the middle 256 x 256 of each at a shorter side of 320 or what it has."""
    images = dict(sample_images())
    for name in MORE_SAMPLES:
        image = np.asarray(getattr(data, name)(), np.uint8)
        images[name] = np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image[..., :3]
    return [middle(reduced(image, 320 / min(image.shape[:2]))) for image in images.values()]


def murals() -> Images:
    """Twelve drawn murals."""
    return [draw_mural((SIDE, SIDE), np.random.default_rng([0, number])) for number in range(12)]


def middle(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle ``(SIDE, SIDE, 3)`` of an image."""
    top, left = ((side - SIDE) // 2 for side in image.shape[:2])
    return image[top : top + SIDE, left : left + SIDE]


def main(kind: str, out: Path, weights: str, texture: float) -> None:
    """Fill the images and write the sheet, two images a row."""
    backend = make_backend(Method.PCONV, weights=weights, texture=texture)
    cells = []
    for number, truth in enumerate(photos() if kind == "photos" else murals()):
        rng = np.random.default_rng([1, number])
        row, column = divmod(number, 2)
        mask = draw_mask(KINDS[(row + 3 * column) % 6], (SIDE, SIDE), rng, ratio=RATIOS[row])
        damaged = np.where(mask[..., None], truth, np.uint8(255))
        filled = backend.fill(damaged.astype(np.float32) / 255, mask)
        shown = np.where(mask[..., None], truth, np.rint(filled * 255).clip(0, 255).astype(np.uint8))
        cells.append((damaged, shown, truth))
    rows = [(*left, *right) for left, right in zip(cells[::2], cells[1::2], strict=True)]
    sheet = contact_sheet(rows, ("damaged", "filled", "true") * 2)
    cv2.imwrite(str(out), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=("photos", "murals"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", default="photo")
    parser.add_argument("--texture", type=float, default=0.0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    main(options.kind, options.out, options.weights, options.texture)
