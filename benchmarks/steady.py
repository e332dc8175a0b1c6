"""Whether time and memory of an image stay the same over thousands of small images of mixed sizes, in one process.

    python benchmarks/steady.py                          # 5,000 images of 64 to 200 pixels a side, the default method
    python benchmarks/steady.py --count 1200 --method telea
    python benchmarks/steady.py --texture 0

Images are counted in blocks of 200. A block has every height and every width of the range once, paired otherwise than
in any other block, so that blocks are equal in work and hardly a size occurs twice. Printed are, block by block, the
processor time of an image and the resident memory at the block's end; then how the last block stands to the second.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from batch import photograph, scratches
from PIL import Image

from pconv_cli.cli.runtimes import prepare_runtimes
from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.samples import sample_images
from pconv_cli.progress import Silent

BLOCK = 200


def make_mixed(folder: Path, count: int, sides: tuple[int, int]) -> None:
    """Write ``in/*.png`` and ``m/*.png``, with a twentieth of damage."""
    samples = list(sample_images().values())
    for part in ("in", "m"):
        (folder / part).mkdir()
    for block in range(-(-count // BLOCK)):
        rng = np.random.default_rng(block)
        spread = np.linspace(*sides, BLOCK).round().astype(int)
        for place, size in enumerate(zip(rng.permutation(spread), rng.permutation(spread), strict=True)):
            index = block * BLOCK + place
            if index == count:
                break
            shape = int(size[0]), int(size[1])
            image = photograph(samples[index % len(samples)], shape, rng)
            Image.fromarray(image).save(folder / "in" / f"{index:05}.png", compress_level=1)
            write_mask(folder / "m" / f"{index:05}.png", scratches(shape, 0.05, rng))


class Watch(Silent):
    """Takes the time and the memory of each block."""

    def __init__(self) -> None:
        self._images, self._began = 0, time.process_time()
        self.blocks: list[tuple[float, float]] = []

    def advance(self, name: str, note: str = "") -> None:
        """See `pconv_cli.progress.Progress`."""
        self._images += 1
        if self._images % BLOCK:
            return
        now, resident = time.process_time(), _resident()
        self.blocks.append((1000 * (now - self._began) / BLOCK, resident))
        self._began = now
        print(f"{self._images:6} images: {self.blocks[-1][0]:7.2f} ms of processor time an image, {resident:7.1f} MiB",
              flush=True)  # fmt: skip


def _resident() -> float:
    """Resident memory in MiB; where the system does not say, its peak."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    """Make the folder, restore it, print the blocks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000, help="images")
    parser.add_argument("--sides", type=int, nargs=2, default=(64, 200), help="least and largest side in pixels")
    parser.add_argument("--method", default="pconv")
    parser.add_argument("--texture", type=float)
    options = parser.parse_args()
    prepare_runtimes()
    from pconv_cli import InpaintOptions, inpaint_folder

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_mixed(folder, options.count, tuple(options.sides))
        watch = Watch()
        asked = InpaintOptions(
            folder / "in", folder / "m", folder / "out", method=options.method, texture=options.texture
        )
        inpaint_folder(asked, watch)
    (early, early_memory), (late, late_memory) = watch.blocks[1], watch.blocks[-1]
    print(f"last block against the second: time {late / early - 1:+.1%}, memory {late_memory / early_memory - 1:+.1%}")


if __name__ == "__main__":
    main()
