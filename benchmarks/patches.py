"""Compare the patch engine with PyPatchMatch: the same holes, the same cores, one run.

    pip install pypatchmatch==2.2.0
    python benchmarks/patches.py SET --vgg VGG16 --out patches/ --every 6

SET is what benchmarks/test_set.py writes. Every image is filled by ``--method patchmatch`` and by PyPatchMatch at the
same patch radius, in turn, in one process and with one thread; times are processor seconds, medians of ``--rounds``.
`pconv eval` then scores both: PSNR in the holes, VGG16's style distance, and texture and rim as ratios to the truth.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from pconv_cli.evaluation.evaluator import EvalOptions, evaluate
from pconv_cli.evaluation.metrics.names import Metric
from pconv_cli.methods.patches import completion
from pconv_cli.methods.patches.sizes import RADIUS

Rgb8 = NDArray[np.uint8]
METRICS = (Metric.PSNR, Metric.STYLE, Metric.TEXTURE, Metric.RIM)


def ours(image: Rgb8, mask: NDArray[np.bool_]) -> Rgb8:
    """Fill as ``--method patchmatch`` does."""
    filled = completion.complete(image.astype(np.float32) / 255, mask)
    return np.rint(filled * 255).astype(np.uint8)


def theirs(image: Rgb8, mask: NDArray[np.bool_]) -> Rgb8:
    """Fill as PyPatchMatch does, with its own seed."""
    from patchmatch import patch_match

    patch_match.set_random_seed(0)
    filled: Rgb8 = patch_match.inpaint(image, (~mask).astype(np.uint8) * 255, patch_size=RADIUS)
    return filled


ENGINES: dict[str, Callable[[Rgb8, NDArray[np.bool_]], Rgb8]] = {"pconv": ours, "pypatchmatch": theirs}


def main() -> None:
    """Fill, score and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--vgg", type=Path, required=True, help="VGG16's weights, as for pconv eval --style")
    parser.add_argument("--every", type=int, default=1, help="take every Nth image of a class")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    completion.usable_cores = lambda: 1  # type: ignore[attr-defined]
    seconds: dict[tuple[str, str], list[float]] = {}
    for folder in sorted(path for path in (options.set / "damaged").iterdir() if path.is_dir()):
        for path in sorted(folder.iterdir())[:: options.every]:
            name = path.relative_to(options.set / "damaged")
            image = cv2.imread(str(path))
            mask = cv2.imread(str(options.set / "masks" / name), cv2.IMREAD_GRAYSCALE) < 128
            times: dict[str, list[float]] = {engine: [] for engine in ENGINES}
            for _ in range(options.rounds):
                for engine, fill in ENGINES.items():
                    start = time.process_time()
                    filled = fill(image, mask)
                    times[engine].append(time.process_time() - start)
                    target = options.out / engine / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    cv2.imwrite(str(target), np.where(mask[:, :, np.newaxis], image, filled))
            for engine in ENGINES:
                seconds.setdefault((folder.name, engine), []).append(float(np.median(times[engine])))
    print("| holes | engine | PSNR in holes, dB | style x 10^3 | texture | rim | processor seconds an image |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for ratio_class in sorted({key[0] for key in seconds}):
        for engine in ENGINES:
            places = (options.out / engine, options.set / "gt", options.set / "masks")
            report = evaluate(
                EvalOptions(*(place / ratio_class for place in places), METRICS, vgg=options.vgg, allow_missing=True)
            )
            means = report.groups()[-1].means
            psnr, style, texture, rim = (
                means[metric, region].value
                for metric, region in zip(METRICS, ("hole", "whole", "hole", "band"), strict=True)
            )
            cells = f"{psnr:.2f} | {1e3 * style:.2f} | {texture:.2f} | {rim:.2f}"
            print(f"| {ratio_class} | {engine} | {cells} | {np.mean(seconds[ratio_class, engine]):.2f} |")


if __name__ == "__main__":
    main()
