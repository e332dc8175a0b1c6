"""How long `pconv eval` takes, and how much memory: made-up images, scored by any metrics.

    python benchmarks/evaluation.py --count 1000 --size 512 --workers 2
    python benchmarks/evaluation.py --count 40 --metrics psnr,ssim,l1,ms_ssim
    python benchmarks/evaluation.py --count 40 --metrics lpips --lpips-weights alexnet.pth

Every image is smooth noise, its result differs in a hole of about a quarter; both are PNG files of 8 bits. What is
timed is the whole evaluation, from finding the files to the means with their intervals; writing the images is not.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.evaluation.reports.tables import tables


def make(folder: Path, count: int, size: int) -> None:
    """Write ``count`` triples of ``size`` x ``size`` pixels: gt/, results/ and masks/."""
    rng = np.random.default_rng(0)
    for name in ("gt", "results", "masks"):
        (folder / name).mkdir()
    for number in range(count):
        coarse = rng.integers(0, 256, (size // 16 + 1, size // 16 + 1, 3), dtype=np.uint8)
        truth = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
        truth = np.clip(truth + rng.normal(0, 6, truth.shape), 0, 255).astype(np.uint8)
        hole = np.zeros((size, size), np.uint8)
        top, left = rng.integers(0, size // 2, 2)
        hole[top : top + size // 2, left : left + size // 2] = 255
        result = np.where(hole[..., None] > 0, cv2.GaussianBlur(truth, (0, 0), 4), truth)
        for name, samples in (("gt", truth), ("results", result), ("masks", hole)):
            cv2.imwrite(str(folder / name / f"{number:05d}.png"), samples)


def main() -> None:
    """Read the command line, write the images, and time their evaluation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=40, help="images (40)")
    parser.add_argument("--size", type=int, default=512, help="their side in pixels (512)")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    parser.add_argument("--metrics", default="psnr,ssim,l1", help="names with commas between (psnr,ssim,l1)")
    for option in ("--vgg", "--lpips-weights", "--fid-weights"):
        parser.add_argument(option, type=Path, help="as in pconv eval")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, options.count, options.size)
        wanted = EvalOptions(
            folder / "results",
            folder / "gt",
            folder / "masks",
            tuple(Metric(metric) for metric in options.metrics.split(",")),
            vgg=options.vgg,
            lpips_weights=options.lpips_weights,
            fid_weights=options.fid_weights,
            workers=options.workers,
        )
        start = time.perf_counter()
        evaluation = evaluate(wanted)
        tables(evaluation)
        seconds = time.perf_counter() - start
    here, worker = (resource.getrusage(w).ru_maxrss // 1024 for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    count = len(evaluation.rows)
    print(f"{count} images of {options.size} x {options.size}, {options.metrics}, {options.workers} workers")
    print(f"{seconds:.1f} s, {count / seconds:.1f} a second; peak memory {here} MB, the largest worker's {worker} MB")


if __name__ == "__main__":
    main()
