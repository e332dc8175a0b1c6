"""Peak memory of `pconv inpaint` on one huge file of a format, against its decoded size.

    python benchmarks/memory.py --kind jp2 --kind psd --megapixels 400 --work DIR

A synthetic RGB image of 8 bits is written (JPEG 2000 without loss, of one tile as most archives have it; PSD packed by
rows), with a small hole. `pconv inpaint --method telea` then runs as a process of its own, whose peak of resident
memory is read from /proc while it runs.
"""

import argparse
import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pconv_cli.files.masks.codec import write_mask

_BAND = 1000


def band(top: int, rows: int, side: int) -> NDArray[np.uint8]:
    """Some rows of the image, ``(rows, side, 3)``: waves with a little grain."""
    y, x = np.mgrid[top : top + rows, :side].astype(np.float32)
    grain = np.random.default_rng(top).integers(0, 2, (rows, side, 1))
    waves = np.stack([np.sin(x / 90 + y / 300), np.cos(y / 70), np.sin((x - y) / 130)], axis=2)
    return (120 + 100 * waves + grain).astype(np.uint8)


def bands(side: int) -> Iterator[NDArray[np.uint8]]:
    """All rows of the image."""
    for top in range(0, side, _BAND):
        yield band(top, min(_BAND, side - top), side)


def write_psd(path: Path, side: int) -> None:
    """A PSB of packed rows, channel by channel."""
    import imagecodecs

    lengths: list[int] = []
    with path.open("wb") as file:
        file.write(struct.pack(">4sH6xHIIHH", b"8BPS", 2, 3, side, side, 8, 3) + struct.pack(">IIQH", 0, 0, 0, 1))
        table = file.tell()
        file.write(bytes(4 * 3 * side))
        for channel in range(3):
            for rows in bands(side):
                for row in rows[:, :, channel]:
                    data = bytes(imagecodecs.packbits_encode(row.tobytes()))
                    lengths.append(len(data))
                    file.write(data)
        file.seek(table)
        file.write(struct.pack(f">{len(lengths)}I", *lengths))


def write_jp2(path: Path, side: int) -> None:
    """A bare codestream of one tile."""
    import imagecodecs

    samples = np.concatenate(list(bands(side)))
    path.write_bytes(imagecodecs.jpeg2k_encode(samples, codecformat="j2k", reversible=True, bitspersample=8, mct=True))


def write_jpeg(path: Path, side: int) -> None:
    """A JPEG of quality 90 and 4:2:0."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    Image.fromarray(np.concatenate(list(bands(side)))).save(path, quality=90)


_WRITERS = {"psd": (".psb", write_psd), "jp2": (".j2k", write_jp2), "jpeg": (".jpg", write_jpeg)}


def peak_of(process: int) -> int:
    """Read the peak of a process so far, in bytes; what the system says in the end counts its parent's memory, too."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    return 0  # it has ended


def measure(kind: str, megapixels: float, work: Path) -> dict[str, float | str]:
    """Restore one file, and give what it took."""
    side = round((megapixels * 1e6) ** 0.5)
    suffix, write = _WRITERS[kind]
    image, mask = work / f"{side}{suffix}", work / f"{side}-mask.tif"
    if not image.exists():
        if os.fork() == 0:  # so that what writing takes is not counted here
            write(image, side)
            os._exit(0)
        os.wait()
    known = np.ones((side, side), np.bool_)
    known[side // 2 : side // 2 + 60, side // 3 : side // 3 + 90] = False
    write_mask(mask, known)
    command = [
        sys.executable,
        "-m",
        "pconv_cli",
        "inpaint",
        str(image),
        "--masks",
        str(mask),
        "--out",
        str(work / "out"),
    ]
    began = time.perf_counter()
    process = subprocess.Popen([*command, "--method", "telea", "--overwrite"], stdout=subprocess.DEVNULL)
    peak, decoded = 0, side * side * 3
    while (found := os.wait4(process.pid, os.WNOHANG))[0] == 0:
        peak = max(peak, peak_of(process.pid))
        time.sleep(0.1)
    _, status, used = found
    if status:
        raise SystemExit(f"{image}: pconv inpaint failed")
    return {
        "kind": kind,
        "megapixels": round(side * side / 1e6, 1),
        "file_mb": round(image.stat().st_size / 1e6),
        "decoded_mb": round(decoded / 1e6),
        "peak_mb": round(peak / 1e6),
        "times_decoded": round(peak / decoded, 2),
        "seconds": round(time.perf_counter() - began),
        "processor_seconds": round(used.ru_utime + used.ru_stime),
    }


def main() -> None:
    """Measure each kind, and print a line of JSON for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", action="append", choices=list(_WRITERS), required=True)
    parser.add_argument("--megapixels", type=float, default=100)
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    for kind in options.kind:
        print(json.dumps(measure(kind, options.megapixels, options.work)), flush=True)


if __name__ == "__main__":
    main()
