"""How near to linear several processes on parts of a folder come, by simulation: each has a core to itself.

    python benchmarks/sharing.py --work /tmp/sharing
    python benchmarks/sharing.py --count 400 --processes 2 4 8 --method telea --work /tmp/sharing

The images are small ones of mixed sizes, as of benchmarks/steady.py, for which the search for files and the start
weigh most. Each part of N runs alone on one core, as ``pconv inpaint --shard I/N``, and its processor time is what it
would take on a core of its own; N processes take as long as the slowest. Printed are that, the sum over all, and the
share of linear that N processes reach beside the first number of them. Waiting for a disk that they share is not in it.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from steady import make_mixed


def run(work: Path, part: int, count: int, method: str) -> float:
    """Restore a part of the folder; gives processor seconds."""
    command = [sys.executable, "-m", "pconv_cli", "inpaint", "in", "--masks", "m", "--out", f"out-{count}"]
    command += ["--method", method, "--shard", f"{part}/{count}", "--overwrite"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # the child's, too
    process = subprocess.Popen(command, cwd=work, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Make the folder, restore it part by part, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="images")
    parser.add_argument("--sides", type=int, nargs=2, default=(64, 200), help="least and largest side in pixels")
    parser.add_argument("--processes", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--method", default="pconv")
    parser.add_argument("--work", type=Path, required=True, help="an empty folder, or one that is made")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    make_mixed(options.work, options.count, tuple(options.sides))
    first = None
    for count in options.processes:
        seconds = [run(options.work, part, count, options.method) for part in range(1, count + 1)]
        slowest = max(seconds)
        first = first or count * slowest
        share = first / (count * slowest)
        print(f"{count:3} processes: {slowest:8.2f} s, {sum(seconds):8.2f} in all; {share:.2f} of linear", flush=True)


if __name__ == "__main__":
    main()
