"""Processor time of the default method on three sorts of damage, beside telea and beside another checkout of pconv.

    python benchmarks/damage.py folder specks scan --before OTHER --rounds 3 --work /tmp/damage

- ``folder``: photographs of 12 megapixels with 2 % of scratches and spots, as of benchmarks/batch.py;
- ``specks``: 25,000 specks of 1 to 3 pixels on 3 megapixels;
- ``scan``: a TIFF with 0.5 % of scattered damage, as of benchmarks/scan.py, beside one with all of it in one block.

Every run is the whole command, as a process of its own with one thread; sides take turns. Printed are medians of user
and system seconds, with the peak of resident memory. One thread, since spinning counts as work.
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import batch
import cv2
import numpy as np
import scan
import tifffile
from PIL import Image

from pconv_cli.files.masks.codec import write_mask

HERE = Path(__file__).resolve().parents[1]


def make_folder(work: Path, options: argparse.Namespace) -> None:
    """Write photographs with scratches and spots."""
    batch.make_folder(work, options.count, 12.0, 0.02)


def make_specks(work: Path, options: argparse.Namespace) -> None:
    """Write a photograph with specks."""
    batch.make_folder(work, 1, 3.0, 0.0)
    with Image.open(work / "in" / "0000.jpg") as image:
        width, height = image.size
    rng = np.random.default_rng(0)
    mask = np.ones((height, width), np.bool_)
    for _ in range(25_000):
        top, left = rng.integers(height), rng.integers(width)
        mask[top : top + rng.integers(1, 4), left : left + rng.integers(1, 4)] = False
    write_mask(work / "m" / "0000.png", mask)


def make_scan(work: Path, options: argparse.Namespace) -> None:
    """Write a scan with scattered damage in ``m``, and in ``block`` a mask with as much in one block."""
    side = options.side
    scan.make_scan(work, side, side, 8, side * side // 200, 1)
    (work / "block").mkdir(exist_ok=True)
    hole = np.zeros((side, side), np.bool_)
    across = round(tifffile.imread(work / "m" / "scan.tif").sum() ** 0.5)
    hole[side // 3 : side // 3 + across, side // 3 : side // 3 + across] = True
    tifffile.imwrite(
        work / "block" / "scan.tif", hole, tile=(512, 512), compression="deflate", photometric="minisblack"
    )


MAKERS: dict[str, Callable[[Path, argparse.Namespace], None]] = {
    "folder": make_folder,
    "specks": make_specks,
    "scan": make_scan,
}


def run(work: Path, code: Path, masks: str, method: str) -> tuple[float, float]:
    """Restore the folder; gives processor seconds and the peak of memory in MB."""
    command = [sys.executable, "-m", "pconv_cli", "inpaint", str(work / "in"), "--masks", str(work / masks)]
    command += ["--out", str(work / "out"), "--method", method, "--overwrite"]
    command += ["--device", "cpu"] if method == "pconv" else []
    environment = os.environ | {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def main() -> None:
    """Make the images, run the sides in turn, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="+", choices=list(MAKERS))
    parser.add_argument("--before", type=Path, help="another checkout to run beside this one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=3, help="photographs of `folder`")
    parser.add_argument("--side", type=int, default=16384, help="of `scan`")
    parser.add_argument("--work", type=Path, required=True, help="folder for the images; what is there is replaced")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for row in options.rows:
        work = options.work / row
        MAKERS[row](work, options)
        other = ("block", "pconv") if row == "scan" else ("m", "telea")
        sides = {"now": (HERE, "m", "pconv"), "/".join(other): (HERE, *other)}
        if options.before:
            sides["before"] = (options.before, "m", "pconv")
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
        for _ in range(options.rounds):
            for name, side in sides.items():
                taken[name].append(run(work, *side))
        now = statistics.median(seconds for seconds, _ in taken["now"])
        for name, runs in taken.items():
            seconds, peak = statistics.median(s for s, _ in runs), max(peak for _, peak in runs)
            print(f"{row:8} {name:14} {seconds:8.1f} s {peak:8.0f} MB   now / it: {now / seconds:.2f}", flush=True)


if __name__ == "__main__":
    main()
