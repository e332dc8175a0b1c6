"""Run two builds of pconv on the same images and compare what they write, byte for byte, and what it costs.

    python benchmarks/same_bytes.py OLD NEW --set SET --images 12 --side 16384x4096 --work /tmp/same

OLD and NEW are each a Python that has pconv installed, or a checkout, which then runs under the Python of this script.
Compared are:

- ``demo``: every file that `pconv demo` writes, but for manifests and pages, which hold dates and times;
- ``set``: some images of a test set as `benchmarks/test_set.py` lays it out, spread over its classes, by each method;
- ``scan``: a tiled TIFF with cracks, spots and losses, drawn by `benchmarks/scan.py`, by each method.

OLD and NEW take turns, and who begins alternates from one comparison to the next. The cost is processor time, user and
system, of each process with its children: other work on the machine changes it little. Exit code 1: some file differs.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scan import make_scan

METHODS = ("pconv", "pyramid", "telea", "ns", "biharmonic", "patchmatch")

#: The methods that may run on a GPU, which these comparisons leave alone.
ON_DEVICE = ("pconv", "pyramid")

#: What holds dates and times, and so differs between two runs of one build.
DATED = {".jsonl", ".json", ".html"}


@dataclass(frozen=True)
class Compared:
    """What two builds made of the same input.

    Attributes:
        what: ``demo``, ``set`` or ``scan``.
        method: The method by its name.
        files: How many files OLD wrote.
        differing: Those of them that NEW wrote otherwise or not, and those that only NEW wrote.
        seconds: Processor time of OLD and of NEW.
    """

    what: str
    method: str
    files: int
    differing: list[str]
    seconds: tuple[float, float]


def command(build: Path) -> tuple[list[str], dict[str, str]]:
    """Return how a build is called, and in which environment."""
    if build.is_dir():
        return [sys.executable, "-m", "pconv_cli"], {**os.environ, "PYTHONPATH": str(build.resolve())}
    return [str(build), "-m", "pconv_cli"], {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(build: Path, arguments: Sequence[str], folder: Path) -> float:
    """Run a build in a folder and return its processor time in seconds.

    Raises:
        SystemExit: It failed.
    """
    words, environment = command(build)
    process = subprocess.Popen([*words, *arguments], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{build}: pconv {' '.join(arguments)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def written(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder that holds no date, by its path."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in DATED)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def compare(
    builds: Sequence[Path], folder: Path, what: str, method: str, arguments: Sequence[str], number: int
) -> Compared:
    """Run both builds on the same input and compare what they write into ``old/`` and ``new/``."""
    seconds = [0.0, 0.0]
    outputs = [folder / name for name in ("old", "new")]
    for side in ((0, 1), (1, 0))[number % 2]:
        shutil.rmtree(outputs[side], ignore_errors=True)
        seconds[side] = run(builds[side], [*arguments, "--out", outputs[side].name], folder)
    old, new = map(written, outputs)
    differing = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    for place in outputs:
        shutil.rmtree(place)
    return Compared(what, method, len(old), differing, (seconds[0], seconds[1]))


def choose(source: Path, count: int, folder: Path) -> None:
    """Copy ``count`` damaged images of a test set, spread evenly over all of them, and their masks."""
    paths = sorted((source / "damaged").rglob("*.png"))
    for path in paths[:: max(1, len(paths) // count)][:count]:
        name = path.relative_to(source / "damaged")
        for part, found in (("in", path), ("m", source / "masks" / name)):
            (folder / part / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(found, folder / part / name)


def comparisons(arguments: argparse.Namespace) -> Iterator[Compared]:
    """Prepare the inputs and compare, one method after another."""
    builds, work, number = (arguments.old, arguments.new), arguments.work, 0
    if "demo" in arguments.only:
        (work / "demo").mkdir(parents=True, exist_ok=True)
        yield compare(builds, work / "demo", "demo", "pconv", ["demo"], number)
    inpaint = ["inpaint", "in", "--masks", "m", "--no-provenance"]
    if "set" in arguments.only and arguments.set is not None:
        choose(arguments.set, arguments.images, work / "set")
    if "scan" in arguments.only:
        width, height = map(int, arguments.side.split("x"))
        make_scan(work / "scan", height, width, 8, arguments.hole_pixels, 1)
    for what in ("set", "scan"):
        for method in arguments.methods.split(",") if (work / what / "in").exists() and what in arguments.only else ():
            number += 1
            device = ["--device", "cpu"] if method in ON_DEVICE else []
            yield compare(builds, work / what, what, method, [*inpaint, "--method", method, *device], number)


def main() -> int:
    """Compare, print a table, and say by the exit code whether all is the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=Path, metavar="OLD")
    parser.add_argument("new", type=Path, metavar="NEW")
    parser.add_argument("--set", type=Path, help="a test set by benchmarks/test_set.py; without it, none is compared")
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--side", default="16384x4096", metavar="WxH", help="of the scan")
    parser.add_argument("--hole-pixels", type=int, default=400_000, help="of the scan, about")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--only", default="demo,set,scan", help="what to compare")
    parser.add_argument("--work", type=Path, required=True, help="a folder that is not there yet")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True)
    found = []
    print("| | method | files | differ | old, s | new, s | new / old |\n| --- | --- | --- | --- | --- | --- | --- |")
    for one in comparisons(arguments):
        found.append(one)
        old, new = one.seconds
        cells = (one.what, one.method, one.files, len(one.differing), f"{old:.1f}", f"{new:.1f}", f"{new / old:.2f}")
        print("|", " | ".join(map(str, cells)), "|", flush=True)
        for name in one.differing[:5]:
            print(f"differs: {name}", file=sys.stderr)
        if arguments.json:
            arguments.json.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    return int(any(one.differing for one in found))


if __name__ == "__main__":
    sys.exit(main())
