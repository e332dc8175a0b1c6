"""Lay out a public test set so that pconv's own commands score a method on it.

    python benchmarks/test_set.py --images IMAGES --masks MASKS --out SET
    pconv inpaint SET/damaged --masks SET/masks --out SET/results/telea --method telea
    pconv eval SET/results/telea --gt SET/gt --masks SET/masks

IMAGES is a folder of images; MASKS holds test masks named like ``0.1-0.2_inside_07.png`` (white = hole): six
hole-ratio classes, each with holes kept away from the border (``inside``) and not (``border``), 35 of each. Every
image is damaged once a class, always by the same mask, so that every method sees the same holes: image i (sorted by
name) and class c take mask (7 i + 3) mod 35 of ``inside`` for even i and of ``border`` for odd i, resized to the
image by nearest neighbour. A resized mask's ratio may lie just outside its class; `pconv eval` sorts by the ratio of
the mask as it is.

Written are SET/gt/CLASS/IMAGE.png (hard links where possible), SET/masks/CLASS/IMAGE.png and
SET/damaged/CLASS/IMAGE.png, with holes in mid grey.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np

CLASSES = ("0.01-0.1", "0.1-0.2", "0.2-0.3", "0.3-0.4", "0.4-0.5", "0.5-0.6")
MASKS_A_GROUP = 35
SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"}


def mask_name(image: int, ratio_class: str) -> str:
    """The file name of the mask for image number ``image`` (from 0, sorted by name) in a class."""
    group = "border" if image % 2 else "inside"
    return f"{ratio_class}_{group}_{(7 * image + 3) % MASKS_A_GROUP:02d}.png"


def prepare(images: Path, masks: Path, out: Path) -> int:
    """Write the test set.

    Returns:
        The number of damaged images.

    Raises:
        SystemExit: An image or mask is missing or cannot be decoded, or two images share a stem.
    """
    found = sorted((p for p in images.iterdir() if p.suffix.lower() in SUFFIXES), key=lambda p: p.name)
    if not found:
        raise SystemExit(f"{images}: no image here")
    if len({p.stem for p in found}) < len(found):
        raise SystemExit(f"{images}: two images share a stem; rename one")
    for number, image in enumerate(found):
        truth = _read(image, cv2.IMREAD_UNCHANGED)
        height, width = truth.shape[:2]
        for ratio_class in CLASSES:
            mask = _read(masks / mask_name(number, ratio_class), cv2.IMREAD_GRAYSCALE)
            hole = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT) >= 128
            damaged = truth.copy()
            damaged.reshape(height, width, -1)[hole, :3] = np.iinfo(truth.dtype).max // 2 + 1  # alpha stays
            place = Path(ratio_class) / f"{image.stem}.png"
            _link(image, truth, out / "gt" / place)
            _write(out / "masks" / place, hole.astype(np.uint8) * 255)
            _write(out / "damaged" / place, damaged)
    return len(found) * len(CLASSES)


def _read(path: Path, flags: int) -> np.ndarray:
    samples = cv2.imread(str(path), flags)
    if samples is None:
        raise SystemExit(f"{path}: not there, or not an image")
    return samples


def _write(path: Path, samples: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), samples):
        raise SystemExit(f"{path}: cannot be written")


def _link(image: Path, samples: np.ndarray, target: Path) -> None:
    """A hard link to a PNG, a copy where there can be none, a new PNG of any other format."""
    if image.suffix.lower() != ".png":
        return _write(target, samples)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(image.resolve(), target)
    except OSError:
        shutil.copyfile(image, target)
    return None


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and write the set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, what in (("images", "folder of images"), ("masks", "folder of test masks"), ("out", "where to")):
        parser.add_argument(f"--{name}", type=Path, required=True, help=what)
    options = parser.parse_args(arguments)
    count = prepare(options.images, options.masks, options.out)
    print(f"{options.out}: {count} damaged images, {len(CLASSES)} classes", file=sys.stderr)


if __name__ == "__main__":
    main()
