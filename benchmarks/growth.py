"""Whether memory grows with the number of images: the same run on few images and on many, each in its own process.

    python benchmarks/growth.py                  # 50 and 500 images of the area of 256 x 256, each with other holes
    python benchmarks/growth.py --vary           # each of another size, 128 to 512 pixels a side
    python benchmarks/growth.py --counts 20,200 --method telea

The peaks of resident memory are the program's own (``--profile``). Where nothing is held on to, they are alike. Of
images of all sizes the first is the largest, so that its size is in every run. User and system time are of the
whole process.
"""

import argparse
import resource
import tempfile
from pathlib import Path

import numpy as np
from batch import make_folder, photograph, run_method, scratches
from PIL import Image

from pconv_cli.files.masks.codec import write_mask
from pconv_cli.files.samples import sample_images


def make_varied(folder: Path, count: int, side: int) -> None:
    """Write ``in/*.jpg`` and ``m/*.png`` of all sizes, with a hundredth to a tenth of damage."""
    samples = list(sample_images().values())
    for part in ("in", "m"):
        (folder / part).mkdir()
    for index in range(count):
        rng = np.random.default_rng(index)
        drawn = rng.integers(side // 2, 2 * side, 2, endpoint=True)
        size = (int(drawn[0]), int(drawn[1])) if index else (2 * side, 2 * side)
        image = photograph(samples[index % len(samples)], size, rng)
        Image.fromarray(image).save(folder / "in" / f"{index:04}.jpg", quality=92)
        write_mask(folder / "m" / f"{index:04}.png", scratches(size, rng.uniform(0.01, 0.1), rng))


def main() -> None:
    """Make the folders, run them, print the peaks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", default="50,500", help="images of each run, with commas")
    parser.add_argument("--side", type=int, default=256, help="pixels")
    parser.add_argument("--vary", action="store_true", help="images of all sizes")
    parser.add_argument("--method", default="pconv", help="METHOD or METHOD+TEXTURE")
    options = parser.parse_args()
    spent = 0.0
    for count in map(int, options.counts.split(",")):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            if options.vary:
                make_varied(folder, count, options.side)
            else:
                make_folder(folder, count, options.side**2 / 1e6, damage=0.02)
            profile = run_method(folder, options.method, "cpu")["profile"]
        peak = profile["peak_memory"] / 2**20
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds, spent = usage.ru_utime + usage.ru_stime - spent, usage.ru_utime + usage.ru_stime
        times = f"{profile['wall']:.1f} s, {seconds:.1f} s of processor time"
        print(f"{count:6} images: peak {peak:.1f} MiB, {times}", flush=True)


if __name__ == "__main__":
    main()
