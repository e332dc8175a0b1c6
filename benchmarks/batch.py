"""How fast a folder of large photographs is restored, and how much memory it takes.

    python benchmarks/batch.py                                  # 200 photographs of 12 megapixels, 2 % damaged
    python benchmarks/batch.py --count 3 --megapixels 2 --plain 1

The photographs are scikit-image's samples, enlarged, each mirrored, shifted and toned in its own way, saved as JPEG;
their masks are scratches and spots. Every method runs as the command that a user types, with ``--profile``, on the same
folder; its figures are the program's own. The network runs alone and with the default texture
(``pconv+0``, ``pconv+0.5``). telea and biharmonic are OpenCV's and scikit-image's functions, which pconv
runs near the holes alone; on whole images they take longer.

Beside them stands the plain loop: read an image, send it through the network whole, in float32, and write it. That one
runs on the first ``--plain`` images alone, and its images a minute are extrapolated from those.

Printed are images a minute (from the first decoding to the last writing, without the start of the program), seconds an
image, the peak of resident memory and the share of the time in which the method itself ran.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pconv_cli.files.masks.codec import read_mask, write_mask
from pconv_cli.files.samples import sample_images
from pconv_cli.profiling import peak_memory

METHODS = ("pconv+0", "pconv+0.5", "telea", "biharmonic")


def make_folder(folder: Path, count: int, megapixels: float, damage: float) -> None:
    """Write ``in/*.jpg`` and ``m/*.png``, the same ones for the same arguments."""
    width = round((megapixels * 1e6 * 3 / 2) ** 0.5)
    size = round(megapixels * 1e6 / width), width
    samples = list(sample_images().values())
    for part in ("in", "m"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for index in range(count):
        rng = np.random.default_rng(index)
        image = photograph(samples[index % len(samples)], size, rng)
        Image.fromarray(image).save(folder / "in" / f"{index:04}.jpg", quality=92)
        write_mask(folder / "m" / f"{index:04}.png", scratches(size, damage, rng))


def photograph(sample: NDArray[np.uint8], size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    """One sample at another size (height, width), mirrored, shifted, toned and with the noise of a sensor."""
    large = cv2.resize(sample, size[::-1], interpolation=cv2.INTER_CUBIC).astype(np.float32)
    large = np.roll(large[:, :: rng.choice((-1, 1))], int(rng.integers(size[1])), axis=1)
    noise = rng.standard_normal((*size, 1), np.float32) * 3
    return np.clip(large * rng.uniform(0.8, 1.1) + noise, 0, 255).astype(np.uint8)


def scratches(size: tuple[int, int], damage: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A mask (True = valid) with scratches and spots that come to a share of the image."""
    hole = np.zeros(size, np.uint8)
    scale = max(1, size[1] // 1000)
    while hole.mean() < damage:
        start = (int(rng.integers(size[1])), int(rng.integers(size[0])))
        if rng.random() < 0.5:
            cv2.circle(hole, start, int(rng.integers(4, 24)) * scale, 1, -1)
        else:
            angle, length = rng.uniform(0, np.pi), rng.uniform(50, 300) * scale
            end = (int(start[0] + length * np.cos(angle)), int(start[1] + length * np.sin(angle)))
            cv2.line(hole, start, end, 1, int(rng.integers(1, 6)) * scale)
    return hole == 0


def run_method(folder: Path, method: str, device: str) -> dict[str, Any]:
    """Run ``pconv inpaint`` on the folder, by METHOD or METHOD+TEXTURE, and give its report."""
    name, _, texture = method.partition("+")
    command = [sys.executable, "-m", "pconv_cli", "inpaint", "in", "--masks", "m", "--out", f"out-{method}", "--json"]
    command += ["--method", name, "--profile", "--overwrite"]
    command += ["--texture", texture] if texture else []
    command += ["--device", device] if name == "pconv" else []
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def plain_loop(folder: Path, count: int, device: str) -> dict[str, float | None]:
    """Send whole images through the network, one after the other; the figures of `main`'s table."""
    import torch

    from pconv_cli.core.weights import load_weights

    model = load_weights(device=device)
    in_model = 0.0
    (folder / "out-plain").mkdir(exist_ok=True)
    started = time.perf_counter()
    for path in sorted((folder / "in").iterdir())[:count]:
        rgb = np.asarray(Image.open(path))
        mask = read_mask(folder / "m" / f"{path.stem}.png")
        began = time.perf_counter()
        with torch.inference_mode():
            image = torch.from_numpy(rgb.transpose(2, 0, 1).astype(np.float32) / 255)[None].to(device)
            valid = torch.from_numpy(mask.astype(np.float32))[None, None].to(device)
            filled = model(image, valid).output.clamp(0, 1)[0].cpu().numpy().transpose(1, 2, 0)
        in_model += time.perf_counter() - began
        result = np.where(mask[..., None], rgb, np.rint(filled * 255).astype(np.uint8))
        Image.fromarray(result).save(folder / "out-plain" / path.name, quality=92)
    wall = time.perf_counter() - started
    return {"seconds": wall / count, "peak_memory": peak_memory(), "model_share": in_model / wall}


def main() -> None:
    """Make the folder, run everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="photographs")
    parser.add_argument("--megapixels", type=float, default=12.0, help="size of each")
    parser.add_argument("--damage", type=float, default=0.02, help="share of each that is hole")
    parser.add_argument("--methods", default=",".join(METHODS), help="METHOD or METHOD+TEXTURE, with commas")
    parser.add_argument("--plain", type=int, default=2, help="images of the plain loop; 0: without it")
    parser.add_argument("--device", default="cpu", help="for pconv and the plain loop")
    parser.add_argument("--folder", type=Path, help="where to work, and to leave the images; else a temporary folder")
    parser.add_argument("--only-plain", action="store_true", help=argparse.SUPPRESS)  # the plain loop's own process
    options = parser.parse_args()
    if options.only_plain:
        print(json.dumps(plain_loop(options.folder, options.plain, options.device)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        make_folder(folder, options.count, options.megapixels, options.damage)
        what = f"{options.count} photographs of {options.megapixels:g} megapixels, {options.damage:.1%} damaged"
        threads = os.environ.get("OMP_NUM_THREADS", "all")
        print(f"{what}; {date.today()}, {platform.machine()}, {os.cpu_count()} cores (threads: {threads})")
        print(f"{'':22}{'images/min':>14}{'s/image':>12}{'peak MiB':>12}{'in the method':>16}", flush=True)
        for method in filter(None, options.methods.split(",")):
            profile = run_method(folder, method, options.device)["profile"]
            show(method, profile["wall"] / options.count, profile["peak_memory"], profile["model_share"])
        if options.plain:
            show_plain(folder, min(options.plain, options.count), options.device)


def show_plain(folder: Path, count: int, device: str) -> None:
    """Run the plain loop in a process of its own, so that its memory is its own, and print its line."""
    command = [sys.executable, __file__, "--only-plain", "--plain", str(count), "--device", device]
    done = subprocess.run([*command, "--folder", str(folder)], stdout=subprocess.PIPE, check=False)
    if done.returncode:  # killed for memory, most likely
        print(f"{'plain loop':22}did not end well (status {done.returncode})")
        return
    show(f"plain loop ({count} only)", **json.loads(done.stdout))


def show(name: str, seconds: float, peak_memory: float | None, model_share: float) -> None:
    """Print one line of the table."""
    peak = "-" if peak_memory is None else f"{peak_memory / 2**20:.0f}"
    print(f"{name:22}{60 / seconds:14.1f}{seconds:12.2f}{peak:>12}{model_share:16.0%}", flush=True)


if __name__ == "__main__":
    main()
