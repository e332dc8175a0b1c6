"""What `pconv inpaint --compile` costs at the start, without and with its cache, and what it gains on each window.

    python benchmarks/compiling.py
    python benchmarks/compiling.py --weights photo-small --side 256 --repeats 5

Each line is of a process of its own, with a cache folder of this run alone: the backend without compilation, with
compilation for the first time, and with what that has left in the cache. All figures are processor time of the process
and of the compilers that it starts, on one thread, so that what else the machine does has little say. ``start`` is all
from the start of the process to the backend ready for use; ``window`` the median over fills of a square image with
one hole of a tenth of its area. The last lines are ratios, and after how many such windows the compiled one has made up
for its start.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile


def cost() -> float:
    """Seconds of processor time of this process and of those that it has started and that are done."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def measure(args: argparse.Namespace) -> dict[str, float]:
    """Make the backend and fill images with it."""
    import numpy as np
    import torch

    from pconv_cli import Method, make_backend

    torch.set_num_threads(1)
    backend = make_backend(
        Method.PCONV, weights=args.weights, device="cpu", precision=args.measure, tile=args.side, compile=args.compile
    )
    start = cost()
    rgb = np.random.default_rng(0).random((args.side, args.side, 3), np.float32)
    mask = np.ones((args.side, args.side), np.bool_)
    hole = round(args.side * 0.1**0.5)
    first = (args.side - hole) // 2
    mask[first : first + hole, first : first + hole] = False
    backend.fill(rgb, mask)
    fills = []
    for _ in range(args.repeats):
        before = cost()
        backend.fill(rgb, mask)
        fills.append(cost() - before)
    return {"start": start, "window": statistics.median(fills)}


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="photo")
    parser.add_argument("--side", type=int, default=512, help="of the window")
    parser.add_argument("--precision", nargs="+", choices=["float32", "bfloat16"], default=["float32", "bfloat16"])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--compile", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(measure(args)))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, one thread; {args.weights}, {args.side} x {args.side}")
    print("precision  how                start s  window ms")
    for precision in args.precision:
        rows: dict[str, dict[str, float]] = {}
        with tempfile.TemporaryDirectory() as cache:
            environment = os.environ | {"TORCHINDUCTOR_CACHE_DIR": cache, "OMP_NUM_THREADS": "1"}
            same = [f"--weights={args.weights}", f"--side={args.side}", f"--repeats={args.repeats}"]
            for how, more in (("plain", []), ("compiled, first", ["--compile"]), ("compiled, cached", ["--compile"])):
                command = [sys.executable, __file__, f"--measure={precision}", *same, *more]
                done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
                row = rows[how] = json.loads(done.stdout.splitlines()[-1])
                print(f"{precision:9}  {how:17} {row['start']:8.1f}  {1000 * row['window']:9.1f}", flush=True)
        plain, gain = rows.pop("plain"), rows["compiled, cached"]["window"]
        print(f"{precision:9}  times as fast: {plain['window'] / gain:.2f}")
        for how, row in rows.items():
            if gain < plain["window"]:
                windows = (row["start"] - plain["start"]) / (plain["window"] - gain)
                print(f"{precision:9}  {how}: pays from {windows:.0f} windows on")
            else:
                print(f"{precision:9}  {how}: never pays here")


if __name__ == "__main__":
    main()
