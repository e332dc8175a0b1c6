"""How much memory and time `pconv masks detect` takes on a huge TIFF, and whether it finds what was painted there.

    python benchmarks/detection_scan.py --side 32768 --work /tmp/scan

The scan of `benchmarks/scan.py` is drawn with its damage painted in pure green, where `--method` is left out; the mask
that `pconv masks detect` writes then has to be the damage, pixel by pixel. With `--method` (white, black, scratches,
cracks) the same scan is searched for that, only memory and time are reported. `pconv masks detect` runs as a process
of its own; its peak of resident memory is what the system reports when it ends.

Needed on disk: the scan (32768 x 32768: some 3 GB in 8 bits, 6 GB in 16).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tifffile
from scan import TILE, apart, damage, tiles

from pconv_cli.files.masks.codec import read_packed_mask
from pconv_cli.tiling.rect import Rect


def painted(height: int, width: int, bits: int, hole: np.ndarray) -> Iterator[np.ndarray]:
    """The image, tile by tile, its damage painted green."""
    places = ((y, x) for y in range(0, height, TILE) for x in range(0, width, TILE))
    for (y, x), tile in zip(places, tiles(height, width, bits), strict=True):
        here = np.zeros((TILE, TILE), bool)
        part = hole[y : y + TILE, x : x + TILE]
        here[: part.shape[0], : part.shape[1]] = part
        tile[here] = (0, 2**bits - 1, 0)
        yield tile


def make(folder: Path, side: int, bits: int, share: float) -> None:
    """Write in/scan.tif below a folder."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(
        folder / "in" / "scan.tif",
        painted(side, side, bits, damage(side, side, int(share * side**2))),
        shape=(side, side, 3),
        dtype=f"uint{bits}",
        photometric="rgb",
        tile=(TILE, TILE),
        bigtiff=True,
        compression="deflate",
        compressionargs={"level": 1},
        predictor=True,
        metadata=None,
    )


def search(folder: Path, options: list[str]) -> dict[str, object]:
    """Run the command; gives seconds, the peak of resident memory, and what it reports."""
    shutil.rmtree(folder / "m", ignore_errors=True)
    command = [sys.executable, "-m", "pconv_cli", "masks", "detect", "in/", "--out", "m/", "--json", *options]
    started = time.perf_counter()
    with (folder / "report.json").open("wb") as report:
        process = subprocess.Popen(command, cwd=folder, stdout=report)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"pconv masks detect ended with {process.returncode}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    found = json.loads((folder / "report.json").read_text())["found"][0]
    return {
        "seconds": round(seconds, 1),
        "of processors": round(usage.ru_utime + usage.ru_stime, 1),
        "peak MB": round(peak),
        "hole ratio": found["hole_ratio"],
        "areas": found["areas"],
    }


def differing(folder: Path, side: int, share: float) -> int:
    """How many pixels of the mask that was written are not the damage."""
    mask, hole = read_packed_mask(folder / "m" / "scan.tif"), damage(side, side, int(share * side**2))
    bands = (Rect(top, 0, min(TILE, side - top), side) for top in range(0, side, TILE))
    return sum(int(np.count_nonzero(mask.hole(band) != hole[band.slices])) for band in bands)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, measure and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=8192, help="side of the scan in pixels")
    parser.add_argument("--bits", type=int, choices=(8, 16), default=8, help="depth")
    parser.add_argument("--damage", type=float, default=0.005, help="share of the scan that is damaged, about")
    parser.add_argument("--method", action="append", help="look for this and not for paint; may be given several times")
    parser.add_argument("--work", type=Path, required=True, help="folder for the scan; what is there is replaced")
    parser.add_argument("--keep", action="store_true", help="keep the scan")
    options = parser.parse_args(arguments)
    apart(make, options.work, options.side, options.bits, options.damage)
    size = (options.work / "in" / "scan.tif").stat().st_size / 1e9
    print(f"{options.side} x {options.side}, {options.bits} bits, {size:.2f} GB", file=sys.stderr)
    wanted = [word for method in options.method or [] for word in ("--method", method)] or ["--color", "#00ff00"]
    figures = search(options.work, wanted)
    if not options.method:
        figures["pixels that differ"] = apart(differing, options.work, options.side, options.damage)
    for name, value in figures.items():
        print(f"{name:20} {value!s:>12}")
    if not options.keep:
        shutil.rmtree(options.work)


if __name__ == "__main__":
    main()
