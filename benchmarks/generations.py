"""What a JPEG loses outside of holes, by how it is saved: 1, 5 and 10 restorations, one after the other.

    python benchmarks/generations.py

Each generation fills another hole (a disc of 12 pixels, at a place drawn at random) of photographs of scikit-image,
saved at quality 85 with 4:2:0 at first. Undamaged is what lies in no hole of any generation. Ways to save: `blocks`, as
pconv does; `keep`, with the tables and sampling of the file (as pconv does without jpeglib); `quality=95` of Pillow, as
most scripts do.
"""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.files.codecs import jpeg_blocks
from pconv_cli.files.images import read_image
from pconv_cli.files.masks.packed import PackedMask
from pconv_cli.files.samples import sample_images

_GENERATIONS, _SHOWN, _RADIUS = 10, (1, 5, 10), 12


def saved(way: str, path: Path, samples: NDArray[np.uint8], known: NDArray[np.bool_]) -> None:
    """Save an image over itself."""
    if way == "blocks":
        image = read_image(path)
        jpeg_blocks.rewrite(path, path, samples, PackedMask.of(known), image.metadata, lambda: None)
        return
    target = io.BytesIO()
    if way == "quality=95":
        Image.fromarray(samples).save(target, "JPEG", quality=95)
    else:
        with Image.open(path) as before:
            Image.fromarray(samples).save(target, "JPEG", qtables=before.quantization, subsampling="4:2:0")
    path.write_bytes(target.getvalue())


def psnr(one: NDArray[np.uint8], other: NDArray[np.uint8], where: NDArray[np.bool_]) -> float:
    """PSNR of some pixels in dB; infinite where they are the same."""
    error = np.mean((one[where].astype(np.float64) - other[where]) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def main() -> None:
    """Print a table in Markdown."""
    import cv2

    print("| way | image | " + " | ".join(f"after {count}: PSNR, same pixels" for count in _SHOWN) + " |")
    print("| --- | --- |" + " --- |" * len(_SHOWN))
    for way in ("blocks", "keep", "quality=95"):
        means: dict[int, list[tuple[float, float]]] = {count: [] for count in _SHOWN}
        for name, image in sample_images().items():
            rng = np.random.default_rng(0)
            y, x = np.mgrid[: image.shape[0], : image.shape[1]]
            places = [(rng.integers(0, image.shape[0]), rng.integers(0, image.shape[1])) for _ in range(_GENERATIONS)]
            masks = [(y - row) ** 2 + (x - column) ** 2 > _RADIUS**2 for row, column in places]
            undamaged = np.logical_and.reduce(masks)
            with TemporaryDirectory() as folder:
                path = Path(folder, f"{name}.jpg")
                Image.fromarray(image).save(path, quality=85, subsampling=2)
                first = np.asarray(Image.open(path))
                for number, known in enumerate(masks, 1):
                    samples = np.asarray(Image.open(path))
                    hole = (~known).astype(np.uint8)
                    saved(way, path, cv2.inpaint(samples, hole, 3, cv2.INPAINT_TELEA), known)
                    if number in _SHOWN:
                        now = np.asarray(Image.open(path))
                        same = float(np.mean((now == first).all(axis=2)[undamaged]))
                        means[number].append((psnr(first, now, undamaged), same))
        row = (f"{np.mean([one for one, _ in means[count]]):.1f} dB, " for count in _SHOWN)
        shares = (f"{100 * np.mean([same for _, same in means[count]]):.1f} %" for count in _SHOWN)
        print(f"| {way} | mean of six | " + " | ".join(a + b for a, b in zip(row, shares, strict=True)) + " |")


if __name__ == "__main__":
    main()
