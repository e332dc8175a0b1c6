"""What goes wrong around a run, tried on real processes: bad files, bad places, a full disk, kill -9, and the like.

    python benchmarks/faults.py --tries 20

Each row makes a folder of small images with masks, brings one fault about, runs `pconv inpaint` on it and checks what
has to hold then: the exit status, one line for each file that fails, no traceback, the report whole; all the other
images restored as in a run without a fault; no input changed; nothing left in the output folder that is not whole.
Prints a table; the exit status is 1 where a row does not hold.
"""

import argparse
import ctypes
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

GOOD = 6
_PATIENCE = 120.0


@dataclass
class Place:
    """A folder with ``in``, ``m`` and ``out``, and what the images of it look like restored."""

    root: Path
    size: int = 48
    count: int = GOOD
    expected: dict[str, bytes] = field(default_factory=dict)

    def draw(self) -> None:
        """Draw images of noise, with a mask each."""
        for name in ("in", "m"):
            (self.root / name).mkdir(parents=True)
        for number in range(self.count):
            rng = np.random.default_rng(number)
            image = rng.integers(0, 256, (self.size, self.size, 3)).astype(np.uint8)
            mask = np.zeros((self.size, self.size), np.uint8)
            mask[10:20, 5 : 15 + number % 20] = 255
            self.put(f"in/g{number}.png", cv2.imencode(".png", image)[1].tobytes())
            self.put(f"m/g{number}.png", cv2.imencode(".png", mask)[1].tobytes())

    def put(self, name: str, data: bytes) -> Path:
        """Write a file below the root."""
        (self.root / name).write_bytes(data)
        return self.root / name

    def read(self, name: str) -> bytes:
        """Read a file below the root."""
        return (self.root / name).read_bytes()

    def command(self, *more: str) -> list[str]:
        """What restores the folder."""
        folders = [str(self.root / name) for name in ("in", "m", "out")]
        start = [sys.executable, "-m", "pconv_cli", "inpaint", folders[0], "--masks", folders[1], "--out", folders[2]]
        return [*start, "--method", "telea", "--json", *more]

    def run(self, *more: str, **options: Any) -> "Ended":
        """Restore the folder in a process of its own, and check what holds after every run."""
        before = self.inputs()
        done = subprocess.run(self.command(*more), capture_output=True, timeout=_PATIENCE, **options)
        ended = Ended(done.returncode, done.stdout, done.stderr.decode(errors="replace"))
        assert b"Traceback" not in done.stdout + done.stderr, ended.stderr[-300:]
        assert self.inputs() == before, "an input changed"
        return ended

    def inputs(self) -> dict[str, str]:
        """The hashes of all that is readable below ``in`` and ``m``."""
        files = [path for name in ("in", "m") for path in (self.root / name).rglob("*") if path.is_file()]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def outputs(self) -> dict[str, bytes]:
        """What lies in the output folder, except for the manifest."""
        files = [path for path in (self.root / "out").rglob("*") if path.is_file()]
        return {path.name: path.read_bytes() for path in files if not path.name.startswith("manifest.")}

    def check(self, *, without: tuple[str, ...] = ()) -> None:
        """Every good image is restored as in a run without a fault, except for some, and there is nothing else."""
        wanted = {name: data for name, data in self.expected.items() if name not in without}
        found = self.outputs()
        assert found.keys() == wanted.keys(), f"{sorted(found)} in the output folder"
        assert found == wanted, "an output is another one than without the fault"


@dataclass
class Ended:
    """How a run ended."""

    status: int
    stdout: bytes
    stderr: str

    def report(self) -> dict[str, Any]:
        """Its report."""
        report: dict[str, Any] = json.loads(self.stdout)
        return report

    def failed(self, *names: str) -> None:
        """Check that the run went on to its end and these alone failed, each with one line that names a file."""
        reasons = {one["name"]: one["reason"] for one in self.report()["failed"]}
        assert self.status == (3 if names else 0), f"exit status {self.status}: {self.stderr[-300:]}"
        assert set(reasons) == set(names), f"failed: {reasons}"
        for reason in reasons.values():
            assert reason.isprintable(), reason
            assert "report it" not in reason, reason


Fault = Callable[[Place, random.Random], None]
_FAULTS: list[tuple[str, str, bool, Fault]] = []


def fault(name: str, holds: str, *, many: bool = False) -> Callable[[Fault], Fault]:
    """Enter a row: the fault, what has to hold, and whether it is a matter of chance, to be tried often."""

    def enter(function: Fault) -> Fault:
        _FAULTS.append((name, holds, many, function))
        return function

    return enter


def bad_file(place: Place, folder: str, make: Callable[[Path], object]) -> None:
    """Put one bad file beside good ones, as an image or as a mask, and restore."""
    other = "m" if folder == "in" else "in"
    place.put(f"{other}/bad.png", place.read(f"{other}/g0.png"))
    make(place.root / folder / "bad.png")
    place.run().failed("bad.png")
    place.check()


for _folder, _what in (("in", "image"), ("m", "mask")):
    _one_fails = "that image fails, the others are done"

    @fault(f"{_what} of zero bytes", _one_fails)
    def _empty(place: Place, _: random.Random, folder: str = _folder) -> None:
        bad_file(place, folder, lambda path: path.touch())

    @fault(f"{_what} cut off", _one_fails, many=True)
    def _truncated(place: Place, rng: random.Random, folder: str = _folder) -> None:
        data = place.read(f"{folder}/g0.png")
        bad_file(place, folder, lambda path: path.write_bytes(data[: rng.randrange(1, len(data) - 16)]))

    @fault(f"{_what} that may not be read", _one_fails)
    def _unreadable(place: Place, _: random.Random, folder: str = _folder) -> None:
        other = "m" if folder == "in" else "in"
        place.put(f"{other}/bad.png", place.read(f"{other}/g0.png"))
        place.put(f"{folder}/bad.png", place.read(f"{folder}/g0.png")).chmod(0)
        place.run(preexec_fn=bound_by_permissions).failed("bad.png")
        place.check()

    @fault(f"a link to nowhere as {_what}", _one_fails)
    def _dangling(place: Place, _: random.Random, folder: str = _folder) -> None:
        bad_file(place, folder, lambda path: path.symlink_to("nowhere.png"))


@fault("a folder, a FIFO for an image", "passed over; the others are done")
def _no_files(place: Place, _: random.Random) -> None:
    (place.root / "in" / "bad.png").mkdir()
    os.mkfifo(place.root / "in" / "pipe.png")
    place.run().failed()
    place.check()


@fault("a folder, a FIFO for a mask", "their images fail, the others are done")
def _no_masks(place: Place, _: random.Random) -> None:
    for name in ("bad.png", "pipe.png"):
        place.put(f"in/{name}", place.read("in/g0.png"))
    (place.root / "m" / "bad.png").mkdir()
    os.mkfifo(place.root / "m" / "pipe.png")
    place.run().failed("bad.png", "pipe.png")
    place.check()


@fault("a FIFO for the manifest", "an error, or all done; no hanging")
def _fifo_manifest(place: Place, _: random.Random) -> None:
    (place.root / "out").mkdir()
    os.mkfifo(place.root / "out" / "manifest.jsonl")
    ended = place.run()
    assert ended.status in (0, 2, 3), ended.stderr[-300:]
    assert ended.status or len(place.outputs()) == GOOD


@fault("an output folder that may not be written", "exit status 2, nothing written")
def _closed(place: Place, _: random.Random) -> None:
    (place.root / "out").mkdir(mode=0o555)
    assert place.run(preexec_fn=bound_by_permissions).status == 2
    place.check(without=tuple(place.expected))


@fault("a full disk (a limit of 4 kB a file)", "all images fail, no part of one is left")
def _full(place: Place, _: random.Random) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    place.run(preexec_fn=limited).failed(*place.expected)
    place.check(without=tuple(place.expected))


@fault("names of any bytes, with control characters", "all done, no raw character on the terminal")
def _names(place: Place, _: random.Random) -> None:
    for number, raw in enumerate((b"\x1b[31mred", b"new\nline", b"\xc4\xe3\xba\xc3", b"-rf", b"x" * 240)):
        for folder in ("in", "m"):
            place.put(f"{folder}/{os.fsdecode(raw)}.png", place.read(f"{folder}/g{number}.png"))
    ended = place.run()
    ended.failed()
    assert len(place.outputs()) == GOOD + 5
    assert all(line.isprintable() for line in ended.stderr.splitlines()), ended.stderr
    assert "\x1b" not in ended.stderr


@fault("standard error closed, or full", "all done, the report whole")
def _no_stderr(place: Place, _: random.Random) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(place.command(), stdout=subprocess.PIPE, stderr=full, timeout=_PATIENCE)
    Ended(ended.returncode, ended.stdout, "").failed()
    place.check()
    shell = ["sh", "-c", 'exec "$@" 2>&-', "sh", *place.command("--overwrite")]
    ended = subprocess.run(shell, stdout=subprocess.PIPE, timeout=_PATIENCE)
    Ended(ended.returncode, ended.stdout, "").failed()
    place.check()


@fault("kill -9 at any time, then --resume", "all done, as in one run; nothing left over", many=True)
def _killed(place: Place, rng: random.Random) -> None:
    with running(place) as run:
        time.sleep(rng.uniform(0.2, 1.0) * typical_seconds(place))
        run.kill()
    for name, data in place.outputs().items():
        assert name.startswith(".pconv-") or data == place.expected[name], f"{name} is not whole"
    place.run("--resume").failed()
    place.check()


@fault("Ctrl-C or SIGTERM at any time, then --resume", "130, or done before; then all done", many=True)
def _stopped(place: Place, rng: random.Random) -> None:
    with running(place) as run:
        time.sleep(rng.uniform(0.2, 1.0) * typical_seconds(place))
        run.send_signal(rng.choice([signal.SIGINT, signal.SIGTERM]))
        assert run.wait(_PATIENCE) in (0, 130, -signal.SIGTERM, -signal.SIGINT), f"exit status {run.returncode}"
    for name, data in place.outputs().items():
        assert data == place.expected[name], f"{name} is not whole, or is left over"
    place.run("--resume").failed()
    place.check()


@fault("an image replaced again and again during the run, then --resume", "its output is that of the last", many=True)
def _replaced(place: Place, rng: random.Random) -> None:
    one, two = place.read("in/g0.png"), place.read("in/g1.png")
    going = threading.Event()

    def swap() -> None:
        while not going.wait(rng.uniform(0, 0.02)):
            place.put("new", rng.choice([one, two])).replace(place.root / "in" / "g0.png")

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        with running(place) as run:
            assert run.wait(_PATIENCE) in (0, 3), run.returncode
    finally:
        going.set()
        swapper.join()
    last = place.read("in/g0.png")
    place.run("--resume").failed()
    if last != one:
        other = Place(place.root / "other", place.size, 1)
        other.draw()
        other.put("in/g0.png", two)
        other.run().failed()
        place.expected["g0.png"] = other.outputs()["g0.png"]
    place.check()


@fault("two runs at once on one folder", "both end with 0; all done, as in one", many=True)
def _twice(place: Place, rng: random.Random) -> None:
    with running(place) as first:
        time.sleep(rng.uniform(0, 0.5))
        with running(place) as second:
            assert [run.wait(_PATIENCE) for run in (first, second)] == [0, 0]
    place.check()


@contextmanager
def running(place: Place) -> "Iterator[subprocess.Popen[bytes]]":
    """A run that has begun, and has ended after the block."""
    # In a background job SIGINT may be ignored, and a child would inherit that.
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler)}
    run = subprocess.Popen(place.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **heard)
    try:
        yield run
    finally:
        run.kill()
        run.wait()


_seconds: list[float] = []


def typical_seconds(place: Place) -> float:
    """How long a run takes here, so that signals meet all of its stages."""
    if not _seconds:
        other = Place(place.root / "timed", place.size, place.count)
        other.draw()
        began = time.monotonic()
        other.run()
        _seconds.append(time.monotonic() - began)
    return _seconds[0]


def bound_by_permissions() -> None:
    """Take from a process that is about to start root's right to read and write what its permissions forbid."""
    if os.geteuid() == 0:
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def main() -> int:
    """Try the faults; see the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tries", type=int, default=20, help="of the faults that are a matter of chance")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="a word that the fault's name holds")
    arguments = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory(prefix="faults-") as work:
        Path(work).chmod(0o755)
        model = Place(Path(work) / "model")
        model.draw()
        model.run().failed()
        print("| fault | what has to hold | held |\n| --- | --- | ---: |")
        for name, holds, many, function in _FAULTS:
            if arguments.only not in name:
                continue
            tries, held = arguments.tries if many else 1, 0
            for number in range(tries):
                place = Place(Path(work) / "try", expected=dict(model.outputs()))
                place.draw()
                try:
                    function(place, random.Random(f"{arguments.seed} {name} {number}"))
                    held += 1
                except (AssertionError, subprocess.TimeoutExpired, ValueError) as error:
                    print(f"{name}, try {number}: {type(error).__name__}: {error}"[:600], file=sys.stderr)
                shutil.rmtree(place.root)
            bad += held < tries
            print(f"| {name} | {holds} | {held} of {tries} |", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
