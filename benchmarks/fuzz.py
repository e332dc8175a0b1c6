"""Restore thousands of damaged files by `pconv`'s own code, and hold it to its promises.

    python benchmarks/fuzz.py --count 20000 --seed 0 --keep failing/

Each file is a small PNG, TIFF, JPEG, WebP or BMP, drawn and then changed by a seed (see `fuzz_inputs.py`). It is given
as an image with a mask, as a mask, as an image with its mask in its alpha, or as a huge scan (TIFF, in windows). What
must hold of every one:

- it is restored, or refused by one of our own errors: one line, printable, that names the file;
- no input changes, and none stops the others of its folder;
- the samples of an output that were known are those of its input, as other decoders read both (`fuzz_judge.py`);
- no crash, nothing that hangs, and no more than 1 GB of memory.

Folders of 25 files are restored in a process of its own, with limits of time and memory; where one of them ends it,
they are tried one by one. The exit status is 1 where anything failed. The same seed gives the same files.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fuzz_judge
import numpy as np
from fuzz_inputs import Input, make_input
from fuzz_process import Gone, Helper

BATCH = 25
ROLES = ("image", "image", "mask", "mask", "alpha", "scan", "scan mask")
_PATIENCE = 180.0  # seconds for a folder; a file alone has a third of it
_MEMORY = 1 << 30


@dataclass
class Tried:
    """What a folder came to: by name what failed and why, and who was done; the peak of memory in bytes."""

    failed: dict[str, str]
    done: dict[str, str]
    memory: int
    unexpected: str = ""


def restore(work: dict[str, Any]) -> Tried:
    """Restore one folder; runs in a process of its own."""
    from pconv_cli.files.formats import ImageFormat
    from pconv_cli.files.masks.polarity import Polarity
    from pconv_cli.files.tiff import windowed
    from pconv_cli.jobs import folder, options
    from pconv_cli.methods.names import Method

    root = Path(work["root"])
    windowed.SCAN_PIXELS = 1 if work["role"].startswith("scan") else 32_000_000
    asked = options.InpaintOptions(
        images=root / "in",
        masks="alpha" if work["role"] == "alpha" else root / "masks",
        out=root / "out",
        method=Method.TELEA,
        polarity=Polarity.WHITE if work["white_is_hole"] else Polarity.BLACK,
        threshold=work["threshold"],
        cmyk_to_rgb=work["cmyk_to_rgb"],
        format=None if work["format"] is None else ImageFormat(work["format"]),
        max_megapixels=8,
        allow_large_holes=True,
    )
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    report, unexpected = None, ""
    try:
        report = folder.inpaint_folder(asked)
    except Exception as error:
        unexpected = f"{type(error).__name__}: {error}"
    status = Path("/proc/self/status").read_text()
    memory = int(status.split("VmHWM:")[1].split()[0]) * 1024
    if report is None:
        return Tried({}, {}, memory, unexpected)
    return Tried(dict(report.failed), {one.name: one.output for one in report.done}, memory)


@dataclass
class Counts:
    """What came of all files."""

    by: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[dict[str, Any]] = field(default_factory=list)
    memory: int = 0


class Batch:
    """Some files that are tried together, as one role with one set of options, all from the seed."""

    def __init__(self, seed: int, number: int, count: int, root: Path) -> None:
        rng = np.random.default_rng((seed, number, 1))
        self.seed, self.number, self.root = seed, number, root
        self.role = ROLES[number % len(ROLES)]
        self.options = {
            "role": self.role,
            "threshold": int(rng.choice([128, 128, 1, 200])),
            "white_is_hole": bool(rng.random() < 0.8) or self.role == "alpha",
            "cmyk_to_rgb": bool(rng.random() < 0.5),
            "format": None if rng.random() < 0.5 or "scan" in self.role else str(rng.choice(["png", "tiff"])),
        }
        only = (".tif",) if "scan" in self.role else (".png", ".tif", ".webp") if self.role == "alpha" else ()
        first = number * BATCH
        self.inputs = {
            index: make_input(seed, index, mask="mask" in self.role, only=only) for index in range(first, first + count)
        }
        self.known: dict[int, np.ndarray] = {}

    def lay_out(self, chosen: list[int], size_of: Callable[[Path], tuple[int, int] | None]) -> None:
        """Write the folder of some of the files, each with its partner of the size that it declares."""
        shutil.rmtree(self.root, ignore_errors=True)
        for name in ("in", "masks"):
            (self.root / name).mkdir(parents=True)
        for index in chosen:
            self._path(index).write_bytes(self.inputs[index].data)
            self._write_partner(index, size_of(self._path(index)) or (8, 8))

    def _path(self, index: int) -> Path:
        return self.root / ("masks" if "mask" in self.role else "in") / f"f{index}{self.inputs[index].suffix}"

    def _partner(self, index: int) -> Path:
        if self.role == "scan mask":
            return self.root / "in" / f"f{index}.tif"
        return self.root / ("in" if self.role == "mask" else "masks") / f"f{index}.png"

    def _write_partner(self, index: int, size: tuple[int, int]) -> None:
        """A mask for an image, or an image for a mask."""
        import cv2

        rng = np.random.default_rng((self.seed, index, 2))
        if "mask" in self.role:  # noise of 16 bits, so that no fill repeats a pixel
            cv2.imwrite(str(self._partner(index)), rng.integers(0, 65536, (*size, 3)).astype(np.uint16))
        elif self.role != "alpha":
            known = np.ones(size, np.bool_)
            top, left = (int(rng.integers(side)) for side in size)
            known[top : top + int(rng.integers(1, 9)), left : left + int(rng.integers(1, 9))] = False
            self.known[index] = known
            dark_is_hole = not self.options["white_is_hole"]
            cv2.imwrite(str(self._partner(index)), np.where(known == dark_is_hole, 255, 0).astype(np.uint8))

    def work(self) -> dict[str, Any]:
        """What `restore` has to know."""
        return {"root": str(self.root), **self.options}

    def check_inputs(self, chosen: list[int]) -> list[int]:
        """The files that are no longer what they were."""
        return [index for index in chosen if self._path(index).read_bytes() != self.inputs[index].data]

    def name(self, index: int) -> str:
        """What reports call the image of a file."""
        return (self._partner(index) if "mask" in self.role else self._path(index)).name

    def case(self, index: int, output: str) -> dict[str, Any]:
        """What the judge has to know."""
        image = str(self._partner(index)) if "mask" in self.role else ""
        known = self.known.get(index)
        role = "mask" if "mask" in self.role else "image"
        data = self.inputs[index].data
        return {**self.options, "role": role, "data": data, "output": output, "image": image, "known": known}


def declared_size(path: Path) -> tuple[int, int] | None:
    """The size that a file declares, where it is one that is quickly drawn."""
    from pconv_cli.files.images import read_size

    try:
        size = read_size(path)
    except Exception:  # counted where the file is tried
        return None
    return size if 0 < size[0] * size[1] <= 200_000 else None


class Trial:
    """Tries batches, one after the other, by helpers of its own."""

    def __init__(self, root: Path, seed: int, keep: Path | None) -> None:
        self._root, self._seed, self._keep = root, seed, keep
        root.mkdir(parents=True)
        self._said = root / "stderr"
        self._runner, self._judge = Helper(restore, self._said), Helper(fuzz_judge.judge, root / "judge")
        self._header = Helper(declared_size, root / "header")
        self.counts = Counts()

    def _declared_size(self, path: Path) -> tuple[int, int] | None:
        try:
            size: tuple[int, int] | None = self._header.ask(path, _PATIENCE / 3)
        except Gone:  # which the trial itself will show
            size = None
        return size

    def close(self) -> None:
        """End the helpers."""
        self._runner.close()
        self._judge.close()
        self._header.close()

    def batch(self, number: int, count: int) -> None:
        """Try a batch, and count what comes of it."""
        batch = Batch(self._seed, number, count, self._root / "batch")
        self._try(batch, list(batch.inputs), _PATIENCE)

    def alone(self, number: int) -> None:
        """Try one file, as in its batch."""
        self._try(Batch(self._seed, number // BATCH, BATCH, self._root / "batch"), [number], _PATIENCE / 3)

    def _try(self, batch: Batch, chosen: list[int], patience: float) -> None:
        batch.lay_out(chosen, self._declared_size)
        said = self._said.stat().st_size if self._said.exists() else 0
        try:
            tried = self._runner.ask(batch.work(), patience)
        except Gone as gone:
            if len(chosen) > 1:
                return self._one_by_one(batch, chosen)
            return self._fail(batch, chosen[0], "hang" if gone.status is None else "crash", f"status {gone.status}")
        words = self._said.read_bytes()[said:] if self._said.exists() else b""
        odd = tried.unexpected or tried.memory > _MEMORY or words
        if odd and len(chosen) > 1:
            return self._one_by_one(batch, chosen)
        self.counts.memory = max(self.counts.memory, tried.memory)
        if tried.unexpected:
            return self._fail(batch, chosen[0], "unexpected", tried.unexpected)
        if tried.memory > _MEMORY:
            self._fail(batch, chosen[0], "memory", f"{tried.memory >> 20} MB")
        if words:
            self._fail(batch, chosen[0], "printed", words.decode(errors="replace")[:300])
        for index in batch.check_inputs(chosen):
            self._fail(batch, index, "input changed", "")
        for index in chosen:
            self._outcome(batch, index, tried)
        return None

    def _one_by_one(self, batch: Batch, chosen: list[int]) -> None:
        for index in chosen:
            self._try(batch, [index], _PATIENCE / 3)

    def _outcome(self, batch: Batch, index: int, tried: Tried) -> None:
        name = batch.name(index)
        if name in tried.failed:
            reason = tried.failed[name]
            if "failed unexpectedly" in reason or "does not fit into memory" in reason:
                self._fail(batch, index, "unexpected", reason)
            elif not reason.isprintable() or f"f{index}." not in reason:
                self._fail(batch, index, "unclear message", reason)
            else:
                self._count(batch, index, "refused")
        elif name not in tried.done:
            self._fail(batch, index, "forgotten", "neither done nor failed")
        else:
            try:
                verdict = self._judge.ask(batch.case(index, tried.done[name]), _PATIENCE / 3)
            except Gone:
                verdict = fuzz_judge.Verdict("not comparable", "the other decoder crashed")
            if verdict.kind == "wrong":
                self._fail(batch, index, "wrong", verdict.why)
            else:
                self._count(batch, index, verdict.kind)

    def _count(self, batch: Batch, index: int, outcome: str) -> None:
        self.counts.by[batch.role, outcome] += 1
        if not batch.inputs[index].changes and outcome != "same":
            self.counts.by["valid file", outcome] += 1

    def _fail(self, batch: Batch, index: int, kind: str, why: str) -> None:
        self._count(batch, index, kind)
        one: Input = batch.inputs[index]
        found = {
            "number": index,
            "kind": kind,
            "why": why,
            "file": one.kind,
            "changes": one.changes,
            **{name: value for name, value in batch.options.items() if value is not None},
        }
        self.counts.failures.append(found)
        print(json.dumps(found, ensure_ascii=False), file=sys.stderr, flush=True)
        if self._keep is not None:
            place = self._keep / f"{self._seed}-{index}-{kind.replace(' ', '-')}"
            shutil.copytree(self._root / "batch", place, dirs_exist_ok=True)
            for path in place.rglob("*"):
                if path.is_file() and not path.name.startswith(f"f{index}."):
                    path.unlink()
            (place / "found.json").write_text(json.dumps(found, ensure_ascii=False, indent=1))


def main() -> int:
    """Try the files; see the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=2000, help="how many files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    parser.add_argument("--keep", type=Path, help="a folder for the files that fail")
    parser.add_argument("--only", type=int, nargs="+", help="the numbers of the only files to try")
    arguments = parser.parse_args()
    started = time.monotonic()
    batches = range(-(-arguments.count // BATCH))
    with tempfile.TemporaryDirectory(prefix="fuzz-") as work:
        trials = [Trial(Path(work) / str(job), arguments.seed, arguments.keep) for job in range(arguments.jobs)]

        def run(job: int) -> None:
            for number in batches[job :: arguments.jobs]:
                trials[job].batch(number, min(BATCH, arguments.count - number * BATCH))

        try:
            if arguments.only is not None:
                for number in arguments.only:
                    trials[0].alone(number)
            else:
                with ThreadPoolExecutor(arguments.jobs) as threads:
                    list(threads.map(run, range(arguments.jobs)))
        finally:
            for trial in trials:
                trial.close()
    counts: Counter[tuple[str, str]] = sum((trial.counts.by for trial in trials), Counter())
    failures = [one for trial in trials for one in trial.counts.failures]
    outcomes = sorted({outcome for _, outcome in counts})
    print("| tried as | " + " | ".join(outcomes) + " |\n| --- |" + " ---: |" * len(outcomes))
    for role in (*dict.fromkeys(ROLES), "valid file"):
        print(f"| {role} | " + " | ".join(str(counts[role, outcome]) for outcome in outcomes) + " |")
    memory = max(trial.counts.memory for trial in trials) >> 20
    print(f"\n{len(failures)} failures; at most {memory} MB; {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
