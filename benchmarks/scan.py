"""Make a huge scan with damage, restore it by `pconv inpaint`, and measure what that takes and what it leaves alone.

    python benchmarks/scan.py --side 32768 --bits 8 --bits 16 --work /tmp/scan

The scan is drawn here, tile by tile: colours that change slowly, brush strokes, canvas and noise; a tiled, compressed
BigTIFF with colour profile, EXIF, resolution and description. Its damage is made of cracks and losses of set size and
number, so that a scan of half the area can have the very same damage: `full` and `half` differ in the image alone.
`pconv inpaint` runs as a process of its own; its peak of resident memory is what the system reports when it ends.

Needed on disk: up to four times the scan (32768 x 32768: some 3 GB in 8 bits, 6 GB in 16).
"""

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

TILE = 512
_TAGS_THAT_MAY_DIFFER = {"TileOffsets", "TileByteCounts", "ExifTag"}


def tiles(height: int, width: int, bits: int) -> Iterator[np.ndarray]:
    """The image, tile by tile; each depends on its place alone."""
    rng = np.random.default_rng(1)
    canvas = rng.normal(0, 0.006, (TILE, TILE, 1)).astype(np.float32)
    grain = [rng.normal(0, 0.01, (TILE, TILE, 3)).astype(np.float32) for _ in range(4)]
    rows, columns = np.mgrid[:TILE, :TILE].astype(np.float32)
    top = 2**bits - 1
    for y in range(0, height, TILE):
        for x in range(0, width, TILE):
            far, near = (y + rows) / 900, (x + columns) / 1300
            strokes = 0.05 * np.sin((y + rows) / 7 + 3 * np.sin((x + columns) / 50))
            slow = [np.sin(far + 2 * near), np.cos(near - far / 2), np.sin(far / 3) * np.cos(near)]
            image = 0.5 + 0.25 * np.stack(slow, axis=2) + strokes[:, :, None] + canvas + grain[(x // TILE) % 4]
            yield np.rint(np.clip(image, 0, 1) * top).astype(np.uint8 if bits == 8 else np.uint16)


def damage(height: int, width: int, pixels: int) -> np.ndarray:
    """A mask ``(height, width)`` bool, True = hole, with about ``pixels`` hole pixels: cracks, spots and losses.

    Sizes and number depend on ``width`` and ``pixels`` alone, places are shares of the image.
    """
    import cv2

    rng = np.random.default_rng(2)
    hole = np.zeros((height, width), np.uint8)
    left = pixels
    while left > 0:
        kind = rng.random()
        y, x = int(rng.random() * height), int(rng.random() * width)
        if kind < 0.3:  # a crack of 300 to 1,500 pixels
            steps = rng.normal(0, 0.3, 40).cumsum() + rng.uniform(0, 2 * np.pi)
            length = rng.uniform(8, 38)
            line = np.stack([x + (length * np.cos(steps)).cumsum(), y + (length * np.sin(steps)).cumsum()], axis=1)
            wide = int(rng.integers(3, 12))
            cv2.polylines(hole, [line.astype(np.int32)], isClosed=False, color=1, thickness=wide)
            left -= int(40 * length * wide)
        elif kind < 0.95:  # a spot
            radius = int(rng.integers(3, 40))
            cv2.circle(hole, (x, y), radius, 1, -1)
            left -= int(3.14 * radius**2)
        else:  # a loss, a tenth of the image's side across at most
            size = rng.integers(20, max(21, min(600, width // 20)), 2)
            cv2.ellipse(hole, (x, y), (int(size[0]), int(size[1])), float(rng.uniform(0, 180)), 0, 360, 1, -1)
            left -= int(3.14 * size[0] * size[1])
    return hole.astype(bool)


def make_scan(folder: Path, height: int, width: int, bits: int, pixels: int, mask_bits: int) -> None:
    """Write in/scan.tif and m/scan.tif below a folder."""
    for name in ("in", "m"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(
        folder / "in" / "scan.tif",
        tiles(height, width, bits),
        shape=(height, width, 3),
        dtype=f"uint{bits}",
        photometric="rgb",
        tile=(TILE, TILE),
        bigtiff=True,
        compression="deflate",
        compressionargs={"level": 1},
        predictor=True,
        resolution=(1200, 1200),
        resolutionunit="INCH",
        description="A scan drawn by benchmarks/scan.py",
        iccprofile=b"a profile's bytes, whatever they are",
        metadata=None,
    )
    hole = damage(height, width, pixels)
    stored = hole if mask_bits == 1 else np.where(hole, np.uint8(255), np.uint8(0))
    options = {"tile": (TILE, TILE), "compression": "deflate", "photometric": "minisblack", "metadata": None}
    tifffile.imwrite(folder / "m" / "scan.tif", stored, bigtiff=True, **options)


def restore(folder: Path, options: list[str]) -> tuple[float, float, dict]:
    """Run the command; gives seconds, the peak of resident memory in MB, and its report."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "pconv_cli",
        "inpaint",
        "in/scan.tif",
        "--masks",
        "m/scan.tif",
        "--out",
        "out/",
        "--no-provenance",
    ]
    started = time.perf_counter()
    with (folder / "report.json").open("wb") as report:
        process = subprocess.Popen([*command, "--json", *options], cwd=folder, stdout=report)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"pconv inpaint ended with {process.returncode}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return seconds, peak, json.loads((folder / "report.json").read_text())


def check(folder: Path) -> dict[str, object]:
    """Compare the scan and its restoration tile by tile."""
    names = ("in", "m", "out")
    source, mask, after = (tifffile.TiffFile(folder / name / "scan.tif") for name in names)
    with source, mask, after:
        pages = [file.pages.first for file in (source, mask, after)]
        across = -(-pages[0].imagewidth // TILE)
        same = kept = touched = changed = 0
        for entry in range(len(pages[0].dataoffsets)):
            raw = []
            for page in pages:
                page.parent.filehandle.seek(page.dataoffsets[entry])
                raw.append(page.parent.filehandle.read(page.databytecounts[entry]))
            hole = np.asarray(pages[1].decode(raw[1], entry)[0][0, :, :, 0]) > 0
            if not hole.any():
                kept += raw[0] == raw[2]
                same += 1
                continue
            touched += 1
            before, later = (pages[at].decode(raw[at], entry)[0][0] for at in (0, 2))
            if not np.array_equal(before[~hole], later[~hole]):
                raise SystemExit(f"tile {entry // across}, {entry % across}: a pixel outside the holes changed")
            changed += int(np.count_nonzero((before != later).any(axis=2)))
        tags = [{tag.name: tag.value for tag in page.tags} for page in (pages[0], pages[2])]
        differ = {name for name in tags[0].keys() | tags[1].keys() if tags[0].get(name) != tags[1].get(name)}
        return {
            "tiles touched": touched,
            "tiles untouched": same,
            "of these the same bytes": kept,
            "tags that differ": sorted(differ - _TAGS_THAT_MAY_DIFFER),
            "is BigTIFF": after.is_bigtiff,
            "hole pixels changed": changed,
        }


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run a function in a process of its own: the system counts a parent's peak of memory as its children's too."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=8192, help="side of the scan in pixels")
    parser.add_argument("--bits", type=int, choices=(8, 16), action="append", help="depth; may be given twice")
    parser.add_argument("--mask-bits", type=int, choices=(1, 8), default=1, help="depth of the mask")
    parser.add_argument("--damage", type=float, default=0.005, help="share of the full scan that is hole, about")
    parser.add_argument("--work", type=Path, required=True, help="folder for the scans; what is there is replaced")
    parser.add_argument("--keep", action="store_true", help="keep the scans")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("options", nargs="*", help="further options of pconv inpaint, after --")
    options = parser.parse_args(arguments)
    rows = []
    for bits in options.bits or [8, 16]:
        for name, height in (("full", options.side), ("half", options.side // 2)):
            folder = options.work / f"{name}{bits}"
            pixels = int(options.damage * options.side**2)
            print(f"{name}, {bits} bits: drawing {options.side} x {height}", file=sys.stderr)
            apart(make_scan, folder, height, options.side, bits, pixels, options.mask_bits)
            free = shutil.disk_usage(folder).free / 1e9
            size = (folder / "in" / "scan.tif").stat().st_size / 1e9
            print(f"{name}, {bits} bits: restoring {size:.2f} GB, {free:.0f} GB free", file=sys.stderr)
            seconds, peak, report = restore(folder, options.options)
            checked = apart(check, folder)
            rows.append(
                {
                    "scan": f"{options.side}x{height}, {bits} bits",
                    "GB": round(size, 3),
                    "hole": report["done"][0]["hole_ratio"],
                    "seconds": round(seconds, 1),
                    "peak MB": round(peak),
                    **checked,
                }
            )
            if not options.keep:
                shutil.rmtree(folder)
    for name in rows[0]:
        print(f"{name:24}", *(f"{row[name]!s:>20}" for row in rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
