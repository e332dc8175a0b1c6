"""How long the manifests of many processes take to become one, and in how much memory.

    python benchmarks/merging.py                              # 10 million lines of 100 processes
    python benchmarks/merging.py --lines 1000000 --parts 2000

The lines are those of a run: names, hashes, and the recipe. Times advance by chance in each part.
"""

import argparse
import json
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from pconv_cli.jobs.manifest import MANIFEST, merge_manifest

_START = datetime(2026, 1, 1, tzinfo=UTC)
_RECIPE = {"method": "pconv", "texture": 0.5, "tile": 512, "overlap": 128, "weights_sha256": "0" * 64}


def write_part(path: Path, part: int, count: int) -> None:
    """Write the lines of one process."""
    seconds = np.random.default_rng(part).exponential(1.0, count).cumsum()
    with path.open("w") as file:
        for index, second in enumerate(seconds.tolist()):
            name = f"{part:05}/{index:08}"
            line = {
                "status": "done",
                "input": f"{name}.jpg",
                "output": f"{name}.jpg",
                "hole_ratio": 0.02,
                **{f"{kind}_sha256": f"{part:032x}{index:032x}" for kind in ("input", "mask", "output")},
                "seconds": 1.2,
                "note": "",
                "recipe": _RECIPE,
                "time": (_START + timedelta(seconds=second)).isoformat(timespec="microseconds"),
            }
            file.write(json.dumps(line) + "\n")


def main() -> None:
    """Write the parts, merge them, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=10_000_000, help="in all")
    parser.add_argument("--parts", type=int, default=100, help="processes")
    parser.add_argument("--folder", type=Path, help="where to work; some 0.6 KB a line, twice")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        out = Path(temporary)
        each = options.lines // options.parts
        for part in range(options.parts):
            write_part(out / f"manifest.{part + 1}-of-{options.parts}.jsonl", part, each)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        began, computed = time.perf_counter(), time.process_time()
        merge_manifest(out, options.parts)
        took, computed = time.perf_counter() - began, time.process_time() - computed
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = (out / MANIFEST).stat().st_size / 2**20
    lines = each * options.parts
    print(
        f"{lines:,} lines of {options.parts} parts, {size:,.0f} MiB: {took:.1f} s, {computed:.1f} s of processor time"
    )
    print(f"peak of memory: {before:.0f} MiB before, {after:.0f} MiB after")


if __name__ == "__main__":
    main()
